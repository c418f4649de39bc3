// What a function costs for each image, to compare alternatives of it before anything is ordered or placed.
#include "passes/schedule.h"

// Multiply-adds in the time that one byte takes from or to the memory that segments leave their values in: a
// core of today does about 20e9 a second outside of large contractions, and moves as many bytes from and to
// the third-level cache.
enum { MACS_A_BYTE = 1 };

int64_t value_bytes(const Value *value) {
    return shape_elements(&value->shape) * (value->type == TYPE_BYTE ? 1 : (int64_t)sizeof(float));
}

// Multiply-adds of a contraction; else one for each number that is read or made, whichever are more.
static double work_of(const Value *value) {
    if (value->op->cost) return value->op->cost(value).macs;
    double most = (double)shape_elements(&value->shape);
    for (int k = 0; k < value->input_count; k++) {
        const Shape *shape = &value->inputs[k]->shape;
        double elements = (double)shape_elements(shape);
        if (shape->batched && elements > most) most = elements;
    }
    return most;
}

// In how many segments after its own the value is read.
static int later_segments(const Schedule *schedule, const Users *users, const Value *value, bool *read) {
    int own = schedule->segment[value->id], count = 0;
    for (int i = 0; i < users->count; i++) {
        int segment = schedule->segment[users->items[i]->id];
        if (segment <= own || read[segment]) continue;
        read[segment] = true;
        count++;
    }
    for (int i = 0; i < users->count; i++) read[schedule->segment[users->items[i]->id]] = false;
    return count;
}

double schedule_cost(const Schedule *schedule) {
    const Function *function = schedule->function;
    const Users *users = function_users(function);
    int last = 0;
    for (int i = 0; i < function->values.count; i++)
        if (schedule->segment[i] > last) last = schedule->segment[i];
    bool *read = NEW_ARRAY(function->module->arena, bool, last + 1);
    double cost = 0;
    for (int i = 0; i < function->values.count; i++) {
        const Value *value = function->values.items[i];
        bool by_image = value->shape.batched || (value->op->flags & OP_REDUCES_BATCH);
        if (value->op->flags & OP_VIEW) continue;
        if (!(value->op->flags & (OP_SOURCE | OP_OUTPUT)))
            cost += work_of(value) / (by_image ? 1 : (double)function->module->batch);
        if (!value->shape.batched) continue;
        int later = later_segments(schedule, &users[i], value, read);
        if (later > 0) cost += MACS_A_BYTE * (double)value_bytes(value) * (1 + later);
    }
    return cost;
}
