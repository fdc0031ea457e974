/* The four functions that GCC may call by itself. Three of them are one
 * instruction of the CPU: a loop in C would be recognized as what it is, and
 * compiled to a call of itself. Sizes are in bytes. */

#include "string.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *next = to;

    __asm__ volatile("rep movsb" : "+D"(next), "+S"(from), "+c"(size) : : "memory");
    return to;
}

/* As memcpy, but the two may overlap: where the target lies behind the source,
 * the last byte must go first. */
void *memmove(void *to, const void *from, size_t size)
{
    if ((size_t)((char *)to - (const char *)from) >= size)
        return memcpy(to, from, size);

    char *last = (char *)to + size - 1;
    const char *source = (const char *)from + size - 1;

    __asm__ volatile("std; rep movsb; cld"
                     : "+D"(last), "+S"(source), "+c"(size)
                     :
                     : "memory", "cc");
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *next = to;

    __asm__ volatile("rep stosb" : "+D"(next), "+c"(size) : "a"(value) : "memory");
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
