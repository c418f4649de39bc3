#include "resolve/resolved.h"
#include "resolve/dataset.h"
#include "resolve/train.h"
#include <string.h>

Writer writer_new(Study *study, Text *text) {
    return (Writer){.study = study,
                    .text = text,
                    .file = study_root(study),
                    .reached = NEW_ARRAY(study->arena, bool, study->declarations.count + 1)};
}

static const Declaration *declared(const Study *study, DeclarationKind kind, const char *name) {
    for (int i = 0; name && i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->kind == kind && !strcmp(declaration->name, name)) return declaration;
    }
    return NULL;
}

// The text so far in the canonical layout, which `cnnc fmt` leaves as it is.
static void write_canonical(Study *study, Text *raw, Text *text) {
    Source *source = source_from_text(study->arena, "resolved.cnn", text_string(raw), raw->length);
    Diagnostics *diagnostics = diagnostics_new(study->arena);
    const Tree *tree = parse(study->arena, source, diagnostics);
    if (diagnostics_errors(diagnostics)) fault("the resolved file can't be read back:\n%s", text_string(raw));
    tree_print(tree, text);
    text_free(raw);
}

static void write_limits(Writer *writer, const Declaration *param) {
    if (!param->item->limits) return;
    text_add(writer->text, " in ");
    expr_print(param->item->limits, writer->text);
}

// A param at its value in the scope.
static void write_param_value(Writer *writer, const Scope *scope, const Declaration *param) {
    Datum value = param_value(scope, param);
    text_printf(writer->text, "param %s = ", param->name);
    datum_print(&value, writer->text);
    write_limits(writer, param);
    text_add(writer->text, "\n");
}

// A param as it is written, so that it still follows others that variants change.
static void write_param(Writer *writer, const Declaration *param) {
    writer->file = param->file;
    text_printf(writer->text, "param %s = ", param->name);
    write_expression(writer, param->item->value, param->name);
    write_limits(writer, param);
    text_add(writer->text, "\n");
}

// The values of params may name blocks, which use further params.
static void reach_param_values(Writer *writer, const Scope *scope) {
    const Study *study = writer->study;
    bool *seen = NEW_ARRAY(study->arena, bool, study->declarations.count + 1);
    bool changed = true;
    while (changed) {
        changed = false;
        for (int i = 0; i < study->declarations.count; i++) {
            if (!writer->reached[i] || seen[i] || study->declarations.items[i]->kind != DECLARATION_PARAM)
                continue;
            Datum value = param_value(scope, study->declarations.items[i]);
            writer_reach_value(writer, &value);
            seen[i] = changed = true;
        }
    }
}

void configuration_print(const Configuration *configuration, Text *text) {
    Study *study = configuration->scope->study;
    Text raw = {0};
    Writer writer = writer_new(study, &raw);
    const Declaration *model = declared(study, DECLARATION_MODEL, configuration->model);
    writer_reach(&writer, model);
    reach_param_values(&writer, configuration->scope);
    writer_find_called(&writer);
    text_add(&raw, "cnn 1\n\n");
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (!writer.reached[i] || declaration->kind != DECLARATION_PARAM) continue;
        write_param_value(&writer, configuration->scope, declaration);
    }
    text_add(&raw, "\n");
    if (configuration->data.name) write_dataset(&writer, &configuration->data);
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (writer.reached[i] && declaration->kind == DECLARATION_BLOCK) write_block(&writer, declaration);
    }
    write_model(&writer, model);
    if (configuration->train.name) write_train(&writer, &configuration->train);
    write_canonical(study, &raw, text);
}

// --- the whole file ---
typedef List(const Configuration *) Configurations;

// The configurations that the file comes to: of its models, and of its experiments' variants.
static Configurations all_configurations(Study *study) {
    Configurations all = {0};
    const Settings none = {0};
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->file != study_root(study)) continue;
        if (declaration->kind == DECLARATION_MODEL) {
            const Configuration *configuration = study_configure(study, declaration->name, NULL, 0, NULL);
            if (configuration) list_add(study->arena, &all, configuration);
        }
        if (declaration->kind != DECLARATION_EXPERIMENT) continue;
        const Experiment *experiment = experiment_read(study, declaration, &none);
        for (int j = 0; j < experiment->variants.count; j++) {
            Choice choice = variant_choice(study, experiment, &experiment->variants.items[j], &none);
            const Configuration *configuration = configure_or_skip(study, experiment, &choice);
            if (configuration) list_add(study->arena, &all, configuration);
        }
    }
    return all;
}

// Settles the loss's from_logits as the models that the train section trains have it, where they agree.
static void settle_loss(TrainConfig *train, const Configurations *all) {
    int row = op_attribute(train->loss.op, "from_logits");
    if (row < 0 || train->loss.attrs[row].kind != ATTR_UNSET) return;
    const Attr *agreed = NULL;
    for (int i = 0; i < all->count; i++) {
        const TrainConfig *other = &all->items[i]->train;
        if (!other->name || strcmp(other->name, train->name) || other->loss.op != train->loss.op) continue;
        if (agreed && agreed->integer != other->loss.attrs[row].integer) return;
        agreed = &other->loss.attrs[row];
    }
    if (agreed) train->loss.attrs[row] = *agreed;
}

static void write_declaration(Writer *writer, const Declaration *declaration, const Configurations *all) {
    Scope scope = scope_of_file(writer->study, declaration->file, NULL);
    const Settings none = {0};
    DataConfig data;
    TrainConfig train;
    writer->file = declaration->file;
    writer->section = declaration->item;
    switch (declaration->kind) {
    case DECLARATION_PARAM: write_param(writer, declaration); break;
    case DECLARATION_DATASET:
        if (dataset_configure(&scope, declaration, &none, &data)) write_dataset(writer, &data);
        break;
    case DECLARATION_BLOCK: write_block(writer, declaration); break;
    case DECLARATION_MODEL: write_model(writer, declaration); break;
    case DECLARATION_TRAIN:
        if (!train_configure(&scope, declaration, &none, NULL, &train)) break;
        settle_loss(&train, all);
        write_train(writer, &train);
        break;
    case DECLARATION_EXPERIMENT: write_experiment(writer, declaration); break;
    default: break; // what isn't built yet is an error, so there is nothing to write
    }
}

void study_print(Study *study, Text *text) {
    static const DeclarationKind order[] = {DECLARATION_PARAM, DECLARATION_DATASET, DECLARATION_BLOCK,
                                            DECLARATION_MODEL, DECLARATION_TRAIN,   DECLARATION_EXPERIMENT};
    Text raw = {0};
    Writer writer = writer_new(study, &raw);
    Configurations all = all_configurations(study);
    for (int i = 0; i < study->declarations.count; i++) {
        if (study->declarations.items[i]->file == study_root(study))
            writer_reach(&writer, study->declarations.items[i]);
    }
    writer_find_called(&writer);
    text_add(&raw, "cnn 1\n\n");
    for (size_t kind = 0; kind < sizeof order / sizeof order[0]; kind++) {
        for (int i = 0; i < study->declarations.count; i++) {
            const Declaration *declaration = study->declarations.items[i];
            if (writer.reached[i] && declaration->kind == order[kind])
                write_declaration(&writer, declaration, &all);
        }
        text_add(&raw, "\n");
    }
    write_canonical(study, &raw, text);
}
