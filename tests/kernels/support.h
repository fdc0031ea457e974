/* What the test kernels have in common: a test is a condition with a name. They know
 * nothing of loader and firmware except struct boot_info. */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "boot_info.h"

struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint64_t base;
};

/* At _start. */
enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, RFLAGS };
extern const uint64_t entered[], entered_rip;
extern const struct table_register entered_gdt, entered_idt;

/* The last exception. */
enum { PAGE_FAULT = 14 };
enum { PRESENT = 1, WRITE = 2, FETCH = 16 }; /* a page fault's error code */
extern uint64_t fault_vector, fault_error, fault_rip, fault_address;

/* What a kernel can be about: it is linked with some of these files. */
__attribute__((weak)) void test_state(const struct boot_info *info);
__attribute__((weak)) void test_memory(const struct boot_info *info);
__attribute__((weak)) void test_rights(const struct boot_info *info);

void check(bool good, const char *what);
void check_at(bool good, const char *what, uint64_t where);
void give_exceptions_a_stack(void);
bool faults(void (*action)(uint64_t), uint64_t argument);
uint64_t msr(uint32_t number);
bool has_no_execute(void);
void *reach(uint64_t physical_address);
uint32_t type_of(uint64_t physical_address);
