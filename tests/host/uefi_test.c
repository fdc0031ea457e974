/* The UEFI side of a loader as a program of this machine, with a firmware of its own that
 * can be as strange as a test wants it. Standard input says what to do, a word and its
 * numbers at a time:
 *
 *   memory TYPE START PAGES ATTRIBUTES   adds an entry to the firmware's memory map
 *   entry SIZE                           bytes from an entry to the next
 *   stale COUNT                          how often the map changes before we are let go
 *   grows COUNT                          by how many entries, each time
 *   graphics START SIZE NUMBER           adds a display, in the mode of that number
 *   mode PIXEL COLUMNS ROWS PER_ROW RED GREEN BLUE    adds a mode to it
 *   file SIZE READABLE                   the kernel's size, and the bytes that can be read
 *   options SIZE WORD...                 what the loader was started with
 *   refuse NAME                          makes a service fail
 *   without NAME                         takes the console's input or output away
 *
 *   claim, describe, read OFFSET SIZE          call boot_..., and print the result: for claims,
 *                                              the regions of the map
 *   begin                                      calls boot_begin; the watchdog's seconds then
 *   fail                                       calls boot_fail
 *
 * Once we have asked to be let go, any service but two is a mistake, and ends this program
 * by a signal. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"
#include "console.h"
#include "serial.h"
#include "uefi.h"

enum { ENTRIES = 4096, DISPLAYS = 4, MODES = 8, PAGE = 4096, NOT_FOUND = 14, TOO_SMALL = 5 };
#define FAILURE(code) (UINT64_C(1) << 63 | (code))
#define SECOND UINT64_C(1000000) /* in microseconds */

static struct uefi_memory entries[ENTRIES];
static uint64_t entry_count, entry_size = 48, key = 1, stale, grows, allocated;
static struct {
    struct uefi_graphics interface;
    struct uefi_graphics_state state;
    struct uefi_graphics_mode modes[MODES];
} displays[DISPLAYS];
static unsigned display_count;
static uint64_t watchdog = 300; /* seconds */
static uint64_t stalled;        /* microseconds */
static uint64_t file_size, readable, position;
static uint16_t options[2000];
static char refused[32];
static bool leaving, cpu_is_ours;
static struct memory_claims claims;
static struct boot_info boot_info;

static uint64_t number(void)
{
    uint64_t value;

    if (scanf("%" SCNu64, &value) != 1)
        exit(2);
    return value;
}

static void comes_before_leaving(void)
{
    if (leaving)
        abort();
}

static bool refuses(const char *name)
{
    return strcmp(refused, name) == 0;
}

static uefi_status EFIAPI allocate(uint32_t how, uint32_t type, uint64_t pages, uint64_t *start)
{
    comes_before_leaving();
    if (how != UEFI_ANY_PAGES || type != UEFI_LOADER_DATA || pages > 1 << 20 || refuses("allocate"))
        return FAILURE(NOT_FOUND);
    *start = (uintptr_t)aligned_alloc(PAGE, pages * PAGE);
    allocated += pages;
    entry_count += 2; /* the rest before it, and after it; no test needs their places */
    key++;
    return 0;
}

static uefi_status EFIAPI free_pages(uint64_t start, uint64_t pages)
{
    comes_before_leaving();
    free((void *)(uintptr_t)start);
    allocated -= pages;
    return 0;
}

static uefi_status EFIAPI get_memory_map(uint64_t *size, void *map, uint64_t *map_key,
                                         uint64_t *size_of, uint32_t *version)
{
    uint64_t needed = entry_count * entry_size;

    if (refuses("map") || (leaving && refuses("map-later")))
        return FAILURE(NOT_FOUND);
    if (needed > *size || !map) {
        *size = needed;
        return FAILURE(TOO_SMALL);
    }
    for (uint64_t i = 0; i < entry_count; i++) {
        uint64_t bytes = entry_size < sizeof *entries ? entry_size : sizeof *entries;

        memset((uint8_t *)map + i * entry_size, 0xcc, entry_size);
        memcpy((uint8_t *)map + i * entry_size, &entries[i], bytes);
    }
    *size = needed;
    *size_of = refuses("entry-size") ? -entry_size : entry_size; /* the list runs backwards */
    *map_key = key;
    *version = 1;
    return 0;
}

/* Refuses a map that has changed; and it changes by a page that turns into one of the
 * firmware's for good. */
static uefi_status EFIAPI let_go(void *image, uint64_t map_key)
{
    (void)image;
    leaving = true;
    if (stale > 0) {
        stale--;
        key++;
        entries[0].pages++;
        entries[1].start += PAGE;
        entries[1].pages--;
        entry_count += grows;
    }
    return map_key == key && !refuses("leave") ? 0 : FAILURE(2);
}

static uefi_status EFIAPI get_protocol(void *handle, const struct uefi_guid *name, void *interface);

