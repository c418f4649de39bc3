// The contract between a generated program and the runtime it links: a generated C file defines one
// `const Program program`, the runtime's main() does everything else.
//
// Memory. One arena holds every tensor; all places in it are offsets known at compile time, so that a step
// allocates nothing and many models can live at base + m * stride:
//
//   [ fixed part: parameters, optimizer state, combined gradients, ... ]
//   [ chunk 0 ] [ chunk 1 ] ... [ chunk (batch / chunk_images, rounded up) - 1 ]     chunk_bytes each
//   [ thread 0's scratch ] [ thread 1's scratch ] ...                                scratch_bytes each
//
// A chunk holds what belongs to chunk_images consecutive images of the batch: image i of the batch is image
// i % chunk_images of chunk i / chunk_images. Work is always split into the same chunks, and sums over chunks
// are taken in their order, so results do not depend on the number of threads.
#ifndef RUNTIME_PROGRAM_H
#define RUNTIME_PROGRAM_H

#include "real.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Team Team; // runtime/team.h

// What a step reads that may change without compiling again.
typedef struct Values {
    uint64_t seed;  // of the run
    uint32_t epoch; // from 1
    uint64_t step;  // optimizer steps done before this one, from 0
    real slot[];    // program.slot_count numbers; Setting.slot says which is which
} Values;

// One call's surroundings.
typedef struct Frame {
    char *arena;     // 64-byte aligned, program_arena_bytes() long
    char *gradients; // what gradients() leaves: 64-byte aligned, gradient_bytes long; NULL for other steps
    const Values *values;
    Team *team;
    int n;      // images in this batch, 1 .. program.batch
    bool apart; // whether the threads' cores are far from each other (runtime/lines.h)
    // What load() gathers from: images [count][height][width][channels] and labels [count] of a data set, and
    // for each image of the batch its number in it. The number also is the image's random-number stream.
    const uint8_t *images;
    const int32_t *labels;
    const uint32_t *index;
} Frame;

typedef void Step(const Frame *frame);

// Where a tensor with a leading batch axis lies: image i at
// fixed_bytes + (i / chunk_images) * chunk_bytes + offset + (i % chunk_images) * stride. Bytes.
typedef struct Place {
    size_t offset, stride;
} Place;

typedef enum ParameterKind {
    PARAMETER_WEIGHT,    // trained, unless frozen
    PARAMETER_STATISTIC, // running mean and variance, normalization's stored numbers
    PARAMETER_OPTIMIZER  // the optimizer's state: file name "optimizer.m.conv.weight"
} ParameterKind;

typedef enum InitializerKind {
    INIT_ZEROS,
    INIT_ONES,
    INIT_CONSTANT,
    INIT_GLOROT_UNIFORM,
    INIT_GLOROT_NORMAL,
    INIT_HE_UNIFORM,
    INIT_HE_NORMAL,
    INIT_LECUN_UNIFORM,
    INIT_LECUN_NORMAL,
    INIT_UNIFORM,
    INIT_NORMAL,
    INIT_TRUNCATED_NORMAL
} InitializerKind;

// A tensor that is kept from step to step. In a file it has `rank` dimensions `shape` (a PyTorch state_dict's
// layout); in the arena it lies row-major with the axes permuted: memory axis a is file axis axes[a]. With a
// panel, it is cut there into panels of so many columns (of the last axis), which lie one after the other.
typedef struct Parameter {
    const char *name; // "stage_2.conv.weight"
    ParameterKind kind;
    bool frozen;
    int rank;
    int64_t shape[4];
    int axes[4];
    int64_t panel;   // 0: row after row
    size_t offset;   // bytes from the arena's start
    size_t gradient; // after gradients(): bytes from Frame.gradients, memory layout; SIZE_MAX if none
    InitializerKind init;
    double init_value; // constant's value; uniform's limit; normal's deviation
    int64_t fan_in, fan_out;
} Parameter;

