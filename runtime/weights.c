#include "weights.h"
#include "data_file.h"
#include "fail.h"
#include "text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char optimizer_prefix[] = "optimizer.";

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

size_t weights_parameter_count(const Parameter *parameter) {
    size_t count = 1;
    for (int axis = 0; axis < parameter->rank; axis++) count *= (size_t)parameter->shape[axis];
    return count;
}

// Where the element at `place` of a tensor of `elements` lies in memory, its rows having `columns`.
static int64_t in_panels(int64_t place, int64_t elements, int64_t columns, int64_t panel) {
    if (panel == 0) return place;
    int64_t row = place / columns, column = place % columns;
    return (column / panel * (elements / columns) + row) * panel + column % panel;
}

// Visits the elements in file order: one side of the copy is taken in turn, the other by the strides that the
// file's axes have in memory.
static void copy_permuted(const Parameter *parameter, const real *from, real *to, bool to_file) {
    int64_t extent[4] = {1, 1, 1, 1}, stride[4] = {0};
    int first = 4 - parameter->rank; // the file's axis 0, padded to four axes
    int64_t elements = 1;
    for (int axis = parameter->rank - 1; axis >= 0; axis--) {
        int file_axis = parameter->axes[axis];
        extent[first + file_axis] = parameter->shape[file_axis];
        stride[first + file_axis] = elements;
        elements *= parameter->shape[file_axis];
    }
    int64_t columns = parameter->rank > 0 ? parameter->shape[parameter->axes[parameter->rank - 1]] : 1;
    size_t next = 0;
    for (int64_t i = 0; i < extent[0]; i++) {
        for (int64_t j = 0; j < extent[1]; j++) {
            for (int64_t k = 0; k < extent[2]; k++) {
                for (int64_t l = 0; l < extent[3]; l++, next++) {
                    int64_t place = i * stride[0] + j * stride[1] + k * stride[2] + l * stride[3];
                    place = in_panels(place, elements, columns, parameter->panel);
                    if (to_file) {
                        to[next] = from[place];
                    } else {
                        to[place] = from[next];
                    }
                }
            }
        }
    }
}

void weights_to_file_layout(const Parameter *parameter, const real *memory, real *file) {
    copy_permuted(parameter, memory, file, true);
}

void weights_to_memory_layout(const Parameter *parameter, const real *file, real *memory) {
    copy_permuted(parameter, file, memory, false);
}

static bool is_wanted(const Parameter *parameter, bool optimizer) {
    return optimizer || parameter->kind != PARAMETER_OPTIMIZER;
}

void weights_save(const char *path, const Program *program, const char *arena, bool optimizer,
                  const WeightsExtras *extras) {
    static const WeightsExtras none = {0};
    if (extras == NULL) extras = &none;
    size_t elements = 0;
    for (int i = 0; i < program->parameter_count; i++)
        elements += weights_parameter_count(&program->parameters[i]);
    real *values = data_allocate(elements, sizeof *values), *next = values;
    int capacity = program->parameter_count + extras->counter_count, count = 0;
    SafetensorsTensor *tensors = data_allocate_zeroed((size_t)capacity, sizeof *tensors);
    for (int i = 0; i < program->parameter_count; i++) {
        const Parameter *parameter = &program->parameters[i];
        if (!is_wanted(parameter, optimizer)) continue;
        weights_to_file_layout(parameter, (const real *)(arena + parameter->offset), next);
        SafetensorsTensor *tensor = &tensors[count++];
        *tensor = (SafetensorsTensor){parameter->name, DATA_REAL, parameter->rank, {0}, next};
        memcpy(tensor->shape, parameter->shape, sizeof parameter->shape);
        next += weights_parameter_count(parameter);
    }
    int first_counter = count;
    for (int i = 0; i < extras->counter_count; i++) {
        const WeightsCounter *counter = &extras->counters[i];
        char *name = data_format("%s%s", optimizer_prefix, counter->name);
        tensors[count++] = (SafetensorsTensor){name, DATA_F64, 0, {0}, &counter->value};
    }
    safetensors_write(path, tensors, count, extras->metadata, extras->metadata_count);
    for (int i = first_counter; i < count; i++) free((char *)tensors[i].name);
    free(tensors);
    free(values);
}

// "; the closest is `conv.weight`" or nothing.
static char *suggestion(const char *name, const char *const *names, size_t count) {
    const char *closest = closest_name(name, names, count);
    return closest != NULL ? data_format("; the closest is `%s`", closest) : data_format("%s", "");
}

static _Noreturn void fail_missing(const Safetensors *file, const Program *program, const char *name) {
    const char **names = data_allocate((size_t)file->tensor_count, sizeof *names);
    for (int i = 0; i < file->tensor_count; i++) names[i] = file->tensors[i].name;
    char *help = suggestion(name, names, (size_t)file->tensor_count);
    free(names);
    fail("%s: tensor `%s` of model `%s` is missing%s", file->path, name, program->model, help);
}

