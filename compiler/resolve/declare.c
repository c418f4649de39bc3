// What a file's top level declares, in one namespace.
#include "resolve/scope.h"
#include "resolve/vocabulary.h"

#include <string.h>

enum { MOST_DECLARATIONS = 20000 };

static const struct {
    const char *keyword;
    DeclarationKind kind;
} sections[] = {{"dataset", DECLARATION_DATASET},  {"augment", DECLARATION_AUGMENT},
                {"block", DECLARATION_BLOCK},      {"model", DECLARATION_MODEL},
                {"train", DECLARATION_TRAIN},      {"experiment", DECLARATION_EXPERIMENT},
                {"ensemble", DECLARATION_ENSEMBLE}};

// False if it declares nothing.
static bool declared_kind(const Item *item, DeclarationKind *kind) {
    *kind = DECLARATION_PARAM;
    if (item->kind == ITEM_PARAM) return true;
    for (size_t i = 0; item->kind == ITEM_SECTION && i < sizeof sections / sizeof *sections; i++) {
        *kind = sections[i].kind;
        if (strcmp(item->keyword, sections[i].keyword) == 0) return true;
    }
    return false;
}

static void reject_item(Study *study, const Item *item) {
    Span span = item->kind == ITEM_SECTION                               ? item->keyword_span
                : item->kind == ITEM_PROPERTY || item->kind == ITEM_AXIS ? item->name_span
                                                                         : item->span;
    const char *what = item->kind == ITEM_CHAIN      ? "layers"
                       : item->kind == ITEM_SECTION  ? arena_printf(study->arena, "`%s`", item->keyword)
                       : item->kind == ITEM_IF       ? "`if`"
                       : item->kind == ITEM_REPEAT   ? "`repeat`"
                       : item->kind == ITEM_PROPERTY ? "properties"
                                                     : "axes";
    Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0214, span,
                                      "%s can't stand at the file's top level", what);
    if (item->kind == ITEM_PROPERTY)
        diagnostic_help(diagnostic, "declare a value of the study with `param %s = ...`", item->name);
    else if (item->kind == ITEM_CHAIN || item->kind == ITEM_IF || item->kind == ITEM_REPEAT)
        diagnostic_help(diagnostic, "layers stand in a model or a block: model net on DATASET { ... }");
    else
        diagnostic_help(diagnostic, "here stand use, param, dataset, block, model, train and experiment");
}

static void check_formals(Study *study, const Item *block) {
    static const char common[] = "init l2 frozen weights";
    for (int i = 0; i < block->formals.count; i++) {
        const Formal *formal = &block->formals.items[i];
        if (reject_hiding(study, "parameter", formal->name, formal->span)) continue;
        if (choices_contain(common, formal->name)) {
            Diagnostic *diagnostic =
                diagnose(study->diagnostics, SEVERITY_ERROR, E0204, formal->span,
                         "parameter `%s` would hide what every call takes", formal->name);
            diagnostic_help(diagnostic, "`%s` can be given to the block without being declared",
                            formal->name);
        }
        for (int j = 0; j < i; j++) {
            const Formal *other = &block->formals.items[j];
            if (strcmp(other->name, formal->name) != 0) continue;
            Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0207, formal->span,
                                              "two parameters are called `%s`", formal->name);
            diagnostic_label(diagnostic, other->span, "first here");
            break;
        }
    }
}

static void declare(Study *study, const StudyFile *file, const Item *item, DeclarationKind kind) {
    reject_hiding(study, declaration_kind_name(kind), item->name, item->name_span);
    Declaration *declaration = NEW(study->arena, Declaration);
    *declaration = (Declaration){.kind = kind, .name = item->name, .item = item, .file = file};
    declaration->label = arena_printf(study->arena, "%s %s", declaration_kind_name(kind), item->name);
    declaration->index = study->declarations.count;
    Declaration *first = name_get(&study->by_name, item->name);
    if (first) {
        Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0207, item->name_span,
                                          "`%s` is declared twice", item->name);
        diagnostic_label(diagnostic, first->item->name_span, "first here (%s)",
                         declaration_kind_name(first->kind));
        declaration->same_name = first;
    }
    // The last one is looked at first, and passed over by files that don't see it.
    name_put(study->arena, &study->by_name, item->name, declaration);
    list_add(study->arena, &study->declarations, declaration);
    if (kind == DECLARATION_BLOCK) check_formals(study, item);
}

void declare_items(Study *study, const StudyFile *file) {
    for (int i = 0; i < file->tree->items.count; i++) {
        const Item *item = file->tree->items.items[i];
        DeclarationKind kind;
        if (item->kind == ITEM_VERSION || item->kind == ITEM_USE) continue;
        if (!declared_kind(item, &kind)) {
            reject_item(study, item);
            continue;
        }
        if (study->declarations.count == MOST_DECLARATIONS) {
            diagnose(study->diagnostics, SEVERITY_ERROR, E0406, item->span,
                     "the study declares over %d names", MOST_DECLARATIONS);
            return;
        }
        if (item->name) {
            declare(study, file, item, kind);
            continue;
        }
        Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0214, item->keyword_span,
                                          "this %s needs a name", declaration_kind_name(kind));
        diagnostic_help(diagnostic, "write `%s NAME ...`", item->keyword);
    }
}
