/* What the firmware gives us, and the way back to it if something is wrong. */

#include "uefi.h"
#include "boot.h"
#include "console.h"
#include "pages.h"
#include "serial.h"

enum { SECONDS = 60, LOOKS_A_SECOND = 20 };

struct uefi_system *uefi;
struct uefi_services *uefi_services;
void *uefi_image;
struct display uefi_display;

/* Memory that we have from the firmware: for the kernel's file, and for the memory map. */
static struct {
    uint64_t start, pages;
} held[2];
static unsigned held_count;

/* An interface of a handle, or 0 if the handle does not have it. */
void *uefi_protocol(void *handle, const struct uefi_guid *name)
{
    void *interface = 0;

    return uefi_services->get_protocol(handle, name, &interface) == 0 ? interface : 0;
}

/* How we were started, and from where. */
const struct uefi_loaded_image *uefi_started_by(void)
{
    static const struct uefi_guid loaded_image = {
        0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};
    const struct uefi_loaded_image *image = uefi_protocol(uefi_image, &loaded_image);

    if (!image)
        boot_fail("the firmware does not tell how the loader was started");
    return image;
}

/* Takes memory from the firmware; twice at most, because boot_fail gives it back.
 *   size     bytes
 *   result   0 if there is not enough */
void *uefi_allocate(uint64_t size)
{
    held[held_count].pages = size / PAGE_SIZE + 1; /* 0 pages can't be taken, and no sum wraps */
    if (uefi_services->allocate_pages(UEFI_ANY_PAGES, UEFI_LOADER_DATA, held[held_count].pages,
                                      &held[held_count].start)
        != 0)
        return 0;
    return (void *)(uintptr_t)held[held_count++].start;
}

/* Prints a text on the firmware's console, if the machine has one. */
void uefi_print(const char *text)
{
    for (; *text != '\0' && uefi->output; text++)
        uefi->output->print(uefi->output, (const uint16_t[]){(uint8_t)*text, 0});
}

/* Waits for a key, so that the text can be read. The wait ends by itself: perhaps nobody
 * is there, or no keyboard, and the firmware may know of another disk. */
static void wait_for_key(void)
{
    struct uefi_key key;

    if (uefi->input)
        uefi->input->reset(uefi->input, false); /* forgets earlier keys */
    for (unsigned i = 0; i < SECONDS * LOOKS_A_SECOND; i++) {
        if (uefi->input && uefi->input->read_key(uefi->input, &key) == 0)
            return;
        uefi_services->stall(1000000 / LOOKS_A_SECOND);
    }
}

/* Whether the firmware drives serial ports itself. Then its console, if it has one, is there
 * as well, and two programs should not write to the same port. (U-Boot does so without saying
 * so: there the line appears twice.) */
static bool has_serial_console(void)
{
    static const struct uefi_guid serial_io = {
        0xbb25cf6f, 0xf1d4, 0x11d2, {0x9a, 0x0c, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0xfd}};
    uint64_t count;
    void **handles;

    if (!uefi->output
        || uefi_services->find_handles(UEFI_BY_PROTOCOL, &serial_io, 0, &count, &handles) != 0)
        return false;
    uefi_services->free_pool(handles);
    return true;
}

/* Switches off the firmware's watchdog, which would restart the machine during a slow read,
 * or while an error is shown (UEFI specification, "EFI_BOOT_SERVICES.SetWatchdogTimer()");
 * and finds out whether this CPU can be taken over. */
void boot_begin(void)
{
    uefi_services->set_watchdog(0, 0, 0, 0);
    uefi_check_cpu();
}

/* Says why the machine cannot go on, and gives it back to the firmware, which may know of
 * another disk, and will clear the screen. It does not take back memory unless we free it.
 * Once the firmware has been left, there is no way back, and the console is our own. */
_Noreturn void boot_fail(const char *reason)
{
    if (uefi_services) {
        uefi_print("boot error: ");
        uefi_print(reason);
        uefi_print("\r\nPress a key, or wait a minute, and the firmware goes on.\r\n");
        if (!has_serial_console()) {
            serial_begin();
            serial_print("boot error: ");
            serial_print(reason);
            serial_print("\r\n");
        }
        wait_for_key();
        while (held_count-- > 0)
            uefi_services->free_pages(held[held_count].start, held[held_count].pages);
        uefi_services->exit(uefi_image, UEFI_LOAD_ERROR, 0, 0);
    }
    console_begin(&uefi_display, 0); /* memory is mapped onto itself */
    console_print(VGA_LIGHT_GREY, "boot error: ");
    console_print(VGA_LIGHT_GREY, reason);
    console_print(VGA_LIGHT_GREY, "\n");
    for (;;)
        __asm__ volatile("cli; hlt");
}
