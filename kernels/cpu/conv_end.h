// Takes back cpu/conv.h's sizes.
#undef CONV_PADDED_HEIGHT
#undef CONV_PADDED_WIDTH
#undef CONV_IS_PADDED
#undef CONV_ROW
#undef CONV_GROUP_INPUTS
#undef CONV_GROUP_FILTERS
#undef CONV_IS_MERGED
#undef CONV_RUN
#undef CONV_RUNS
