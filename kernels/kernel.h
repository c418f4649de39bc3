// The kernel contract. A kernel template is a header that generated code includes once for each use, with the
// shapes as #defined constants and the name of the function to define; constant shapes let the compiler
// unroll and keep tiles in registers. Layout is NHWC; weights [ky][kx][input channel of the group][output
// channel].
//
// Before the include:
//   #define KERNEL conv_1                       the function to define
//   #define KERNEL_LINKAGE                      optional, before the first include: it is not static then
//   #define KERNEL_HEIGHT 28 ...                the family's constants, listed at the top of ref/FAMILY.h
//   #define KERNEL_EPILOGUE(accumulated, element, channel) ...   optional: vec -> vec, where `element` is the
//   output's
//                                               element number within the image (or the rows) and `channel`
//                                               its channel; it loads LANES numbers from there on. It may use
//                                               the parameter `slots`.
//   #define KERNEL_BIAS slots[0]                optional, beside an epilogue that does nothing but add the
//                                               number of the channel that lies there
//   #define KERNEL_CONSUMER(accumulated, element) ...   optional, of families that say so: what is done with
//                                               each result, a vec, in place of storing it; it may use
//                                               `slots`
// The template #undefs all of them at its end (#include "kernel_end.h").
//
// Every family has a reference in ref/ (plain loops, any shape) and one or more fast variants in cpu/; all
// have the signature that kernels.def lists.
// Reading past a tensor's end: every tensor in the arena is followed by at least 64 readable bytes, so whole
// vectors may be loaded at any element; nothing may be written past the end, and nothing that lies beyond may
// influence a result. Outputs may hold anything before (NaN too) unless the family says that it accumulates.
#ifndef KERNELS_KERNEL_H
#define KERNELS_KERNEL_H

#include "real.h"
#include "vec.h"

#ifndef KERNEL_LINKAGE
#define KERNEL_LINKAGE static
#endif

// What kernels of any sizes and epilogue share (kernels.def: KERNEL_SIZED). In a program of several files it
// is compiled in one of them; the others define KERNEL_SHARED as extern, and KERNEL_SHARED_ELSEWHERE.
#ifndef KERNEL_SHARED
#define KERNEL_SHARED static __attribute__((unused))
#endif

// The sizes of a use of a kernel that takes them as an argument in place of #defined constants, so that its
// text depends on the epilogue alone: the families' constants.
typedef struct KernelSizes {
    ptrdiff_t height, width, channels;
    ptrdiff_t output_height, output_width, filters;
    ptrdiff_t window_height, window_width;
    ptrdiff_t stride_y, stride_x, dilation_y, dilation_x, pad_top, pad_left, groups, images;
    ptrdiff_t rows, together, inputs, input_stride, outputs, output_stride;
} KernelSizes;

// A function that calls others and computes next to nothing itself.
#ifdef __clang__
#define CALLS_ONLY __attribute__((noinline, optnone))
#else
#define CALLS_ONLY __attribute__((noinline, optimize("O0")))
#endif

// Names for a kernel's own functions: KERNEL_PART(tile) is conv_1_tile.
#define KERNEL_PASTE_2(a, b) a##_##b
#define KERNEL_PASTE(a, b)   KERNEL_PASTE_2(a, b)
#define KERNEL_PART(part)    KERNEL_PASTE(KERNEL, part)

#endif
