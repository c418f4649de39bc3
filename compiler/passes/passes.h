// The passes over functions of a module, in the order of compiler/pipeline.c. Each takes and leaves a module
// that ir_verify accepts.
#ifndef PASSES_PASSES_H
#define PASSES_PASSES_H

#include "ir/op.h"

// Derives the functions "load", "adapt" (if a layer has one), "evaluate", "gradients" and "train" from
// "model", whose value `output` are the logits. `loss` is a value of the loss's op that holds its attributes,
// in no function; without it there is only "evaluate".
void pass_derive(Module *module, const Value *output, const Value *loss);
// Takes the alternatives of "gradients" and "train" that make them cheaper (rewrite.h).
void pass_rewrite(Module *module);
// Pools that choose a number go before biases and activations that never fall.
void pass_reorder(Module *module);
// The same for one function.
void reorder_function(Function *function);
// Convolutions whose window is the whole image become dense layers.
void pass_dense(Module *module);
// Convolutions that a nest can compute read padded copies of their few channels.
void pass_pad(Module *module);
// Appends the backward pass to "gradients" and "train": gradients of the mean loss and the penalty, by every
// trained tensor, each an "output" with place "gradient".
void pass_grad(Module *module);
// The same for one function.
void grad_function(Function *function);
// By value id, of a numbered function: whether it depends on a trained tensor.
bool *values_wanted(const Function *function);
// Appends the update of every trained tensor to "train", in place of the gradients' outputs. `optimizer` is a
// value of the optimizer's op that holds its attributes, in no function.
void pass_update(Module *module, const Value *optimizer);
// Dense layers whose weights outweigh what they read and make become layers in panels of outputs.
void pass_panels(Module *module);
// One value for equal values; what nothing needs goes.
void pass_simplify(Module *module);
void simplify_function(Function *function);

#endif
