/* memory_map.c as a program of this machine. It does what standard input says, one command
 * with its decimal numbers at a time, and answers each with a line:
 *
 *   new SPACE               begins, with space for this many claims and regions
 *   claim START SIZE TYPE   1 if it was taken, else 0
 *   map                     START, SIZE and TYPE of all regions; 0 if there was no space
 *   usable START SIZE       1 or 0, by the last map
 *
 * The space is a piece of the heap: a sanitizer notices writes outside of it. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_fail.h"
#include "memory_map.h"

static uint64_t number(void)
{
    uint64_t value;

    if (scanf("%" SCNu64, &value) != 1)
        exit(2);
    return value;
}

static void print_map(const struct memory_map *map)
{
    for (uint32_t i = 0; i < map->count; i++)
        printf("%" PRIu64 " %" PRIu64 " %" PRIu32 " ", map->regions[i].start, map->regions[i].size,
               map->regions[i].type);
}

int main(void)
{
    struct memory_claims claims = {0};
    struct memory_map map = {0};
    char command[8];

    while (scanf("%7s", command) == 1) {
        if (strcmp(command, "new") == 0) {
            uint64_t size = number() * sizeof *claims.claims;

            free(claims.claims);
            memory_begin(&claims, (uintptr_t)malloc(size), size);
            memset(claims.claims, 0xcc, size); /* whatever was there */
        } else if (strcmp(command, "claim") == 0) {
            uint64_t start = number(), size = number(), type = number();

            if (setjmp(boot_failed) == 0) {
                memory_claim(&claims, start, size, (enum memory_type)type);
                printf("1");
            } else {
                printf("0");
            }
        } else if (strcmp(command, "map") == 0) {
            if (setjmp(boot_failed) == 0) {
                memory_resolve(&claims, &map);
                print_map(&map);
            } else {
                printf("0");
            }
        } else if (strcmp(command, "usable") == 0) {
            uint64_t start = number(), size = number();

            printf("%d", memory_is_usable(&map, start, size));
        } else {
            return 2;
        }
        printf("\n");
    }
    free(claims.claims);
    return 0;
}
