/* More memory within reach. */

#pragma once

void map_first_4_gib(void);
