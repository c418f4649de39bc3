// How the learning rate changes while training. The runtime does it (runtime/schedule.c), so these rows have
// attributes alone.
#include "ops/rules.h"

static const Attribute step_attributes[] = {
    {"every", TYPE_WHOLE, NULL, 1, 1e9, NULL, ATTRIBUTE_RUNTIME, "epochs from one change to the next"},
    {"factor", TYPE_NUMBER, "0.1", 0, 1e6, NULL, ATTRIBUTE_RUNTIME, "what the rate is multiplied by"}};
static const Attribute cosine_attributes[] = {
    {"warmup", TYPE_NUMBER, "0", 0, 1e9, NULL, ATTRIBUTE_RUNTIME, "epochs in which the rate rises to lr"},
    {"final", TYPE_NUMBER, "0", 0, 1e6, NULL, ATTRIBUTE_RUNTIME, "the rate at the end"}};
static const Attribute onecycle_attributes[] = {
    {"max", TYPE_NUMBER, NULL, 0, 1e6, NULL, ATTRIBUTE_RUNTIME, "the largest rate"},
    {"warmup", TYPE_RATE, "0.3", 0, 1, NULL, ATTRIBUTE_RUNTIME,
     "the part of training in which the rate rises"}};
static const Attribute on_plateau_attributes[] = {
    {"factor", TYPE_NUMBER, "0.1", 0, 1, NULL, ATTRIBUTE_RUNTIME,
     "what the rate is multiplied by; Keras's default is 0.1"},
    {"patience", TYPE_WHOLE, "10", 0, 1e9, NULL, ATTRIBUTE_RUNTIME,
     "epochs without improvement before that; Keras's default is 10"},
    {"minimum", TYPE_NUMBER, "0", 0, 1e6, NULL, ATTRIBUTE_RUNTIME, "the smallest rate; Keras's default is 0"},
    {"min_delta", TYPE_NUMBER, "1e-4", 0, 1e6, NULL, ATTRIBUTE_RUNTIME,
     "smaller improvements do not count; Keras's default is 1e-4"}};

const Op op_schedule_constant = {.name = "constant", .summary = "always lr", .flags = OP_SCHEDULE};

const Op op_schedule_step = {.name = "step",
                             .summary = "times a factor every so many epochs",
                             .flags = OP_SCHEDULE,
                             ATTRIBUTES(step_attributes)};

const Op op_schedule_cosine = {.name = "cosine",
                               .summary = "from lr down along half a cosine",
                               .flags = OP_SCHEDULE,
                               ATTRIBUTES(cosine_attributes)};

const Op op_schedule_onecycle = {.name = "onecycle",
                                 .summary = "up to a maximum and down again, along cosines",
                                 .flags = OP_SCHEDULE,
                                 ATTRIBUTES(onecycle_attributes)};

const Op op_schedule_on_plateau = {.name = "on_plateau",
                                   .summary = "times a factor when the validation loss stops falling",
                                   .flags = OP_SCHEDULE,
                                   ATTRIBUTES(on_plateau_attributes)};
