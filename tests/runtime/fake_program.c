// A program as cnnc would write it, by hand: softmax regression with pixel dropout, an l2 penalty and SGD
// with momentum, on `strokes`. It shows the runtime's commands without the compiler.
#include "philox.h"
#include "program.h"

#include <math.h>
#include <string.h>

enum {
    PIXELS = 28 * 28,
    CLASSES = 10,
    BATCH = 64,
    CHUNK = 16,
    WEIGHTS = PIXELS * CLASSES,
    VALUES = WEIGHTS + CLASSES
};
enum { RATE, MOMENTUM, L2, DROP, SLOTS };

// The fixed part: parameters [pixel][class] and then biases, momenta, the combined gradient of train(), the
// penalty.
#define PARAMETERS 0
#define MOMENTA    (VALUES * sizeof(real))
#define GRADIENT   (2 * VALUES * sizeof(real))
#define PENALTY    (3 * VALUES * sizeof(real))
#define FIXED      ((PENALTY + sizeof(real) + 63) / 64 * 64)

typedef struct Chunk {
    real input[CHUNK][PIXELS];
    real logits[CHUNK][CLASSES], loss[CHUNK], slope[CHUNK][CLASSES];
    int32_t label[CHUNK];
    real gradient[VALUES];
} Chunk;
#define CHUNK_BYTES ((sizeof(Chunk) + 63) / 64 * 64)

static Chunk *chunk_of(const Frame *frame, int number) {
    return (Chunk *)(frame->arena + FIXED + (size_t)number * CHUNK_BYTES);
}

static real *fixed(const Frame *frame, size_t offset) {
    return (real *)(frame->arena + offset);
}

static int images_in(const Frame *frame, int number) {
    int left = frame->n - number * CHUNK;
    return left < CHUNK ? left : CHUNK;
}

static int chunks(const Frame *frame) {
    return (frame->n + CHUNK - 1) / CHUNK;
}

static void load_chunk(const Frame *frame, int number, char *scratch) {
    (void)scratch;
    Chunk *chunk = chunk_of(frame, number);
    for (int i = 0; i < images_in(frame, number); i++) {
        uint32_t image = frame->index[number * CHUNK + i];
        chunk->label[i] = frame->labels[image];
        for (int p = 0; p < PIXELS; p++) chunk->input[i][p] = frame->images[(size_t)image * PIXELS + p];
    }
}

static real penalty_of(const Frame *frame) {
    real sum = 0;
    for (int i = 0; i < WEIGHTS; i++) sum += fixed(frame, PARAMETERS)[i] * fixed(frame, PARAMETERS)[i];
    return frame->values->slot[L2] * sum;
}

static bool dropped(const Frame *frame, uint32_t image, int pixel) {
    const Values *values = frame->values;
    uint32_t counter[4] = {image, values->epoch, 1, (uint32_t)pixel}, bits[4];
    uint32_t key[2] = {(uint32_t)values->seed, (uint32_t)(values->seed >> 32)};
    if (values->slot[DROP] <= 0) return false;
    philox4x32(counter, key, bits);
    return bits[0] < values->slot[DROP] * 4294967296.0;
}

// Logits, loss and the loss's slope by the logits.
static void forward(const Frame *frame, Chunk *chunk, int i) {
    const real *weights = fixed(frame, PARAMETERS);
    real *logits = chunk->logits[i], highest, sum = 0;
    memcpy(logits, weights + WEIGHTS, CLASSES * sizeof(real));
    for (int p = 0; p < PIXELS; p++)
        for (int c = 0; c < CLASSES; c++) logits[c] += chunk->input[i][p] / 255 * weights[p * CLASSES + c];
    highest = logits[0];
    for (int c = 1; c < CLASSES; c++) highest = logits[c] > highest ? logits[c] : highest;
    for (int c = 0; c < CLASSES; c++) sum += (real)exp(logits[c] - highest);
    for (int c = 0; c < CLASSES; c++)
        chunk->slope[i][c] = ((real)exp(logits[c] - highest) / sum - (c == chunk->label[i])) / (real)frame->n;
    chunk->loss[i] = (real)log(sum) + highest - logits[chunk->label[i]];
}

