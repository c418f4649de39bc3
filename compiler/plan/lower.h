// From scheduled, planned groups to loop nests: one LoopFunction a phase.
#ifndef PLAN_LOWER_H
#define PLAN_LOWER_H

#include "loop/loop.h"
#include "plan/kernels.h"
#include "plan/plan.h"

typedef List(LoopFunction *) LoopFunctions;

// Lowers all phases of one function, named FUNCTION_0, FUNCTION_1, ... Notes in the function plan how much
// scratch groups take for themselves.
// policy: how kernels' variants are chosen; NULL: the first that fits.
LoopFunctions lower_function(Plan *plan, FunctionPlan *function, const KernelPolicy *policy);

// Sets what each of a function's phases releases (release.c).
void release_read(const Plan *plan, const FunctionPlan *function, const LoopFunctions *phases);

#endif
