/* The beginning of each file of a program that may lie anywhere: its names are its own, also
   those that another file of it defines. Without this the compiler would take such a one's
   address from a global offset table, as if a library could have it.
   -fvisibility=hidden does not reach declarations. */
#pragma GCC visibility push(hidden)
