#include "ir/attribute.h"
#include "resolve/evaluate.h"
#include "resolve/property.h"
#include "resolve/resolved.h"
#include "resolve/source.h"
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

static bool names_param(const Writer *writer, const Expr *expr) {
    if (!expr) return false;
    if (expr->kind == EXPR_NAME) {
        const Declaration *declaration = study_find(writer->study, writer->file, expr->name);
        return declaration && declaration->kind == DECLARATION_PARAM;
    }
    for (int i = 0; i < expr->arguments.count; i++) {
        if (names_param(writer, expr->arguments.items[i].value)) return true;
    }
    return names_param(writer, expr->left) || names_param(writer, expr->right);
}

// Writes a property as an expression if it follows a param.
static bool write_following(Writer *writer, const char *name) {
    for (int i = 0; writer->section && i < writer->section->items.count; i++) {
        const Item *item = writer->section->items.items[i];
        if (item->kind != ITEM_PROPERTY || strcmp(item->name, name) || !names_param(writer, item->value))
            continue;
        text_printf(writer->text, "%s = ", name);
        write_expression(writer, item->value, name);
        text_add(writer->text, "\n");
        return true;
    }
    return false;
}

static void write_source(Writer *writer, const DataConfig *data) {
    Text *text = writer->text;
    if (write_following(writer, "source")) return;
    text_printf(text, "source = %s", data->kind);
    if (data->arguments && *data->arguments) {
        text_add(text, "(");
        write_strings(text, data->arguments, -1);
        if (!source_find(data->kind)->height) {
            text_printf(text, ", size = %lldx%lldx%lld, classes = %lld", (long long)data->height,
                        (long long)data->width, (long long)data->channels, (long long)data->classes);
        }
        text_add(text, ")");
    }
    text_add(text, "\n");
}

static void write_validation(Writer *writer, const DataConfig *data) {
    if (write_following(writer, "val")) return;
    text_add(writer->text, "val = ");
    if (data->validation == VALIDATION_FRACTION) {
        text_add_number(writer->text, data->fraction);
    } else {
        text_add(writer->text, data->validation == VALIDATION_TEST ? "test" : "none");
    }
    text_add(writer->text, "\n");
}

static void write_whole(Writer *writer, const char *name, int64_t whole) {
    if (!write_following(writer, name)) text_printf(writer->text, "%s = %lld\n", name, (long long)whole);
}

static void write_word(Writer *writer, const char *name, const char *word) {
    if (!write_following(writer, name)) text_printf(writer->text, "%s = %s\n", name, word);
}

void write_dataset(Writer *writer, const DataConfig *data) {
    Text *text = writer->text;
    text_printf(text, "dataset %s {\n", data->name);
    write_source(writer, data);
    write_validation(writer, data);
    write_whole(writer, "seed", data->seed);
    if (data->class_names) {
        text_add(text, "classes = [");
        write_strings(text, data->class_names, data->classes);
        text_add(text, "]\n");
    }
    text_add(text, "}\n\n");
}

static void write_bound(Writer *writer, const char *property, const Bound *bound) {
    Text *text = writer->text;
    int count = 0;
    if (write_following(writer, property)) return;
    text_printf(text, "%s = %s", property, bound->op->name);
    for (int i = 0; i < bound->op->attribute_count; i++) {
        const Attribute *row = &bound->op->attributes[i];
        if (row->flags & ATTRIBUTE_INTERNAL || bound->attrs[i].kind == ATTR_UNSET) continue;
        text_printf(text, "%s%s = ", count++ ? ", " : "(", row->name);
        attribute_write(&bound->attrs[i], text);
    }
    text_add(text, count ? ")\n" : "\n");
}

static const Item *part_of(const Item *section, const char *keyword) {
    for (int i = 0; section && i < section->items.count; i++) {
        const Item *item = section->items.items[i];
        if (item->kind == ITEM_SECTION && !strcmp(item->keyword, keyword)) return item;
    }
    return NULL;
}

static void write_early_stop(Writer *writer, const EarlyStop *stop) {
    Text *text = writer->text;
    const Item *section = writer->section;
    writer->section = part_of(section, "early_stop");
    text_printf(text, "early_stop {\nmonitor = %s\n", stop->monitor);
    write_whole(writer, "patience", stop->patience);
    if (!write_following(writer, "min_delta")) {
        text_add(text, "min_delta = ");
        text_add_number(text, stop->min_delta);
        text_add(text, "\n");
    }
    text_printf(text, "restore = %s\n}\n", stop->restore_best ? "best" : "none");
    writer->section = section;
}

void write_train(Writer *writer, const TrainConfig *train) {
    text_printf(writer->text, "train %s {\n", train->name);
    write_bound(writer, "loss", &train->loss);
    write_bound(writer, "optimizer", &train->optimizer);
    write_bound(writer, "schedule", &train->schedule);
    write_whole(writer, "batch", train->batch);
    write_whole(writer, "epochs", train->epochs);
    write_word(writer, "precision", train->bf16 ? "bf16" : "f32");
    text_add(writer->text, "augment = none\n");
    if (train->early_stop.present) write_early_stop(writer, &train->early_stop);
    text_add(writer->text, "}\n\n");
}

static const Item *find_property(const Items *items, const char *name) {
    for (int i = 0; i < items->count; i++) {
        if (items->items[i]->kind == ITEM_PROPERTY && !strcmp(items->items[i]->name, name))
            return items->items[i];
    }
    return NULL;
}

static void write_setting(Writer *writer, const Item *setting) {
    text_printf(writer->text, "%s = ", setting->name);
    write_expression(writer, setting->value, setting->name);
}

// The name that stands for what is left out of an experiment: the file's only one.
static const char *only_name(Study *study, DeclarationKind kind) {
    Declared declared = study_declared(study, kind);
    return declared.count == 1 ? declared.items[0]->name : NULL;
}

// A property of the experiment: as it is written, or its default.
static void write_own(Writer *writer, const Items *items, const Property *row) {
    const Item *given = find_property(items, row->name);
    const char *initial = row->initial;
    if (!strcmp(row->name, "model")) initial = only_name(writer->study, DECLARATION_MODEL);
    if (!strcmp(row->name, "train")) initial = only_name(writer->study, DECLARATION_TRAIN);
    if (given) {
        write_setting(writer, given);
    } else if (initial) {
        text_printf(writer->text, "%s = %s", row->name, initial);
    }
    if (given || initial) text_add(writer->text, "\n");
}

static void write_variant(Writer *writer, const Item *variant) {
    text_printf(writer->text, "variant %s", variant->name);
    if (variant->from) text_printf(writer->text, " from %s", variant->from);
    for (int i = 0; i < variant->items.count; i++) {
        text_add(writer->text, i ? "; " : " { ");
        write_setting(writer, variant->items.items[i]);
    }
    text_add(writer->text, variant->items.count ? " }\n" : "\n");
}

void write_experiment(Writer *writer, const Declaration *declaration) {
    const Items *items = &declaration->item->items;
    writer->file = declaration->file;
    text_printf(writer->text, "experiment %s {\n", declaration->name);
    for (int i = 0; i < experiment_properties.count; i++)
        write_own(writer, items, &experiment_properties.rows[i]);
    for (int i = 0; i < items->count; i++) {
        const Item *item = items->items[i];
        if (item->kind == ITEM_SECTION) write_variant(writer, item);
        if (item->kind != ITEM_PROPERTY || property_find(&experiment_properties, item->name)) continue;
        write_setting(writer, item);
        text_add(writer->text, "\n");
    }
    text_add(writer->text, "}\n\n");
}
