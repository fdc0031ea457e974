/* What else a kernel may want to know, and can no longer ask. */

#include <stdbool.h>

#include "bios.h"
#include "boot.h"

enum { COLUMNS = 80, ROWS = 25, CELL = 2 };
enum { GET_MODE = 0x0f };

extern const uint8_t boot_drive;
extern const volatile uint16_t bios_ebda_segment;
extern const char vga_text_buffer[], bios_rom[], bios_rom_end[];

/* Looks for the RSDP, on 16-byte boundaries (ACPI specification, "Finding the RSDP on
 * IA-PC Systems"): eight letters, and 20 bytes whose sum is 0.
 *   result   its address, or 0 */
static uint64_t find_rsdp(uint64_t start, uint64_t end)
{
    const uint64_t letters = 0x2052545020445352; /* "RSD PTR " */

    for (; start < end; start += 16) {
        const uint8_t *bytes = (const uint8_t *)(uintptr_t)start;
        uint8_t sum = 0;

        if (*(const uint64_t *)(uintptr_t)start != letters)
            continue;
        for (unsigned i = 0; i < 20; i++)
            sum = (uint8_t)(sum + bytes[i]);
        if (sum == 0)
            return start;
    }
    return 0;
}

/* Whether there is a video BIOS, which comes with the display. INT 10h, AH=0Fh, "get video
 * mode", is as old as the PC, and returns the number of columns in AH; where nothing
 * answers, AH is still 0Fh. */
static bool has_video(void)
{
    struct bios_registers call = {.eax = GET_MODE << 8};

    bios_call(0x10, &call);
    return (call.eax >> 8 & 0xff) != GET_MODE;
}

void boot_describe(struct boot_info *boot_info)
{
    uint64_t ebda = (uint64_t)bios_ebda_segment * 16;

    boot_info->firmware = FIRMWARE_BIOS;
    boot_info->boot_drive = boot_drive;
    if (ebda > 0 && ebda < (uintptr_t)vga_text_buffer) /* 0: there is none */
        boot_info->acpi_rsdp = find_rsdp(ebda, ebda + 1024);
    if (boot_info->acpi_rsdp == 0)
        boot_info->acpi_rsdp = find_rsdp((uintptr_t)bios_rom, (uintptr_t)bios_rom_end);

    if (!has_video())
        return;
    boot_info->display.kind = DISPLAY_VGA_TEXT;
    boot_info->display.columns = COLUMNS;
    boot_info->display.rows = ROWS;
    boot_info->display.pitch = COLUMNS * CELL;
    boot_info->display.start = (uintptr_t)vga_text_buffer;
}
