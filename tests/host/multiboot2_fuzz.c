/* Hands multiboot2.c whatever libFuzzer makes up, as a list of tags, and does with it
 * what a loader does: the check; then each find; then the claims. The list is a piece of
 * the heap that ends where it says that it ends. What has passed the check must be fit to
 * be read; the sums that judge it have 64 bits and cannot wrap.
 *
 * The test that runs this gives it 100 000 tries: -runs there. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "boot_fail.h"
#include "multiboot2.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge_module(const struct module_tag *module)
{
    assert(module->start <= module->end);
    assert(memchr(module->command_line, 0, module->tag.size - 16) != NULL);
}

static void judge_memory_map(const struct memory_map_tag *map)
{
    static struct memory_claims claims;
    const uint64_t entries = (map->tag.size - 16) / map->entry_size;
    const uint64_t size = 200 * sizeof *claims.claims;

    memory_begin(&claims, (uintptr_t)malloc(size), size);
    assert(map->entry_size >= 24 && map->entry_size % 8 == 0);
    if (setjmp(boot_failed) == 0)
        multiboot2_claim_memory(map, &claims);
    assert(claims.count <= entries && claims.count <= claims.space);
    for (uint64_t i = 0; i < claims.count; i++) {
        const struct memory_region *claim = &claims.claims[i];

        assert(claim->size > 0 && claim->start < UINT64_C(1) << 52);
        assert(claim->type >= MEMORY_USABLE && claim->type <= MEMORY_BAD);
    }
    free(claims.claims);
}

static void judge_tag(const struct tag *tag)
{
    /* Bytes that a tag of a type has at least, as the specification draws it. */
    static const uint32_t smallest[] = {
        [TAG_MODULE] = 17,     [TAG_BASIC_MEMORY] = 16, [TAG_BOOT_DEVICE] = 20,
        [TAG_MEMORY_MAP] = 16, [TAG_FRAMEBUFFER] = 32,
    };

    assert(tag->type > TAG_FRAMEBUFFER || tag->size >= smallest[tag->type]);
    if (tag->type == TAG_MODULE)
        judge_module((const struct module_tag *)tag);
    if (tag->type == TAG_MEMORY_MAP)
        judge_memory_map((const struct memory_map_tag *)tag);
}

static void judge(const struct multiboot2 *list)
{
    const struct tag *before = NULL, *tag;

    for (uint64_t offset = 8;; offset += (tag->size + UINT64_C(7)) / 8 * 8, before = tag) {
        tag = (const struct tag *)((const uint8_t *)list + offset);
        assert(offset + 8 <= list->size);
        assert(tag->size >= 8 && offset + tag->size <= list->size);
        if (tag->type == TAG_END)
            break;
        judge_tag(tag);
        assert(multiboot2_find(list, tag->type, before) == tag);
    }
    for (uint32_t type = TAG_END; type <= TAG_ACPI_NEW + 1; type++)
        assert(before == NULL || multiboot2_find(list, type, before) == NULL);
    assert(multiboot2_find(list, TAG_END, NULL) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t list_size;

    if (size < sizeof list_size)
        return 0;
    memcpy(&list_size, data, sizeof list_size);
    if (list_size > size)
        list_size = (uint32_t)size;

    const size_t room = list_size < sizeof list_size ? sizeof list_size : list_size;
    struct multiboot2 *list = malloc(room);
    memcpy(list, data, room);
    list->size = list_size;
    if (multiboot2_check(list) == NULL)
        judge(list);
    free(list);
    return 0;
}
