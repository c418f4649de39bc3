// patch_moments (ref/patch_moments.h) of single pixels: a patch is a pixel's numbers, so their products are
// those of the image's pixels with themselves, in tiles of numbers x vectors of numbers, summed over pixels.
#include "cpu/patch.h"
#include "cpu/tile.h"

#define PATCH_PIXELS ((ptrdiff_t)KERNEL_HEIGHT * KERNEL_WIDTH)
#define PATCH_WIDE   tile_width(PATCH, TILE_ROUND_UP(PATCH, LANES))

// The image less its first pixel, with room for a vector behind it; and the numbers' sums.
VEC_INLINE void KERNEL_PART(apart)(real *restrict apart, real *restrict sums, const real *restrict input) {
    for (ptrdiff_t i = 0; i < PATCH; i += LANES) {
        const vec origin = vec_load(input + i);
        vec sum = {0};
        for (ptrdiff_t pixel = 0; pixel < PATCH_PIXELS; pixel++) {
            const vec number = vec_load(input + pixel * PATCH + i) - origin;
            vec_store_part(apart + pixel * PATCH + i, number, PATCH - i);
            sum += number;
        }
        vec_store_part(sums + i, sum, PATCH - i);
    }
}

// The sums of products of numbers first ... with those from `column` on.
VEC_INLINE void KERNEL_PART(tile)(real *restrict products, const real *restrict apart, ptrdiff_t first,
                                  const int rows, ptrdiff_t column, const int vectors, const int columns) {
    Tile tile;
    tile_clear(&tile, rows, vectors);
    tile_multiply(&tile, rows, vectors, apart + first, 1, PATCH, apart + column, PATCH, PATCH_PIXELS);
    tile_store(&tile, rows, vectors, columns, products + first * PATCH + column, PATCH);
}

// Scratch: the image less its first pixel, products, sums.
KERNEL_LINKAGE void KERNEL(real *restrict moments, const real *restrict input, void *restrict scratch,
                           const void *const *slots) {
    real *apart = scratch, *products = apart + PATCH_PIXELS * PATCH + LANES, *sums = products + PATCH * PATCH;
    (void)slots;
    KERNEL_PART(apart)(apart, sums, input);
#define PATCH_TILE(first, rows) KERNEL_PART(tile)(products, apart, first, rows, column, vectors, columns)
#define PATCH_COLUMN_TILES(from, width, count)                                                               \
    do {                                                                                                     \
        const ptrdiff_t column = (from);                                                                     \
        const int vectors = (width), columns = (count);                                                      \
        TILE_ROWS(PATCH, TILE_HEIGHT(vectors), PATCH_TILE);                                                  \
    } while (0)
    TILE_COLUMNS(PATCH, PATCH_WIDE, PATCH_COLUMN_TILES);
#undef PATCH_COLUMN_TILES
#undef PATCH_TILE
    KERNEL_PART(merge)(moments, sums, products, input);
}

#undef PATCH_PIXELS
#undef PATCH_WIDE
#include "cpu/patch_end.h"
#include "kernel_end.h"
