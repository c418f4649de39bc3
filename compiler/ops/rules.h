// What the ops' files share: attribute tables, shape rules, complaints, and short names for loop expressions.
#ifndef OPS_RULES_H
#define OPS_RULES_H

#include "ops/lowering.h"

#define ATTRIBUTES(table) .attributes = (table), .attribute_count = (int)(sizeof(table) / sizeof *(table))

// The largest tensor of one image, in numbers, that a network may have.
#define LARGEST_TENSOR INT64_C(0x7fffffff)

// The op's name as users know it, in messages.
#define NAME_OF(value) ((value)->op->name)

// --- shape rules ---
// The shape of the first input.
bool shape_as_input(Value *value);
// An effect has no result; its shape is that of the first tensor it changes, whose elements it runs over.
bool shape_of_effect(Value *value);
// Sets the value's shape, unless it is too large; height x width x channels.
bool shape_image(Value *value, bool batched, int64_t height, int64_t width, int64_t channels);
// Whether the first input has height, width and channels; complains if not.
bool needs_image(const Value *value);
bool layer_needs_image(Layer *layer);

// Records a complaint about an attribute (by name, or NULL), or about all inputs. Returns false. help may be
// NULL.
bool refuse_attribute(const Value *value, Code code, const char *attribute, const char *help,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));
bool refuse_inputs(const Value *value, Code code, const char *help, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// The same while a layer is built; returns NULL.
Value *layer_refuse(Layer *layer, Code code, const char *attribute, const char *help, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
// Text in the module's arena, for help lines.
const char *format_text(const Module *module, const char *format, ...) __attribute__((format(printf, 2, 3)));

// All of the dimensions but the last.
int64_t shape_pixels(const Shape *shape);

// --- appending in gradient and train rules ---
// A value of op, its path that of `like`.
Value *value_like(Function *function, const Value *like, const Op *op, int input_count, Value *const *inputs);
// Its attributes of the same name are those of `from`.
void copy_attributes(Value *value, const Value *from);
// Sums over all images and pixels: [C] from [...][C].
Value *append_sum_channels(Function *function, Value *gradient);
// Row `index` of a [rows][C] value.
Value *append_row(Function *function, Value *rows, int64_t index);
// -1 times the value.
Value *append_negated(Function *function, Value *value);
extern const Op op_rescale, op_subtract, op_sum_channels, op_row, op_mul, op_reshape, op_slice_channels,
    op_assign;

// --- loop expressions ---
LoopExpr *plus(LoopBuilder *build, LoopExpr *a, LoopExpr *b);
LoopExpr *minus(LoopBuilder *build, LoopExpr *a, LoopExpr *b);
LoopExpr *times(LoopBuilder *build, LoopExpr *a, LoopExpr *b);
LoopExpr *over(LoopBuilder *build, LoopExpr *a, LoopExpr *b);
LoopExpr *larger(LoopBuilder *build, LoopExpr *a, LoopExpr *b);
LoopExpr *smaller(LoopBuilder *build, LoopExpr *a, LoopExpr *b);
LoopExpr *less(LoopBuilder *build, LoopExpr *a, LoopExpr *b);
LoopExpr *plus_number(LoopBuilder *build, LoopExpr *a, double number);
LoopExpr *times_number(LoopBuilder *build, LoopExpr *a, double number);
// 0 <= index < limit
LoopExpr *inside(LoopBuilder *build, LoopExpr *index, int64_t limit);

// Sets all elements of an image's buffer.
void fill(LoopBuilder *build, const Buffer *buffer, double number);

#endif
