// A call of a block: its parameters are bound, and its body is expanded in its own file's scope.
#include "resolve/body.h"
#include "resolve/familiar.h"

#include <string.h>

static const char *signature(Arena *arena, const Declaration *block) {
    const Item *item = block->item;
    const char *text = arena_printf(arena, "%s(", block->name);
    for (int i = 0; i < item->formals.count; i++) {
        const Formal *formal = &item->formals.items[i];
        text = arena_printf(arena, "%s%s%s", text, i ? ", " : "", formal->name);
        if (!formal->initial) continue;
        Text value = {0};
        expr_print(formal->initial, &value);
        text = arena_printf(arena, "%s = %s", text, text_string(&value));
        text_free(&value);
    }
    return arena_printf(arena, "%s)", text);
}

static int formal_of(const Scope *scope, const Declaration *block, const DatumItem *item, int *place) {
    const Item *declared = block->item;
    Arena *arena = scope->study->arena;
    if (!item->name) {
        if (*place < declared->formals.count) return (*place)++;
        Diagnostic *diagnostic =
            scope_error(scope, E0410, item->value.span, "too many arguments for %s", block->name);
        diagnostic_help(diagnostic, "it is %s", signature(arena, block));
        return -1;
    }
    List(const char *) names = {0};
    for (int i = 0; i < declared->formals.count; i++) {
        if (strcmp(declared->formals.items[i].name, item->name) == 0) return i;
        list_add(arena, &names, declared->formals.items[i].name);
    }
    list_add(arena, &names, NULL);
    Diagnostic *diagnostic =
        scope_error(scope, E0407, item->name_span, "block %s has no parameter `%s`", block->name, item->name);
    if (closest_word(item->name, names.items))
        diagnostic_suggest(diagnostic, item->name, names.items);
    else
        diagnostic_help(diagnostic, "it is %s", signature(arena, block));
    return -1;
}

// The arguments by the formals' places; NULL where none was given. False after errors.
static bool place_arguments(const Scope *scope, const Declaration *block, const Datum *call,
                            const DatumItem **placed) {
    int place = 0;
    bool fine = true;
    for (int i = 0; i < call->count; i++) {
        const DatumItem *item = &call->items[i];
        int index = formal_of(scope, block, item, &place);
        if (index < 0) {
            fine = false;
            if (!item->name) break;
        } else if (placed[index]) {
            Span span = item->name ? item->name_span : item->value.span;
            Diagnostic *diagnostic = scope_error(scope, E0408, span, "`%s` of %s is given twice",
                                                 block->item->formals.items[index].name, block->name);
            diagnostic_label(diagnostic, placed[index]->value.span, "first here");
            fine = false;
        } else {
            placed[index] = item;
        }
    }
    for (int i = 0; i < block->item->formals.count; i++) {
        const Formal *formal = &block->item->formals.items[i];
        if (placed[i] || formal->initial) continue;
        Diagnostic *diagnostic =
            scope_error(scope, E0409, call->span, "%s needs `%s`", block->name, formal->name);
        diagnostic_help(diagnostic, "it is %s", signature(scope->study->arena, block));
        fine = false;
    }
    return fine;
}

// A default sees the formals before it, and what enters the block.
static bool bind_formals(Scope *scope, const Declaration *block, const DatumItem **placed) {
    bool fine = true;
    for (int i = 0; i < block->item->formals.count; i++) {
        const Formal *formal = &block->item->formals.items[i];
        Binding *binding = NEW(scope->study->arena, Binding);
        Datum value = placed[i] ? placed[i]->value : evaluate(scope, formal->initial, NULL);
        *binding = (Binding){formal->name, value, (Binding *)scope->bindings};
        scope->bindings = binding;
        fine &= value.kind != DATUM_BAD;
    }
    return fine;
}

static bool calls_itself(Body *body, const BodyCall *call, const Declaration *block) {
    const Frame *frame = body->scope.frames;
    while (frame && frame->block != block) frame = frame->caller;
    if (!frame) return false;
    Diagnostic *diagnostic =
        body_error(body, E0210, call->call.span, "block %s leads back to itself", block->name);
    diagnostic_label(diagnostic, block->item->name_span, "declared here");
    diagnostic_help(diagnostic, "write `repeat` for the same layers several times");
    return true;
}

void expand_block(Body *body, const BodyCall *call, const Declaration *block) {
    Study *study = body->scope.study;
    const DatumItem **placed = NEW_ARRAY(study->arena, const DatumItem *, block->item->formals.count + 1);
    bool fine = place_arguments(&body->scope, block, &call->call, placed) && call->good;
    const char *path = part_path(body, call->element, block->name);
    if (!fine || !path || calls_itself(body, call, block)) {
        body_fail(body);
        return;
    }
    if (!body->current) return;
    if (!spend_steps(&body->scope, call->call.span, STEPS_OF_CALL)) {
        body_fail(body);
        return;
    }
    Frame frame = {.block = block,
                   .value = call->call,
                   .what = body->what,
                   .span = call->element->call->span,
                   .caller = body->scope.frames};
    Body inner = {.expansion = body->expansion,
                  .scope = scope_of_file(study, block->file, body->scope.params),
                  .what = block->label,
                  .path = path,
                  .current = body->current,
                  .inherited = call->inherited,
                  .depth = body->depth + 1};
    inner.scope.variant = body->scope.variant;
    inner.scope.frames = &frame;
    inner.scope.facts = body->scope.facts;
    inner.scope.facts.shape = body->current->shape;
    if (bind_formals(&inner.scope, block, placed))
        expand_items(&inner, &block->item->items);
    else
        body_fail(&inner);
    body->current = inner.current;
}
