/* The kernel that GRUB has brought to memory: the one module that grub.cfg names. */

#include "boot.h"
#include "grub.h"
#include "string.h"

static const struct module_tag *module;

/* The kernel's file, once it has been found. */
const struct module_tag *grub_module(void)
{
    return module;
}

/* Finds the kernel's file.
 *   result   bytes */
uint64_t boot_find_kernel(void)
{
    module = grub_tag(TAG_MODULE);
    if (!module)
        boot_fail("GRUB has loaded no kernel: grub.cfg needs a line module2");
    if (multiboot2_find(grub_list(), TAG_MODULE, &module->tag))
        boot_fail("GRUB has loaded more modules than one: it can only be the kernel");
    return module->end - module->start;
}

/* Copies a part of the kernel's file.
 *   offset, size   bytes; all of it must be in the file */
void boot_read_kernel(uint64_t offset, uint64_t size, void *to)
{
    memcpy(to, (const uint8_t *)(uintptr_t)module->start + offset, size);
}
