/* GRUB as the firmware: it has asked the BIOS or UEFI already, and brought the kernel's
 * file to memory. */

#include "firmware.h"
#include "multiboot2.h"
#include "string.h"
#include "vga.h"

enum { KIB = 1024, MIB = 1024 * KIB, VIDEO_MEMORY = 640 * KIB };

extern const uint8_t loader_start[], loader_end[]; /* from the linker script */
extern const char vga_text_buffer[];
extern const uint32_t multiboot2_information; /* a physical address */

static const struct multiboot2 *information(void)
{
    return (const struct multiboot2 *)(uintptr_t)multiboot2_information;
}

static const void *find(uint32_t type)
{
    return multiboot2_find(information(), type, 0);
}

/* What GRUB has left on the screen goes. */
static void clear_screen(void)
{
    vga_begin((uintptr_t)vga_text_buffer);
    for (unsigned row = 0; row < VGA_ROWS; row++)
        for (unsigned column = 0; column < VGA_COLUMNS; column++)
            vga_print(row, column, VGA_LIGHT_GREY, " ");
}

/* Says why the machine cannot go on, and halts for good.
 *   reason   at most 68 characters, so that it fits in a row */
_Noreturn void firmware_fail(const char *reason)
{
    vga_print(0, 0, VGA_LIGHT_GREY, "boot error: ");
    vga_print(0, 12, VGA_LIGHT_GREY, reason);
    for (;;)
        __asm__ volatile("cli; hlt"); /* again and again: a halt can end, by an SMI for one */
}

/* The kernel's file: the one module that grub.cfg names. */
static const struct module_tag *kernel_file(void)
{
    const struct module_tag *module = find(TAG_MODULE);

    if (!module)
        firmware_fail("GRUB has loaded no kernel: grub.cfg needs a line module2");
    if (multiboot2_find(information(), TAG_MODULE, &module->tag))
        firmware_fail("GRUB has loaded more modules than one: it can only be the kernel");
    return module;
}

/* Claims what GRUB says of memory, and what it has put there for us. The first page, and
 * all above conventional memory, are the BIOS's, as in bios_memory.c. */
void firmware_claim_memory(struct memory_claims *claims)
{
    const char *error = multiboot2_check(information());

    clear_screen();
    if (error)
        firmware_fail(error);

    const struct memory_map_tag *map = find(TAG_MEMORY_MAP);
    const struct basic_memory_tag *basic = find(TAG_BASIC_MEMORY);
    const struct module_tag *module = kernel_file();
    if (!map || !basic)
        firmware_fail("GRUB does not tell what memory there is");
    uint64_t conventional = (uint64_t)basic->lower * KIB;
    if (conventional > VIDEO_MEMORY)
        conventional = VIDEO_MEMORY;

    multiboot2_claim_memory(map, claims);
    memory_claim(claims, 0, 4 * KIB, MEMORY_RESERVED);
    memory_claim(claims, conventional, MIB - conventional, MEMORY_RESERVED);
    memory_claim(claims, multiboot2_information, information()->size, MEMORY_LOADER);
    memory_claim(claims, module->start, module->end - module->start, MEMORY_LOADER);
    memory_claim(claims, (uintptr_t)loader_start, (uintptr_t)loader_end - (uintptr_t)loader_start,
                 MEMORY_LOADER);
    if (claims->count > MEMORY_CLAIMS - 2) /* loader/main.c has two more */
        firmware_fail("GRUB's map of memory is too long");
}

/* Finds the kernel's file.
 *   result   bytes */
uint64_t firmware_kernel_size(void)
{
    const struct module_tag *module = kernel_file();

    return module->end - module->start;
}

/* Copies a part of the kernel's file.
 *   offset, size   bytes; all of it must be in the file */
void firmware_read_kernel(uint64_t offset, uint64_t size, void *to)
{
    memcpy(to, (const uint8_t *)(uintptr_t)kernel_file()->start + offset, size);
}

/* The address of GRUB's copy of the RSDP, or 0. GRUB believes the length that the RSDP
 * says of itself, which can be too small for one. */
static uint64_t find_rsdp(uint32_t type, uint32_t size)
{
    const struct acpi_tag *acpi = find(type);

    return acpi && acpi->tag.size >= sizeof *acpi + size ? (uintptr_t)acpi->rsdp : 0;
}

/* Says what a kernel may want to know. Of the two RSDPs, the newer has more in it. */
void firmware_describe(struct boot_info *boot_info)
{
    const struct boot_device_tag *device = find(TAG_BOOT_DEVICE);
    const struct screen_tag *screen = find(TAG_SCREEN);
    const char *command_line = kernel_file()->command_line;

    if (!screen || screen->type != SCREEN_IS_TEXT || screen->columns != VGA_COLUMNS
        || screen->rows != VGA_ROWS)
        firmware_fail("GRUB has not left the screen in a text mode of 80 columns, 25 rows");

    boot_info->firmware = FIRMWARE_BIOS;
    boot_info->boot_drive = device ? device->drive : 0;
    boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_NEW, 36);
    if (boot_info->acpi_rsdp == 0)
        boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_OLD, 20);
    boot_info->command_line = *command_line ? (uintptr_t)command_line : 0;
    boot_info->display = DISPLAY_VGA_TEXT;
    boot_info->display_columns = screen->columns;
    boot_info->display_rows = screen->rows;
    boot_info->display_pitch = screen->pitch;
    boot_info->display_start = screen->start;
}
