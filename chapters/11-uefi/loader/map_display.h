/* The display's memory: the kernel's to draw on, and nobody's for anything else. */

#pragma once

#include "memory_map.h"

void claim_display(struct memory_claims *claims, const struct display *display);
void map_display(const struct display *display);
