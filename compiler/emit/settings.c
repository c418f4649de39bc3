#include "emit/settings.h"
#include "ir/attribute.h"

#include <string.h>

typedef struct Row {
    const char *path, *value;
    int slot;
    bool number, whole, off_in_step;
    double minimum, maximum;
} Row;

static void emit_row(const Row *row, Text *text) {
    text_add(text, "    {.path = ");
    emit_string(row->path, text);
    text_add(text, ", .value = ");
    emit_string(row->value, text);
    text_printf(text, ", .slot = %d", row->slot);
    if (row->number) {
        text_printf(text, ", .number = true, .minimum = %.17g, .maximum = %.17g", row->minimum, row->maximum);
        if (row->whole) text_add(text, ", .whole = true");
    }
    if (row->off_in_step) text_add(text, ", .off_in_step = true");
    text_add(text, "},\n");
}

static const char *number_text(Arena *arena, double number) {
    Text text = {0};
    text_add_number(&text, number);
    const char *copy = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

static int emit_slots(const Module *module, Text *text) {
    for (int i = 0; i < module->slots.count; i++) {
        const Slot *slot = &module->slots.items[i];
        Row row = {.path = slot->path,
                   .value = number_text(module->arena, slot->value),
                   .slot = i,
                   .number = true,
                   .minimum = slot->minimum,
                   .maximum = slot->maximum,
                   .off_in_step = slot->off_in_step};
        emit_row(&row, text);
    }
    return module->slots.count;
}

static int emit_number(Arena *arena, const char *path, double value, double minimum, double maximum,
                       bool whole, Text *text) {
    Row row = {.path = path,
               .value = number_text(arena, value),
               .slot = -1,
               .number = true,
               .whole = whole,
               .minimum = minimum,
               .maximum = maximum};
    emit_row(&row, text);
    return 1;
}

static int emit_word(const char *path, const char *value, Text *text) {
    emit_row(&(Row){.path = path, .value = value, .slot = -1}, text);
    return 1;
}

static int emit_early_stop(Arena *arena, const EarlyStop *stop, Text *text) {
    if (!stop->present) return 0;
    int rows = emit_word("early_stop.monitor", stop->monitor, text);
    rows += emit_number(arena, "early_stop.patience", (double)stop->patience, 0, 1e9, true, text);
    rows += emit_number(arena, "early_stop.min_delta", stop->min_delta, 0, 1e30, false, text);
    return rows + emit_word("early_stop.restore", stop->restore_best ? "best" : "none", text);
}

static int emit_data(Arena *arena, const DataConfig *data, Text *text) {
    if (!data->kind) return 0;
    const char *validation = data->validation == VALIDATION_TEST   ? "test"
                             : data->validation == VALIDATION_NONE ? "none"
                                                                   : number_text(arena, data->fraction);
    return emit_word("dataset.val", validation, text) +
           emit_word("dataset.seed", arena_printf(arena, "%lld", (long long)data->seed), text);
}

static int emit_schedule(Arena *arena, const Bound *schedule, Text *text) {
    int rows = 0;
    if (!schedule->op) return 0;
    for (int i = 0; i < schedule->op->attribute_count; i++) {
        const Attribute *row = &schedule->op->attributes[i];
        const Attr *attr = &schedule->attrs[i];
        const char *path = arena_printf(arena, "schedule.%s", row->name);
        if (attr->kind == ATTR_WORD)
            rows += emit_word(path, attr->word, text);
        else if (attr->kind == ATTR_INTEGER)
            rows += emit_number(arena, path, (double)attr->integer, row->minimum, row->maximum, true, text);
        else if (attr->kind == ATTR_NUMBER)
            rows += emit_number(arena, path, attr->number, row->minimum, row->maximum, false, text);
    }
    return rows;
}

int emit_settings(const Configuration *configuration, Text *text) {
    const Module *module = configuration->module;
    const TrainConfig *train = &configuration->train;
    text_add(text, "static const Setting settings[] = {\n");
    int rows = emit_slots(module, text);
    rows += emit_word("seed", "1", text);
    if (train->loss.op) {
        rows += emit_number(module->arena, "train.epochs", (double)train->epochs, 1, 1e9, true, text);
        rows += emit_early_stop(module->arena, &train->early_stop, text);
        rows += emit_schedule(module->arena, &train->schedule, text);
    }
    rows += emit_data(module->arena, &configuration->data, text);
    text_add(text, "};\n\n");
    return rows;
}

void kernels_json(const LoopBody *body, const char *function, Text *text) {
    for (int i = 0; i < body->count; i++) {
        const LoopStatement *statement = body->items[i];
        kernels_json(&statement->body, function, text);
        if (statement->kind != LOOP_CALL) continue;
        text_printf(text, "%s\"%s.%s.%s\": \"%s\"", text->length > 1 ? ", " : "", function,
                    statement->kernel->comment, statement->kernel->family, statement->kernel->variant);
    }
}
