// The intermediate representation: a module of functions over tensors, each value computed by one op from
// values before it. It has a text form (ir/text.h) that is written and read back.
//
// Shapes are those of one image; `batched` says that there is one such tensor for every image of the batch
// (the axis `n`, whose length is known when the program runs). Layout is row-major, height x width x
// channels.
#ifndef IR_IR_H
#define IR_IR_H

#include "base/diagnostic.h"
#include "base/memory.h"
#include "base/names.h"

typedef struct Op Op;
typedef struct Value Value;
typedef struct Function Function;
typedef struct Module Module;
typedef struct Kernel Kernel;

typedef enum Type {
    TYPE_REAL,
    TYPE_BYTE, // masks, positions in a window
    TYPE_INT,  // labels
    TYPE_NONE  // an effect
} Type;

enum { MAX_RANK = 4, MAX_INPUTS = 8 };

typedef struct Shape {
    bool batched;
    int rank;
    int64_t dim[MAX_RANK];
} Shape;

int64_t shape_elements(const Shape *shape); // of one image
bool shape_equal(const Shape *a, const Shape *b);
Shape shape_of(bool batched, int rank, const int64_t *dims);
int64_t shape_channels(const Shape *shape);               // the last dimension; 1 for a scalar
const char *shape_text(Arena *arena, const Shape *shape); // "26x26x64", as messages show it

// An attribute's value. Its row in the op's table (ir/op.h) says which kind it has.
typedef enum AttrKind {
    ATTR_UNSET,
    ATTR_INTEGER,
    ATTR_NUMBER,
    ATTR_BOOL,
    ATTR_SIZE,
    ATTR_PAD,
    ATTR_WORD,
    ATTR_NUMBERS
} AttrKind;

typedef struct Attr {
    AttrKind kind;
    int64_t integer;        // ATTR_INTEGER; ATTR_BOOL: 0 or 1
    double number;          // ATTR_NUMBER
    int slot;               // ATTR_NUMBER set at run time: index in Module.slots; else -1
    int count;              // ATTR_SIZE: dimensions; ATTR_NUMBERS: numbers
    int64_t size[MAX_RANK]; // ATTR_SIZE; ATTR_PAD: top, left, bottom, right once a shape rule resolved it
    const char *word;       // ATTR_WORD; ATTR_PAD: "same", "valid", or NULL when the four numbers hold
    const double *numbers;  // ATTR_NUMBERS
} Attr;

Attr attr_integer(int64_t integer);
Attr attr_number(double number);
Attr attr_bool(bool truth);
Attr attr_size(int count, const int64_t *size);
Attr attr_pad(int64_t top, int64_t left, int64_t bottom, int64_t right);
Attr attr_word(const char *word);

struct Value {
    const Op *op;
    Function *function;
    int id; // position in its function, dense after function_renumber
    Type type;
    Shape shape;
    int input_count;
    Value *inputs[MAX_INPUTS];
    Attr *attrs;          // one per row of op->attributes
    const char *path;     // of the layer it belongs to: "stage_2.conv"; "" if none
    bool frozen;          // belongs to a frozen part: evaluation mode, no gradient
    Span span;            // of the layer in the file
    Value *copy;          // where a pass put its counterpart while it runs
    const Kernel *kernel; // of a contraction, once it is chosen (plan/forms.c)
};

typedef List(const char *) Notes;

struct Function {
    Module *module;
    const char *name;      // "model", "load", "train", "gradients", "evaluate"
    List(Value *) values;  // each after its inputs; effects in program order
    List(Value *) readers; // by tensor: the value that reads it; NULL or a value that was removed: none does
    Notes notes;           // what passes chose, and at what price
};

typedef enum TensorKind { TENSOR_WEIGHT, TENSOR_STATISTIC, TENSOR_OPTIMIZER } TensorKind;

typedef struct Initializer {
    const char *name; // "glorot_uniform", "zeros", "ones", "constant", ...
    double value;     // constant's value, uniform's limit, normal's deviation
} Initializer;

// A tensor that is kept from step to step. `shape` is the file's (a PyTorch state_dict's: O,I,H,W; out,in);
// memory axis a is file axis axes[a], so a value that reads it has shape shape[axes[0]], shape[axes[1]], ...
// With a panel, it lies there in panels of so many columns (of the last axis), one after the other.
typedef struct Tensor {
    const char *name; // "stage_2.conv.weight"
    TensorKind kind;
    bool frozen;
    Shape shape;
    int axes[MAX_RANK];
    int64_t panel; // 0: row after row
    Initializer init;
    int64_t fan_in, fan_out;
    Attr l2; // ATTR_UNSET if none; kernels only
} Tensor;

// A number that is set at run time. Its place in Module.slots is its place in the program's Values.slot.
typedef struct Slot {
    const char *path; // "optimizer.lr", "stage.dropout.rate"
    double value;     // default
    double minimum, maximum;
    bool off_in_step; // `X step` sets it to 0
} Slot;

// One layer of the model as the user wrote it, for summary and info.
typedef struct LayerRow {
    const char *path;
    const Op *op;
    Value *output;
    int first_tensor, tensor_count; // in Module.tensors
    int first_value, value_count;   // in the function of the output
} LayerRow;

// Numbers in the layer's tensors, and its multiply-adds for one image.
int64_t layer_params(const Module *module, const LayerRow *row);
int64_t layer_macs(const LayerRow *row);

struct Module {
    Arena *arena;
    const char *name;
    int64_t batch, classes;
    uint64_t without; // techniques that are switched off (passes/technique.h)
    bool bf16;        // contractions round their operands to bf16 where a kernel in bf16 can compute them
    List(Tensor) tensors;
    List(Slot) slots;
    List(LayerRow) layers;
    List(Function *) functions;
    NameTable tensor_numbers, slot_numbers; // of names to int *, their places in tensors and slots
    const struct Complaint *complaint;      // of the last shape rule or build that failed
};

Module *module_new(Arena *arena, const char *name, int64_t batch, int64_t classes);
Function *module_function(Module *module, const char *name); // NULL if there is none
Function *function_new(Module *module, const char *name);
// The slot of this path, made if new.
int module_slot(Module *module, const char *path, double value, double minimum, double maximum);
// Adds a tensor and returns its index; names are unique.
int module_add_tensor(Module *module, Tensor tensor);
int module_tensor_index(const Module *module, const char *name); // -1 if there is none

// A value of op with its attributes at their defaults, not yet part of the function.
Value *value_new(Function *function, const Op *op, int input_count, Value *const *inputs);
void value_set(Value *value, const char *attribute, Attr attr);
const Attr *value_attr(const Value *value, const char *attribute); // a fault if the op has no such attribute
int64_t value_integer(const Value *value, const char *attribute);
double value_number(const Value *value, const char *attribute);
// Runs the op's shape rule and adds the value at the end. A shape that does not fit is a fault here: what
// the user can get wrong is checked by layer_build (ir/op.h) before.
Value *function_append(Function *function, Value *value);
// The common case: no attributes to set; inputs end with NULL. ADD(f, &op_add, a, b)
#define ADD(function, op, ...)                                                                               \
    function_append((function), value_new_list((function), (op), (Value *[]){__VA_ARGS__, NULL}))
Value *value_new_list(Function *function, const Op *op, Value *const *inputs);

// Value that reads tensor `index`, one per function.
Value *function_tensor(Function *function, int index);
void function_renumber(Function *function);
// Removes values that no effect and no output needs.
void function_sweep(Function *function);

#endif
