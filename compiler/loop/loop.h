// The loop-nest AST between ops and targets: what op->lower builds and an emitter prints. Emitters know no
// layer, ops know no target. Every loop has an axis kind that a target maps to its own means: in C, chunks
// are pieces of parallel work and lanes are vectors; in CUDA, grid, block and thread.
//
// Expressions are over three types: reals, whole numbers (indices), truth values. Inside a lane loop every
// real expression is a vector in the main part and a number in the remainder; the emitter prints both.
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/memory.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct LoopExpr LoopExpr;
typedef struct LoopStatement LoopStatement;

// Lanes of the widest vectors that a target has; all have a power of two.
enum { MOST_LANES = 16 };

typedef enum AxisKind {
    AXIS_MODEL,
    AXIS_CHUNK,
    AXIS_IMAGE,
    AXIS_TILE,
    AXIS_LANE,
    AXIS_REDUCE,
    AXIS_UNROLLED
} AxisKind;

typedef enum ElementType { ELEMENT_REAL, ELEMENT_BYTE, ELEMENT_INT } ElementType;

// Where a buffer begins.
typedef enum BaseKind {
    BASE_FIXED,     // arena + offset
    BASE_CHUNK,     // this chunk + offset (+ image * stride, inside an image loop)
    BASE_SCRATCH,   // this thread's scratch + offset
    BASE_GRADIENTS, // frame->gradients + offset
    BASE_CHUNKS,    // chunk 0 + offset: indices reach over all chunks, chunk_bytes apart (combining)
    BASE_IMAGES,    // frame->images
    BASE_LABELS,    // frame->labels
    BASE_INDEX,     // frame->index + the chunk's first image
    BASE_SLOTS      // frame->values->slot
} BaseKind;

typedef struct Buffer {
    const char *name; // a C identifier, unique in its function
    ElementType type;
    BaseKind base;
    int64_t offset;      // bytes
    int64_t stride;      // bytes from one image to the next; 0: the same for all
    int64_t elements;    // of one image
    bool written;        // else the pointer is to const
    const char *comment; // its shape: "26x26x64"
} Buffer;

typedef enum LoopType { LOOP_REAL, LOOP_INDEX, LOOP_TRUTH } LoopType;

typedef enum LoopExprKind {
    LOOP_NUMBER,     // real constant
    LOOP_INTEGER,    // index constant
    LOOP_VARIABLE,   // a loop's or a let's
    LOOP_LOAD,       // buffer[index] as a real (bytes and ints are converted)
    LOOP_LOAD_INDEX, // buffer[index] of bytes or ints as an index
    // real x real -> real, or index x index -> index
    LOOP_ADD,
    LOOP_SUBTRACT,
    LOOP_MULTIPLY,
    LOOP_DIVIDE,
    LOOP_MODULO,
    LOOP_MAXIMUM,
    LOOP_MINIMUM,
    // -> truth
    LOOP_LESS,
    LOOP_LESS_EQUAL,
    LOOP_EQUAL,
    LOOP_AND,
    LOOP_SELECT, // truth, a, b
    // real -> real
    LOOP_NEGATE,
    LOOP_ABSOLUTE,
    LOOP_SQUARE_ROOT,
    LOOP_EXP,
    LOOP_LOG,
    LOOP_TANH,
    LOOP_ERF,
    LOOP_SIGMOID,
    LOOP_TO_REAL // index -> real
} LoopExprKind;

struct LoopExpr {
    LoopExprKind kind;
    LoopType type;
    double number;
    int64_t integer;
    const char *name;     // LOOP_VARIABLE
    const Buffer *buffer; // loads
    LoopExpr *operands[3];
};

typedef enum LoopStatementKind {
    LOOP_FOR,        // kind, name, extent, body
    LOOP_LET,        // name = value, never changed
    LOOP_DECLARE,    // name = value, changed by LOOP_ASSIGN
    LOOP_ASSIGN,     // name = value
    LOOP_ACCUMULATE, // name = name (operation) value, where name is declared outside the lane loop around it:
                     // lanes are accumulated apart and then reduced in a fixed order. LOOP_ADD, LOOP_MAXIMUM
    LOOP_STORE,      // buffer[index] = value (bytes: converted from a real or an index)
    LOOP_IF,         // value (no lane may differ), body
    LOOP_BUFFER,     // brings a buffer into scope
    LOOP_CALL,       // a kernel with operands
    LOOP_COMMENT     // name
} LoopStatementKind;

typedef List(LoopStatement *) LoopBody;

// One use of a kernel template (kernels/kernel.h): its name, its constants, its epilogue.
typedef struct KernelConstant {
    const char *name; // "HEIGHT" -> #define KERNEL_HEIGHT 28
    int64_t value;
} KernelConstant;

#define KERNEL_FIRST  "first that fits"
#define KERNEL_FORCED "forced"

typedef struct Kernel {
    const char *family;  // "conv_forward": the contract; what kernels.def lists variants of
    bool may_pack;       // variants that read packed weights come into question;
    bool may_transform;  // and those that work on transformed tiles;
    bool may_round;      // and those that round operands to bf16, which then come before all others
    bool of_chunk;       // it computes all images of a chunk at once,
    bool of_batch;       // or of the batch, of a block of the result
    const char *variant; // "direct": which file is included
    const char *because; // why this variant: KERNEL_FIRST, KERNEL_FORCED, or "record NAME"
    List(KernelConstant) constants;
    // The epilogue slot: result = f(accumulated, element, channel), printed as an inline function over vec.
    // NULL: the value itself. It may load buffers at `element` (same shape as the output) or `channel` (one
    // number a channel).
    LoopExpr *epilogue; // over the variables "accumulated" (real), "element" and "channel" (indices)
    // In its place, of kernels that store no result: what is done with each one, over "accumulated" and
    // "element".
    LoopBody consumer;
    List(const Buffer *) epilogue_buffers; // that either of both loads from or stores to
    int64_t scratch_offset; // bytes; where its scratch (plan/kernels.h says how much) begins in the thread's
    const char *comment;
} Kernel;

