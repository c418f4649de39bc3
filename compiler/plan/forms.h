// The form in which a kernel reads its weights.
#ifndef PLAN_FORMS_H
#define PLAN_FORMS_H

#include "ir/ir.h"
#include "plan/kernels.h"

// Chooses the kernels of contractions over weights (value->kernel), and puts packed weights before those that
// read them so. All functions but "model".
void pass_forms(Module *module, const KernelPolicy *policy);

#endif
