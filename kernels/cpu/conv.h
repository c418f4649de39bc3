// What the CPU convolutions share, for the constants of ref/conv.h. Included by each of them, and again for
// each use: these are the sizes of this use.

#include "cpu/pad.h"
#include "cpu/tile.h"

// The part of the zero-padded input that windows reach.
#define CONV_PADDED_HEIGHT                                                                                   \
    ((KERNEL_OUTPUT_HEIGHT - 1) * KERNEL_STRIDE_Y + (KERNEL_WINDOW_HEIGHT - 1) * KERNEL_DILATION_Y + 1)
#define CONV_PADDED_WIDTH                                                                                    \
    ((KERNEL_OUTPUT_WIDTH - 1) * KERNEL_STRIDE_X + (KERNEL_WINDOW_WIDTH - 1) * KERNEL_DILATION_X + 1)
#define CONV_IS_PADDED                                                                                       \
    (KERNEL_PAD_TOP > 0 || KERNEL_PAD_LEFT > 0 || CONV_PADDED_HEIGHT > KERNEL_HEIGHT ||                      \
     CONV_PADDED_WIDTH > KERNEL_WIDTH)
// Numbers from one row of the input that is worked on to the next: of the copy, or of the input itself.
#define CONV_ROW           ((ptrdiff_t)(CONV_IS_PADDED ? CONV_PADDED_WIDTH : KERNEL_WIDTH) * KERNEL_CHANNELS)
#define CONV_GROUP_INPUTS  (KERNEL_CHANNELS / KERNEL_GROUPS)
#define CONV_GROUP_FILTERS (KERNEL_FILTERS / KERNEL_GROUPS)
// Where the window's columns and the channels of one row of it lie side by side, they are one run of numbers.
#define CONV_IS_MERGED (KERNEL_GROUPS == 1 && KERNEL_DILATION_X == 1)
#define CONV_RUN       (CONV_IS_MERGED ? KERNEL_WINDOW_WIDTH * KERNEL_CHANNELS : CONV_GROUP_INPUTS)
#define CONV_RUNS      (CONV_IS_MERGED ? 1 : KERNEL_WINDOW_WIDTH)

// The input to work on (an input gradient has no use for it): itself, or padded into scratch.
VEC_INLINE const real *KERNEL_PART(input)(const real *input, real *scratch) {
    if (!CONV_IS_PADDED) return input;
    conv_pad(scratch, input, CONV_PADDED_HEIGHT, CONV_PADDED_WIDTH, KERNEL_HEIGHT, KERNEL_WIDTH,
             KERNEL_CHANNELS, KERNEL_CHANNELS, KERNEL_PAD_TOP, KERNEL_PAD_LEFT);
    return scratch;
}
