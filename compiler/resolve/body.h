// Inside the expansion of bodies: the state of one model, and of one body within it.
#ifndef RESOLVE_BODY_H
#define RESOLVE_BODY_H

#include "resolve/call.h"

// What a model, a block call or a layer hands down to all that is in it; the innermost wins.
typedef struct Inherited {
    Initializer init; // name NULL: each layer's own
    Attr l2;
    bool frozen;
} Inherited;

// One model being expanded. Without a module, nothing is built: bodies are walked for their names, `if` both
// ways, calls of blocks not followed, and no tensor has a shape (see Body.current).
typedef struct Expansion {
    Study *study;
    Module *module;
    Function *function; // "model"
    NameTable paths;    // of weights' names to PathUse (path.c)
    bool failed;
} Expansion;

typedef struct Branch {
    const char *name;
    Span span;
    Value *start, *end; // NULL if unknown
    bool joined;
    Span joined_at;
} Branch;

// What stands between two braces: the branches declared there must be joined there.
typedef struct Braces {
    List(Branch) branches;
    const struct Braces *outer; // within the same body
} Braces;

typedef struct Body {
    Expansion *expansion;
    Scope scope;
    const char *what; // "model net", "block stage", "branch skip"
    const char *path; // "" in the model itself
    Value *current;   // what the next layer gets; NULL: unknown after an error, or nothing is built
    Inherited inherited;
    Braces *braces;
    int depth; // of braces and calls, from the model
} Body;

// A layer's or block's call with its common arguments set apart.
typedef struct BodyCall {
    const Element *element;
    Datum call; // without those
    Inherited inherited;
    bool good; // no error in the arguments so far
} BodyCall;

// Expands the items between a pair of braces, and checks that its branches were joined. False when nesting is
// too deep.
void expand_items(Body *body, const Items *items);
void expand_element(Body *body, const Element *element);
// An error after which no shape is known.
Diagnostic *body_error(Body *body, Code code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void body_fail(Body *body); // the same, where the message was given

// path.c: the path of a part called `label` (or else `name`), numbered under its parent. NULL after an error.
const char *part_path(Body *body, const Element *element, const char *name);
const char *branch_path(Body *body, const Item *branch);

// inherited.c: takes init, l2, frozen and weights out of a call's arguments.
BodyCall body_call(Body *body, const Element *element, const Datum *call, bool good);
// One of them, by name; false if the name is none of them. *good is cleared after an error.
bool inherit(const Scope *scope, const DatumItem *item, Inherited *inherited, bool *good);

// layer.c
void expand_layer(Body *body, const BodyCall *call, const Op *op, int input_count, Value *const *inputs,
                  const Span *input_spans);
// block.c
void expand_block(Body *body, const BodyCall *call, const Declaration *block);
// branch.c
void expand_branch(Body *body, const Item *item);
void expand_join(Body *body, const Element *element, const Datum *callee, const Op *op);
void check_joined(Body *body);

#endif
