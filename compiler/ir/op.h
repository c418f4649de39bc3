// What the compiler knows of an op: one `const Op` each, in compiler/ops/NAME.c, listed in
// compiler/ops/ops.def. No pass and no emitter knows any op by name where a flag or a function here can say
// it.
//
// A layer (OP_LAYER) is what users write. Its build function turns a call into values of the function
// "model": it declares the layer's tensors and appends ops. From "model" the compiler derives "train"
// (through op->train where training differs: batch norm, dropout), adds the loss, the backward pass (through
// op->gradient) and the optimizer's update, and "evaluate" (through op->evaluate).
#ifndef IR_OP_H
#define IR_OP_H

#include "ir/ir.h"

typedef struct Layer Layer;
typedef struct Gradient Gradient;
typedef struct Lowering Lowering;
typedef struct LoopExpr LoopExpr;
typedef struct PoolRules PoolRules;
typedef struct Buffer Buffer;

enum {
    OP_LAYER = 1 << 0,         // may be written in a model
    OP_ACTIVATION = 1 << 1,    // a layer that is also a function of one number: `act = relu`
    OP_JOIN = 1 << 2,          // a layer that takes branches
    OP_ELEMENTWISE = 1 << 3,   // output element i from element i of each input; an input without the leading
                               // dimensions (a per-channel vector, 1x1xC) or without the batch is broadcast
    OP_MONOTONE = 1 << 4,      // elementwise: never falls where its first input grows
    OP_KEEPS_OUTPUT = 1 << 5,  // the slope of an elementwise op is a function of its output, not its input
    OP_REDUCES_BATCH = 1 << 6, // the result has no batch axis: it is accumulated over the images of a chunk,
                               // then combined over the chunks (by addition, or op->combine)
    OP_EFFECT = 1 << 7,        // no result; changes tensors. Kept, and in order
    OP_ROWS = 1 << 8,          // lowered for all images of a chunk at once, not image by image (dense)
    OP_CONTRACTION = 1 << 9,   // its work is multiply-adds: lowered to a kernel template, counted in FLOPs
    OP_OUTPUT =
        1 << 10, // its result is read by the runtime: kept, and placed where its attribute `place` says
    OP_SOURCE = 1 << 11, // reads what the runtime placed: input, label, tensors
    OP_VIEW = 1 << 12,   // bytes of its input with a shape of its own: flatten, reshape, identity, row
    // Rows of the same table that are not layers: users name them as values of a setting.
    OP_LOSS = 1 << 13,      // loss = crossentropy(...): inputs logits and labels, result one number an image
    OP_OPTIMIZER = 1 << 14, // optimizer = adam(...)
    OP_SCHEDULE = 1 << 15,  // schedule = cosine(...): attributes only, the runtime does the rest
    OP_INITIALIZER = 1 << 16, // init = he_normal: attributes only
    OP_RANDOM = 1 << 17,      // draws random numbers when training
    OP_COSTLY = 1 << 18,      // elementwise, of tens of instructions: rather kept than computed twice
    OP_WHOLE_BATCH = 1 << 19  // of images, and computed for all of them at once, in pieces on any threads
};

typedef enum AttributeType {
    TYPE_WHOLE,      // a whole number                        ATTR_INTEGER
    TYPE_NUMBER,     // any number                            ATTR_NUMBER
    TYPE_RATE,       // 20%, 0.2; never 20                    ATTR_NUMBER
    TYPE_TRUTH,      // true, false                           ATTR_BOOL
    TYPE_WINDOW,     // 3x3, or 3 for both                    ATTR_SIZE, 2 dimensions
    TYPE_DIMENSIONS, // 28x28x1, 784                          ATTR_SIZE, 1 to 3 dimensions
    TYPE_PADDING,    // valid, same, 1, [0, 1]                ATTR_PAD
    TYPE_WORD,       // one of `choices`                      ATTR_WORD
    TYPE_NUMBERS     // [0.5, 0.5, 0.5], or one number for all ATTR_NUMBERS
} AttributeType;

enum {
    ATTRIBUTE_RUNTIME = 1, // may be set without compiling again: becomes a slot
    ATTRIBUTE_INTERNAL = 2 // not for users: set by shape rules and passes
};

// A row of an op's attribute table. Attributes are given by place in this order, or by name.
typedef struct Attribute {
    const char *name;
    AttributeType type;
    const char *initial;     // the default as written in a file; NULL: must be given; "": unset unless given
    double minimum, maximum; // of a whole number, a number, and each side of a window
    const char *choices;     // of a word, separated by spaces
    unsigned flags;
    const char *help; // one line; names Keras's default where it is one
} Attribute;

