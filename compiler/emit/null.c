// The target that prints what it is asked for, and no code.
#include "emit/target.h"

static void null_begin(Emit *emit) {
    const EmitLayout *layout = &emit->layout;
    text_printf(emit->out, "begin: %lld fixed, chunks of %lld images and %lld bytes, %lld scratch\n",
                (long long)layout->fixed_bytes, (long long)layout->chunk_images,
                (long long)layout->chunk_bytes, (long long)layout->scratch_bytes);
}

static void null_piece(Emit *emit, const LoopFunction *function) {
    loop_print(function, emit->out);
}

static void null_step(Emit *emit, const char *name, const char *comment, int count,
                      LoopFunction *const *pieces) {
    text_printf(emit->out, "step %s:", name);
    for (int i = 0; i < count; i++) text_printf(emit->out, " %s", pieces[i]->name);
    text_printf(emit->out, "%s%s\n", comment ? "  # " : "", comment ? comment : "");
}

static void null_end(Emit *emit) {
    (void)emit;
}

const Target target_null = {"null", null_begin, null_piece, null_step, null_end};
