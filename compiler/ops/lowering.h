// What an op's element, slope, lower and combine functions see. The driver (compiler/plan/lower.c) has opened
// the loops around (chunk, image), and knows where each value lies.
#ifndef OPS_LOWERING_H
#define OPS_LOWERING_H

#include "ir/op.h"
#include "loop/loop.h"

struct Lowering {
    LoopBuilder build;
    Arena *arena;
    const Module *module;
    const void *driver; // the driver's own
};

// The buffer that holds `value` here: indices run over one image (OP_ROWS: over [images][elements] of the
// chunk).
const Buffer *lowering_buffer(Lowering *lowering, const Value *value);
// The second result of `value` (ops/also.c), or NULL if nothing needs it.
const Buffer *lowering_also(Lowering *lowering, const Value *value);
// A RUNTIME attribute: the slot's value as a real expression, or the constant if it has no slot.
LoopExpr *lowering_number(Lowering *lowering, const Value *value, const char *attribute);
// `images` of the chunk, and the batch's, as an index; the batch's size n as a real (for means).
LoopExpr *lowering_images(Lowering *lowering);
LoopExpr *lowering_batch_images(Lowering *lowering);
int64_t lowering_full_chunk(const Lowering *lowering); // images of a full chunk: what buffers have room for
LoopExpr *lowering_batch(Lowering *lowering);
// The number of this image in the data set (its random stream), as an index. Only inside an image.
LoopExpr *lowering_sample(Lowering *lowering);

// An effect on every element of its tensors (OP_EFFECT | OP_ELEMENTWISE): its lower function stands inside
// the loop over the elements, which the driver splits among the threads and shares with what makes the
// gradient. The element's number, to store at; an input's element there.
LoopExpr *lowering_element(Lowering *lowering);
LoopExpr *lowering_operand(Lowering *lowering, const Value *value);

// Of a member of a nest that reads around the nest's pixels: its output's channel, row and column.
LoopExpr *lowering_channel(Lowering *lowering);
void lowering_pixel(Lowering *lowering, LoopExpr *pixel[2]);

// The data set's images (bytes), labels, as the runtime gave them; indices run over the whole set.
const Buffer *lowering_images_source(Lowering *lowering);
const Buffer *lowering_labels_source(Lowering *lowering);

// A use of kernel template `family`. The driver picks the variant, and, where the values after this one were
// fused with it, sets its epilogue and redirects its output: pass lowering_output, not lowering_buffer, as
// the operand that the kernel writes.
Kernel *lowering_kernel(Lowering *lowering, const Value *value, const char *family);
void kernel_constant(Lowering *lowering, Kernel *kernel, const char *name, int64_t number);
// The same of a value whose op says what kernel it takes (op->kernel): family and constants are set.
Kernel *lowering_contraction(Lowering *lowering, const Value *value);
const Buffer *lowering_output(Lowering *lowering, const Value *value);
// Scratch of this thread for the duration of this op: `elements` reals.
const Buffer *lowering_scratch(Lowering *lowering, const char *hint, int64_t elements);

// --- combining over chunks (op->combine): runs once, for a value without batch axis ---
// Element `index` of chunk `chunk`'s partial result.
LoopExpr *lowering_partial(Lowering *lowering, const Value *value, LoopExpr *chunk, LoopExpr *index);
LoopExpr *lowering_chunks(Lowering *lowering);                        // how many chunks this batch has
LoopExpr *lowering_chunk_images(Lowering *lowering, LoopExpr *chunk); // images in it, as a real
LoopExpr *lowering_chunk_count(Lowering *lowering, LoopExpr *chunk);  // the same as an index

// --- results that are computed in blocks for the whole batch (op->block) ---
// The buffer of a value of all chunks' images; element `index` of chunk `chunk`'s images in it.
const Buffer *lowering_all_images(Lowering *lowering, const Value *value);
LoopExpr *lowering_chunk_start(Lowering *lowering, const Value *value, LoopExpr *chunk, LoopExpr *index);

#endif