static void evaluate_chunk(const Frame *frame, int number, char *scratch) {
    (void)scratch;
    for (int i = 0; i < images_in(frame, number); i++) forward(frame, chunk_of(frame, number), i);
}

static void train_chunk(const Frame *frame, int number, char *scratch) {
    Chunk *chunk = chunk_of(frame, number);
    memset(chunk->gradient, 0, sizeof chunk->gradient);
    memset(scratch, 1, 64); // a thread's own
    for (int i = 0; i < images_in(frame, number); i++) {
        for (int p = 0; p < PIXELS; p++)
            if (frame->values->slot[DROP] > 0 && dropped(frame, frame->index[number * CHUNK + i], p))
                chunk->input[i][p] = 0;
        forward(frame, chunk, i);
        for (int p = 0; p < PIXELS; p++)
            for (int c = 0; c < CLASSES; c++)
                chunk->gradient[p * CLASSES + c] += chunk->input[i][p] / 255 * chunk->slope[i][c];
        for (int c = 0; c < CLASSES; c++) chunk->gradient[WEIGHTS + c] += chunk->slope[i][c];
    }
}

static void load(const Frame *frame) {
    parallel(frame, load_chunk, chunks(frame));
}

static void evaluate(const Frame *frame) {
    *fixed(frame, PENALTY) = penalty_of(frame);
    parallel(frame, evaluate_chunk, chunks(frame));
}

static void gradients_into(const Frame *frame, real *gradient) {
    const real *weights = fixed(frame, PARAMETERS);
    *fixed(frame, PENALTY) = penalty_of(frame);
    parallel(frame, train_chunk, chunks(frame));
    memset(gradient, 0, VALUES * sizeof(real));
    for (int number = 0; number < chunks(frame); number++)
        for (int i = 0; i < VALUES; i++) gradient[i] += chunk_of(frame, number)->gradient[i];
    for (int i = 0; i < WEIGHTS; i++) gradient[i] += 2 * frame->values->slot[L2] * weights[i];
}

static void gradients(const Frame *frame) {
    gradients_into(frame, (real *)frame->gradients);
}

static void train(const Frame *frame) {
    real *weights = fixed(frame, PARAMETERS), *momenta = fixed(frame, MOMENTA),
         *gradient = fixed(frame, GRADIENT);
    const real *slot = frame->values->slot;
    gradients_into(frame, gradient);
    for (int i = 0; i < VALUES; i++) {
        momenta[i] = slot[MOMENTUM] * momenta[i] + gradient[i];
        weights[i] -= slot[RATE] * momenta[i];
    }
}

static const Parameter parameters[] = {
    {"dense.weight",
     PARAMETER_WEIGHT,
     false,
     2,
     {CLASSES, PIXELS},
     {1, 0},
     0,
     PARAMETERS,
     0,
     INIT_GLOROT_UNIFORM,
     0,
     PIXELS,
     CLASSES},
    {"dense.bias",
     PARAMETER_WEIGHT,
     false,
     1,
     {CLASSES},
     {0},
     0,
     PARAMETERS + WEIGHTS * sizeof(real),
     WEIGHTS * sizeof(real),
     INIT_ZEROS,
     0,
     PIXELS,
     CLASSES},
    {"optimizer.momentum.dense.weight",
     PARAMETER_OPTIMIZER,
     false,
     2,
     {CLASSES, PIXELS},
     {1, 0},
     0,
     MOMENTA,
     SIZE_MAX,
     INIT_ZEROS,
     0,
     0,
     0},
    {"optimizer.momentum.dense.bias",
     PARAMETER_OPTIMIZER,
     false,
     1,
     {CLASSES},
     {0},
     0,
     MOMENTA + WEIGHTS * sizeof(real),
     SIZE_MAX,
     INIT_ZEROS,
     0,
     0,
     0},
};

