#include "resolve/scope.h"

#include "resolve/evaluate.h"
#include "resolve/source.h"
#include "resolve/vocabulary.h"

#include <string.h>

const StudyFile *study_root(const Study *study) {
    return study->files.items[study->files.count - 1];
}

static bool sees(const StudyFile *from, const StudyFile *file) {
    for (int i = 0; i < from->sees.count; i++) {
        if (from->sees.items[i] == file) return true;
    }
    return false;
}

const Declaration *study_find(const Study *study, const StudyFile *from, const char *name) {
    const Declaration *declaration = name_get(&study->by_name, name);
    while (declaration && !sees(from, declaration->file)) declaration = declaration->same_name;
    return declaration;
}

const char *declaration_kind_name(DeclarationKind kind) {
    static const char *const names[DECLARATION_KINDS] = {"param", "data set", "augment",    "block",
                                                         "model", "train",    "experiment", "ensemble"};
    return names[kind];
}

const char *const *study_names(const Study *study, const StudyFile *from, DeclarationKind kind) {
    List(const char *) names = {0};
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        if (declaration->kind == kind && sees(from, declaration->file))
            list_add(study->arena, &names, declaration->name);
    }
    list_add(study->arena, &names, NULL);
    return names.items;
}

// "the file declares none" or the names there are: what helps where no name is close.
static void help_with_names(Study *study, Diagnostic *diagnostic, DeclarationKind kind, const char *name,
                            const char *const *names) {
    const char *what = declaration_kind_name(kind);
    if (!names[0]) {
        diagnostic_help(diagnostic, "the file declares no %s", what);
        return;
    }
    if (closest_word(name, names)) {
        diagnostic_suggest(diagnostic, name, names);
        return;
    }
    const char *list = "";
    enum { SHOWN = 8 };
    for (int i = 0; names[i] && i < SHOWN; i++)
        list = arena_printf(study->arena, "%s%s`%s`%s", list, i ? ", " : "", names[i],
                            i == SHOWN - 1 && names[i + 1] ? ", ..." : "");
    diagnostic_help(diagnostic, "declared here: %s", list);
}

const Declaration *study_expect(Study *study, const StudyFile *from, DeclarationKind kind, const char *name,
                                Span span) {
    const Declaration *declaration = study_find(study, from, name);
    if (declaration && declaration->kind == kind) return declaration;
    const char *what = declaration_kind_name(kind);
    if (declaration) {
        Diagnostic *diagnostic =
            diagnose(study->diagnostics, SEVERITY_ERROR, E0202, span, "`%s` is a %s, not a %s", name,
                     declaration_kind_name(declaration->kind), what);
        diagnostic_label(diagnostic, declaration->item->name_span, "declared here");
        return NULL;
    }
    Diagnostic *diagnostic =
        diagnose(study->diagnostics, SEVERITY_ERROR, E0201, span, "unknown %s `%s`", what, name);
    if (kind == DECLARATION_DATASET && source_find(name)) {
        diagnostic_help(diagnostic, "declare it: dataset %s { source = %s }", name, name);
        return NULL;
    }
    help_with_names(study, diagnostic, kind, name, study_names(study, from, kind));
    return NULL;
}

Scope scope_of_file(Study *study, const StudyFile *file, Params *params) {
    return (Scope){.study = study, .file = file, .params = params ? params : study->defaults};
}

bool reject_hiding(Study *study, const char *what, const char *name, Span span) {
    if (!is_built_in(name)) return false;
    const Op *op = named_op(name);
    Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0204, span,
                                      "%s `%s` would hide the built-in %s of that name", what, name,
                                      !op                          ? "word"
                                      : op->flags & OP_LAYER       ? "layer"
                                      : op->flags & OP_LOSS        ? "loss"
                                      : op->flags & OP_OPTIMIZER   ? "optimizer"
                                      : op->flags & OP_INITIALIZER ? "initializer"
                                                                   : "schedule");
    diagnostic_help(diagnostic, "call it something else, such as `my_%s`", name);
    return true;
}
