// What any call takes: init, l2, frozen, weights.
#include "resolve/arguments.h"
#include "resolve/body.h"

#include <string.h>

// An initializer's one number is its value, limit or deviation.
static bool initializer(const Scope *scope, const Datum *value, Initializer *init) {
    Bound bound;
    if (!bind_setting(scope, "init", OP_INITIALIZER, value, &bound)) return false;
    *init = (Initializer){.name = bound.op->name};
    for (int i = 0; i < bound.op->attribute_count; i++) {
        if (bound.attrs[i].kind == ATTR_NUMBER) init->value = bound.attrs[i].number;
    }
    return true;
}

bool inherit(const Scope *scope, const DatumItem *item, Inherited *inherited, bool *good) {
    const Datum *value = &item->value;
    if (!item->name) return false;
    if (strcmp(item->name, "init") == 0) {
        *good &= initializer(scope, value, &inherited->init);
        return true;
    }
    if (strcmp(item->name, "l2") == 0) {
        double l2 = 0;
        *good &= expect_number(scope, value, "`l2`", 0, 1e6, &l2);
        inherited->l2 = attr_number(l2);
        return true;
    }
    if (strcmp(item->name, "frozen") == 0) {
        *good &= expect_truth(scope, value, "`frozen`", &inherited->frozen);
        return true;
    }
    if (strcmp(item->name, "weights") != 0) return false;
    scope_error(scope, E0601, item->name_span, "weights from files are not built yet");
    *good = false;
    return true;
}

BodyCall body_call(Body *body, const Element *element, const Datum *call, bool good) {
    BodyCall result = {element, *call, body->inherited, good};
    DatumItem *items = NEW_ARRAY(body->scope.study->arena, DatumItem, call->count + 1);
    const DatumItem *seen[4] = {NULL};
    int count = 0, common = 0;
    for (int i = 0; i < call->count; i++) {
        const DatumItem *item = &call->items[i];
        if (!inherit(&body->scope, item, &result.inherited, &result.good)) {
            items[count++] = *item;
            continue;
        }
        for (int j = 0; j < common; j++) {
            if (strcmp(seen[j]->name, item->name) != 0) continue;
            Diagnostic *diagnostic =
                scope_error(&body->scope, E0408, item->name_span, "`%s` is given twice", item->name);
            diagnostic_label(diagnostic, seen[j]->name_span, "first here");
            result.good = false;
        }
        if (common < 4) seen[common++] = item;
    }
    result.call.items = items;
    result.call.count = count;
    return result;
}
