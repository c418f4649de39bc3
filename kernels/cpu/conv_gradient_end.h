// Takes back cpu/conv_gradient.h's sizes.
#undef CONV_PADDED_ROW
#undef CONV_GRADIENT_SIZE
#undef CONV_ALL_REACHED
