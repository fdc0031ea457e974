/* boot_fail, as programs of this machine have it: goes back to where setjmp(boot_failed)
 * was called last. */

#pragma once

#include <setjmp.h>

#include "boot.h"

static jmp_buf boot_failed;

_Noreturn void boot_fail(const char *reason)
{
    (void)reason;
    longjmp(boot_failed, 1);
}
