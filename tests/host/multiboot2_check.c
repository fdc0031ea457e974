/* Asks multiboot2.c about lists of tags that a test makes up, one after
 * the other, on the machine that runs the tests. A case on standard input is a type, the
 * number of the list's bytes (32 bits each), and these. The answer is three lines: the
 * sentence, empty if all is well; where in the list tags of the type are; and START, SIZE
 * and TYPE of each claim that comes of the memory map, and 0 0 0 if there was no more space. The
 * list is a piece of the heap that ends where it says that it ends: a sanitizer notices reads
 * past it. */

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_fail.h"
#include "multiboot2.h"

/* What only the loader's other files read: fields where the specification has them, in bytes. */
#define FIELD(structure, field, offset, size)                                                      \
    _Static_assert(offsetof(struct structure, field) == (offset)                                   \
                       && sizeof(((struct structure *)NULL)->field) == (size),                     \
                   #structure ", " #field)

FIELD(basic_memory_tag, lower, 8, 4);
FIELD(basic_memory_tag, upper, 12, 4);
FIELD(boot_device_tag, drive, 8, 4);
FIELD(framebuffer_tag, start, 8, 8);
FIELD(framebuffer_tag, pitch, 16, 4);
FIELD(framebuffer_tag, columns, 20, 4);
FIELD(framebuffer_tag, rows, 24, 4);
FIELD(framebuffer_tag, bits_per_pixel, 28, 1);
FIELD(framebuffer_tag, type, 29, 1);
_Static_assert(offsetof(struct module_tag, command_line) == 16, "behind the two addresses");
_Static_assert(offsetof(struct acpi_tag, rsdp) == 8, "behind type and size");

enum { SPACE = 3000 }; /* for this many claims */

static void print_tags(const struct multiboot2 *list, uint32_t type)
{
    for (const struct tag *tag = NULL; (tag = multiboot2_find(list, type, tag)) != NULL;)
        printf("%td ", (const char *)tag - (const char *)list);
}

static void print_claims(const struct memory_map_tag *map)
{
    static struct memory_claims claims;
    const uint64_t size = SPACE * sizeof *claims.claims;

    memory_begin(&claims, (uintptr_t)malloc(size), size);
    bool full = setjmp(boot_failed) != 0;
    if (!full)
        multiboot2_claim_memory(map, &claims);
    for (const struct memory_region *claim = claims.claims; claim < claims.claims + claims.count;
         claim++)
        printf("%" PRIu64 " %" PRIu64 " %" PRIu32 " ", claim->start, claim->size, claim->type);
    if (full)
        printf("0 0 0");
    free(claims.claims);
}

int main(void)
{
    static char content[(1 << 20) + 16];
    struct {
        uint32_t type, size;
    } asked;

    while (fread(&asked, sizeof asked, 1, stdin) == 1) {
        uint32_t size;

        if (asked.size < sizeof size || asked.size > sizeof content
            || fread(content, asked.size, 1, stdin) != 1)
            return 2;
        memcpy(&size, content, sizeof size);
        if (size < sizeof size)
            size = sizeof size;
        if (size > asked.size)
            size = asked.size;
        struct multiboot2 *list = malloc(size);
        memcpy(list, content, size);

        const char *error = multiboot2_check(list);
        puts(error == NULL ? "" : error);
        if (error == NULL)
            print_tags(list, asked.type);
        puts("");
        if (error == NULL && multiboot2_find(list, TAG_MEMORY_MAP, NULL) != NULL)
            print_claims(multiboot2_find(list, TAG_MEMORY_MAP, NULL));
        puts("");
        free(list);
    }
    return 0;
}
