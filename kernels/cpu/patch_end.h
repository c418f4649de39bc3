// Takes back cpu/patch.h's sizes.
#undef PATCH
#undef PATCH_LEAST
#undef PATCH_HEIGHT
#undef PATCH_WIDTH
#undef PATCH_COLUMNS
#undef PATCH_ROW
