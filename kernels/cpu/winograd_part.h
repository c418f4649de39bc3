// What a call of the weights' gradient by Winograd's transforms computes (cpu/winograd_weights.h).
#ifndef KERNELS_CPU_WINOGRAD_PART_H
#define KERNELS_CPU_WINOGRAD_PART_H

#include "kernel.h"

typedef struct WinogradPart {
    ptrdiff_t first, channels; // of the input: the gradient has these of each of the window's positions
    ptrdiff_t images;          // that add to it,
    ptrdiff_t together;        // so many of which lie one after the other,
    ptrdiff_t apart;           // and the next ones so many numbers from these
} WinogradPart;

// All channels, of images that lie one after the other.
static inline __attribute__((unused)) WinogradPart winograd_whole(ptrdiff_t channels, ptrdiff_t images) {
    return (WinogradPart){.channels = channels, .images = images, .together = images};
}

// What conv_backward_channels has as its arguments and sizes.
static inline __attribute__((unused)) WinogradPart
winograd_channels(const KernelSizes *sizes, ptrdiff_t images, ptrdiff_t first, ptrdiff_t apart) {
    return (WinogradPart){.first = first,
                          .channels = sizes->rows,
                          .images = images,
                          .together = sizes->together,
                          .apart = apart};
}

#endif
