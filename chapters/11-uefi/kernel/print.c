/* Text with numbers in it, row after row. */

#include <stdarg.h>
#include <stdint.h>

#include "console.h"
#include "print.h"

static void put(char character)
{
    console_print(VGA_LIGHT_GREY, (const char[]){character, '\0'});
}

/* Puts a number, with at least this many digits. */
static void put_number(uint64_t number, unsigned base, unsigned digits)
{
    char text[20]; /* as many as 64 bits need */
    unsigned first = sizeof text;

    do {
        text[--first] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0 || sizeof text - first < digits);
    while (first < sizeof text)
        put(text[first++]);
}

/* Prints where the last text ended; what no longer fits on the screen is left out.
 *   format   %s stands for a text, %x for a uint64_t as 16 hexadecimal digits, %u for
 *            one as a decimal number; no other % may be in it */
void print(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    for (; *format != '\0'; format++) {
        if (*format != '%')
            put(*format);
        else if (*++format == 'x')
            put_number(va_arg(arguments, uint64_t), 16, 16);
        else if (*format == 'u')
            put_number(va_arg(arguments, uint64_t), 10, 1);
        else
            console_print(VGA_LIGHT_GREY, va_arg(arguments, const char *));
    }
    va_end(arguments);
}