static const Setting settings[] = {
    {"seed", "1", -1, true, 0, 9007199254740992.0, true, false},
    {"dataset.seed", "7", -1, true, 0, 9007199254740992.0, true, false},
    {"dataset.val", "0.1", -1, false, 0, 0.9, false, false},
    {"train.epochs", "3", -1, true, 1, 100000, true, false},
    {"train.l2", "1e-5", L2, true, 0, INFINITY, false, false},
    {"optimizer.lr", "0.05", RATE, true, 0, INFINITY, false, false},
    {"optimizer.momentum", "0.9", MOMENTUM, true, 0, 1, false, false},
    {"param.drop", "0.05", DROP, true, 0, 0.9, false, true},
#ifdef EARLY_STOP
    {"early_stop.monitor", "val.loss", -1, false, 0, 0, false, false},
    {"early_stop.min_delta", "0", -1, true, 0, INFINITY, false, false},
    {"early_stop.patience", "2", -1, true, 1, 100000, true, false},
    {"early_stop.restore", "best", -1, false, 0, 0, false, false},
#endif
#ifdef ON_PLATEAU
    {"schedule.monitor", "val.loss", -1, false, 0, 0, false, false},
    {"schedule.factor", "0.5", -1, true, 0, 1, false, false},
    {"schedule.patience", "1", -1, true, 1, 100000, true, false},
    {"schedule.minimum", "1e-4", -1, true, 0, 1, false, false},
#endif
#ifdef COSINE
    {"schedule.warmup", "1", -1, true, 0, 100000, false, false},
    {"schedule.final", "0", -1, true, 0, 1, false, false},
#endif
};

static const LayerInfo layers[] = {
    {"flatten", "flatten", 1, {PIXELS}, 0, 0},
    {"dense", "dense", 1, {CLASSES}, VALUES, WEIGHTS},
};

#ifdef COSINE
#define SCHEDULE "cosine"
#elif defined ON_PLATEAU
#define SCHEDULE "on_plateau"
#else
#define SCHEDULE "constant"
#endif
#ifdef NAMED
#ifndef FIRST_NAME
#define FIRST_NAME "zero"
#endif
static const char *const names[] = {FIRST_NAME, "one", "two",   "three", "four",
                                    "five",     "six", "seven", "eight", "nine"};
#define CLASS_NAMES names
#else
#define CLASS_NAMES NULL
#endif
#ifndef SCRATCH_BYTES
#define SCRATCH_BYTES 64
#endif
#ifndef HASH
#define HASH "fake-1"
#endif

const Program program = {
    .model = "softmax",
    .file = "fake.cnn",
    .variant = "",
    .command = "by hand",
    .compiler = "cc",
    .version = "0.1.0",
    .hash = HASH,
    .target = "c",
    .kernels = "{\"dense\": \"plain\"}",
    .schedule = SCHEDULE,
    .resolved = "cnn 1\nmodel softmax on strokes { flatten -> dense(classes) }\ntrain { batch = 64 }\n",
    .height = 28,
    .width = 28,
    .channels = 1,
    .classes = CLASSES,
    .batch = BATCH,
    .chunk_images = CHUNK,
    .has_loss = true,
    .data = {"digits", "strokes", NULL, CLASS_NAMES},
    .fixed_bytes = FIXED,
    .chunk_bytes = CHUNK_BYTES,
    .scratch_bytes = SCRATCH_BYTES,
    .gradient_bytes = VALUES * sizeof(real),
    .lower_bound = FIXED,
    .unplanned = FIXED,
    .train_flops = 4.0 * WEIGHTS,
    .forward_flops = 2.0 * WEIGHTS,
    .parameters = parameters,
    .parameter_count = sizeof parameters / sizeof *parameters,
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .slot_count = SLOTS,
    .layers = layers,
    .layer_count = sizeof layers / sizeof *layers,
    .input = {offsetof(Chunk, input), sizeof(real) * PIXELS},
    .label = {offsetof(Chunk, label), sizeof(int32_t)},
    .logits = {offsetof(Chunk, logits), sizeof(real) * CLASSES},
    .loss = {offsetof(Chunk, loss), sizeof(real)},
    .penalty = PENALTY,
    .load = load,
    .train = train,
    .gradients = gradients,
    .evaluate = evaluate,
};