// Multiply-adds of the contractions, and bytes moved at least, for one image.
typedef struct Cost {
    double macs, bytes;
} Cost;

struct Op {
    const char *name;
    const char *summary; // one line, for `cnnc list layers` and the manual
    unsigned flags;
    int minimum_inputs, maximum_inputs; // tensors; of a layer: what the user's graph gives it
    const Attribute *attributes;
    int attribute_count;

    // Layers: returns the output, or NULL after layer_fail. NULL: one value of this op over the inputs.
    Value *(*build)(Layer *layer);
    // Sets value->type and value->shape, may resolve attributes (padding). False after value_fail.
    bool (*shape)(Value *value);
    // What stands in its place when training, or evaluating; NULL: a copy of itself. `inputs` are the copies.
    Value *(*train)(Function *function, const Value *value, Value *const *inputs);
    Value *(*evaluate)(Function *function, const Value *value, Value *const *inputs);
    // Appends what gathers the layer's statistics from the train split before training begins, as effects on
    // its tensors; a layer that has this is used in its evaluation form everywhere.
    void (*adapt)(Function *function, const Value *value, Value *const *inputs);
    // Appends what gives the inputs' gradients from the output's, through gradient_add. NULL on an
    // elementwise op with `slope`: made from that. NULL otherwise: no gradient passes.
    void (*gradient)(Gradient *gradient, const Value *value, Value *output_gradient);
    // Elementwise: the expression of one element from the inputs' elements.
    LoopExpr *(*element)(Lowering *lowering, const Value *value, LoopExpr *const *inputs);
    // One-input elementwise: the derivative, from the input's element (or the output's: OP_KEEPS_OUTPUT).
    LoopExpr *(*slope)(Lowering *lowering, const Value *value, LoopExpr *kept);
    Cost (*cost)(const Value *value);
    // Not elementwise: adds the loops that compute one image (OP_ROWS: all images of the chunk; a value
    // without batch axis: all of it). OP_REDUCES_BATCH: adds to what the output holds.
    void (*lower)(Lowering *lowering, const Value *value);
    // Contractions: the family and the constants of their kernel, which is chosen ahead of lowering: weights,
    // if they are the second input, may come packed. `images`: how many are computed at once; without
    // OP_ROWS, 1 or all of a chunk.
    void (*kernel)(const Value *value, int64_t images, Kernel *kernel);
    // Without batch axis, or OP_WHOLE_BATCH, in place of `lower`: it is computed in so many equal pieces, on
    // any threads.
    int64_t (*pieces)(const Value *value);
    void (*lower_piece)(Lowering *lowering, const Value *value, LoopExpr *piece);
    // OP_REDUCES_BATCH, in place of `lower`: sums over pixels and images. What a pixel of the first input
    // adds to row `row` of the result, [C] or [rows][C], from the inputs' elements there.
    LoopExpr *(*term)(Lowering *lowering, const Value *value, LoopExpr *const *inputs, int row);
    // An op that is lowered by itself: whether a nest can also compute this value, pixel by pixel, by
    // `element` or `term`. It reads its first input around the pixel (lowering_pixel), so that is stored, and
    // no member of the nest; it gets NULL for its element.
    bool (*nests)(const Value *value);
    // OP_REDUCES_BATCH with rows of the last dimension as result, beside `lower`: computes `rows` of its
    // rows, from row `first` on, for the whole batch, into `block`. What large results are made by, instead
    // of one for each chunk.
    void (*block)(Lowering *lowering, const Value *value, LoopExpr *first, int64_t rows, const Buffer *block);
    // Whether `block` may be NULL for so many rows: the kernel hands each number to what is done with it
    // (Kernel.consumer).
    bool (*block_consumed)(const Value *value, int64_t rows);
    // Of a result in panels of columns, one after the other as Tensor.panel says: the columns of one, and so
    // of a block; `first` counts all panels' rows. NULL, or 0: it is row after row.
    int64_t (*block_columns)(const Value *value);
    // Of how many equal runs of rows, at the same place in equal parts of the result, a block consists;
    // `first` is the row within a part. NULL: of one.
    int64_t (*block_runs)(const Value *value);
    // About how many numbers a block has that suits the kernel's way through the caches; 0: there is no
    // kernel.
    int64_t (*block_elements)(const Value *value);
    // Pools, beside `lower`: what a nest over windows needs to do the pool's work together with the
    // elementwise work around it (ops/pool.h).
    const PoolRules *pool;
    // Views of some of their input's elements: the first one. NULL: they have all of them.
    int64_t (*view_offset)(const Value *value);
    // OP_REDUCES_BATCH where chunks' results are not simply added.
    void (*combine)(Lowering *lowering, const Value *value);
    // Optimizers: appends the effect that updates tensor `index` from its gradient (declaring the optimizer's
    // state, "optimizer.m.NAME", kind TENSOR_OPTIMIZER). `settings` is a value of this op that holds the
    // attributes; it is in no function.
    void (*update)(Function *function, const Value *settings, int index, Value *gradient);
};

