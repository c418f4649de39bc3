#ifndef IR_VERIFY_H
#define IR_VERIFY_H

#include "ir/ir.h"

// Ends with a fault if the module is not well formed: inputs come before their uses, shapes are what the ops'
// rules give, effects have no result. Run after every pass.
void ir_verify(const Module *module);

#endif
