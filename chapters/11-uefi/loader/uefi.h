/* What the parts of UEFI's side have in common. */

#pragma once

#include "efi_protocols.h"
#include "memory_map.h"

/* What the firmware has handed over. The services last until it is left; from then on the
 * pointer is 0. */
extern struct uefi_system *uefi;
extern struct uefi_services *uefi_services;
extern void *uefi_image;

extern struct display uefi_display; /* as soon as it is known */

void *uefi_protocol(void *handle, const struct uefi_guid *name);
const struct uefi_loaded_image *uefi_started_by(void);
void *uefi_allocate(uint64_t size);
void uefi_print(const char *text);
struct display uefi_find_display(void);
void uefi_check_cpu(void);
void uefi_take_cpu(struct memory_claims *claims);
