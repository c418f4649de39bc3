// Weights' names: labels, block calls and branches joined by dots, else the layer's name; the first is bare,
// then _2, _3 under one parent.
#include "resolve/body.h"
#include "resolve/vocabulary.h"

#include <string.h>

enum { LONGEST_PATH = 1000 };

typedef struct PathUse {
    int count;  // of parts that asked for this path so far
    Span label; // where it was written as a label; source NULL: it was not
} PathUse;

static PathUse *use_of(Body *body, const char *path) {
    Expansion *expansion = body->expansion;
    PathUse *use = name_get(&expansion->paths, path);
    if (!use) {
        use = NEW(expansion->study->arena, PathUse);
        name_put(expansion->study->arena, &expansion->paths, path, use);
    }
    return use;
}

static bool same_place(Span a, Span b) {
    return a.source == b.source && a.start == b.start;
}

static const char *joined(Body *body, const char *name, Span span) {
    const char *dot = *body->path ? "." : "";
    if (strlen(body->path) + strlen(name) > LONGEST_PATH) {
        Diagnostic *diagnostic = body_error(
            body, E0406, span, "the name of this layer's weights is over %d characters long", LONGEST_PATH);
        diagnostic_help(diagnostic, "weights are named by the labels and blocks around them: shorten those");
        return NULL;
    }
    return arena_printf(body->scope.study->arena, "%s%s%s", body->path, dot, name);
}

// The path itself the first time it is asked for, then with the next number that is free.
static const char *numbered(Body *body, const char *path) {
    PathUse *use = use_of(body, path);
    const char *result = path;
    while (use->count++) {
        result = arena_printf(body->scope.study->arena, "%s_%d", path, use->count);
        PathUse *taken = use_of(body, result);
        if (taken->count) continue;
        taken->count = 1;
        break;
    }
    return result;
}

static bool label_is_free(Body *body, const Element *element, const char *path) {
    PathUse *use = use_of(body, path);
    if (!use->count) {
        use->label = element->label_span;
        return true;
    }
    if (same_place(use->label, element->label_span)) return true;
    Diagnostic *diagnostic = body_error(body, E0207, element->label_span, "two layers of %s are called `%s`",
                                        body->what, element->label);
    if (use->label.source)
        diagnostic_label(diagnostic, use->label, "first here");
    else
        diagnostic_note(diagnostic, "the other one has this name because it is not labelled");
    diagnostic_help(diagnostic, "weights are saved under this name: choose another");
    return false;
}

const char *part_path(Body *body, const Element *element, const char *name) {
    if (!element->label) {
        const char *path = joined(body, name, element->call->span);
        return path ? numbered(body, path) : NULL;
    }
    if (strcmp(element->label, name) != 0 && is_built_in(element->label)) {
        reject_hiding(body->scope.study, "label", element->label, element->label_span);
        body_fail(body);
        return NULL;
    }
    const char *path = joined(body, element->label, element->label_span);
    // A body that is only checked for names is walked both ways of an `if`, which may label alike.
    if (!body->expansion->module) return path;
    return path && label_is_free(body, element, path) ? numbered(body, path) : NULL;
}

const char *branch_path(Body *body, const Item *branch) {
    const char *path = joined(body, branch->name, branch->name_span);
    return path ? numbered(body, path) : NULL;
}
