/* The four functions that GCC may call even in a freestanding program, say to
 * copy a structure (GCC manual, "Language Standards Supported by GCC"). They do
 * what the C standard says. */

#pragma once

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *left, const void *right, size_t size);
