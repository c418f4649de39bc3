#include "emit/settings.h"
#include "ir/attribute.h"

#include <string.h>

static const char *number_text(Arena *arena, double number) {
    Text text = {0};
    text_add_number(&text, number);
    const char *copy = arena_copy(arena, text_string(&text), text.length);
    text_free(&text);
    return copy;
}

typedef struct Table {
    Arena *arena;
    SettingRows rows;
} Table;

static void add_number(Table *table, const char *path, double value, double minimum, double maximum,
                       bool whole) {
    SettingRow row = {.path = path,
                      .value = number_text(table->arena, value),
                      .slot = -1,
                      .number = true,
                      .whole = whole,
                      .minimum = minimum,
                      .maximum = maximum};
    list_add(table->arena, &table->rows, row);
}

static void add_word(Table *table, const char *path, const char *value) {
    list_add(table->arena, &table->rows, ((SettingRow){.path = path, .value = value, .slot = -1}));
}

static void add_slots(Table *table, const Module *module) {
    for (int i = 0; i < module->slots.count; i++) {
        const Slot *slot = &module->slots.items[i];
        SettingRow row = {.path = slot->path,
                          .value = number_text(table->arena, slot->value),
                          .slot = i,
                          .number = true,
                          .minimum = slot->minimum,
                          .maximum = slot->maximum,
                          .off_in_step = slot->off_in_step};
        list_add(table->arena, &table->rows, row);
    }
}

static void add_early_stop(Table *table, const EarlyStop *stop) {
    if (!stop->present) return;
    add_word(table, "early_stop.monitor", stop->monitor);
    add_number(table, "early_stop.patience", (double)stop->patience, 0, 1e9, true);
    add_number(table, "early_stop.min_delta", stop->min_delta, 0, 1e30, false);
    add_word(table, "early_stop.restore", stop->restore_best ? "best" : "none");
}

static void add_data(Table *table, const DataConfig *data) {
    if (!data->kind) return;
    const char *validation = data->validation == VALIDATION_TEST ? "test"
                             : data->validation == VALIDATION_NONE
                                 ? "none"
                                 : number_text(table->arena, data->fraction);
    add_word(table, "dataset.val", validation);
    add_word(table, "dataset.seed", arena_printf(table->arena, "%lld", (long long)data->seed));
}

static void add_schedule(Table *table, const Bound *schedule) {
    for (int i = 0; schedule->op && i < schedule->op->attribute_count; i++) {
        const Attribute *row = &schedule->op->attributes[i];
        const Attr *attr = &schedule->attrs[i];
        const char *path = arena_printf(table->arena, "schedule.%s", row->name);
        if (attr->kind == ATTR_WORD) add_word(table, path, attr->word);
        if (attr->kind == ATTR_INTEGER)
            add_number(table, path, (double)attr->integer, row->minimum, row->maximum, true);
        if (attr->kind == ATTR_NUMBER)
            add_number(table, path, attr->number, row->minimum, row->maximum, false);
    }
}

SettingRows setting_rows(const Configuration *configuration) {
    const TrainConfig *train = &configuration->train;
    Table table = {.arena = configuration->module->arena};
    add_slots(&table, configuration->module);
    add_word(&table, "seed", "1");
    if (train->loss.op) {
        add_number(&table, "train.epochs", (double)train->epochs, 1, 1e9, true);
        add_early_stop(&table, &train->early_stop);
        add_schedule(&table, &train->schedule);
    }
    add_data(&table, &configuration->data);
    return table.rows;
}

static void emit_row(const SettingRow *row, Text *text) {
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

int emit_settings(const Configuration *configuration, Text *text) {
    SettingRows rows = setting_rows(configuration);
    text_add(text, "static const Setting settings[] = {\n");
    for (int i = 0; i < rows.count; i++) emit_row(&rows.items[i], text);
    text_add(text, "};\n\n");
    return rows.count;
}