// An operand of a kernel call: a buffer from an element on, or an index.
typedef struct KernelOperand {
    const Buffer *buffer; // NULL: `value`
    LoopExpr *value;      // start element within the buffer (NULL: 0), or the index passed; NULL: no buffer
} KernelOperand;

struct LoopStatement {
    LoopStatementKind kind;
    AxisKind axis;
    const char *name;
    LoopType type; // of LET, DECLARE
    LoopExprKind operation;
    LoopExpr *extent, *index, *value;
    const Buffer *buffer;
    LoopBody body;
    Kernel *kernel;
    List(KernelOperand) operands;
};

// Bytes of the fixed part, or of every chunk.
typedef struct LoopRange {
    BaseKind base; // BASE_FIXED or BASE_CHUNK
    int64_t offset, bytes;
} LoopRange;

// A piece of parallel work. A chunk piece runs once for every chunk of the batch, with the variables `chunk`
// (its number) and `images` (how many images it holds: constant but for the last). A whole piece has `pieces`
// pieces, with the variable `piece`. Both have `batch`: the images of this batch.
typedef struct LoopFunction {
    const char *name; // "train_3"
    const char *comment;
    bool per_chunk;
    int64_t pieces;   // of a whole piece
    const int *order; // of these: which one the runtime's numbers stand for; NULL: themselves
    LoopBody body;
    List(LoopRange) released; // after all pieces, where lines take long from core to core (plan/release.c)
} LoopFunction;

// --- building: expressions are immutable and may be shared; constants are folded ---
typedef struct LoopBuilder {
    Arena *arena;
    LoopBody *body;             // where statements go
    List(LoopBody *) enclosing; // bodies of the loops that are open
    int next_name;
} LoopBuilder;

void loop_builder_init(LoopBuilder *builder, Arena *arena, LoopBody *body);
LoopExpr *loop_number(LoopBuilder *builder, double number);
LoopExpr *loop_integer(LoopBuilder *builder, int64_t integer);
LoopExpr *loop_variable(LoopBuilder *builder, const char *name, LoopType type);
LoopExpr *loop_unary(LoopBuilder *builder, LoopExprKind kind, LoopExpr *operand);
LoopExpr *loop_binary(LoopBuilder *builder, LoopExprKind kind, LoopExpr *left, LoopExpr *right);
LoopExpr *loop_select(LoopBuilder *builder, LoopExpr *condition, LoopExpr *yes, LoopExpr *no);
LoopExpr *loop_load(LoopBuilder *builder, const Buffer *buffer, LoopExpr *index);
LoopExpr *loop_load_index(LoopBuilder *builder, const Buffer *buffer, LoopExpr *index);
// index * factor + more, the commonest index.
LoopExpr *loop_scaled(LoopBuilder *builder, LoopExpr *index, int64_t factor, LoopExpr *more);

// Opens a loop; its variable, named after `hint`. loop_close ends the innermost loop or if.
LoopExpr *loop_open(LoopBuilder *builder, AxisKind axis, const char *hint, LoopExpr *extent);
LoopExpr *loop_open_constant(LoopBuilder *builder, AxisKind axis, const char *hint, int64_t extent);
void loop_if(LoopBuilder *builder, LoopExpr *condition);
void loop_close(LoopBuilder *builder);
LoopExpr *loop_let(LoopBuilder *builder, const char *hint, LoopExpr *value);
LoopExpr *loop_declare(LoopBuilder *builder, const char *hint, LoopExpr *initial);
void loop_assign(LoopBuilder *builder, LoopExpr *variable, LoopExpr *value);
void loop_accumulate(LoopBuilder *builder, LoopExpr *variable, LoopExprKind operation, LoopExpr *value);
void loop_store(LoopBuilder *builder, const Buffer *buffer, LoopExpr *index, LoopExpr *value);
void loop_buffer(LoopBuilder *builder, const Buffer *buffer);
void loop_comment(LoopBuilder *builder, const char *format, ...) __attribute__((format(printf, 2, 3)));
LoopStatement *loop_call(LoopBuilder *builder, Kernel *kernel);
void loop_operand(LoopBuilder *builder, LoopStatement *call, const Buffer *buffer, LoopExpr *start);
void loop_operand_index(LoopBuilder *builder, LoopStatement *call, LoopExpr *value);
void loop_operand_none(LoopBuilder *builder, LoopStatement *call); // a null pointer

// Bytes of an element, where a number has real_bytes.
int64_t element_bytes(ElementType type, int64_t real_bytes);

// By how many elements the index moves when `variable` grows by one, if that is the same everywhere: sets
// *stride and returns true. False where it is not affine in it.
bool loop_stride(const LoopExpr *index, const char *variable, int64_t *stride);
bool loop_uses(const LoopExpr *expr, const char *variable);

// Flops and bytes of a body, loops with unknown extents counted once (for comments and dumps).
typedef struct LoopCost {
    double flops, bytes;
} LoopCost;
LoopCost loop_cost(const LoopBody *body);
// The AST as text, for --dump=lower and the null target.
struct Text;
void loop_print(const LoopFunction *function, struct Text *text);

#endif
