// An input gradient that is added up in a padded image, for kernels that scatter; for the sizes of
// cpu/conv.h, which comes first.

#define CONV_PADDED_ROW ((ptrdiff_t)CONV_PADDED_WIDTH * KERNEL_CHANNELS)
// Vectors are loaded past the end.
#define CONV_GRADIENT_SIZE (CONV_PADDED_HEIGHT * CONV_PADDED_ROW + LANES)

// Whether every pixel lies in some window.
#define CONV_ALL_REACHED                                                                                     \
    (CONV_PADDED_WIDTH - KERNEL_PAD_LEFT >= KERNEL_WIDTH &&                                                  \
     CONV_PADDED_HEIGHT - KERNEL_PAD_TOP >= KERNEL_HEIGHT)

// Where row y of the padded gradient's middle lies.
VEC_INLINE const real *KERNEL_PART(middle)(const real *padded, ptrdiff_t y) {
    return padded + (y + KERNEL_PAD_TOP) * CONV_PADDED_ROW + KERNEL_PAD_LEFT * KERNEL_CHANNELS;
}

// That row; zeros where no window reached.
VEC_INLINE void KERNEL_PART(copy_row)(real *restrict row, const real *restrict padded, ptrdiff_t y) {
    const ptrdiff_t reached = CONV_PADDED_WIDTH - KERNEL_PAD_LEFT;
    const ptrdiff_t columns = reached < 0 ? 0 : reached < KERNEL_WIDTH ? reached : KERNEL_WIDTH;
    const ptrdiff_t copied = y + KERNEL_PAD_TOP < CONV_PADDED_HEIGHT ? columns * KERNEL_CHANNELS : 0;
    if (copied > 0) __builtin_memcpy(row, KERNEL_PART(middle)(padded, y), (size_t)copied * sizeof(real));
    __builtin_memset(row + copied, 0, (size_t)(KERNEL_WIDTH * KERNEL_CHANNELS - copied) * sizeof(real));
}

#ifdef KERNEL_EPILOGUE
// The numbers of the pixel with element number `pixel` through the epilogue. `alone`: what lies behind it
// must stay as it is.
VEC_INLINE void KERNEL_PART(copy_pixel)(real *input_gradient, const real *from, ptrdiff_t pixel,
                                        const bool alone, const void *const *slots) {
    // The count of the last part is a constant.
    const ptrdiff_t whole = KERNEL_CHANNELS / LANES * LANES;
    real *to = input_gradient + pixel;
    (void)slots;
    for (ptrdiff_t channel = 0; channel < whole; channel += LANES)
        vec_store(to + channel, KERNEL_EPILOGUE(vec_load(from + channel), pixel + channel, channel));
    if (whole < KERNEL_CHANNELS)
        vec_store_part(to + whole, KERNEL_EPILOGUE(vec_load(from + whole), pixel + whole, whole),
                       alone ? KERNEL_CHANNELS % LANES : LANES);
}

// A row of pixels from element number `first` on; its numbers: from `from` on, which may be where they go.
VEC_INLINE void KERNEL_PART(copy_pixels)(real *input_gradient, const real *from, ptrdiff_t first,
                                         const void *const *slots) {
    const bool in_place = from == input_gradient + first;
    const ptrdiff_t last = (KERNEL_WIDTH - 1) * KERNEL_CHANNELS;
    for (ptrdiff_t i = 0; i < last; i += KERNEL_CHANNELS)
        KERNEL_PART(copy_pixel)(input_gradient, from + i, first + i, in_place, slots);
    KERNEL_PART(copy_pixel)(input_gradient, from + last, first + last, true, slots);
}
#endif

// The padded gradient's middle, through the epilogue; the image is that of this number.
VEC_INLINE void KERNEL_PART(copy)(real *restrict input_gradient, const real *restrict padded, ptrdiff_t image,
                                  const void *const *slots) {
    (void)slots;
    for (ptrdiff_t y = 0; y < KERNEL_HEIGHT; y++) {
        const ptrdiff_t first = (image * KERNEL_HEIGHT + y) * KERNEL_WIDTH * KERNEL_CHANNELS;
#ifndef KERNEL_EPILOGUE
        KERNEL_PART(copy_row)(input_gradient + first, padded, y);
#else
        if (CONV_ALL_REACHED) {
            KERNEL_PART(copy_pixels)(input_gradient, KERNEL_PART(middle)(padded, y), first, slots);
        } else {
            KERNEL_PART(copy_row)(input_gradient + first, padded, y);
            KERNEL_PART(copy_pixels)(input_gradient, input_gradient + first, first, slots);
        }
#endif
    }
}