static uefi_status EFIAPI find_handles(uint32_t how, const struct uefi_guid *name, const void *what,
                                       uint64_t *count, void ***handles)
{
    comes_before_leaving();
    (void)what;
    if (name->first == 0xbb25cf6f) { /* serial ports: the firmware's console, as a rule */
        *handles = malloc(sizeof **handles);
        return refuses("serial") ? (free(*handles), FAILURE(NOT_FOUND)) : 0;
    }
    if (how != UEFI_BY_PROTOCOL || display_count == 0)
        return FAILURE(NOT_FOUND);
    *count = display_count;
    *handles = malloc(display_count * sizeof **handles);
    for (unsigned i = 0; i < display_count; i++)
        (*handles)[i] = &displays[i];
    return 0;
}

static uefi_status EFIAPI free_pool(void *memory)
{
    comes_before_leaving();
    free(memory);
    return 0;
}

static uefi_status EFIAPI query_mode(struct uefi_graphics *self, uint32_t which, uint64_t *size,
                                     struct uefi_graphics_mode **mode)
{
    if (which >= self->state->mode_count || refuses("query"))
        return FAILURE(NOT_FOUND);
    *size = sizeof **mode;
    *mode = malloc(*size);
    **mode = displays[((char *)self - (char *)displays) / (int)sizeof *displays].modes[which];
    return 0;
}

static uefi_status EFIAPI set_mode(struct uefi_graphics *self, uint32_t which)
{
    long i = ((char *)self - (char *)displays) / (long)sizeof *displays;

    if (which >= self->state->mode_count || refuses("mode"))
        return FAILURE(NOT_FOUND);
    displays[i].state.mode_number = which;
    displays[i].state.mode = &displays[i].modes[which];
    return 0;
}

static uefi_status EFIAPI close(struct uefi_file *self)
{
    comes_before_leaving();
    (void)self;
    return 0;
}

static uefi_status EFIAPI read(struct uefi_file *self, uint64_t *size, void *to)
{
    (void)self;
    if (*size > readable - position)
        *size = readable - position;
    memset(to, 'x', *size);
    position += *size;
    return refuses("read") ? FAILURE(7) : 0;
}

static uefi_status EFIAPI get_info(struct uefi_file *self, const struct uefi_guid *kind,
                                   uint64_t *size, void *info)
{
    (void)self;
    (void)kind;
    if (*size < sizeof(struct uefi_file_info) || refuses("info"))
        return FAILURE(TOO_SMALL);
    ((struct uefi_file_info *)info)->file_size = file_size;
    return 0;
}

static uefi_status EFIAPI open(struct uefi_file *self, struct uefi_file **file,
                               const uint16_t *path, uint64_t mode, uint64_t attributes)
{
    (void)path;
    (void)attributes;
    *file = self;
    return mode != UEFI_FILE_READ || refuses("open") ? FAILURE(NOT_FOUND) : 0;
}

static struct uefi_file file = {.open = open, .close = close, .read = read, .get_info = get_info};

static uefi_status EFIAPI open_volume(struct uefi_file_system *self, struct uefi_file **root)
{
    (void)self;
    *root = &file;
    return refuses("volume") ? FAILURE(7) : 0;
}

static struct uefi_file_system volume = {0, open_volume};
static struct uefi_loaded_image loaded_image = {.device = &volume, .options = options};

static uefi_status EFIAPI get_protocol(void *handle, const struct uefi_guid *name, void *interface)
{
    void *found = handle;

    comes_before_leaving();
    if (handle == &file)
        found = &loaded_image;
    *(void **)interface = found;
    return refuses(name->first == 0x5b1b31a1 ? "image" : "interface") ? FAILURE(3) : 0;
}

static uefi_status EFIAPI print_text(struct uefi_text_output *self, const uint16_t *text)
{
    (void)self;
    if (*text != '\r')
        putchar(*text);
    return 0;
}

static uefi_status EFIAPI reset_keys(struct uefi_text_input *self, bool thorough)
{
    (void)self;
    (void)thorough;
    return 0;
}

static uefi_status EFIAPI no_key(struct uefi_text_input *self, struct uefi_key *key_read)
{
    (void)self;
    (void)key_read;
    return FAILURE(6);
}

static uefi_status EFIAPI stall(uint64_t microseconds)
{
    stalled += microseconds;
    return stalled > 5 * SECOND * 60 ? (abort(), 0) : 0;
}

static uefi_status EFIAPI set_watchdog(uint64_t seconds, uint64_t code, uint64_t size,
                                       const uint16_t *data)
{
    comes_before_leaving();
    (void)code;
    (void)size;
    (void)data;
    watchdog = seconds;
    return 0;
}

static uefi_status EFIAPI end(void *image, uefi_status status, uint64_t size, const uint16_t *text)
{
    comes_before_leaving();
    (void)image;
    (void)size;
    (void)text;
    printf("back with %" PRIx64 " after %" PRIu64 " s, %" PRIu64 " pages not given back\n", status,
           stalled / SECOND, allocated);
    exit(0);
}

void serial_begin(void)
{
}

void serial_print(const char *text)
{
    comes_before_leaving();
    printf("%s", strcmp(text, "\r\n") == 0 ? "\n" : text);
}

