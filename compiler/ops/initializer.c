// How kernels begin. The runtime draws the numbers (runtime/initialize.c), so these rows have attributes
// alone.
#include "ops/rules.h"

static const Attribute constant_attributes[] = {
    {"value", TYPE_NUMBER, "0", -1e30, 1e30, NULL, 0, "every number"}};
static const Attribute uniform_attributes[] = {
    {"limit", TYPE_NUMBER, "0.05", 0, 1e30, NULL, 0, "between -limit and limit; Keras's default is 0.05"}};
static const Attribute normal_attributes[] = {
    {"deviation", TYPE_NUMBER, "0.05", 0, 1e30, NULL, 0, "the standard deviation; Keras's default is 0.05"}};

const Op op_initializer_zeros = {.name = "zeros", .summary = "0", .flags = OP_INITIALIZER};

const Op op_initializer_ones = {.name = "ones", .summary = "1", .flags = OP_INITIALIZER};

const Op op_initializer_constant = {.name = "constant",
                                    .summary = "one number everywhere",
                                    .flags = OP_INITIALIZER,
                                    ATTRIBUTES(constant_attributes)};

// Glorot, Bengio, 2010: variance 2 / (fan_in + fan_out).
const Op op_initializer_glorot_uniform = {.name = "glorot_uniform",
                                          .summary = "within sqrt(6 / (fan_in + fan_out)); the default",
                                          .flags = OP_INITIALIZER};

const Op op_initializer_glorot_normal = {.name = "glorot_normal",
                                         .summary = "truncated normal, variance 2 / (fan_in + fan_out)",
                                         .flags = OP_INITIALIZER};

// He, Zhang, Ren, Sun, 2015: variance 2 / fan_in.
const Op op_initializer_he_uniform = {
    .name = "he_uniform", .summary = "within sqrt(6 / fan_in)", .flags = OP_INITIALIZER};

const Op op_initializer_he_normal = {
    .name = "he_normal", .summary = "truncated normal, variance 2 / fan_in", .flags = OP_INITIALIZER};

// LeCun, Bottou, Orr, Muller, 1998: variance 1 / fan_in.
const Op op_initializer_lecun_uniform = {
    .name = "lecun_uniform", .summary = "within sqrt(3 / fan_in)", .flags = OP_INITIALIZER};

const Op op_initializer_lecun_normal = {
    .name = "lecun_normal", .summary = "truncated normal, variance 1 / fan_in", .flags = OP_INITIALIZER};

const Op op_initializer_uniform = {
    .name = "uniform", .summary = "evenly around 0", .flags = OP_INITIALIZER, ATTRIBUTES(uniform_attributes)};

const Op op_initializer_normal = {
    .name = "normal", .summary = "normal around 0", .flags = OP_INITIALIZER, ATTRIBUTES(normal_attributes)};

const Op op_initializer_truncated_normal = {.name = "truncated_normal",
                                            .summary = "normal around 0, within two deviations",
                                            .flags = OP_INITIALIZER,
                                            ATTRIBUTES(normal_attributes)};
