/* multiboot2_check, multiboot2_find and multiboot2_claim_memory: whatever GRUB's list holds, no
 * byte outside of it is read. In a list that passes, each tag lies inside, a tag that is found
 * is of the type that was asked for, and the search goes on after it.
 * Bounds: a list of 64 bytes at most, which is 7 tags, or a map of one entry. What it holds is
 * any.
 *
 * options: --unwind 9 */

#include "multiboot2.c"

enum { LARGEST_LIST = 64 };

enum memory_type memory_type_of(uint32_t acpi_type)
{
    return (enum memory_type)acpi_type;
}

void memory_claim(struct memory_claims *claims, uint64_t start, uint64_t size,
                  enum memory_type type)
{
    (void)claims, (void)start, (void)size, (void)type;
}

int main(void)
{
    uint64_t words[LARGEST_LIST / 8];
    const struct multiboot2 *list = (const struct multiboot2 *)words;
    uint32_t type;

    __CPROVER_assume(list->size <= LARGEST_LIST);
    if (multiboot2_check(list) != 0)
        return 0;
    const struct tag *tag = multiboot2_find(list, type, 0);
    if (!tag)
        return 0;
    __CPROVER_assert(tag->type == type, "the tag is of its type");
    __CPROVER_assert((const uint8_t *)tag + tag->size <= (const uint8_t *)list + list->size,
                     "the tag lies in the list");
    if (type == TAG_MEMORY_MAP)
        multiboot2_claim_memory((const struct memory_map_tag *)tag, 0);

    const struct tag *next = multiboot2_find(list, type, tag);
    __CPROVER_assert(!next || (next > tag && next->type == type), "the next one lies behind it");
    return 0;
}