void console_begin(const struct display *display, uint64_t physical_memory)
{
    (void)display;
    if (physical_memory != 0)
        abort();
}

/* The loader halts after its last words. */
void console_print(enum vga_attribute attribute, const char *text)
{
    (void)attribute;
    printf("%s", text);
    if (strcmp(text, "\n") == 0)
        exit(0);
}

void uefi_check_cpu(void)
{
}

void uefi_take_cpu(struct memory_claims *its_stack)
{
    (void)its_stack;
    cpu_is_ours = true;
}

static void print_map(void)
{
    struct memory_map map;

    memory_resolve(&claims, &map);
    for (uint32_t i = 0; i < map.count; i++)
        printf("%" PRIu64 " %" PRIu64 " %" PRIu32 " ", map.regions[i].start, map.regions[i].size,
               map.regions[i].type);
    puts("");
}

static void add_display(void)
{
    unsigned i = display_count++;

    displays[i].interface = (struct uefi_graphics){query_mode, set_mode, 0, &displays[i].state};
    displays[i].state.start = number();
    displays[i].state.size = number();
    displays[i].state.mode = &displays[i].modes[number()];
}

static void add_mode(void)
{
    unsigned i = display_count - 1;
    struct uefi_graphics_mode *mode = &displays[i].modes[displays[i].state.mode_count++];

    mode->pixel = (uint32_t)number();
    mode->columns = (uint32_t)number();
    mode->rows = (uint32_t)number();
    mode->pixels_a_row = (uint32_t)number();
    mode->red = (uint32_t)number();
    mode->green = (uint32_t)number();
    mode->blue = (uint32_t)number();
}

static void describe(void)
{
    boot_describe(&boot_info);
    printf("%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64, boot_info.display.kind,
           boot_info.display.columns, boot_info.display.rows, boot_info.display.pitch,
           boot_info.display.start);
    printf(" %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", boot_info.display.red, boot_info.display.green,
           boot_info.display.blue);
    printf("%s\n", boot_info.command_line ? (const char *)(uintptr_t)boot_info.command_line : "-");
}

static void read_kernel(void)
{
    uint64_t size = boot_find_kernel(), offset = number(), length = number();
    char *bytes = malloc(length);

    boot_read_kernel(offset, length, bytes);
    printf("%" PRIu64 "\n", size);
    free(bytes);
}

void loader_main(void);
uefi_status EFIAPI efi_main(void *image, struct uefi_system *system);

void loader_main(void)
{
    char word[16];

    while (scanf("%15s", word) == 1) {
        if (strcmp(word, "memory") == 0) {
            struct uefi_memory *memory = &entries[entry_count++];

            memory->type = (uint32_t)number();
            memory->start = number();
            memory->pages = number();
            memory->attributes = number();
        } else if (strcmp(word, "entry") == 0) {
            entry_size = number();
        } else if (strcmp(word, "stale") == 0) {
            stale = number();
        } else if (strcmp(word, "grows") == 0) {
            grows = number();
        } else if (strcmp(word, "graphics") == 0) {
            add_display();
        } else if (strcmp(word, "mode") == 0) {
            add_mode();
        } else if (strcmp(word, "file") == 0) {
            file_size = number();
            readable = number();
        } else if (strcmp(word, "options") == 0) {
            loaded_image.options_size = (uint32_t)number();
            for (unsigned i = 0; i < loaded_image.options_size / 2; i++)
                options[i] = (uint16_t)number();
        } else if (strcmp(word, "refuse") == 0) {
            if (scanf("%31s", refused) != 1)
                exit(2);
        } else if (strcmp(word, "without") == 0) {
            if (scanf("%15s", word) != 1)
                exit(2);
            if (strcmp(word, "input") == 0)
                uefi->input = 0;
            else
                uefi->output = 0;
        } else if (strcmp(word, "claim") == 0) {
            boot_claim_memory(&claims);
            print_map();
            puts(leaving && cpu_is_ours ? "left" : "not left");
        } else if (strcmp(word, "begin") == 0) {
            boot_begin();
            printf("%" PRIu64 "\n", watchdog);
        } else if (strcmp(word, "fail") == 0) {
            boot_fail("as the test wants it");
        } else if (strcmp(word, "describe") == 0) {
            describe();
        } else if (strcmp(word, "read") == 0) {
            read_kernel();
        } else {
            exit(2);
        }
    }
    exit(0);
}

int main(void)
{
    struct uefi_services services = {.allocate_pages = allocate,
                                     .free_pages = free_pages,
                                     .get_memory_map = get_memory_map,
                                     .free_pool = free_pool,
                                     .get_protocol = get_protocol,
                                     .exit = end,
                                     .exit_boot_services = let_go,
                                     .stall = stall,
                                     .set_watchdog = set_watchdog,
                                     .find_handles = find_handles};
    struct uefi_text_input input = {reset_keys, no_key};
    struct uefi_text_output output = {0, print_text};
    struct uefi_system system = {.input = &input, .output = &output, .services = &services};

    return (int)efi_main(&file, &system);
}
