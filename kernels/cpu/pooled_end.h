// Takes back cpu/pooled.h's sizes.
#undef POOLED_HEIGHT
#undef POOLED_WIDTH
#undef POOLED_AREA
#undef POOLED_RUN
#undef POOLED_WEIGHTS
#undef POOLED_WIDEST
#undef POOLED_FITTING
#undef POOLED_MOST
#undef POOLED_VECTORS
#undef POOLED_EVEN
#undef POOLED_IS_WIDE
#undef POOLED_PART
#undef POOLED_STRIP
#undef POOLED_STRIPS
