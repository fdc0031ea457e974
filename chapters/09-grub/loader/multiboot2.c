/* The list of tags that GRUB leaves in memory. Nothing in here needs a machine, so it
 * can be tested on any. */

#include <stdbool.h>

#include "multiboot2.h"

enum { ALIGNMENT = 8, LARGEST = 1 << 20 }; /* bytes; GRUB's lists have a few thousand */

/* The first byte after a tag's padding. */
static const struct tag *behind(const struct tag *tag)
{
    return (const struct tag *)((const uint8_t *)tag
                                + (tag->size + (uint64_t)ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

/* The least size of each tag, in bytes; types that are not named here are ignored. */
static uint32_t smallest(uint32_t type)
{
    switch (type) {
    case TAG_MODULE:
        return sizeof(struct module_tag) + 1;
    case TAG_BASIC_MEMORY:
        return sizeof(struct basic_memory_tag);
    case TAG_BOOT_DEVICE:
        return sizeof(struct boot_device_tag);
    case TAG_MEMORY_MAP:
        return sizeof(struct memory_map_tag);
    case TAG_FRAMEBUFFER:
        return sizeof(struct framebuffer_tag);
    default:
        return sizeof(struct tag);
    }
}

/* Whether what a tag says of itself can be true. */
static bool is_sound(const struct tag *tag)
{
    if (tag->size < smallest(tag->type))
        return false;
    if (tag->type == TAG_MODULE) {
        const struct module_tag *module = (const struct module_tag *)tag;

        /* An empty file goes from 0 to 0. */
        return module->start <= module->end && ((const char *)tag)[tag->size - 1] == '\0';
    }
    if (tag->type == TAG_MEMORY_MAP) {
        const struct memory_map_tag *map = (const struct memory_map_tag *)tag;

        return map->entry_size >= sizeof(struct memory_map_entry)
               && map->entry_size % ALIGNMENT == 0;
    }
    return true;
}

/* Whether the list is one: its tags lie inside it, one after the other, and the last
 * one ends it. To be called before all other functions.
 *   information   the list, at a multiple of 8
 *   result        0, or what is wrong with it */
const char *multiboot2_check(const struct multiboot2 *information)
{
    const struct tag *tag = (const struct tag *)(information + 1);
    uint32_t size = information->size;

    if (size < sizeof *information || size > LARGEST)
        return "GRUB's list of tags has no size that can be true";
    for (;; tag = behind(tag)) {
        uint64_t offset = (uint64_t)((const uint8_t *)tag - (const uint8_t *)information);

        if (offset > size || size - offset < sizeof *tag || size - offset < tag->size)
            return "GRUB's list of tags ends in the middle of one";
        if (!is_sound(tag))
            return "GRUB's list has a tag that cannot be true";
        if (tag->type == TAG_END)
            return 0;
    }
}

/* Finds a tag in a list that has been checked.
 *   after    where to go on: a tag of the list, or 0 for the first
 *   result   the next tag of the type, or 0 */
const void *multiboot2_find(const struct multiboot2 *information, uint32_t type,
                            const struct tag *after)
{
    const struct tag *tag = after ? behind(after) : (const struct tag *)(information + 1);

    for (; tag->type != TAG_END; tag = behind(tag))
        if (tag->type == type)
            return tag;
    return 0;
}

/* Claims all memory of a map. */
void multiboot2_claim_memory(const struct memory_map_tag *map, struct memory_claims *claims)
{
    const uint8_t *next = map->entries, *end = (const uint8_t *)map + map->tag.size;

    for (; end - next >= (int64_t)map->entry_size; next += map->entry_size) {
        const struct memory_map_entry *entry = (const struct memory_map_entry *)next;

        memory_claim(claims, entry->start, entry->size, memory_type_of(entry->type));
    }
}
