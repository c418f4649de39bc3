// For measuring kernels that read packed or transformed weights: packs them at the first call, and keeps
// them. Included between the definition of KERNEL and the template.
#ifndef KERNELS_PACKED_H
#define KERNELS_PACKED_H

#include "panel.h"
#include <stdlib.h>

#pragma push_macro("KERNEL")
#pragma push_macro("KERNEL_EPILOGUE")
#pragma push_macro("KERNEL_FIXED")
#pragma push_macro("KERNEL_LINKAGE")
#undef KERNEL
#undef KERNEL_EPILOGUE
#undef KERNEL_FIXED
#undef KERNEL_LINKAGE
#define KERNEL_LINKAGE static __attribute__((unused))
#define KERNEL         packed_plain
#include "ref/pack.h"
#define KERNEL packed_turned
#include "ref/pack_turned.h"
#define KERNEL packed_winograd
#include "ref/pack_winograd.h"
#pragma pop_macro("KERNEL_LINKAGE")
#pragma pop_macro("KERNEL_FIXED")
#pragma pop_macro("KERNEL_EPILOGUE")
#pragma pop_macro("KERNEL")

// Panels of a matrix.
static inline real *packed_new(ptrdiff_t rows, ptrdiff_t columns) {
    const ptrdiff_t panels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    real *packed = aligned_alloc(64, (size_t)(panels * rows) * PANEL_COLUMNS * sizeof(real));
    if (!packed) abort();
    return packed;
}

// For tiles of side x side numbers, of a convolution.
static inline const real *transformed_weights(const real *weights, const KernelSizes *sizes, int side) {
    static real *packed;
    if (packed) return packed;
    packed = packed_new(side * side * sizes->channels, sizes->filters);
    packed_winograd(packed, weights, 0, sizes->channels, side, 0, NULL, NULL, sizes);
    return packed;
}

// The sizes are those of the kernel that reads them: a convolution's or a dense layer's.
static inline const real *packed_weights(const real *weights, const KernelSizes *sizes, bool turned) {
    static real *packed;
    if (packed) return packed;
    const ptrdiff_t window = sizes->inputs ? 1 : sizes->window_height * sizes->window_width;
    const ptrdiff_t in = sizes->inputs ? sizes->inputs : sizes->channels;
    const ptrdiff_t out = sizes->inputs ? sizes->outputs : sizes->filters;
    const ptrdiff_t rows = window * (turned ? out : in), columns = turned ? in : out;
    const KernelSizes own = {.window_height = window,
                             .window_width = 1,
                             .channels = in,
                             .filters = out,
                             .inputs = rows,
                             .outputs = columns};
    packed = packed_new(rows, columns);
    if (turned)
        packed_turned(packed, weights, 0, columns, NULL, NULL, &own);
    else
        packed_plain(packed, weights, 0, rows, NULL, NULL, &own);
    return packed;
}

#endif
