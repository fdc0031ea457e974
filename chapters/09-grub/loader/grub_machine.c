/* What else a kernel may want to know, as GRUB reports it. */

#include "boot.h"
#include "grub.h"
#include "vga.h"

/* The address of GRUB's copy of the RSDP, or 0. GRUB believes the length that the RSDP
 * gives, which can be too small. */
static uint64_t find_rsdp(uint32_t type, uint32_t size)
{
    const struct acpi_tag *acpi = grub_tag(type);

    return acpi && acpi->tag.size >= sizeof *acpi + size ? (uintptr_t)acpi->rsdp : 0;
}

/* Of the two RSDPs, the newer has more in it. */
void boot_describe(struct boot_info *boot_info)
{
    const struct boot_device_tag *device = grub_tag(TAG_BOOT_DEVICE);
    const struct framebuffer_tag *display = grub_tag(TAG_FRAMEBUFFER);
    const char *command_line = grub_module()->command_line;

    if (!display || display->type != FRAMEBUFFER_IS_TEXT || display->columns != VGA_COLUMNS
        || display->rows != VGA_ROWS)
        boot_fail("GRUB has not left the screen in a text mode of 80 columns, 25 rows");
    boot_info->display = (struct display){.kind = DISPLAY_VGA_TEXT,
                                          .columns = display->columns,
                                          .rows = display->rows,
                                          .pitch = display->pitch,
                                          .start = display->start};
    boot_info->firmware = FIRMWARE_BIOS;
    boot_info->boot_drive = device ? device->drive : 0;
    boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_NEW, 36);
    if (boot_info->acpi_rsdp == 0)
        boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_OLD, 20);
    boot_info->command_line = *command_line ? (uintptr_t)command_line : 0;
}
