/* memory_map.c as a program of this machine. It does what standard input says, a command
 * and its decimal numbers at a time, and answers each with a line:
 *
 *   new                     forgets all claims
 *   claim START SIZE TYPE   1 if it was taken, else 0
 *   map                     START, SIZE and TYPE of all regions
 *   usable START SIZE       1 or 0, by the last map
 *
 * Claims and map are each a piece of the heap: a sanitizer sees what is written beside. */

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
    struct memory_claims *claims = calloc(1, sizeof *claims);
    struct memory_map *map = malloc(sizeof *map);
    char command[8];

    memset(map, 0xcc, sizeof *map); /* whatever was there */
    while (scanf("%7s", command) == 1) {
        if (strcmp(command, "new") == 0) {
            claims->count = 0;
        } else if (strcmp(command, "claim") == 0) {
            uint64_t start = number(), size = number(), type = number();

            if (setjmp(boot_failed) == 0) {
                memory_claim(claims, start, size, (enum memory_type)type);
                printf("1");
            } else {
                printf("0");
            }
        } else if (strcmp(command, "map") == 0) {
            memory_resolve(claims, map);
            print_map(map);
        } else if (strcmp(command, "usable") == 0) {
            uint64_t start = number(), size = number();

            printf("%d", memory_is_usable(map, start, size));
        } else {
            return 2;
        }
        printf("\n");
    }
    free(claims);
    free(map);
    return 0;
}
