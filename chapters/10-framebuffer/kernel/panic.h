/* The end of a kernel that cannot go on. */

#pragma once

_Noreturn void panic(const char *reason);
