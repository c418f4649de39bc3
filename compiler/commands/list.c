#include "commands/list.h"
#include "base/text.h"
#include "ir/op.h"
#include "passes/technique.h"
#include "plan/kernels.h"
#include "resolve/property.h"
#include "resolve/source.h"
#include "resolve/vocabulary.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: cnnc list [KIND|NAME...]\n"
                            "\n"
                            "Lists what may be written in a file, with attributes, defaults and ranges. "
                            "Without a kind: lists the kinds.\n"
                            "A name (conv, adam, mnist) shows that one.\n";

// The kinds whose rows stand in the op table.
static const struct Kind {
    const char *name, *summary;
    unsigned flags;
} op_kinds[] = {
    {"layers", "what a model is made of", OP_LAYER},
    {"joins", "layers that take branches", OP_JOIN},
    {"activations", "layers that are functions of one number", OP_ACTIVATION},
    {"losses", "loss = ... in a train section", OP_LOSS},
    {"optimizers", "optimizer = ... in a train section", OP_OPTIMIZER},
    {"schedules", "schedule = ... in a train section", OP_SCHEDULE},
    {"initializers", "init = ... on a layer, a block call or a model", OP_INITIALIZER},
};
enum { KIND_COUNT = sizeof op_kinds / sizeof op_kinds[0] };

static const char *attribute_type(AttributeType type) {
    switch (type) {
    case TYPE_WHOLE: return "whole number";
    case TYPE_NUMBER: return "number";
    case TYPE_RATE: return "fraction";
    case TYPE_TRUTH: return "true or false";
    case TYPE_WINDOW: return "size (3x3, or 3 for both)";
    case TYPE_DIMENSIONS: return "size (28x28x1)";
    case TYPE_PADDING: return "same, valid, a number or [before, after]";
    case TYPE_WORD: return "";
    case TYPE_NUMBERS: return "list of numbers";
    }
    fault("no such attribute type: %d", (int)type);
}

static const char *property_type(PropertyType type) {
    switch (type) {
    case PROPERTY_WHOLE: return "whole number";
    case PROPERTY_NUMBER: return "number";
    case PROPERTY_WORD: return "";
    case PROPERTY_CALL: return "call";
    case PROPERTY_SOURCE: return "data source";
    case PROPERTY_VALIDATION: return "none, a fraction, or test";
    case PROPERTY_NAMES: return "list of strings";
    case PROPERTY_SEEDS: return "whole number, range or list";
    case PROPERTY_METRIC: return "metric";
    case PROPERTY_SECTION: return "name";
    }
    fault("no such property type: %d", (int)type);
}

static bool is_number(AttributeType type) {
    return type == TYPE_WHOLE || type == TYPE_NUMBER || type == TYPE_RATE || type == TYPE_WINDOW;
}

// ", 1 or more"; ", 0 to 0.9"; nothing where both ends are open. Ends beyond `open` are no limit a user
// meets.
static void add_range(Text *text, double minimum, double maximum) {
    const double open = 1e15;
    bool below = minimum > -open, above = maximum < open && maximum < 2147483647;
    if (minimum == 0 && maximum == 0) return;
    if (!below && !above) return;
    text_add(text, ", ");
    if (below) text_add_number(text, minimum);
    if (below && above) text_add(text, " to ");
    if (!above) text_add(text, " or more");
    if (!below) text_add(text, "at most ");
    if (above) text_add_number(text, maximum);
}

// "one of a, b, c" from words separated by spaces.
static void add_choices(Text *text, const char *choices) {
    text_add(text, "one of ");
    for (const char *character = choices; *character; character++) {
        if (*character == ' ') {
            text_add(text, ", ");
        } else {
            text_add_bytes(text, character, 1);
        }
    }
}

static void print_row(const char *name, const char *initial, const Text *type, const char *help) {
    printf("    %-16s %s", name, text_string(type));
    if (!initial) printf("; must be given");
    if (initial && *initial) printf("; default %s", initial);
    printf("\n    %-16s %s\n", "", help);
}

static void print_attribute(const Attribute *attribute) {
    Text type = {0};
    text_add(&type, attribute_type(attribute->type));
    if (attribute->type == TYPE_WORD) add_choices(&type, attribute->choices);
    if (is_number(attribute->type)) add_range(&type, attribute->minimum, attribute->maximum);
    print_row(attribute->name, attribute->initial, &type, attribute->help);
    text_free(&type);
}

static void print_signature(const Op *op) {
    printf("%s", op->name);
    int shown = 0;
    for (int i = 0; i < op->attribute_count; i++) {
        const Attribute *attribute = &op->attributes[i];
        if (attribute->flags & ATTRIBUTE_INTERNAL) continue;
        printf("%s%s", shown++ ? ", " : "(", attribute->name);
        if (attribute->initial && *attribute->initial) printf(" = %s", attribute->initial);
    }
    printf("%s\n    %s\n", shown ? ")" : "", op->summary);
}

static void print_op(const Op *op) {
    print_signature(op);
    for (int i = 0; i < op->attribute_count; i++) {
        if (!(op->attributes[i].flags & ATTRIBUTE_INTERNAL)) print_attribute(&op->attributes[i]);
    }
    putchar('\n');
}

static void print_properties(const PropertyTable *table) {
    printf("%s { ... }\n    %s\n", table->section, table->summary);
    for (int i = 0; i < table->count; i++) {
        const Property *row = &table->rows[i];
        Text type = {0};
        text_add(&type, property_type(row->type));
        if (row->type == PROPERTY_WORD) add_choices(&type, row->choices);
        if (row->type == PROPERTY_WHOLE || row->type == PROPERTY_NUMBER)
            add_range(&type, row->minimum, row->maximum);
        print_row(row->name, row->initial, &type, row->help);
        text_free(&type);
    }
    putchar('\n');
}

