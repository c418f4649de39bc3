// An input gradient that is added up in a padded image, for kernels that scatter; for the sizes of
// cpu/conv.h, which comes first.

#define CONV_PADDED_ROW ((ptrdiff_t)CONV_PADDED_WIDTH * KERNEL_CHANNELS)
// Vectors are loaded past the end.
#define CONV_GRADIENT_SIZE (CONV_PADDED_HEIGHT * CONV_PADDED_ROW + LANES)

// Row y of the padded gradient's middle; zeros where no window reached.
VEC_INLINE void KERNEL_PART(copy_row)(real *restrict row, const real *restrict padded, ptrdiff_t y) {
    const ptrdiff_t reached = CONV_PADDED_WIDTH - KERNEL_PAD_LEFT;
    const ptrdiff_t columns = reached < 0 ? 0 : reached < KERNEL_WIDTH ? reached : KERNEL_WIDTH;
    const ptrdiff_t copied = y + KERNEL_PAD_TOP < CONV_PADDED_HEIGHT ? columns * KERNEL_CHANNELS : 0;
    if (copied > 0)
        __builtin_memcpy(row,
                         padded + (y + KERNEL_PAD_TOP) * CONV_PADDED_ROW + KERNEL_PAD_LEFT * KERNEL_CHANNELS,
                         (size_t)copied * sizeof(real));
    __builtin_memset(row + copied, 0, (size_t)(KERNEL_WIDTH * KERNEL_CHANNELS - copied) * sizeof(real));
}

// The padded gradient's middle, through the epilogue; the image is that of this number.
VEC_INLINE void KERNEL_PART(copy)(real *restrict input_gradient, const real *restrict padded, ptrdiff_t image,
                                  const void *const *slots) {
    for (ptrdiff_t y = 0; y < KERNEL_HEIGHT; y++) {
        const ptrdiff_t first = (image * KERNEL_HEIGHT + y) * KERNEL_WIDTH * KERNEL_CHANNELS;
        KERNEL_PART(copy_row)(input_gradient + first, padded, y);
#ifdef KERNEL_EPILOGUE
        for (ptrdiff_t pixel = first; pixel < first + KERNEL_WIDTH * KERNEL_CHANNELS;
             pixel += KERNEL_CHANNELS) {
            // The count of the last part is a constant.
            const ptrdiff_t whole = KERNEL_CHANNELS / LANES * LANES;
            real *at = input_gradient + pixel;
            for (ptrdiff_t channel = 0; channel < whole; channel += LANES)
                vec_store(at + channel, KERNEL_EPILOGUE(vec_load(at + channel), pixel + channel, channel));
            if (whole < KERNEL_CHANNELS)
                vec_store_part(at + whole, KERNEL_EPILOGUE(vec_load(at + whole), pixel + whole, whole),
                               KERNEL_CHANNELS % LANES);
        }
#endif
    }
    (void)slots;
}
