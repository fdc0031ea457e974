/* The four functions that GCC may call by itself. Three of them are the CPU's
 * string instructions: a compiler may recognize a loop in C, and compile it to a
 * call of the very function (GCC does without -ffreestanding). Sizes are in bytes. */

#include <stdint.h>

#include "string.h"

/* Eight bytes at a time, and the rest one by one. */
static void copy_upwards(void *to, const void *from, size_t size)
{
    size_t words = size / 8, bytes = size % 8;

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void copy_downwards(void *to, const void *from, size_t size)
{
    char *last = (char *)to + size - 1;
    const char *source = (const char *)from + size - 1;

    __asm__ volatile("std; rep movsb; cld"
                     : "+D"(last), "+S"(source), "+c"(size)
                     :
                     : "memory", "cc");
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    copy_upwards(to, from, size);
    return to;
}

/* Where the target begins inside the source, the last byte must go first. The
 * difference is unsigned: it is huge where the target lies before the source. */
void *memmove(void *to, const void *from, size_t size)
{
    if ((uintptr_t)to - (uintptr_t)from >= size)
        copy_upwards(to, from, size);
    else
        copy_downwards(to, from, size);
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *next = to;
    size_t words = size / 8, bytes = size % 8;
    uint64_t word = (uint8_t)value * UINT64_C(0x0101010101010101);

    __asm__ volatile("rep stosq" : "+D"(next), "+c"(words) : "a"(word) : "memory");
    __asm__ volatile("rep stosb" : "+D"(next), "+c"(bytes) : "a"(word) : "memory");
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left, *b = right;

    for (; size > 0; size--, a++, b++) {
        if (*a != *b)
            return *a - *b;
    }
    return 0;
}
