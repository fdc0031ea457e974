/* What must fault, and where: each page has the rights of its segment, and no more. */

#include "support.h"

enum { RET = 0xc3 };
static const uint64_t local_apic = 0xfee00000;

static const char constant[] = {(char)RET};
static volatile char variable = (char)RET;

static void write_to(uint64_t address)
{
    *(volatile char *)address = 1;
}

static void read_from(uint64_t address)
{
    (void)*(volatile char *)address;
}

static void jump_to(uint64_t address)
{
    ((void (*)(void))address)();
}

static void overflow(uint64_t depth)
{
    volatile char room[512];

    room[0] = (char)depth;
    if (depth < 1000 * 1000)
        overflow(depth + 1);
    room[1] = room[0];
}

/* Whether an action faults at an address, with an error code. */
static bool faults_at(void (*action)(uint64_t), uint64_t address, uint64_t error)
{
    return faults(action, address) && fault_vector == PAGE_FAULT && fault_address == address
           && fault_error == error && (action != jump_to || fault_rip == address);
}

/* A ret among data: where the CPU can tell data from code, it must not run. */
static void check_fetch(const char *what, uint64_t address)
{
    if (has_no_execute())
        check(faults_at(jump_to, address, PRESENT | FETCH), what);
    else
        check(!faults(jump_to, address), what);
}

static void check_lower_half(const struct boot_info *info)
{
    const uint64_t more[] = {0x1000,
                             0x7c00,
                             0xb8000,
                             info->kernel_physical,
                             (uint64_t)info - info->physical_memory,
                             0xffffffff,
                             UINT64_C(1) << 32,
                             (UINT64_C(1) << 47) - 1};

    for (unsigned i = 0; i < sizeof more / sizeof *more; i++)
        check_at(faults_at(read_from, more[i], 0), "read in the lower half", more[i]);
    for (unsigned i = 0; i < info->memory.count; i++) {
        uint64_t start = info->memory.regions[i].start;

        check_at(faults_at(read_from, start, 0), "read in the lower half", start);
        check_at(faults_at(write_to, start, WRITE), "written in the lower half", start);
    }
}

void test_rights(const struct boot_info *info)
{
    const uint64_t stack_end = info->kernel_stack_top - info->kernel_stack_size;
    const uint64_t in_kernel = (uint64_t)&variable - info->kernel_virtual;

    give_exceptions_a_stack();

    check(!faults(write_to, (uint64_t)&variable) && variable == 1, ".data cannot be written");
    variable = (char)RET;
    check(faults_at(write_to, (uint64_t)test_rights, PRESENT | WRITE), ".text can be written");
    check(fault_rip - (uint64_t)write_to < 16, "the fault's RIP");
    check(faults_at(write_to, (uint64_t)constant, PRESENT | WRITE), ".rodata can be written");

    *(volatile char *)stack_end = (char)RET;
    check_fetch(".data runs", (uint64_t)&variable);
    check_fetch(".rodata runs", (uint64_t)constant);
    check_fetch("the stack runs", stack_end);
    check_fetch("physical memory runs", (uint64_t)reach(info->kernel_physical + in_kernel));

    check_lower_half(info);
    check(faults_at(read_from, (uint64_t)reach(local_apic), 0), "a device is in the window");
    check(faults_at(read_from, info->kernel_stack_top, 0), "read above the stack");
    check(faults_at(read_from, stack_end - 1, 0), "read below the stack");
    check(faults_at(read_from, stack_end - 4096, 0), "read in the guard page");
    check(faults(overflow, 0) && fault_vector == PAGE_FAULT && fault_error == WRITE
              && stack_end - fault_address - 1 < 4096,
          "the stack overflows without a fault");
}
