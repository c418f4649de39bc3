// What the arena is measured against: the largest set of bytes alive at one time, for the schedule as it
// runs. In a chunk phase that is when one thread's chunk is where its live set is largest, while every other
// chunk holds what the phase began with, or what it leaves. Padding does not count, nor which part of the
// arena bytes lie in.
#include "plan/driver.h"

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

// Stages and groups are numbered through all phases; a phase begins with these.
typedef struct PhaseStart {
    int phase, stage, time;
} PhaseStart;

// The most that a thread's chunk and scratch hold while it goes through a chunk phase.
static int64_t most_of_piece(const FunctionPlan *function, const Phase *phase, PhaseStart at) {
    int64_t most = 0;
    for (int s = 0; s < phase->stages.count; s++, at.stage++)
        for (int g = 0; g < phase->stages.items[s]->groups.count; g++, at.time++)
            most = larger(most, function->live.chunk[at.stage] + function->live.scratch[at.time] +
                                    function->own_scratch_bytes[at.time]);
    return most;
}

static int64_t chunk_phase_bytes(const Plan *plan, const FunctionPlan *function, const Phase *phase,
                                 PhaseStart at, int threads) {
    int64_t running = smaller(threads, plan->chunks);
    int64_t waiting = larger(function->live.across[at.phase], function->live.across[at.phase + 1]);
    int64_t piece = larger(most_of_piece(function, phase, at), waiting);
    return running * piece + (plan->chunks - running) * waiting;
}

// A group that is not split into pieces runs on one thread.
static int64_t whole_phase_bytes(const Plan *plan, const FunctionPlan *function, const Phase *phase,
                                 PhaseStart at, int threads) {
    int64_t scratch = 0;
    for (int s = 0; s < phase->stages.count; s++) {
        const Stage *stage = phase->stages.items[s];
        int64_t pieces = group_pieces(stage->groups.items[0]);
        for (int g = 0; g < stage->groups.count; g++, at.time++)
            scratch = larger(scratch, smaller(threads, pieces) * function->own_scratch_bytes[at.time]);
    }
    return plan->chunks * function->live.across[at.phase] + scratch;
}

int64_t function_lower_bound(const Plan *plan, const FunctionPlan *function, int threads) {
    const Schedule *schedule = function->schedule;
    int64_t most = plan->tensor_bytes;
    PhaseStart at = {0};
    for (int p = 0; p < schedule->phases.count; p++) {
        const Phase *phase = schedule->phases.items[p];
        int64_t bytes = phase->per_chunk ? chunk_phase_bytes(plan, function, phase, at, threads)
                                         : whole_phase_bytes(plan, function, phase, at, threads);
        most = larger(most, function->live.fixed[p] + bytes);
        at.phase++;
        at.stage += phase->stages.count;
        for (int s = 0; s < phase->stages.count; s++) at.time += phase->stages.items[s]->groups.count;
    }
    return most;
}

static const FunctionPlan *measured(const Plan *plan) {
    const FunctionPlan *train = plan_function(plan, "train");
    return train ? train : plan_function(plan, "evaluate");
}

int64_t plan_lower_bound(const Plan *plan, int threads) {
    return function_lower_bound(plan, measured(plan), threads);
}

int64_t plan_unplanned(const Plan *plan) {
    return plan->tensors_end + measured(plan)->unplanned;
}
