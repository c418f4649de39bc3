// Opening a study: the file, and all it uses, each once.
#include "resolve/evaluate.h"
#include "resolve/expand.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 256, DEEPEST_USE = 64 };

// A file that is being opened, and the one whose `use` asked for it.
typedef struct Opening {
    StudyFile *file;
    const char *identity; // the path without links and dots: what makes two paths the same file
    const struct Opening *user;
} Opening;

typedef struct Opener {
    Study *study;
    NameTable opened; // of identities to StudyFile
    int count;
} Opener;

static const char *identity_of(Arena *arena, const char *path) {
    char resolved[PATH_MAX];
    const char *identity = realpath(path, resolved) ? resolved : path;
    return arena_copy(arena, identity, strlen(identity));
}

static Source *read_in(Arena *arena, const char *folder, size_t length, const char *name) {
    const char *path =
        name[0] == '/' || length == 0 ? name : arena_printf(arena, "%.*s/%s", (int)length, folder, name);
    return source_read(arena, path);
}

// Beside the file that uses it, then in the zoo, whose folder may be spelt out: "zoo/resnet.cnn".
static Source *find_used(const Study *study, const StudyFile *user, const char *name) {
    const char *slash = strrchr(user->path, '/');
    size_t folder = slash ? (size_t)(slash - user->path) + (slash == user->path) : 0;
    Source *source = read_in(study->arena, user->path, folder, name);
    if (source || !study->zoo || name[0] == '/') return source;
    int reason = errno;
    if (strncmp(name, "zoo/", 4) == 0)
        source = read_in(study->arena, study->zoo, strlen(study->zoo), name + 4);
    if (!source) source = read_in(study->arena, study->zoo, strlen(study->zoo), name);
    if (!source) errno = reason;
    return source;
}

static void add_seen(Arena *arena, StudyFile *file, const StudyFile *seen) {
    for (int i = 0; i < file->sees.count; i++) {
        if (file->sees.items[i] == seen) return;
    }
    list_add(arena, &file->sees, seen);
}

static StudyFile *open_source(Opener *opener, const Source *source, const Opening *user, int depth);

static StudyFile *open_used(Opener *opener, const Opening *user, const Item *use, int depth) {
    Study *study = opener->study;
    Diagnostics *diagnostics = study->diagnostics;
    const Expr *name = use->value;
    if (!name || name->kind == EXPR_BAD) return NULL;
    if (name->kind != EXPR_STRING) {
        Diagnostic *diagnostic =
            diagnose(diagnostics, SEVERITY_ERROR, E0208, name->span, "`use` takes a file's name in quotes");
        diagnostic_help(diagnostic, "write use \"blocks.cnn\"");
        return NULL;
    }
    Source *source = find_used(study, user->file, name->name);
    if (!source) {
        Diagnostic *diagnostic = diagnose(diagnostics, SEVERITY_ERROR, E0208, name->span,
                                          "can't read `%s`: %s", name->name, strerror(errno));
        diagnostic_help(diagnostic, "it is looked for beside the file that uses it%s",
                        study->zoo ? ", then in the zoo" : "");
        return NULL;
    }
    const char *identity = identity_of(study->arena, source->path);
    for (const Opening *open = user; open; open = open->user) {
        if (strcmp(open->identity, identity) != 0) continue;
        Diagnostic *diagnostic =
            diagnose(diagnostics, SEVERITY_ERROR, E0209, name->span, "`%s` uses itself%s", name->name,
                     open == user ? "" : ", through other files");
        for (open = user; open->user && strcmp(open->identity, identity) != 0; open = open->user)
            diagnostic_note(diagnostic, "%s is used by %s", open->file->path, open->user->file->path);
        return NULL;
    }
    StudyFile *file = name_get(&opener->opened, identity);
    if (file) return file;
    if (depth >= DEEPEST_USE || opener->count >= MOST_FILES) {
        diagnose(diagnostics, SEVERITY_ERROR, E0406, name->span, "the study uses over %d files, or %d deep",
                 MOST_FILES, DEEPEST_USE);
        return NULL;
    }
    return open_source(opener, source, user, depth + 1);
}

static void check_version(Study *study, const Item *item) {
    const Expr *version = item->value;
    if (!version || version->kind == EXPR_BAD || (version->kind == EXPR_NUMBER && version->number == 1))
        return;
    Diagnostic *diagnostic = diagnose(study->diagnostics, SEVERITY_ERROR, E0214, version->span,
                                      "this compiler knows edition 1 of the language only");
    diagnostic_help(diagnostic, "write `cnn 1`, or install a newer cnnc");
}

// Parses the file, opens what it uses, then declares its names: a file stands after those it uses.
static StudyFile *open_source(Opener *opener, const Source *source, const Opening *user, int depth) {
    Study *study = opener->study;
    StudyFile *file = NEW(study->arena, StudyFile);
    file->path = source->path;
    opener->count++;
    Opening opening = {file, identity_of(study->arena, source->path), user};
    name_put(study->arena, &opener->opened, opening.identity, file);
    file->tree = parse(study->arena, source, study->diagnostics);
    add_seen(study->arena, file, file);
    for (int i = 0; i < file->tree->items.count; i++) {
        const Item *item = file->tree->items.items[i];
        if (item->kind == ITEM_VERSION) check_version(study, item);
        if (item->kind != ITEM_USE) continue;
        const StudyFile *used = open_used(opener, &opening, item, depth);
        for (int j = 0; used && j < used->sees.count; j++) add_seen(study->arena, file, used->sees.items[j]);
    }
    file->index = study->files.count;
    list_add(study->arena, &study->files, file);
    declare_items(study, file);
    return file;
}

static Study *open_study(Arena *arena, const Source *source, const char *zoo, Diagnostics *diagnostics) {
    Study *study = NEW(arena, Study);
    study->arena = arena;
    study->diagnostics = diagnostics;
    study->zoo = zoo;
    Opener opener = {.study = study};
    open_source(&opener, source, NULL, 0);
    study->defaults = params_new(study);
    for (int i = 0; i < study->declarations.count; i++) {
        const Declaration *declaration = study->declarations.items[i];
        Scope scope = scope_of_file(study, declaration->file, NULL);
        if (declaration->kind == DECLARATION_PARAM) param_value(&scope, declaration);
    }
    return study;
}

Study *study_open(Arena *arena, const char *path, const char *zoo, Diagnostics *diagnostics) {
    const Source *source = source_read(arena, path);
    if (source) return open_study(arena, source, zoo, diagnostics);
    diagnose(diagnostics, SEVERITY_ERROR, E0208, (Span){0}, "can't read %s: %s", path, strerror(errno));
    return NULL;
}

Study *study_open_text(Arena *arena, const char *path, const char *text, size_t length, const char *zoo,
                       Diagnostics *diagnostics) {
    return open_study(arena, source_from_text(arena, path, text, length), zoo, diagnostics);
}
