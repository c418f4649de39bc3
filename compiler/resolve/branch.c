// Branches, and the layers that join them.
#include "resolve/arguments.h"
#include "resolve/body.h"

#include <string.h>

void expand_branch(Body *body, const Item *item) {
    Study *study = body->scope.study;
    Braces *braces = body->braces;
    if (reject_hiding(study, "branch", item->name, item->name_span)) body_fail(body);
    for (int i = 0; i < braces->branches.count; i++) {
        const Branch *other = &braces->branches.items[i];
        if (other->joined || strcmp(other->name, item->name) != 0) continue;
        Diagnostic *diagnostic =
            body_error(body, E0207, item->name_span, "two branches are called `%s`", item->name);
        diagnostic_label(diagnostic, other->span, "first here, and not joined yet");
        return;
    }
    Body inner = *body;
    inner.what = arena_printf(study->arena, "branch %s", item->name);
    inner.path = branch_path(body, item);
    inner.braces = NULL;
    inner.depth++;
    if (body->current)
        inner.scope.facts.shape = body->current->shape;
    else
        inner.scope.facts.state = FACTS_UNKNOWN;
    Branch branch = {.name = item->name, .span = item->name_span, .start = body->current};
    if (inner.path) expand_items(&inner, &item->items);
    branch.end = inner.path ? inner.current : NULL;
    list_add(study->arena, &braces->branches, branch);
}

void check_joined(Body *body) {
    const Braces *braces = body->braces;
    for (int i = 0; i < braces->branches.count; i++) {
        const Branch *branch = &braces->branches.items[i];
        // Where the expansion was cut short, the join may not have been seen.
        if (branch->joined || !spend_steps(&body->scope, branch->span, 0)) continue;
        Diagnostic *diagnostic =
            body_error(body, E0211, branch->span, "branch `%s` is never joined", branch->name);
        diagnostic_help(diagnostic, "write add(%s), mul(%s) or concat(%s) before the braces end",
                        branch->name, branch->name, branch->name);
    }
}

// --- joins ---

// The branch of this name that is yet to be joined, or else the last one that was; NULL if there is none.
static Branch *find_branch(const Braces *braces, const char *name) {
    Branch *found = NULL;
    for (int i = 0; braces && i < braces->branches.count; i++) {
        Branch *branch = &braces->branches.items[i];
        if (strcmp(branch->name, name) == 0) found = branch;
    }
    return found;
}

// Says what is wrong with a name that is no branch here. The branch that was meant counts as joined, so that
// this isn't said a second time.
static void no_such_branch(Body *body, const char *join, const Expr *expr) {
    Arena *arena = body->scope.study->arena;
    for (const Braces *outer = body->braces->outer; outer; outer = outer->outer) {
        Branch *branch = find_branch(outer, expr->name);
        if (!branch) continue;
        branch->joined = true;
        branch->joined_at = expr->span;
        Diagnostic *diagnostic =
            body_error(body, E0212, expr->span, "branch `%s` began outside these braces", expr->name);
        diagnostic_label(diagnostic, branch->span,
                         "it must be joined within the same braces as it is declared");
        return;
    }
    List(const char *) names = {0};
    for (int i = 0; i < body->braces->branches.count; i++) {
        if (!body->braces->branches.items[i].joined)
            list_add(arena, &names, body->braces->branches.items[i].name);
    }
    list_add(arena, &names, NULL);
    Diagnostic *diagnostic = body_error(body, E0212, expr->span, "`%s` is no branch", expr->name);
    const char *closest = closest_word(expr->name, names.items);
    if (!closest) {
        diagnostic_help(diagnostic,
                        "`%s` takes branches: declare `branch %s { ... }` before, where it begins", join,
                        expr->name);
        return;
    }
    diagnostic_suggest(diagnostic, expr->name, names.items);
    Branch *meant = find_branch(body->braces, closest);
    meant->joined = true;
    meant->joined_at = expr->span;
}

