// A model's body, with its blocks, branches, repeats and conditions, to the module's function "model".
#ifndef RESOLVE_EXPAND_H
#define RESOLVE_EXPAND_H

#include "resolve/scope.h"

// Expands the model in the scope (its file, params and variant; bindings and facts are the expansion's own).
// data: the data set's sizes, or one with name NULL for a model that has its shape in its head. NULL after
// errors, which are reported with the expansions that led there. The last value of function "model" is the
// output.
Module *expand_model(const Scope *scope, const Declaration *model, const DataConfig *data, int64_t batch);

// What the head of a model without data says: `model net(input = 28x28x1, classes = 10)`. False after errors,
// or if the model has `on`.
bool model_input(const Scope *scope, const Declaration *model, Shape *input, int64_t *classes);

// Names and literal values of every block and model, also where nothing uses them.
void check_bodies(Study *study);

#endif
