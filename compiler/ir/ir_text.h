// The IR's text form. What ir_write writes, ir_read reads back to an equal module; --dump prints it, tests of
// single passes are written in it, and the signature of a program is a hash of it.
//
//   module "net" batch 32 classes 10
//   slot 0 "optimizer.lr" 0.001
//   tensor 0 "conv.weight" weight 64x1x3x3 axes 2,3,1,0 init glorot_uniform 0 fan 9,576
//   function train
//     %0 = input() {shape = 28x28x1} : real[n,28,28,1] "path"
#ifndef IR_IR_TEXT_H
#define IR_IR_TEXT_H

#include "base/text.h"
#include "ir/ir.h"

void ir_write(const Module *module, Text *text);
// What passes noted of the functions, as comments.
void ir_write_notes(const Module *module, Text *text);
void ir_write_function(const Function *function, Text *text);
// NULL after an error, which *error describes with its line.
Module *ir_read(Arena *arena, const char *text, const char **error);
// Every run-time number blanked: programs of modules with equal signatures differ only in their settings.
uint64_t ir_signature(const Module *module);

#endif
