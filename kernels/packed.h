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
#ifndef REAL_F64
#define KERNEL packed_bf16
#include "ref/pack_bf16.h"
#endif
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

// For tiles of side x side numbers, of a convolution; `flipped`: of the window turned round.
static inline const real *transformed_weights(const real *weights, const KernelSizes *sizes, int side,
                                              bool flipped) {
    static real *packed;
    if (packed) return packed;
    packed = packed_new(side * side * sizes->channels, sizes->filters);
    packed_winograd(packed, weights, 0, sizes->channels, side, 0, flipped, NULL, NULL, sizes);
    return packed;
}

// The sizes of the weights as they are, and of the matrix that is packed, from those of the kernel that reads
// it: a convolution's or a dense layer's.
static inline KernelSizes packed_sizes(const KernelSizes *sizes, bool turned) {
    const ptrdiff_t window = sizes->inputs ? 1 : sizes->window_height * sizes->window_width;
    const ptrdiff_t in = sizes->inputs ? sizes->inputs : sizes->channels;
    const ptrdiff_t out = sizes->inputs ? sizes->outputs : sizes->filters;
    return (KernelSizes){.window_height = window,
                         .window_width = 1,
                         .channels = in,
                         .filters = out,
                         .inputs = window * (turned ? out : in),
                         .outputs = turned ? in : out};
}

static inline const real *packed_weights(const real *weights, const KernelSizes *sizes, bool turned) {
    static real *packed;
    if (packed) return packed;
    const KernelSizes own = packed_sizes(sizes, turned);
    packed = packed_new(own.inputs, own.outputs);
    if (turned)
        packed_turned(packed, weights, 0, own.outputs, NULL, NULL, &own);
    else
        packed_plain(packed, weights, 0, own.inputs, NULL, NULL, &own);
    return packed;
}

#ifndef REAL_F64
// Rounded to bf16.
static inline const real *rounded_weights(const real *weights, const KernelSizes *sizes, bool turned) {
    static real *packed;
    if (packed) return packed;
    const KernelSizes own = packed_sizes(sizes, turned);
    const ptrdiff_t pairs = (own.inputs + 2 * BF16_PAIRS - 1) / (2 * BF16_PAIRS) * BF16_PAIRS;
    packed = packed_new(pairs, (own.outputs + BF16_PANEL - 1) / BF16_PANEL * BF16_PANEL);
    packed_bf16(packed, weights, 0, pairs, turned, NULL, NULL, &own);
    return packed;
}
#endif

#endif
