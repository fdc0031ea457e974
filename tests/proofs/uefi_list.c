/* read_map and next: whatever the firmware says of its memory map and of the size of its
 * entries, no byte outside the map is read, and the list comes to an end.
 * Bounds: a map of 128 bytes at most, which is 3 entries. What it holds is any.
 *
 * options: --unwind 5 */

#include "uefi_memory.c"

enum { LARGEST_MAP = 128 };

struct uefi_services *uefi_services;
void *uefi_image;

_Noreturn void boot_fail(const char *reason)
{
    (void)reason;
    __CPROVER_assume(false);
    for (;;)
        ;
}

/* The firmware: it can say anything, but has written no more than it was allowed to. */
static uefi_status EFIAPI get_memory_map(uint64_t *size, void *memory, uint64_t *key,
                                         uint64_t *entry, uint32_t *version)
{
    uint64_t any_size, any_entry;
    uefi_status status;

    (void)memory, (void)key, (void)version;
    *size = any_size;
    *entry = any_entry;
    return status;
}

int main(void)
{
    uint64_t words[LARGEST_MAP / 8], space;
    struct uefi_services services = {.get_memory_map = get_memory_map};
    enum memory_type type;

    __CPROVER_assume(space <= LARGEST_MAP);
    map = (uint8_t *)words;
    map_space = space;
    read_map(&services);
    for (const struct uefi_memory *memory = next(0); memory; memory = next(memory)) {
        __CPROVER_assert((const uint8_t *)memory - map + sizeof *memory <= map_size,
                         "an entry lies in the map");
        type = type_of(memory);
        __CPROVER_assert(type >= MEMORY_USABLE && type <= MEMORY_BAD, "its type is one of ours");
    }
    return 0;
}
