// The gradients of a convolution whose output only a pool reads that chooses a number from each window, so
// that the output's gradient is that of the pool at the chosen positions and 0 elsewhere. Constants: conv.h,
// of the convolution, and
//   POOL_HEIGHT, POOL_WIDTH                 the pool's windows, side by side from the output's first pixel on
// gradient [OUTPUT_HEIGHT / POOL_HEIGHT][OUTPUT_WIDTH / POOL_WIDTH][FILTERS], of the pool's output; positions
// likewise, in the window, row by row. Pixels that no window reaches have no gradient. Weights lie filter by
// filter: [FILTERS][WINDOW_HEIGHT][WINDOW_WIDTH][CHANNELS]. For one group.
#ifndef KERNELS_REF_POOLED_H
#define KERNELS_REF_POOLED_H

#include "ref/conv.h"

typedef struct PoolShape {
    ptrdiff_t height, width;
} PoolShape;

#define KERNEL_POOL_SHAPE                                                                                    \
    { KERNEL_POOL_HEIGHT, KERNEL_POOL_WIDTH }

// One product: element numbers in the input, in the pool's output and in the weights; the filter.
typedef struct PooledProduct {
    ptrdiff_t input, pooled, weight, filter;
} PooledProduct;

typedef void PooledVisit(void *context, PooledProduct product);

// The products of one number of the pool's output.
static inline void pooled_visit_window(const ConvShape *s, ptrdiff_t y, ptrdiff_t x, PooledProduct product,
                                       PooledVisit *visit, void *context) {
    for (ptrdiff_t tap = 0; tap < s->window_height * s->window_width; tap++) {
        const ptrdiff_t row = y * s->stride_y + tap / s->window_width * s->dilation_y - s->pad_top;
        const ptrdiff_t column = x * s->stride_x + tap % s->window_width * s->dilation_x - s->pad_left;
        if (row < 0 || row >= s->height || column < 0 || column >= s->width) continue;
        for (ptrdiff_t c = 0; c < s->channels; c++) {
            product.input = (row * s->width + column) * s->channels + c;
            product.weight = (product.filter * s->window_height * s->window_width + tap) * s->channels + c;
            visit(context, product);
        }
    }
}

// Calls visit for every product of one image in which the window lies on the input.
static inline void pooled_visit(const ConvShape *s, const PoolShape *pool, const uint8_t *positions,
                                PooledVisit *visit, void *context) {
    const ptrdiff_t height = s->output_height / pool->height, width = s->output_width / pool->width;
    for (ptrdiff_t pooled = 0; pooled < height * width * s->filters; pooled++) {
        const ptrdiff_t window = pooled / s->filters, position = positions[pooled];
        const ptrdiff_t y = window / width * pool->height + position / pool->width;
        const ptrdiff_t x = window % width * pool->width + position % pool->width;
        pooled_visit_window(s, y, x, (PooledProduct){.pooled = pooled, .filter = pooled % s->filters}, visit,
                            context);
    }
}

// result[.] += a[.] * b[.]; of the weights, those of `rows` filters from `first` on.
typedef struct PooledTensors {
    real *result;
    const real *a, *b;
    ptrdiff_t first, rows, row; // `row`: weights of a filter
} PooledTensors;

static inline void pooled_visit_backward_data(void *context, PooledProduct product) {
    const PooledTensors *tensors = context;
    tensors->result[product.input] += tensors->a[product.pooled] * tensors->b[product.weight];
}

static inline void pooled_visit_backward_weights(void *context, PooledProduct product) {
    const PooledTensors *tensors = context;
    if (product.filter >= tensors->first && product.filter < tensors->first + tensors->rows)
        tensors->result[product.weight - tensors->first * tensors->row] +=
            tensors->a[product.input] * tensors->b[product.pooled];
}

#endif
