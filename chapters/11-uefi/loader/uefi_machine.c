/* What else a kernel may want to know, and can no longer ask. */

#include "boot.h"
#include "string.h"
#include "uefi.h"

/* Tables of ACPI, from version 2.0 on and before (UEFI specification, "EFI Configuration
 * Table"). */
static const struct uefi_guid acpi[] = {
    {0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}},
    {0xeb9d2d30, 0x2d88, 0x11d3, {0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d}}};

static char command_line[1024];

/* Eight letters, and 20 bytes whose sum is 0 (ACPI specification, "Root System Description
 * Pointer (RSDP)"). */
static bool is_rsdp(const uint8_t *bytes)
{
    uint8_t sum = 0;

    for (unsigned i = 0; i < 20; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0 && memcmp(bytes, "RSD PTR ", 8) == 0;
}

/* The address of ACPI's root pointer, or 0. */
static uint64_t find_rsdp(void)
{
    for (unsigned i = 0; i < sizeof acpi / sizeof *acpi; i++)
        for (uint64_t j = 0; j < uefi->table_count; j++)
            if (memcmp(&uefi->tables[j].name, &acpi[i], sizeof *acpi) == 0
                && is_rsdp(uefi->tables[j].table))
                return (uintptr_t)uefi->tables[j].table;
    return 0;
}

/* The text that we were started with, or 0: some firmware hands over data that are no text.
 * What is too long is cut off. */
static uint64_t find_command_line(void)
{
    const struct uefi_loaded_image *image = uefi_started_by();
    unsigned length = 0;

    if (!image->options)
        return 0;
    while (length < sizeof command_line - 1 && length < image->options_size / 2
           && image->options[length] != 0) {
        if (image->options[length] < ' ' || image->options[length] > '~')
            return 0;
        command_line[length] = (char)image->options[length];
        length++;
    }
    command_line[length] = '\0';
    return length > 0 ? (uintptr_t)command_line : 0;
}

void boot_describe(struct boot_info *boot_info)
{
    boot_info->firmware = FIRMWARE_UEFI;
    boot_info->acpi_rsdp = find_rsdp();
    boot_info->command_line = find_command_line();
    boot_info->display = uefi_display = uefi_find_display();
}
