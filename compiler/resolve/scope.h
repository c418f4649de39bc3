// Names: what a study's files declare, and what can be seen from a place in them.
#ifndef RESOLVE_SCOPE_H
#define RESOLVE_SCOPE_H

#include "base/names.h"
#include "ir/ir.h"
#include "resolve/study.h"
#include "resolve/value.h"

typedef enum DeclarationKind {
    DECLARATION_PARAM,
    DECLARATION_DATASET,
    DECLARATION_AUGMENT,
    DECLARATION_BLOCK,
    DECLARATION_MODEL,
    DECLARATION_TRAIN,
    DECLARATION_EXPERIMENT,
    DECLARATION_ENSEMBLE,
    DECLARATION_KINDS
} DeclarationKind;

typedef struct StudyFile StudyFile;
typedef struct Declaration {
    DeclarationKind kind;
    const char *name;
    const char *label; // for messages: "block stage"
    const Item *item;
    const StudyFile *file;
    int index;                     // among all of the study's, of every kind
    struct Declaration *same_name; // a clash, which was reported; or NULL
} Declaration;

struct StudyFile {
    const Tree *tree;
    const char *path; // as `use` found it
    int index;
    List(const StudyFile *) sees; // itself and all it uses, directly or not
};

struct Params;
struct Study {
    Arena *arena;
    Diagnostics *diagnostics;
    const char *zoo; // may be NULL
    // A file stands after those it uses, so the last one is the study's own; the same for declarations.
    List(StudyFile *) files;
    List(Declaration *) declarations;
    NameTable by_name;       // to Declaration
    struct Params *defaults; // every param at its default
    int64_t steps;           // of evaluation and expansion so far: limited, so that a hostile file ends soon
};

// The study's own file.
const StudyFile *study_root(const Study *study);
// The declaration of this name that `from` sees; NULL if there is none.
const Declaration *study_find(const Study *study, const StudyFile *from, const char *name);
// The same if it is of this kind. Otherwise says so at span, with a suggestion ("unknown data set `mnits`"),
// and returns NULL.
const Declaration *study_expect(Study *study, const StudyFile *from, DeclarationKind kind, const char *name,
                                Span span);
// Names of a kind that the file sees, NULL-terminated, for suggestions.
const char *const *study_names(const Study *study, const StudyFile *from, DeclarationKind kind);
const char *declaration_kind_name(DeclarationKind kind); // "data set"

// Adds what a file declares, and reports names that are taken (declare.c).
void declare_items(Study *study, const StudyFile *file);

// --- params ---
// The values of all params: defaults, except where something set them. A default that mentions a param that
// was set follows it.
typedef struct Params Params;
Params *params_new(Study *study);
// The same settings, to add to.
Params *params_copy(Study *study, const Params *params);

// --- scopes ---
// A name with a value: a formal parameter or the counter of a `repeat`.
typedef struct Binding {
    const char *name;
    Datum value;
    struct Binding *next; // further out
} Binding;

// What `channels`, `height`, `width` and `classes` are here.
typedef enum FactState {
    FACTS_NONE,    // not in a body: naming one is an error
    FACTS_UNKNOWN, // in a body that is only checked for names
    FACTS_KNOWN
} FactState;
typedef struct Facts {
    FactState state;
    Shape shape;     // of what enters the innermost block, branch or model
    int64_t classes; // 0: the model has none
} Facts;

// Why a body is expanded with these values: a call of a block, or a turn of a `repeat`.
typedef struct Frame {
    const Declaration *block; // NULL: a repeat
    Datum value;              // the call, or the counter's value
    const char *name;         // the counter's
    const char *what;         // in what it stands: "model net"
    Span span;
    const struct Frame *caller;
} Frame;

typedef struct Scope {
    Study *study;
    const StudyFile *file; // whose names are seen
    Params *params;
    const Binding *bindings; // innermost first
    Facts facts;
    const Frame *frames; // innermost first
    // Said with every error found here: "variant m11 of fashion22 (stride1 = 5)"; NULL: nothing to say.
    const char *variant;
} Scope;

// A scope for values outside bodies (sections of settings), with every param as in params (NULL: at its
// default).
Scope scope_of_file(Study *study, const StudyFile *file, Params *params);

// The value of a param.
Datum param_value(const Scope *scope, const Declaration *param);
// Sets one (`variant m2 { filters1 = 32 }`), before any value is asked of params. False, with a message at
// value.span, if its type isn't the default's or `in` excludes it.
bool param_set(const Scope *scope, Params *params, const Declaration *param, Datum value);

// Words that can't be given a new meaning: layers and other rows of the table, functions, facts, words of
// attributes.
bool is_built_in(const char *name);
// Reports a declaration, formal, branch or counter whose name hides one; true if it did.
bool reject_hiding(Study *study, const char *what, const char *name, Span span);

#endif
