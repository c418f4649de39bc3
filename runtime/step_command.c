// X step: the numbers of training steps on a given batch, for comparison with other frameworks. Dropout is
// off, batch normalisation uses the batch.
#include "checkpoint.h"
#include "commands.h"
#include "data_file.h"
#include "fail.h"
#include "initialize.h"
#include "json_output.h"
#include "metrics.h"
#include "npy.h"
#include "safetensors.h"
#include "schedule.h"
#include "weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Batch {
    NpyArray images, labels;
    int32_t *classes; // the labels, checked
    int n;
} Batch;

static Batch read_batch(const Program *program, const Options *options) {
    Batch batch = {npy_read(options_required(options->images, "--images x.npy")),
                   npy_read(options_required(options->labels, "--labels y.npy")), NULL, 0};
    const NpyArray *x = &batch.images, *y = &batch.labels;
    char shape[80];
    bool fits = x->rank == 4 && x->shape[1] == program->height && x->shape[2] == program->width &&
                x->shape[3] == program->channels &&
                (x->type == DATA_U8 || x->type == DATA_F32 || x->type == DATA_F64);
    if (!fits)
        fail("%s: it is %s %s, but the network takes float32 or uint8 [n,%d,%d,%d]", options->images,
             data_type_name(x->type), data_shape_text(x->rank, x->shape, shape, sizeof shape),
             program->height, program->width, program->channels);
    if (x->shape[0] < 1 || x->shape[0] > program->batch)
        fail("%s: it has %lld images; the program's batch is 1 to %d", options->images,
             (long long)x->shape[0], program->batch);
    if (y->rank != 1 || y->shape[0] != x->shape[0] || y->type == DATA_F32 || y->type == DATA_F64)
        fail("%s: it is %s %s, but %lld labels of uint8 or int64 are needed", options->labels,
             data_type_name(y->type), data_shape_text(y->rank, y->shape, shape, sizeof shape),
             (long long)x->shape[0]);
    batch.n = (int)x->shape[0];
    batch.classes = data_allocate((size_t)batch.n, sizeof *batch.classes);
    for (int i = 0; i < batch.n; i++) {
        double label = data_element(y->type, y->data, (size_t)i);
        if (!(label >= 0 && label < program->classes))
            fail("%s: label %d is %.0f; the classes are 0 to %d", options->labels, i, label,
                 program->classes - 1);
        batch.classes[i] = (int32_t)label;
    }
    return batch;
}

// Bytes go the data set's way; reals are what the first layer gets.
static void put_batch(const Instance *instance, const Batch *batch) {
    const Program *program = instance->program;
    size_t pixels = (size_t)program->height * (size_t)program->width * (size_t)program->channels;
    Frame frame = instance_frame(instance, NULL, batch->n);
    frame.labels = batch->classes;
    if (batch->images.type == DATA_U8) {
        for (int i = 0; i < batch->n; i++) instance->index[i] = (uint32_t)i;
        frame.images = batch->images.data;
        program->load(&frame);
        return;
    }
    const char *reals = batch->images.data;
    size_t bytes = pixels * data_type_size(batch->images.type);
    for (int i = 0; i < batch->n; i++) {
        data_to_real(batch->images.type, reals + (size_t)i * bytes, pixels,
                     instance_at(instance, program->input, i));
        *(int32_t *)instance_at(instance, program->label, i) = batch->classes[i];
    }
}

// The mean loss with the penalty.
static double batch_loss(const Instance *instance, int n) {
    Tally tally = tally_create(instance->program->classes, 0);
    double loss = tally_add(&tally, instance, n);
    tally_free(&tally);
    return loss;
}

static bool has_gradient(const Parameter *parameter) {
    return parameter->kind == PARAMETER_WEIGHT && !parameter->frozen && parameter->gradient != SIZE_MAX;
}

