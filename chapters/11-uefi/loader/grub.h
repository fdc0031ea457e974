/* What the parts of GRUB's side have in common. */

#pragma once

#include "boot_info.h"
#include "multiboot2.h"

const struct multiboot2 *grub_list(void);
const void *grub_tag(uint32_t type);
const struct module_tag *grub_module(void);
struct display grub_display(void);