// Everything that can be set without compiling again, by its path ("optimizer.lr", "train.epochs",
// "early_stop.patience", "dataset.val", "param.drop1"): a number's text, or a word. `slot` is its place in
// Values.slot, or -1 for what only the runtime reads.
typedef struct Setting {
    const char *path;
    const char *value;
    int slot;
    bool number;
    double minimum, maximum; // of a number
    bool whole;              // a whole number
    bool off_in_step;        // `X step` sets it to 0: dropout's and drop_path's rates
} Setting;

typedef struct DataSource {
    const char *name; // the data set's name in the file
    const char *kind; // "mnist", "fashion_mnist", "cifar10", "strokes", "idx", "cifar", "images", "npz"
    const char *const *arguments; // idx: train images, train labels, test images, test labels; cifar, images:
                                  // the directory; npz: the file; NULL-terminated
    const char *const *class_names; // classes strings, or NULL: the set's own, else "0", "1", ...
} DataSource;

typedef struct LayerInfo {
    const char *name, *type;
    int rank;
    int64_t shape[4]; // of one image's output
    int64_t params, macs;
} LayerInfo;

typedef struct Program {
    const char *model, *file, *variant; // variant is "" outside an experiment
    const char *command;                // the cnnc command that wrote this
    const char *compiler;               // the cc command that compiled this, filled in by the build
    const char *version;                // cnnc's
    const char *hash;                   // of the signature: what checkpoints are checked against
    const char *resolved;               // the resolved .cnn file
    const char *target;                 // "c"
    const char *kernels;                // JSON object: which kernel variant each contraction uses
    const char
        *kernel_choices;  // JSON object: why, where it is a tuning record ("record shipped:3") or was forced
    const char *schedule; // "constant", "step", "cosine", "onecycle", "on_plateau"

    int height, width, channels, classes;
    int batch, chunk_images;
    bool has_loss;              // false for a model without train: only predict, init, info
    bool outputs_probabilities; // the logits' place holds probabilities (softmax is the last layer)
    DataSource data;            // kind NULL for a model without data
    size_t fixed_bytes, chunk_bytes, scratch_bytes, gradient_bytes;
    // Bytes, of the training step on one thread, and what each further thread adds; docs/architecture.md has
    // what they mean.
    size_t lower_bound, lower_bound_thread, unplanned;
    double train_flops, forward_flops; // of the contractions, for one image

    const Parameter *parameters;
    int parameter_count;
    const Setting *settings;
    int setting_count, slot_count;
    const LayerInfo *layers;
    int layer_count;

    // A step may use the input's place for other things once it has read it; the other places keep what they
    // hold until the next step.
    Place input;  // real [height][width][channels], pixels 0..255 unless the file's first layers want another
                  // range
    Place label;  // int32, 0 .. classes-1
    Place logits; // real [classes]
    Place loss;   // real, this image's loss without the penalty
    size_t penalty; // real in the fixed part: the l2 penalty; SIZE_MAX if there is none

    Step *load;      // frame's images and labels -> input, label
    Step *train;     // input, label -> logits, loss, penalty; updates parameters
    Step *gradients; // the same without the update: leaves every gradient
    Step *adapt;     // input -> stored statistics of normalization layers, merged in; NULL if there are none
    Step *evaluate;  // input, label -> logits, loss, penalty, in evaluation mode
} Program;

extern const Program program;

// Splits `count` pieces of work among the frame's threads and returns when all are done; piece i runs once,
// on any thread. Called by generated code. Of every other phase that goes through the chunks a thread begins
// with its last one: what the phase before left of it may still be in its caches.
typedef void Piece(const Frame *frame, int piece, char *scratch);
void parallel(const Frame *frame, Piece *work, int count);
void parallel_backwards(const Frame *frame, Piece *work, int count);

// Bytes of the arena, from `offset` on; with a step, as many again in each further chunk.
typedef struct Range {
    size_t offset, bytes, step;
} Range;

// Throws ranges out of all cores' caches (runtime/lines.h). Called by generated code where Frame.apart.
void release_lines(const Frame *frame, const Range *ranges, int count, int chunks);

#endif
