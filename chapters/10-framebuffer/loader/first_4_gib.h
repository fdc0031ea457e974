/* More of memory in reach. */

#pragma once

void map_first_4_gib(void);