static Branch *joined_branch(Body *body, const char *join, const Expr *expr) {
    if (expr->kind != EXPR_NAME) {
        if (expr->kind == EXPR_BAD) {
            body_fail(body);
            return NULL;
        }
        Diagnostic *diagnostic = body_error(body, E0212, expr->span, "`%s` takes names of branches", join);
        diagnostic_help(diagnostic, "put these layers into a branch: branch NAME { ... }, then %s(NAME)",
                        join);
        return NULL;
    }
    Branch *branch = find_branch(body->braces, expr->name);
    if (!branch) {
        no_such_branch(body, join, expr);
        return NULL;
    }
    if (branch->joined) {
        Diagnostic *diagnostic =
            body_error(body, E0212, expr->span, "branch `%s` is joined twice", expr->name);
        diagnostic_label(diagnostic, branch->joined_at, "first here");
        diagnostic_help(diagnostic, "an empty branch is a copy of the current tensor: declare a second one");
        return NULL;
    }
    branch->joined = true;
    branch->joined_at = expr->span;
    return branch;
}

typedef struct Join {
    Value *inputs[MAX_INPUTS];
    Span spans[MAX_INPUTS];
    int count;
    int branches;
    bool keeps_current; // the current tensor is where one of the joined branches began
} Join;

static bool add_input(Body *body, const Expr *call, Join *join, Value *value, Span span) {
    if (join->count == MAX_INPUTS) {
        body_error(body, E0410, span, "`%s` joins at most %d tensors", call->name, MAX_INPUTS);
        return false;
    }
    join->inputs[join->count] = value;
    join->spans[join->count++] = span;
    return true;
}

static bool begins_branch(const Body *body, const Value *value) {
    for (int i = 0; i < body->braces->branches.count; i++) {
        const Branch *branch = &body->braces->branches.items[i];
        if (!branch->joined && branch->start == value) return true;
    }
    return false;
}

// Marks the branches as joined and collects what they end in; false after errors.
static bool collect(Body *body, const Expr *call, int count, Join *join) {
    Value *current = body->current;
    bool fine = count != 1 || add_input(body, call, join, current, call->name_span);
    for (int i = 0; i < call->arguments.count; i++) {
        const Argument *argument = &call->arguments.items[i];
        if (argument->name) continue;
        Branch *branch = joined_branch(body, call->name, argument->value);
        if (!branch) {
            fine = false;
            continue;
        }
        join->branches++;
        join->keeps_current |= branch->start == current;
        fine = fine && add_input(body, call, join, branch->end, argument->value->span);
    }
    if (!fine || count == 1 || !body->expansion->module || !current) return fine;
    if (join->keeps_current || begins_branch(body, current)) return fine;
    Diagnostic *diagnostic =
        body_error(body, E0213, call->span, "layers since these branches began would be lost");
    diagnostic_label(diagnostic, current->span, "this one's output is not used");
    diagnostic_help(diagnostic,
                    "`%s` of several branches takes exactly these: put the layers into a branch of their own "
                    "and join it too",
                    call->name);
    return false;
}

// `add(skip)` takes the current tensor first; `add(a, b)` exactly these. By-name arguments are as any
// layer's.
void expand_join(Body *body, const Element *element, const Datum *callee, const Op *op) {
    const Expr *expr = element->call;
    Arena *arena = body->scope.study->arena;
    Arguments named = {0};
    int count = 0;
    for (int i = 0; expr->kind == EXPR_CALL && i < expr->arguments.count; i++) {
        if (expr->arguments.items[i].name)
            list_add(arena, &named, expr->arguments.items[i]);
        else
            count++;
    }
    if (count == 0) {
        Diagnostic *diagnostic =
            body_error(body, E0409, expr->span, "`%s` joins branches, and none is named", op->name);
        diagnostic_help(
            diagnostic,
            "write %s(NAME) after `branch NAME { ... }`: it takes the current tensor and the branch",
            op->name);
        return;
    }
    Expr others = *expr;
    others.arguments = named;
    Datum call;
    bool good = evaluate_arguments(&body->scope, callee, &others, NULL, &call);
    Join join = {0};
    if (!collect(body, expr, count, &join) || !good) {
        body_fail(body);
        return;
    }
    BodyCall part = body_call(body, element, &call, good);
    expand_layer(body, &part, op, join.count, join.inputs, join.spans);
}
