#include "ir/attribute.h"
#include "resolve/evaluate.h"
#include "resolve/property.h"
#include "resolve/resolved.h"
#include <string.h>

static void write_string(Text *text, const char *string) {
    text_add(text, "\"");
    for (; *string; string++) {
        if (*string == '"' || *string == '\\') text_add(text, "\\");
        if (*string == '\n') {
            text_add(text, "\\n");
        } else {
            text_add_bytes(text, string, 1);
        }
    }
    text_add(text, "\"");
}

static void write_strings(Text *text, const char *const *strings, int64_t count) {
    for (int64_t i = 0; count < 0 ? strings[i] != NULL : i < count; i++) {
        if (i) text_add(text, ", ");
        write_string(text, strings[i]);
    }
}

void write_dataset(Writer *writer, const DataConfig *data) {
    Text *text = writer->text;
    text_printf(text, "dataset %s {\nsource = %s", data->name, data->kind);
    if (data->arguments) {
        text_add(text, "(");
        write_strings(text, data->arguments, -1);
        if (strcmp(data->kind, "cifar")) {
            text_printf(text, ", size = %lldx%lldx%lld, classes = %lld", (long long)data->height,
                        (long long)data->width, (long long)data->channels, (long long)data->classes);
        }
        text_add(text, ")");
    }
    text_add(text, "\nval = ");
    if (data->validation == VALIDATION_FRACTION) {
        text_add_number(text, data->fraction);
    } else {
        text_add(text, data->validation == VALIDATION_TEST ? "test" : "none");
    }
    text_printf(text, "\nseed = %lld\n", (long long)data->seed);
    if (data->class_names) {
        text_add(text, "classes = [");
        write_strings(text, data->class_names, data->classes);
        text_add(text, "]\n");
    }
    text_add(text, "}\n\n");
}

static void write_bound(Text *text, const char *property, const Bound *bound) {
    int count = 0;
    text_printf(text, "%s = %s", property, bound->op->name);
    for (int i = 0; i < bound->op->attribute_count; i++) {
        const Attribute *row = &bound->op->attributes[i];
        if (row->flags & ATTRIBUTE_INTERNAL || bound->attrs[i].kind == ATTR_UNSET) continue;
        text_printf(text, "%s%s = ", count++ ? ", " : "(", row->name);
        attribute_write(&bound->attrs[i], text);
    }
    text_add(text, count ? ")\n" : "\n");
}

void write_train(Writer *writer, const TrainConfig *train) {
    Text *text = writer->text;
    text_printf(text, "train %s {\n", train->name);
    write_bound(text, "loss", &train->loss);
    write_bound(text, "optimizer", &train->optimizer);
    write_bound(text, "schedule", &train->schedule);
    text_printf(text, "batch = %lld\nepochs = %lld\naugment = none\n", (long long)train->batch,
                (long long)train->epochs);
    if (train->early_stop.present) {
        text_printf(text,
                    "early_stop {\nmonitor = %s\npatience = %lld\nmin_delta = ", train->early_stop.monitor,
                    (long long)train->early_stop.patience);
        text_add_number(text, train->early_stop.min_delta);
        text_printf(text, "\nrestore = %s\n}\n", train->early_stop.restore_best ? "best" : "none");
    }
    text_add(text, "}\n\n");
}

static void write_settings(Writer *writer, const Items *items) {
    int count = 0;
    for (int i = 0; i < items->count; i++) {
        const Item *item = items->items[i];
        if (item->kind != ITEM_PROPERTY) continue;
        text_printf(writer->text, "%s%s = ", count++ ? "; " : "", item->name);
        write_expression(writer, item->value, item->name);
    }
}

static bool has_item(const Items *items, const char *name) {
    for (int i = 0; i < items->count; i++) {
        if (items->items[i]->kind == ITEM_PROPERTY && !strcmp(items->items[i]->name, name)) return true;
    }
    return false;
}

// The name that stands for what is left out of an experiment: the file's only one.
static const char *only_name(Study *study, DeclarationKind kind) {
    Declared declared = study_declared(study, kind);
    return declared.count == 1 ? declared.items[0]->name : NULL;
}

// A property of the experiment: as it is written, or its default.
static void write_own(Writer *writer, const Declaration *declaration, const Property *row) {
    const Items *items = &declaration->item->items;
    const char *initial = row->initial;
    if (!strcmp(row->name, "model")) initial = only_name(writer->study, DECLARATION_MODEL);
    if (!strcmp(row->name, "train")) initial = only_name(writer->study, DECLARATION_TRAIN);
    if (!has_item(items, row->name) && initial) text_printf(writer->text, "%s = %s\n", row->name, initial);
}

void write_experiment(Writer *writer, const Declaration *declaration) {
    const Item *item = declaration->item;
    Text *text = writer->text;
    writer->file = declaration->file;
    text_printf(text, "experiment %s {\n", declaration->name);
    write_settings(writer, &item->items);
    text_add(text, "\n");
    for (int i = 0; i < experiment_properties.count; i++) {
        write_own(writer, declaration, &experiment_properties.rows[i]);
    }
    for (int i = 0; i < item->items.count; i++) {
        const Item *variant = item->items.items[i];
        if (variant->kind != ITEM_SECTION || strcmp(variant->keyword, "variant")) continue;
        text_printf(text, "variant %s", variant->name);
        if (variant->from) text_printf(text, " from %s", variant->from);
        if (variant->items.count) {
            text_add(text, " { ");
            write_settings(writer, &variant->items);
            text_add(text, " }");
        }
        text_add(text, "\n");
    }
    text_add(text, "}\n\n");
}
