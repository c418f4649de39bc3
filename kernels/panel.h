// Packed weights: the columns of a matrix in panels, [panel][row][PANEL_COLUMNS], so that a kernel reads a
// panel's numbers one after the other.
#ifndef KERNELS_PANEL_H
#define KERNELS_PANEL_H

#include "kernel.h"

// Two vectors: as wide as the tiles of cpu/gemm.h.
enum { PANEL_COLUMNS = 2 * LANES };

#endif
