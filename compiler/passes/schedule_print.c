// The schedule as people read it: its phases and stages, what a stage moves and computes, and why each phase
// could not be part of the one before.
#include "base/text.h"
#include "passes/schedule.h"

typedef struct Printer {
    const Schedule *schedule;
    const Users *users;
    const Phase **phase; // by time: the group's
    double chunks;       // of a batch, each with sums of its own
    Text *text;
} Printer;

static const Phase *phase_of(const Printer *printer, const Group *group) {
    return group ? printer->phase[group->time] : NULL;
}

// Bytes of a stage's tensors, of each once, and its multiply-adds: for an image and for the stage.
typedef struct Traffic {
    double image_bytes, shared_bytes, image_macs, shared_macs;
    bool *seen; // by value id
} Traffic;

static void add_bytes(Traffic *traffic, Value *value) {
    const Value *root = value_root(value);
    if (traffic->seen[root->id]) return;
    traffic->seen[root->id] = true;
    *(root->shape.batched ? &traffic->image_bytes : &traffic->shared_bytes) += (double)value_bytes(root);
}

// Whether the group leaves the value for others to read.
static bool leaves(const Printer *printer, const Group *group, const Value *value) {
    bool accumulated = (value->op->flags & OP_REDUCES_BATCH) && !group->combines;
    if ((value->op->flags & OP_OUTPUT) || accumulated) return true;
    const Users *users = &printer->users[value->id];
    for (int i = 0; i < users->count; i++)
        if (printer->schedule->group[users->items[i]->id] != group) return true;
    return false;
}

static void add_group(const Printer *printer, const Group *group, Traffic *traffic) {
    for (int i = 0; i < group->members.count; i++) {
        Value *value = group->members.items[i];
        bool combined = group->combines && i == 0 && !group->blocks;
        if (combined) traffic->shared_bytes += (double)value_bytes(value) * printer->chunks;
        if (leaves(printer, group, value)) add_bytes(traffic, value);
        for (int k = 0; k < value->input_count && !combined; k++)
            if (printer->schedule->group[value_root(value->inputs[k])->id] != group)
                add_bytes(traffic, value->inputs[k]);
        if (!value->op->cost || combined) continue;
        bool by_image = value->shape.batched || (value->op->flags & OP_REDUCES_BATCH);
        *(by_image ? &traffic->image_macs : &traffic->shared_macs) += value->op->cost(value).macs;
    }
}

// The amount with three digits and a unit in which it is short; nothing where it is 0.
static void print_amount(Text *text, double amount, const char *unit) {
    static const char *const prefixes[] = {"", "k", "M", "G"};
    if (amount <= 0) return;
    int prefix = 0;
    for (; amount >= 999.5 && prefix < 3; prefix++) amount /= 1000;
    const char *separator = text_string(text)[text->length - 1] == ':' ? "" : ",";
    const char *space = prefix > 0 || unit[0] == 'B' ? " " : "";
    text_printf(text, "%s %.3g%s%s%s", separator, amount, space, prefixes[prefix], unit);
}

// Where a stage's tensors stay from one reader to the next, on most processors: of a core's caches the first
// has 32 KB or more, the second 512 KB.
static const char *cache_of(double bytes) {
    if (bytes <= 32768) return ", first-level cache";
    return bytes <= 524288 ? ", second-level cache" : ", beyond the second-level cache";
}

static void print_traffic(const Printer *printer, const Stage *stage) {
    const Module *module = printer->schedule->function->module;
    Traffic traffic = {.seen = NEW_ARRAY(module->arena, bool, printer->schedule->function->values.count)};
    for (int g = 0; g < stage->groups.count; g++) add_group(printer, stage->groups.items[g], &traffic);
    // All images of a chunk go through a stage over rows at once, of the batch through blocks of weights.
    double images = stage->kind == STAGE_ROWS ? (double)chunk_images(module) : 1;
    if (stage->kind == STAGE_WHOLE) images = (double)module->batch;
    text_add(printer->text, ":");
    print_amount(printer->text, traffic.image_bytes, "B an image");
    print_amount(printer->text, traffic.shared_bytes, stage->kind == STAGE_WHOLE ? "B" : "B shared");
    print_amount(printer->text, traffic.image_macs, " multiply-adds an image");
    print_amount(printer->text, traffic.shared_macs, " multiply-adds");
    text_add(printer->text, cache_of(traffic.image_bytes * images + traffic.shared_bytes));
    text_add(printer->text, "\n");
}