static void print_source(const SourceRow *row) {
    printf("%s\n    %s\n", row->name, row->summary);
    if (row->files) printf("    files: %s\n", row->files);
    if (row->height) {
        printf("    %lldx%lldx%lld, %lld classes\n", (long long)row->height, (long long)row->width,
               (long long)row->channels, (long long)row->classes);
    } else {
        printf("    size, classes: said by the file, as size = 64x64x3, classes = 10\n");
    }
    putchar('\n');
}

static void list_kinds(void) {
    for (int i = 0; i < KIND_COUNT; i++) printf("%-14s %s\n", op_kinds[i].name, op_kinds[i].summary);
    printf("%-14s %s\n", "datasets", "source = ... in a dataset section");
    printf("%-14s %s\n", "properties", "of dataset, train, early_stop and experiment sections");
    printf("%-14s %s\n", "techniques",
           "what makes programs fast: --without NAME of `cnnc build` and `cnnc run`");
    printf("%-14s %s\n", "kernels",
           "variants of contractions: --variant-set of `cnnc build`, `run` and `bench`");
    printf("%-14s %s\n", "metrics", "what early stopping can monitor");
}

static void print_technique(const TechniqueRow *row) {
    printf("%s\n    %s\n\n", row->name, row->help);
}

// The variants of one family, or of all (NULL). False if there are none.
static bool print_kernels(const char *family) {
    Arena *arena = arena_new();
    KernelVariants variants = kernel_list(arena);
    const char *last = "";
    for (int i = 0; i < variants.count; i++) {
        const KernelVariant *row = &variants.items[i];
        if (family && strcmp(row->family, family) != 0) continue;
        if (strcmp(row->family, last) != 0) printf("%s%s\n", *last ? "\n" : "", row->family);
        printf("    %-16s kernels/%s\n", row->variant, row->file);
        last = row->family;
    }
    bool found = *last != '\0';
    if (found) putchar('\n');
    arena_free(arena);
    return found;
}

static bool list_kind(const char *name) {
    for (int i = 0; i < KIND_COUNT; i++) {
        if (strcmp(op_kinds[i].name, name)) continue;
        for (const Op *const *op = op_table; *op; op++) {
            if ((*op)->flags & op_kinds[i].flags) print_op(*op);
        }
        return true;
    }
    if (!strcmp(name, "datasets")) {
        for (const SourceRow *row = source_rows; row->name; row++) print_source(row);
    } else if (!strcmp(name, "properties")) {
        for (const PropertyTable *const *table = property_tables; *table; table++) print_properties(*table);
    } else if (!strcmp(name, "techniques")) {
        for (int i = 0; i < TECHNIQUE_COUNT; i++) print_technique(&technique_rows[i]);
    } else if (!strcmp(name, "kernels")) {
        print_kernels(NULL);
    } else if (!strcmp(name, "metrics")) {
        for (const char *const *metric = metric_names; *metric; metric++) puts(*metric);
    } else {
        return false;
    }
    return true;
}

// Everything of this name: `step` may be a schedule, `normal` an initializer.
static bool list_name(const char *name) {
    bool found = false;
    for (const Op *const *op = op_table; *op; op++) {
        if (!((*op)->flags & OP_NAMED) || strcmp((*op)->name, name)) continue;
        print_op(*op);
        found = true;
    }
    const SourceRow *source = source_find(name);
    if (source) print_source(source);
    for (const PropertyTable *const *table = property_tables; *table; table++) {
        if (strcmp((*table)->section, name)) continue;
        print_properties(*table);
        found = true;
    }
    int technique = technique_find(name, strlen(name));
    if (technique >= 0) print_technique(&technique_rows[technique]);
    return print_kernels(name) || found || source || technique >= 0;
}

static int unknown_name(const char *name) {
    List(const char *) names = {0};
    Arena *arena = arena_new();
    for (int i = 0; i < KIND_COUNT; i++) list_add(arena, &names, op_kinds[i].name);
    for (const Op *const *op = op_table; *op; op++) {
        if ((*op)->flags & OP_NAMED) list_add(arena, &names, (*op)->name);
    }
    const char *const others[] = {"datasets", "properties", "metrics", "techniques", "kernels"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) list_add(arena, &names, others[i]);
    for (const SourceRow *row = source_rows; row->name; row++) list_add(arena, &names, row->name);
    for (const PropertyTable *const *table = property_tables; *table; table++)
        list_add(arena, &names, (*table)->section);
    for (int i = 0; i < TECHNIQUE_COUNT; i++) list_add(arena, &names, technique_rows[i].name);
    KernelVariants kernels = kernel_list(arena);
    for (int i = 0; i < kernels.count; i++) list_add(arena, &names, kernels.items[i].family);
    list_add(arena, &names, NULL);
    const char *closest = closest_word(name, names.items);
    fprintf(stderr, "cnnc list: there is nothing called `%s`", name);
    if (closest) {
        fprintf(stderr, "; did you mean `%s`?\n", closest);
    } else {
        fputs("; `cnnc list` shows the kinds\n", stderr);
    }
    arena_free(arena);
    return 2;
}

int command_list(int argc, char **argv) {
    if (argc < 2) {
        list_kinds();
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            fputs(usage, stdout);
            return 0;
        }
        if (!list_kind(argv[i]) && !list_name(argv[i])) return unknown_name(argv[i]);
    }
    return 0;
}