static _Noreturn void fail_unknown(const Safetensors *file, const Program *program, const char *name) {
    const char **names = data_allocate((size_t)program->parameter_count, sizeof *names);
    for (int i = 0; i < program->parameter_count; i++) names[i] = program->parameters[i].name;
    char *help = suggestion(name, names, (size_t)program->parameter_count);
    free(names);
    fail("%s: model `%s` has no tensor `%.100s`%s", file->path, program->model, name, help);
}

// A file with none of the model's names is another network's: naming one missing tensor would mislead.
static void check_not_foreign(const Safetensors *file, const Program *program) {
    const char *first = NULL;
    for (int i = 0; i < program->parameter_count; i++) {
        if (program->parameters[i].kind == PARAMETER_OPTIMIZER) continue;
        if (first == NULL) first = program->parameters[i].name;
        if (safetensors_find(file, program->parameters[i].name) != NULL) return;
    }
    if (first == NULL) return;
    if (file->tensor_count == 0) fail("%s: has no tensors at all", file->path);
    fail("%s: belongs to another network: it has none of the tensors of model `%s` (such as `%s`) but others "
         "(such "
         "as `%.100s`)",
         file->path, program->model, first, file->tensors[0].name);
}

static void check_tensor(const Safetensors *file, const Program *program, const Parameter *parameter) {
    const SafetensorsTensor *tensor = safetensors_find(file, parameter->name);
    if (tensor == NULL) fail_missing(file, program, parameter->name);
    if (tensor->type != DATA_F32 && tensor->type != DATA_F64) {
        fail("%s: tensor `%s` is %s; model `%s` needs float32 or float64", file->path, parameter->name,
             data_type_name(tensor->type), program->model);
    }
    if (tensor->rank != parameter->rank ||
        memcmp(tensor->shape, parameter->shape, (size_t)parameter->rank * sizeof *parameter->shape) != 0) {
        char found[128], needed[128];
        fail("%s: tensor `%s` is %s; model `%s` needs %s", file->path, parameter->name,
             data_shape_text(tensor->rank, tensor->shape, found, sizeof found), program->model,
             data_shape_text(parameter->rank, parameter->shape, needed, sizeof needed));
    }
}

// Optimizer state is passed over unless it is wanted; counters, which are scalars, always are.
static bool may_be_unknown(const SafetensorsTensor *tensor, bool optimizer) {
    if (starts_with(tensor->name, optimizer_prefix)) return !optimizer || tensor->rank == 0;
    return ends_with(tensor->name, ".num_batches_tracked"); // of PyTorch's BatchNorm, which Keras's has not
}

static void check_unknown(const Safetensors *file, const Program *program, bool optimizer) {
    for (int i = 0; i < file->tensor_count; i++) {
        const SafetensorsTensor *tensor = &file->tensors[i];
        if (may_be_unknown(tensor, optimizer)) continue;
        int known = 0;
        while (known < program->parameter_count && strcmp(program->parameters[known].name, tensor->name) != 0)
            known++;
        if (known == program->parameter_count) fail_unknown(file, program, tensor->name);
    }
}

static void restore_tensor(const Safetensors *file, const Parameter *parameter, char *arena) {
    const SafetensorsTensor *tensor = safetensors_find(file, parameter->name);
    size_t count = weights_parameter_count(parameter);
    real *values = data_allocate(count, sizeof *values);
    data_to_real(tensor->type, tensor->data, count, values);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            fail("%s: tensor `%s` has a value that is not finite", file->path, parameter->name);
    }
    weights_to_memory_layout(parameter, values, (real *)(arena + parameter->offset));
    free(values);
}

void weights_restore(const Safetensors *file, const Program *program, char *arena, bool optimizer) {
    check_not_foreign(file, program);
    for (int i = 0; i < program->parameter_count; i++) {
        const Parameter *parameter = &program->parameters[i];
        if (is_wanted(parameter, optimizer)) check_tensor(file, program, parameter);
    }
    check_unknown(file, program, optimizer);
    for (int i = 0; i < program->parameter_count; i++) {
        const Parameter *parameter = &program->parameters[i];
        if (is_wanted(parameter, optimizer)) restore_tensor(file, parameter, arena);
    }
}

void weights_load(const char *path, const Program *program, char *arena, bool optimizer) {
    Safetensors file = safetensors_read(path);
    weights_restore(&file, program, arena, optimizer);
    safetensors_free(&file);
}

bool weights_counter(const Safetensors *file, const char *name, double *value) {
    char *full_name = data_format("%s%s", optimizer_prefix, name);
    const SafetensorsTensor *tensor = safetensors_find(file, full_name);
    free(full_name);
    if (tensor == NULL || data_shape_count(tensor->type, tensor->rank, tensor->shape) != 1) return false;
    *value = data_element(tensor->type, tensor->data, 0);
    return true;
}
