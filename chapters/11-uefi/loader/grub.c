/* GRUB as the firmware: it has asked the BIOS or UEFI already, and brought the kernel's
 * file to memory. */

#include "console.h"
#include "firmware.h"
#include "multiboot2.h"
#include "string.h"

enum { KIB = 1024, MIB = 1024 * KIB, VIDEO_MEMORY = 640 * KIB };
static const uint64_t GIB = 1024 * MIB;

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

/* Whether a screen has pixels that the kernel can use: of 32 bits, eight to a colour. */
static bool has_pixels(const struct screen_tag *screen)
{
    return screen->type == SCREEN_IS_PIXELS && screen->bits_per_pixel == 32
           && screen->pitch % 4 == 0 && screen->pitch / 4 >= screen->columns
           && screen->red.bits == 8 && screen->green.bits == 8 && screen->blue.bits == 8
           && screen->red.lowest_bit <= 24 && screen->green.lowest_bit <= 24
           && screen->blue.lowest_bit <= 24;
}

/* Finds the screen, in a mode that the kernel can use; display stays 0 if there is none. */
static void find_screen(struct boot_info *boot_info)
{
    const struct screen_tag *screen = find(TAG_SCREEN);

    if (!screen)
        return;
    if (screen->type == SCREEN_IS_TEXT && screen->columns == VGA_COLUMNS
        && screen->rows == VGA_ROWS)
        boot_info->display = DISPLAY_VGA_TEXT;
    if (has_pixels(screen)) {
        boot_info->display = DISPLAY_FRAMEBUFFER;
        boot_info->display_red = screen->red.lowest_bit;
        boot_info->display_green = screen->green.lowest_bit;
        boot_info->display_blue = screen->blue.lowest_bit;
    }
    boot_info->display_columns = screen->columns;
    boot_info->display_rows = screen->rows;
    boot_info->display_pitch = screen->pitch;
    boot_info->display_start = screen->start;
}

/* Makes the screen ours, for errors: what GRUB has left there goes. Only the first 4 GiB
 * are in reach; if the pixels are not, the serial port has to do.
 *   told   whether GRUB's list can be read; if not, we hope for text mode */
static void begin_console(bool told)
{
    static struct boot_info screen; /* physical_memory is 0: memory is mapped onto itself */

    screen.display = DISPLAY_VGA_TEXT;
    screen.display_start = (uintptr_t)vga_text_buffer;
    if (told) {
        screen.display = 0;
        find_screen(&screen);
    }
    if (screen.display_start + (uint64_t)screen.display_rows * screen.display_pitch > 4 * GIB)
        screen.display = 0;
    console_begin(&screen);
    for (unsigned row = 0; row < VGA_ROWS && screen.display == DISPLAY_VGA_TEXT; row++)
        for (unsigned column = 0; column < VGA_COLUMNS; column++)
            vga_print(row, column, VGA_LIGHT_GREY, " ");
}

/* Says why the machine cannot go on, and halts for good.
 *   reason   at most 68 characters, so that it fits in a row */
_Noreturn void firmware_fail(const char *reason)
{
    console_print(VGA_LIGHT_GREY, "boot error: ");
    console_print(VGA_LIGHT_GREY, reason);
    console_print(VGA_LIGHT_GREY, "\n");
    for (;;)
        __asm__ volatile("cli; hlt"); /* again and again: a halt can end, by an SMI for one */
}

/* GRUB has left UEFI, if that is what started it, and a BIOS need not be left. */
void firmware_leave(struct memory_claims *claims)
{
    (void)claims;
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

    begin_console(error == 0);
    if (error)
        firmware_fail(error);

    const struct memory_map_tag *map = find(TAG_MEMORY_MAP);
    const struct basic_memory_tag *basic = find(TAG_BASIC_MEMORY);
    const struct module_tag *module = kernel_file();
    if (!map || !basic)
        firmware_fail("GRUB does not tell what memory there is");
    uint64_t conventional = (uint64_t)basic->lower * KIB;
    if (conventional > VIDEO_MEMORY || find(TAG_EFI64)) /* UEFI's map tells the rest itself */
        conventional = VIDEO_MEMORY;

    multiboot2_claim_memory(map, claims);
    memory_claim(claims, 0, 4 * KIB, MEMORY_RESERVED);
    memory_claim(claims, conventional, MIB - conventional, MEMORY_RESERVED);
    memory_claim(claims, multiboot2_information, information()->size, MEMORY_LOADER);
    memory_claim(claims, module->start, module->end - module->start, MEMORY_LOADER);
    memory_claim(claims, (uintptr_t)loader_start, (uintptr_t)loader_end - (uintptr_t)loader_start,
                 MEMORY_LOADER);
    if (claims->count > MEMORY_CLAIMS - 3) /* loader/main.c has three more */
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
    const char *command_line = kernel_file()->command_line;

    find_screen(boot_info);
    if (boot_info->display == 0)
        firmware_fail("GRUB leaves no screen of 80x25 characters, or of 32-bit pixels");
    boot_info->firmware = find(TAG_EFI64) ? FIRMWARE_UEFI : FIRMWARE_BIOS;
    boot_info->boot_drive = device ? device->drive : 0;
    boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_NEW, 36);
    if (boot_info->acpi_rsdp == 0)
        boot_info->acpi_rsdp = find_rsdp(TAG_ACPI_OLD, 20);
    boot_info->command_line = *command_line ? (uintptr_t)command_line : 0;
}