// `loss` [1], `logits` [n][classes], and each trainable parameter's gradient by its name, in file layout.
static void write_gradients(const Instance *instance, const char *gradients, const char *path, int n,
                            double loss) {
    const Program *program = instance->program;
    size_t classes = (size_t)program->classes;
    real loss_value = (real)loss, *logits = data_allocate((size_t)n * classes, sizeof *logits);
    SafetensorsTensor *tensors = data_allocate((size_t)program->parameter_count + 2, sizeof *tensors);
    int count = 2;
    for (int i = 0; i < n; i++)
        memcpy(logits + (size_t)i * classes, instance_at(instance, program->logits, i),
               classes * sizeof *logits);
    tensors[0] = (SafetensorsTensor){"loss", DATA_REAL, 1, {1}, &loss_value};
    tensors[1] = (SafetensorsTensor){"logits", DATA_REAL, 2, {n, program->classes}, logits};
    for (int i = 0; i < program->parameter_count; i++) {
        const Parameter *parameter = &program->parameters[i];
        if (!has_gradient(parameter)) continue;
        real *gradient = data_allocate(weights_parameter_count(parameter), sizeof *gradient);
        weights_to_file_layout(parameter, (const real *)(gradients + parameter->gradient), gradient);
        SafetensorsTensor *tensor = &tensors[count++];
        *tensor = (SafetensorsTensor){parameter->name, DATA_REAL, parameter->rank, {0}, gradient};
        for (int axis = 0; axis < parameter->rank; axis++) tensor->shape[axis] = parameter->shape[axis];
    }
    safetensors_write(path, tensors, count, NULL, 0);
    for (int i = 1; i < count; i++) free((void *)tensors[i].data);
    free(tensors);
}

static void print_losses(const Options *options, const double *losses, int count, int n) {
    if (!options->json) {
        for (int i = 0; i < count; i++) printf("loss %.9g\n", losses[i]);
        return;
    }
    cJSON *document = cJSON_CreateObject();
    cJSON_AddNumberToObject(document, "loss", losses[count - 1]);
    cJSON_AddItemToObject(document, "losses", cJSON_CreateDoubleArray(losses, count));
    cJSON_AddNumberToObject(document, "images", n);
    json_print(document);
}

// The file's weights, and the optimizer's state as it is before the first step.
static void put_weights(const Instance *instance, const char *weights) {
    initialize_parameters(instance->program, instance->arena, instance->values->seed);
    weights_load(weights, instance->program, instance->arena, false);
}

// One step without update, into the file `path`. Returns its loss.
static double keep_gradients(const Instance *instance, const Batch *batch, const char *path) {
    const Program *program = instance->program;
    Frame frame = instance_frame(instance, NULL, batch->n);
    frame.gradients = aligned_alloc(64, (program->gradient_bytes + 127) / 64 * 64);
    if (!frame.gradients) fail_memory();
    program->gradients(&frame);
    double loss = batch_loss(instance, batch->n);
    write_gradients(instance, frame.gradients, path, batch->n, loss);
    free(frame.gradients);
    return loss;
}

// N steps with updates, the batch put anew before each: a step may use its input's place for other things.
static void train_steps(Instance *instance, const Settings *settings, const Batch *batch, double *losses,
                        int steps) {
    Schedule schedule = schedule_create(settings, 1, steps, true);
    real *rate = settings_slot(settings, instance->values, "optimizer.lr");
    for (int i = 0; i < steps; i++) {
        if (rate) *rate = (real)schedule_rate(&schedule, 1, instance->values->step);
        put_batch(instance, batch);
        Frame frame = instance_frame(instance, NULL, batch->n);
        instance->program->train(&frame);
        losses[i] = batch_loss(instance, batch->n);
        instance->values->step++;
    }
}

int step_command(const Program *program, const Options *options) {
    const char *weights = options_required(options->weights, "--weights FILE");
    if (!program->has_loss)
        fail("model '%s' cannot be trained: its file has no train section for it", program->model);
    if (!options->steps) options_required(options->out, "--out FILE");
    Batch batch = read_batch(program, options);
    Settings settings = options_settings(program, options);
    Instance instance = instance_create(program, options_threads(options),
                                        settings_values(&settings, options_seed(&settings, options), true));
    put_weights(&instance, weights);
    int count = options->steps ? options->steps : 1;
    double *losses = data_allocate((size_t)count, sizeof *losses);
    if (options->out) {
        put_batch(&instance, &batch);
        losses[0] = keep_gradients(&instance, &batch, options->out);
        if (options->steps) put_weights(&instance, weights); // statistics have moved
    }
    if (options->steps) train_steps(&instance, &settings, &batch, losses, count);
    if (options->save) checkpoint_save_weights(options->save, &instance);
    print_losses(options, losses, count, batch.n);
    free(losses);
    free(batch.classes);
    npy_free(&batch.images);
    npy_free(&batch.labels);
    instance_free(&instance);
    settings_free(&settings);
    return EXIT_FINE;
}
