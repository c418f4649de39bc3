// Takes back blas/patches.h's sizes.
#undef PATCHES_PIXELS
#undef PATCHES_LENGTH
#undef PATCHES_ARE_PIXELS
