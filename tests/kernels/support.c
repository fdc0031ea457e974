/* What the test kernels have in common. They report on the screen, and to port 0xf4,
 * where QEMU can have a device that ends it with twice the number, plus 1. */

#include "support.h"

enum { ROWS = 25, COLUMNS = 80, VECTORS = 32, CODE = 8, TSS = 24, INTERRUPT_GATE = 0x8e };

extern const uint8_t handlers[VECTORS][16];
void report_exception(void);
void run(const struct boot_info *boot_info);

static const struct boot_info *info;
static volatile uint16_t *cell;
static unsigned rows, wrong;

static struct {
    uint16_t low, selector;
    uint8_t stack, type;
    uint16_t middle;
    uint32_t high, zero;
} idt[VECTORS];
static uint64_t gdt[5] = {0, UINT64_C(0x00209b0000000000), UINT64_C(0x0000930000000000)};
static uint32_t tss[26];
static uint8_t exception_stack[4096] __attribute__((aligned(16)));

static void print(const char *text)
{
    for (; *text != '\0' && cell; text++)
        *cell++ = (uint16_t)(0x0700 | (uint8_t)*text);
}

static void print_number(uint64_t number)
{
    static const uint8_t digits[] = "0123456789abcdef";

    for (unsigned shift = 64; shift > 0 && cell; shift -= 4)
        *cell++ = (uint16_t)(0x0700 | digits[number >> (shift - 4) & 15]);
}

static void next_row(void)
{
    rows++;
    cell = info->display.kind == DISPLAY_VGA_TEXT && rows < ROWS
               ? (uint16_t *)reach(info->display.start) + rows * COLUMNS
               : 0;
}

/* Reports what is wrong; what is right needs no words. */
void check(bool good, const char *what)
{
    if (good)
        return;
    wrong++;
    print("wrong: ");
    print(what);
    next_row();
}

void check_at(bool good, const char *what, uint64_t where)
{
    if (good)
        return;
    wrong++;
    print("wrong: ");
    print(what);
    print(", at ");
    print_number(where);
    next_row();
}

static void end(void)
{
    if (wrong == 0)
        print("ok");
    __asm__ volatile("outl %0, %1" : : "a"(wrong), "Nd"((uint16_t)0xf4));
}

/* The end of an exception that no test expected. */
void report_exception(void)
{
    check_at(false, "an exception, by its number", fault_vector);
    check_at(false, "its error code", fault_error);
    check_at(false, "its RIP", fault_rip);
    check_at(false, "its CR2", fault_address);
    end();
}

void *reach(uint64_t physical_address)
{
    return (void *)(info->physical_memory + physical_address);
}

/* What the map says of an address; 0: nothing. */
uint32_t type_of(uint64_t physical_address)
{
    const struct memory_region *region = info->memory.regions;

    for (; region < info->memory.regions + info->memory.count; region++)
        if (physical_address - region->start < region->size)
            return region->type;
    return 0;
}

uint64_t msr(uint32_t number)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
    return (uint64_t)high << 32 | low;
}

bool has_no_execute(void)
{
    uint32_t leaf = 0x80000001, features;

    __asm__ volatile("cpuid" : "+a"(leaf), "=d"(features) : : "rbx", "rcx");
    return features >> 20 & 1;
}

static void catch_exceptions(void)
{
    const struct table_register idtr = {sizeof idt - 1, (uint64_t)idt};

    for (unsigned i = 0; i < VECTORS; i++) {
        uint64_t handler = (uint64_t)handlers[i];

        idt[i].low = (uint16_t)handler;
        idt[i].selector = CODE;
        idt[i].type = INTERRUPT_GATE;
        idt[i].middle = (uint16_t)(handler >> 16);
        idt[i].high = (uint32_t)(handler >> 32);
    }
    __asm__ volatile("lidt %0" : : "m"(idtr));
}

/* A stack for exceptions, because one can mean that ours is used up; in a segment of a GDT
 * of our own (Intel SDM vol. 3, "Interrupt Stack Table"). */
void give_exceptions_a_stack(void)
{
    const uint64_t stack = (uint64_t)(exception_stack + sizeof exception_stack);
    const struct table_register gdtr = {sizeof gdt - 1, (uint64_t)gdt};

    tss[9] = (uint32_t)stack; /* IST1 */
    tss[10] = (uint32_t)(stack >> 32);
    gdt[3] = (sizeof tss - 1) | ((uint64_t)tss & 0xffffff) << 16 | UINT64_C(0x89) << 40
             | ((uint64_t)tss >> 24 & 0xff) << 56;
    gdt[4] = (uint64_t)tss >> 32;
    __asm__ volatile("lgdt %0; ltr %w1" : : "m"(gdtr), "r"(TSS) : "memory");
    for (unsigned i = 0; i < VECTORS; i++)
        idt[i].stack = 1;
}

void run(const struct boot_info *boot_info)
{
    info = boot_info;
    cell = info->display.kind == DISPLAY_VGA_TEXT ? reach(info->display.start) : 0;
    catch_exceptions();
    if (test_state)
        test_state(info);
    if (test_memory)
        test_memory(info);
    if (test_rights) /* comes last, because it takes another GDT and all of the stack */
        test_rights(info);
    end();
}
