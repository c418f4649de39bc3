#include "ops/transpose.h"

void lower_transposition(Lowering *lowering, const Value *value, Transposition t) {
    LoopBuilder *build = &lowering->build;
    Kernel *kernel = lowering_kernel(lowering, value, "transpose");
    kernel_constant(lowering, kernel, "WINDOW_HEIGHT", 1);
    kernel_constant(lowering, kernel, "WINDOW_WIDTH", t.matrices);
    kernel_constant(lowering, kernel, "CHANNELS", t.columns);
    kernel_constant(lowering, kernel, "FILTERS", t.rows);
    LoopStatement *call = loop_call(build, kernel);
    loop_operand(build, call, lowering_output(lowering, value), NULL);
    loop_operand(build, call, lowering_buffer(lowering, value->inputs[0]), NULL);
    loop_operand_index(build, call, loop_integer(build, t.last_first));
}
