#include "plan/forms.h"
#include "ops/pack.h"
#include "ops/rules.h"
#include "passes/schedule.h"
#include "passes/technique.h"

#include <string.h>

extern const Op op_conv, op_conv_backward_weights;

static Kernel *chosen_kernel(const Value *value, int64_t images, bool of_batch, const KernelPolicy *policy) {
    const Module *module = value->function->module;
    Kernel *kernel = NEW(module->arena, Kernel);
    kernel->of_batch = of_batch;
    // What a nest may compute reads the weights as they are.
    bool nests = value->op->nests && value->op->nests(value);
    kernel->may_pack = !nests && technique_enabled(module, TECHNIQUE_PACK);
    kernel->may_transform = technique_enabled(module, TECHNIQUE_WINOGRAD);
    kernel->may_round = !nests && module->bf16;
    value->op->kernel(value, images, kernel);
    kernel_choose(module->arena, kernel, policy);
    return kernel;
}

// Whether the weights are more than what is computed from them for one image: then they would come from a
// farther cache for every image, while a chunk's images and results stay in a near one.
static bool weights_outweigh(const Value *value) {
    const Value *weights = value->inputs[value->input_count - 1];
    return !weights->shape.batched &&
           shape_elements(&weights->shape) >
               shape_elements(&value->shape) + shape_elements(&value->inputs[0]->shape);
}

// 64 of the smallest tiles of outputs (cpu/winograd_weights.h).
enum { FEW_PIXELS = 256 };
// kernels.def: WINOGRAD_FEW_FILTERS.
enum { FEW_FILTERS = 12 };

// Whether it is a gradient of weights, no nest, and better for all images of a chunk, by Winograd's
// transforms. If it is larger than what it is made of, it is read and written less often; if images have few
// pixels, the sums' transform is that of more tiles.
static bool gradient_of_chunk(const Value *value) {
    if (value->op != &op_conv_backward_weights || value_integer(value, "groups") != 1 ||
        value->op->nests(value))
        return false;
    const Shape *input = &value->inputs[0]->shape, *output = &value->inputs[1]->shape;
    return shape_pixels(output) <= FEW_PIXELS ||
           shape_elements(&value->shape) > shape_elements(input) + shape_elements(output);
}

// Whether an image alone gives Winograd's products few rows: one of few pixels, or of few filters, where a
// lane is a tile (cpu/winograd_lanes.h) and its tiles leave lanes of the last vectors empty.
static bool few_tiles(const Value *value, const Kernel *kernel) {
    int64_t pixels = shape_pixels(&value->shape);
    bool lanes = value->op == &op_conv && shape_channels(&value->shape) <= FEW_FILTERS;
    return (lanes && pixels <= 4 * FEW_PIXELS) ||
           (kernel_form_packed(kernel_row(kernel).form) && pixels <= FEW_PIXELS);
}

// The kernel for all images of a chunk where it is better than the one for each, else NULL. Variants that
// read weights as they are can compute several images or cannot; those over packed ones all can.
static Kernel *kernel_of_chunk(const Value *value, const Kernel *kernel, int64_t images,
                               const KernelPolicy *policy) {
    bool gradient = gradient_of_chunk(value), outweighed = weights_outweigh(value);
    if (images == 1 || !(gradient || outweighed || few_tiles(value, kernel))) return NULL;
    Kernel *of_chunk = chosen_kernel(value, images, false, policy);
    KernelOperandForm form = kernel_row(of_chunk).form;
    of_chunk->of_chunk = true;
    bool can = strcmp(of_chunk->variant, kernel->variant) == 0;
    if (gradient) can = form == TRANSFORMED;
    if (kernel_form_packed(kernel_row(kernel).form)) can = kernel_form_packed(form);
    if (!gradient && !outweighed) can = kernel_form_side(form) > 0;
    return can ? of_chunk : NULL;
}

// Has a gradient that Winograd's transforms compute computed in blocks over the whole batch, if it can be:
// then the sums are transformed once, and no chunk writes a part.
static void take_whole_batch(Value *value, int64_t chunk, const KernelPolicy *policy) {
    const Kernel *of_chunk = value->kernel;
    if (!technique_enabled(value->function->module, TECHNIQUE_FUSE)) return;
    value->kernel = chosen_kernel(value, chunk, true, policy);
    if (kernel_row(value->kernel).form != TRANSFORMED || nest_blocks(value) == 0) value->kernel = of_chunk;
}

// Of a chunk of `chunk` images.
static KernelOperandForm choose(Value *value, int64_t chunk, const KernelPolicy *policy) {
    bool rows = (value->op->flags & OP_ROWS) != 0;
    Kernel *kernel = chosen_kernel(value, rows ? chunk : 1, false, policy);
    kernel->of_chunk = rows;
    Kernel *of_chunk = rows ? NULL : kernel_of_chunk(value, kernel, chunk, policy);
    value->kernel = of_chunk ? of_chunk : kernel;
    if (of_chunk && gradient_of_chunk(value)) take_whole_batch(value, chunk, policy);
    return kernel_row(value->kernel).form;
}

static Value *in_form(Function *function, Value *weights, KernelOperandForm form) {
    int side = kernel_form_side(form);
    if (side > 0) return pack_winograd_new(function, weights, side, kernel_form_flips(form));
    return kernel_form_rounds(form) ? pack_bf16_new(function, weights, form == BF16_PACKED_TURNED)
                                    : pack_new(function, weights, form == PACKED_TURNED);
}

static void give_forms(Function *function, const KernelPolicy *policy) {
    Value **values = function->values.items;
    int count = function->values.count;
    int64_t chunk = chunk_images(function->module);
    memset(&function->values, 0, sizeof function->values);
    for (int i = 0; i < count; i++) {
        Value *value = values[i];
        KernelOperandForm form = value->op->kernel ? choose(value, chunk, policy) : AS_THEY_ARE;
        if (kernel_form_packed(form)) {
            value->inputs[1] = in_form(function, value->inputs[1], form);
            function_append(function, value->inputs[1]);
        }
        list_add(function->module->arena, &function->values, value);
    }
    // Weights that were turned round before they were packed are turned in packing.
    function_sweep(function);
}

void pass_forms(Module *module, const KernelPolicy *policy) {
    for (int i = 0; i < module->functions.count; i++)
        if (strcmp(module->functions.items[i]->name, "model") != 0)
            give_forms(module->functions.items[i], policy);
}
