/* What else a kernel may want to know, as GRUB reports it. */

#include "boot.h"
#include "grub.h"

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
    const char *command_line = grub_module()->command_line;

    boot_info->display = grub_display();
    boot_info->firmware = FIRMWARE_BIOS;
    boot_info->boot_drive = device ? device->drive : 0;
    boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_NEW, 36);
    if (boot_info->acpi_rsdp == 0)
        boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_OLD, 20);
    boot_info->command_line = *command_line ? (uintptr_t)command_line : 0;
}
