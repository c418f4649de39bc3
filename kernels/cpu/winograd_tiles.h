// Tiles of the images that Winograd's convolutions work on, and their transforms (cpu/winograd_transform.h):
// for stride 1, no dilation, one group and a square window.
#ifndef KERNELS_CPU_WINOGRAD_TILES_H
#define KERNELS_CPU_WINOGRAD_TILES_H

#include "cpu/gemm_tile.h"
#include "cpu/pad.h"
#include "cpu/winograd_transform.h"

enum { WINOGRAD_LINE = 64 / (int)sizeof(real) };

// So many numbers that planes lie in different sets of the cache: an odd number of its lines.
static inline ptrdiff_t winograd_plane(ptrdiff_t numbers) {
    return (((numbers + WINOGRAD_LINE - 1) / WINOGRAD_LINE) | 1) * WINOGRAD_LINE;
}

// Images on which tiles lie: as they are, or one after the other between zeros.
typedef struct WinogradImages {
    const real *images;
    ptrdiff_t height, width, pixel; // of an image; numbers from one pixel to the next
    ptrdiff_t numbers;              // of a pixel, from `images` on, that tiles have
    ptrdiff_t together, apart;      // so many lie one after the other, the next ones so many numbers further
    ptrdiff_t top, left;            // zeros before it
    ptrdiff_t rows, columns;        // with the zeros
    real *padded;                   // NULL: there are none
    ptrdiff_t held;                 // the image that `padded` has; -1: none
} WinogradImages;

// The images, in a place of that many rows and columns, with `padded` for the zeros. Sets *end to what
// follows the part of `padded` that is needed.
static inline WinogradImages winograd_images(WinogradImages images, real *padded, real **end) {
    const bool whole =
        images.top == 0 && images.left == 0 && images.rows <= images.height && images.columns <= images.width;
    images.held = -1;
    images.padded = whole ? NULL : padded;
    *end = whole ? padded : padded + images.rows * images.columns * images.numbers;
    return images;
}

// A tile's first number, and how many there are from one row and one pixel to the next.
typedef struct WinogradTile {
    const real *numbers;
    ptrdiff_t row, pixel;
} WinogradTile;

// The tile that begins with pixel (y, x) of an image with the zeros.
static inline WinogradTile winograd_tile(WinogradImages *images, ptrdiff_t image, ptrdiff_t y, ptrdiff_t x) {
    const real *from = images->images + image / images->together * images->apart +
                       image % images->together * images->height * images->width * images->pixel;
    const ptrdiff_t pixel = images->padded ? images->numbers : images->pixel,
                    row = (images->padded ? images->columns : images->width) * pixel;
    if (images->padded && images->held != image)
        conv_pad(images->padded, from, images->rows, images->columns, images->height, images->width,
                 images->numbers, images->pixel, images->top, images->left);
    images->held = image;
    return (WinogradTile){(images->padded ? images->padded : from) + y * row + x * pixel, row, pixel};
}

// How a convolution is cut into tiles.
typedef struct WinogradTiles {
    int side, outputs;             // of a tile, each way: numbers, and outputs
    ptrdiff_t down, across, pitch; // tiles of an image; a pixel's channels in whole vectors
} WinogradTiles;

// Of images of height x width pixels, `outputs` pixels of them a tile each way.
static inline WinogradTiles winograd_tiles(int side, ptrdiff_t height, ptrdiff_t width,
                                           const KernelSizes *sizes) {
    const int outputs = side - (int)sizes->window_height + 1;
    return (WinogradTiles){.side = side,
                           .outputs = outputs,
                           .down = (height + outputs - 1) / outputs,
                           .across = (width + outputs - 1) / outputs,
                           .pitch = (sizes->channels + LANES - 1) / LANES * LANES};
}

// The convolution's input.
static inline WinogradImages winograd_input_images(const WinogradTiles *tiles, const real *input,
                                                   const KernelSizes *sizes, real *padded, real **end) {
    const int more = tiles->side - tiles->outputs;
    return winograd_images((WinogradImages){.images = input,
                                            .height = sizes->height,
                                            .width = sizes->width,
                                            .pixel = sizes->channels,
                                            .numbers = sizes->channels,
                                            .together = sizes->images,
                                            .top = sizes->pad_top,
                                            .left = sizes->pad_left,
                                            .rows = tiles->down * tiles->outputs + more,
                                            .columns = tiles->across * tiles->outputs + more},
                           padded, end);
}

// Images that are cut into tiles which do not overlap, with zeros behind where the last ones are not whole.
static inline WinogradImages winograd_whole_images(const WinogradTiles *tiles, const real *images,
                                                   ptrdiff_t height, ptrdiff_t width, ptrdiff_t numbers,
                                                   const KernelSizes *sizes, real *padded, real **end) {
    return winograd_images((WinogradImages){.images = images,
                                            .height = height,
                                            .width = width,
                                            .pixel = numbers,
                                            .numbers = numbers,
                                            .together = sizes->images,
                                            .rows = tiles->down * tiles->outputs,
                                            .columns = tiles->across * tiles->outputs},
                           padded, end);
}

// Tiles first .. first + count - 1 of all images, transformed, whole vectors of them:
// [position][tile][pitch], positions `plane` apart.
VEC_INLINE void winograd_open_tiles(const WinogradTransform transform, const WinogradTiles *tiles,
                                    WinogradImages *images, ptrdiff_t first, ptrdiff_t count, real *to,
                                    ptrdiff_t pitch, ptrdiff_t plane) {
    for (ptrdiff_t tile = first; tile < first + count; tile++, to += pitch) {
        const WinogradTile from = winograd_tile(images, tile / (tiles->down * tiles->across),
                                                tile / tiles->across % tiles->down * tiles->outputs,
                                                tile % tiles->across * tiles->outputs);
#define WINOGRAD_OPEN(side, outputs)                                                                         \
    winograd_open(transform, side, outputs, to, plane, from.numbers, from.row, from.pixel, images->numbers)
        WINOGRAD_SIZES(tiles->side, tiles->outputs, WINOGRAD_OPEN);
#undef WINOGRAD_OPEN
    }
}

// Of the input.
static __attribute__((noinline, unused)) void winograd_inputs(const WinogradTiles *tiles,
                                                              WinogradImages *images, ptrdiff_t first,
                                                              ptrdiff_t count, real *to, ptrdiff_t plane) {
    winograd_open_tiles(WINOGRAD_INPUT, tiles, images, first, count, to, tiles->pitch, plane);
}

#endif