// --- the table (compiler/ops/table.c) ---
const Op *op_find(const char *name); // NULL if there is none; not schedules and initializers
// The row of this name with one of these flags: op_find_kind("step", OP_SCHEDULE).
const Op *op_find_kind(const char *name, unsigned flags);
extern const Op *const op_table[];                // NULL-terminated, in the order of ops.def
int op_attribute(const Op *op, const char *name); // index of the row, or -1
// Those that passes add by themselves (compiler/ops/source.c, slope.c, add.c, penalty.c).
extern const Op op_input, op_label, op_tensor, op_gather_image, op_gather_label, op_output, op_mean_seed,
    op_slope, op_add, op_penalty;
// Whether an elementwise value takes tens of instructions an element: exponentials and the like (OP_COSTLY,
// of a slope that of what it is the slope of).
bool value_is_costly(const Value *value);
// Appends the gradient through an elementwise op that has a slope. `kept`: what the slope is a function of.
Value *slope_append(Function *function, const Value *forward, const Value *kept, Value *output_gradient);
// Where the optimizer's settings have `clip`: appends what limits the norm of all gradients together to it,
// and puts the limited ones in their place (compiler/ops/clip.c).
void clip_gradients(Function *function, const Value *optimizer, int count, Value **gradients);

// --- shape rules ---
// The reason why a value cannot be: `attribute` or `input` is the one to point at, or -1. The help may be
// NULL.
typedef struct Complaint {
    Code code;
    int attribute, input;
    bool show_inputs; // label every input with its shape
    const char *message, *help;
} Complaint;
// Records the complaint in the module being built and returns false. `value` is the one whose rule runs.
bool value_fail(const Value *value, Complaint complaint);
// Complaint recorded by the last failed shape rule or build (valid until the next).
const Complaint *last_complaint(const Module *module);

// --- layers ---
struct Layer {
    Function *function; // "model"
    const Op *op;
    const char *path;
    Span span;
    const Attr *attrs; // one per row, defaults filled in
    const bool *given; // one per row: the file gives it (NULL: none)
    int input_count;
    Value *inputs[MAX_INPUTS];
    bool frozen;
    Initializer init;    // of kernels; name NULL: the layer's own default (glorot_uniform)
    Attr l2;             // ATTR_UNSET: none
    Complaint complaint; // after a failure
};

// Builds the layer; NULL after a complaint. Records a LayerRow.
Value *layer_build(Layer *layer);
int64_t layer_integer(const Layer *layer, const char *attribute);
double layer_number(const Layer *layer, const char *attribute);
bool layer_truth(const Layer *layer, const char *attribute);
const Attr *layer_attr(const Layer *layer, const char *attribute);
// Copies every attribute that both have to the value, appends it; NULL after a complaint from its shape rule.
Value *layer_append(Layer *layer, const Op *op, int input_count, Value *const *inputs);
Value *layer_fail(Layer *layer, Complaint complaint); // NULL
// Declares tensor "PATH.name" and returns the value that reads it. A kernel gets the layer's init and l2.
typedef struct TensorSpec {
    const char *name; // "weight"
    TensorKind kind;
    bool kernel;
    int rank;
    int64_t shape[MAX_RANK]; // as in a file
    int axes[MAX_RANK];
    Initializer init;
    int64_t fan_in, fan_out;
} TensorSpec;
Value *layer_tensor(Layer *layer, TensorSpec spec);

// --- gradients (compiler/passes/grad.c) ---
// The function being differentiated; ops append to it.
Function *gradient_function(Gradient *gradient);
bool gradient_wanted(const Gradient *gradient, const Value *value);
// Whether what stands before a pool that chooses may take its gradients from the pool's output and the chosen
// positions, in place of a gradient that is 0 elsewhere.
bool gradient_may_stay_pooled(const Gradient *gradient);
// Adds one contribution to value's gradient; several are summed.
void gradient_add(Gradient *gradient, const Value *value, Value *contribution);
// The gradient of all images' mean loss is summed over the batch, so weights' gradients are REDUCES_BATCH
// ops.

#endif
