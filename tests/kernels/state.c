/* The CPU, and struct boot_info, as docs/boot-info.md promises them. */

#include "support.h"

enum { CR0_PE = 1 << 0, CR0_WP = 1 << 16, CODE = 8, DATA = 16, PAGE = 4096 };
enum { CR4_PAE = 1 << 5, CR4_PGE = 1 << 7, CR4_PCIDE = 1 << 17 };
enum { EFER_LME = 1 << 8, EFER_LMA = 1 << 10, EFER_NXE = 1 << 11 };
static const uint64_t CR0_PG = UINT64_C(1) << 31;

void _start(void);

static volatile int in_data = 42, in_bss;
static const volatile int in_constants = 43;

static void check_cpu(const struct boot_info *info)
{
    uint64_t cr0, cr3, cr4, efer = msr(0xc0000080);

    __asm__("mov %%cr0, %0; mov %%cr3, %1; mov %%cr4, %2" : "=r"(cr0), "=r"(cr3), "=r"(cr4));

    check(entered_rip == (uint64_t)_start, "RIP");
    check(entered[RDI] == (uint64_t)info, "RDI");
    check(entered[RSP] == info->kernel_stack_top - 8, "RSP");
    check(*(const uint64_t *)(info->kernel_stack_top - 8) == 0, "the return address");
    check(entered[RFLAGS] == 2, "RFLAGS");
    for (unsigned i = RAX; i <= RBP; i++)
        check_at(i == RDI || entered[i] == 0, "a register is not 0", i);
    check(cr0 & CR0_PE && cr0 & CR0_WP && cr0 & CR0_PG, "CR0");
    check((cr4 & (CR4_PAE | CR4_PGE | CR4_PCIDE)) == CR4_PAE, "CR4");
    check((efer & (EFER_LME | EFER_LMA)) == (EFER_LME | EFER_LMA), "EFER");
    check(!has_no_execute() || efer & EFER_NXE, "EFER.NXE");
    check(type_of(cr3 & ~UINT64_C(0xfff)) == MEMORY_LOADER, "the page tables' memory");
}

static void check_segments(void)
{
    const uint64_t *gdt = (const uint64_t *)entered_gdt.base;
    uint16_t cs, ss, ds, es, fs, gs;

    __asm__("mov %%cs, %0; mov %%ss, %1; mov %%ds, %2" : "=r"(cs), "=r"(ss), "=r"(ds));
    __asm__("mov %%es, %0; mov %%fs, %1; mov %%gs, %2" : "=r"(es), "=r"(fs), "=r"(gs));
    check(cs == CODE, "CS");
    check(ss == DATA && ds == DATA && es == DATA && fs == DATA && gs == DATA, "a data segment");
    check(entered_gdt.limit >= DATA + 7, "the GDT's limit");
    check((gdt[CODE / 8] >> 40 & 0xff) == 0x9b && gdt[CODE / 8] >> 53 & 1, "the code segment");
    check((gdt[DATA / 8] >> 40 & 0xff) == 0x93, "the data segment");
    check(msr(0xc0000100) == 0 && msr(0xc0000101) == 0, "the base of FS or GS");
    check(entered_idt.limit == 0, "the IDT's limit");
    __asm__ volatile("mov %0, %%ds; mov %0, %%es; mov %0, %%fs; mov %0, %%gs; mov %0, %%ss;"
                     "push %1; lea 1f(%%rip), %%rax; push %%rax; lretq; 1:"
                     :
                     : "r"(ss), "r"((uint64_t)cs)
                     : "rax", "memory"); /* the CPU can read the table */
}

/* Whether a variable of ours is where the loader says that it is, at its virtual address and
 * at its address in memory. */
static bool is_ours(const struct boot_info *info, const volatile int *variable)
{
    uint64_t offset = (uint64_t)variable - info->kernel_virtual;

    return offset < info->kernel_size
           && *(const volatile int *)reach(info->kernel_physical + offset) == *variable;
}

static void check_kernel(const struct boot_info *info)
{
    const volatile uint64_t *code = (const volatile uint64_t *)info->kernel_virtual;
    const volatile uint64_t *same = reach(info->kernel_physical);
    bool differ = false;

    check(in_data == 42 && in_bss == 0 && in_constants == 43, "the kernel's data");
    in_data = 12345;
    in_bss = 67890;
    check(is_ours(info, &in_data), "where .data is");
    check(is_ours(info, &in_bss), "where .bss is");
    check(is_ours(info, &in_constants), "where .rodata is");
    for (unsigned i = 0; i < PAGE / sizeof *code; i++)
        differ |= code[i] != same[i];
    check(!differ, "where .text is");
    check(info->kernel_virtual % PAGE == 0 && info->kernel_physical % PAGE == 0
              && info->kernel_size % PAGE == 0,
          "the kernel does not lie in whole pages");
    for (uint64_t i = 0; i < info->kernel_size; i += PAGE)
        check_at(type_of(info->kernel_physical + i) == MEMORY_KERNEL, "the kernel's memory", i);
}

/* It must be in mapped memory, and readable as a whole: 20 bytes, whose sum is 0. */
static void check_rsdp(const struct boot_info *info)
{
    uint8_t sum = 0;

    check(type_of(info->acpi_rsdp) == MEMORY_LOADER, "the RSDP's memory");
    for (unsigned i = 0; i < 20; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)reach(info->acpi_rsdp))[i]);
    check(sum == 0, "the RSDP");
}

void test_state(const struct boot_info *info)
{
    const uint64_t physical = (uint64_t)info - info->physical_memory;

    check(info->version == BOOT_INFO_VERSION && info->size == sizeof *info, "version, size");
    check(type_of(physical) == MEMORY_LOADER
              && type_of(physical + sizeof *info - 1) == MEMORY_LOADER,
          "boot_info's memory");
    const uint64_t map = (uint64_t)info->memory.regions - info->physical_memory;
    check(type_of(map) == MEMORY_LOADER
              && type_of(map + info->memory.count * sizeof *info->memory.regions - 1)
                     == MEMORY_LOADER,
          "the map's memory");
    check_rsdp(info);
    check_cpu(info);
    check_segments();
    check_kernel(info);

    check(info->kernel_stack_top % 16 == 0 && info->kernel_stack_size >= 64 * 1024,
          "the stack's size");
    for (uint64_t i = 0; i < info->kernel_stack_size - PAGE; i += 8) /* the rest is in use */
        *(volatile uint64_t *)(info->kernel_stack_top - info->kernel_stack_size + i) = i;
    for (uint64_t i = 0; i < info->kernel_stack_size - PAGE; i += 8)
        check_at(*(volatile uint64_t *)(info->kernel_stack_top - info->kernel_stack_size + i) == i,
                 "the stack", i);

    if (info->display.kind == 0) /* there is none: it has this name from chapter 10 on */
        check(info->display.columns == 0 && info->display.rows == 0 && info->display.pitch == 0
                  && info->display.start == 0,
              "no display");
    if (info->display.kind == DISPLAY_VGA_TEXT)
        check(info->display.columns == 80 && info->display.rows == 25 && info->display.pitch == 160,
              "the display");
    check(info->acpi_rsdp == 0 || *(const uint64_t *)reach(info->acpi_rsdp) == 0x2052545020445352,
          "ACPI's root pointer");
}
