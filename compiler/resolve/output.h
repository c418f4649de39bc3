// What a model's end means to the loss: logits, or the probabilities of a softmax.
#ifndef RESOLVE_OUTPUT_H
#define RESOLVE_OUTPUT_H

#include "resolve/scope.h"

// Sets the configuration's output, owns_softmax and output_is_probability, and the loss's from_logits; says
// where the model's end and the loss don't go well together. False after errors.
bool settle_output(const Scope *scope, Configuration *configuration);

#endif