static void print_group(const Group *group, const char *indent, Text *text) {
    text_add(text, indent);
    if (group->combines) text_add(text, "combine ");
    for (int i = 0; i < group->members.count; i++) {
        const Value *value = group->members.items[i];
        text_printf(text, "%s%%%d %s", i ? " + " : "", value->id, value->op->name);
    }
    const char *path = group->members.items[0]->path;
    if (path[0]) text_printf(text, "  # %s", path);
    text_add(text, "\n");
}

// What computes a value that is ready for all of the batch.
static const Group *maker(const Schedule *schedule, const Value *value) {
    const Group *combining = schedule->combining[value->id];
    return combining ? combining : schedule->group[value->id];
}

// Prints why the group waits for the phase `before`; false if it does not.
static bool print_wait(const Printer *printer, const Group *group, const Phase *before) {
    const Schedule *schedule = printer->schedule;
    const Value *first = group->members.items[0];
    if (group->combines && !group->blocks && phase_of(printer, schedule->group[first->id]) == before) {
        text_printf(printer->text, ", after the sums of %%%d %s over the batch", first->id, first->op->name);
        return true;
    }
    for (int i = 0; i < group->members.count; i++) {
        const Value *value = group->members.items[i];
        for (int k = 0; k < value->input_count; k++) {
            const Value *input = value_root(value->inputs[k]);
            if (phase_of(printer, maker(schedule, input)) != before) continue;
            text_printf(printer->text, ", after %%%d %s, which %%%d %s reads", input->id, input->op->name,
                        value->id, value->op->name);
            return true;
        }
    }
    return false;
}

// Effects wait for no value, but for the readers of what they change. Nothing, where the phase before made
// what only later ones read.
static void print_cut(const Printer *printer, const Phase *phase, const Phase *before) {
    const Value *effect = NULL;
    for (int s = 0; s < phase->stages.count; s++)
        for (int g = 0; g < phase->stages.items[s]->groups.count; g++) {
            const Group *group = phase->stages.items[s]->groups.items[g];
            if (print_wait(printer, group, before)) return;
            for (int i = 0; i < group->members.count; i++)
                if (group->members.items[i]->op->flags & OP_EFFECT) effect = group->members.items[i];
        }
    if (effect)
        text_printf(printer->text, ", after the readers of what %%%d %s changes", effect->id,
                    effect->op->name);
}

static void print_phase(const Printer *printer, const Phase *phase) {
    static const char *const kinds[] = {"image by image", "all rows", "one thread"};
    for (int s = 0; s < phase->stages.count; s++) {
        const Stage *stage = phase->stages.items[s];
        bool shared = stage->kind == STAGE_WHOLE && group_pieces(stage->groups.items[0]) > 1;
        text_printf(printer->text, "    %s", shared ? "any threads" : kinds[stage->kind]);
        print_traffic(printer, stage);
        for (int g = 0; g < stage->groups.count; g++)
            print_group(stage->groups.items[g], "      ", printer->text);
    }
}

static const Phase **phases_by_time(const Schedule *schedule) {
    const Phase **phases =
        (const Phase **)NEW_ARRAY(schedule->function->module->arena, Phase *, schedule->groups.count);
    for (int p = 0; p < schedule->phases.count; p++) {
        const Phase *phase = schedule->phases.items[p];
        for (int s = 0; s < phase->stages.count; s++)
            for (int g = 0; g < phase->stages.items[s]->groups.count; g++)
                phases[phase->stages.items[s]->groups.items[g]->time] = phase;
    }
    return phases;
}

void schedule_print(const Schedule *schedule, Text *text) {
    const Module *module = schedule->function->module;
    int64_t images = chunk_images(module);
    Printer printer = {.schedule = schedule,
                       .users = function_users(schedule->function),
                       .phase = phases_by_time(schedule),
                       .chunks = (double)((module->batch + images - 1) / images),
                       .text = text};
    text_printf(text, "%s: %lld images a chunk, %lld in a batch\n", schedule->function->name,
                (long long)images, (long long)module->batch);
    for (int p = 0; p < schedule->phases.count; p++) {
        const Phase *phase = schedule->phases.items[p];
        text_printf(text, "  phase %d, %s", p, phase->per_chunk ? "every chunk" : "once");
        if (p > 0) print_cut(&printer, phase, schedule->phases.items[p - 1]);
        text_add(text, "\n");
        print_phase(&printer, phase);
    }
}
