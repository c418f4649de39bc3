#include "initialize.h"
#include "data_file.h"
#include "random.h"
#include "weights.h"
#include <math.h>
#include <stdlib.h>

// Keras's variance scaling: the variance is scale / fan, fan being fan_in, fan_out or their mean.
static double variance(const Parameter *parameter) {
    double in = (double)parameter->fan_in, out = (double)parameter->fan_out;
    switch (parameter->init) {
    case INIT_GLOROT_UNIFORM:
    case INIT_GLOROT_NORMAL: return 1 / fmax(1, (in + out) / 2);
    case INIT_HE_UNIFORM:
    case INIT_HE_NORMAL: return 2 / fmax(1, in);
    default: return 1 / fmax(1, in); // LeCun
    }
}

static void fill_constant(real *values, size_t count, double value) {
    for (size_t i = 0; i < count; i++) values[i] = (real)value;
}

static void fill_uniform(real *values, size_t count, double limit, RandomStream *stream) {
    for (size_t i = 0; i < count; i++) values[i] = (real)(limit * (2 * random_uniform(stream) - 1));
}

static void fill_truncated_normal(real *values, size_t count, double deviation, RandomStream *stream) {
    for (size_t i = 0; i < count; i++) values[i] = (real)(deviation * random_truncated_normal(stream));
}

static void fill(const Parameter *parameter, real *values, size_t count, uint64_t seed) {
    // The deviation of a standard normal cut off at two deviations: Keras divides by it, so that the numbers
    // drawn have the variance that is asked for.
    const double truncated_deviation = 0.87962566103423978;
    RandomStream stream = random_stream(seed, RANDOM_INITIALIZATION, random_name_id(parameter->name));
    switch (parameter->init) {
    case INIT_ZEROS: fill_constant(values, count, 0); break;
    case INIT_ONES: fill_constant(values, count, 1); break;
    case INIT_CONSTANT: fill_constant(values, count, parameter->init_value); break;
    case INIT_GLOROT_UNIFORM:
    case INIT_HE_UNIFORM:
    case INIT_LECUN_UNIFORM: fill_uniform(values, count, sqrt(3 * variance(parameter)), &stream); break;
    case INIT_GLOROT_NORMAL:
    case INIT_HE_NORMAL:
    case INIT_LECUN_NORMAL:
        fill_truncated_normal(values, count, sqrt(variance(parameter)) / truncated_deviation, &stream);
        break;
    case INIT_UNIFORM: fill_uniform(values, count, parameter->init_value, &stream); break;
    case INIT_NORMAL:
        for (size_t i = 0; i < count; i++) values[i] = (real)(parameter->init_value * random_normal(&stream));
        break;
    case INIT_TRUNCATED_NORMAL: fill_truncated_normal(values, count, parameter->init_value, &stream); break;
    }
}

void initialize_parameters(const Program *program, char *arena, uint64_t seed) {
    for (int i = 0; i < program->parameter_count; i++) {
        const Parameter *parameter = &program->parameters[i];
        size_t count = weights_parameter_count(parameter);
        real *values = data_allocate(count, sizeof *values); // in file order
        fill(parameter, values, count, seed);
        weights_to_memory_layout(parameter, values, (real *)(arena + parameter->offset));
        free(values);
    }
}
