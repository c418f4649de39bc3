// The values of params: computed when they are first asked for, and kept.
#include "resolve/evaluate.h"

#include <string.h>

typedef struct ParamValue {
    enum { PARAM_COMPUTING, PARAM_KNOWN, PARAM_SET } state;
    Datum value;
} ParamValue;

struct Params {
    NameTable values; // of names to ParamValue; absent: the default, not computed yet
    List(const Declaration *) set;
    int depth; // of defaults that mention each other, now being computed
};

enum { DEEPEST = 256 };

Params *params_new(Study *study) {
    return NEW(study->arena, Params);
}

static void put(Study *study, Params *params, const Declaration *param, ParamValue value) {
    ParamValue *kept = name_get(&params->values, param->name);
    if (!kept) {
        kept = NEW(study->arena, ParamValue);
        name_put(study->arena, &params->values, param->name, kept);
    }
    *kept = value;
}

Params *params_copy(Study *study, const Params *params) {
    Params *copy = params_new(study);
    for (int i = 0; i < params->set.count; i++) {
        const Declaration *param = params->set.items[i];
        const ParamValue *value = name_get(&params->values, param->name);
        put(study, copy, param, *value);
        list_add(study->arena, &copy->set, param);
    }
    return copy;
}

static bool same_type(const Datum *a, const Datum *b) {
    if (datum_is_number(a) && datum_is_number(b)) return true;
    if (datum_is_callable(a) || datum_is_callable(b)) return datum_is_callable(a) && datum_is_callable(b);
    return a->kind == b->kind;
}

static const char *type_name(const Datum *datum) {
    return datum_is_callable(datum) ? "a layer" : datum_kind_name(datum->kind);
}

static bool in_range(const Datum *limits, const Datum *value) {
    const Datum *first = &limits->items[0].value, *last = &limits->items[1].value;
    return datum_compare(first, value) <= 0 && datum_compare(value, last) <= 0;
}

// Whether `in` admits the value; an error at its place otherwise. Limits of the wrong kind are the param's
// mistake, which is reported there.
static bool within_limits(const Scope *scope, const Declaration *param, const Datum *value) {
    if (!param->item->limits) return true;
    Scope own = scope_of_file(scope->study, param->file, scope->params);
    Datum limits = evaluate(&own, param->item->limits, NULL);
    bool fits = limits.kind == DATUM_BAD;
    if (limits.kind == DATUM_LIST) {
        for (int i = 0; i < limits.count; i++) fits |= datum_equal(&limits.items[i].value, value);
    } else if (limits.kind == DATUM_RANGE && (datum_is_number(value) || value->kind == DATUM_ANGLE)) {
        fits = in_range(&limits, value);
    } else if (!fits) {
        Diagnostic *diagnostic = scope_error(&own, E0403, limits.span, "`%s` can't be limited by %s",
                                             param->name, datum_describe(scope->study->arena, &limits));
        diagnostic_help(diagnostic, "write a range (`in 0..0.9`) for numbers, or a list (`in [relu, elu]`)");
        return true;
    }
    if (fits) return true;
    Arena *arena = scope->study->arena;
    Diagnostic *diagnostic = scope_error(scope, E0402, value->span, "%s is outside the limits of param `%s`",
                                         datum_describe(arena, value), param->name);
    diagnostic_label(diagnostic, param->item->limits->span, "%s", datum_text(arena, &limits));
    return false;
}

static Datum compute(const Scope *scope, const Declaration *param) {
    Study *study = scope->study;
    Params *params = scope->params;
    Scope own = scope_of_file(study, param->file, params);
    own.variant = scope->variant;
    if (params->depth >= DEEPEST) {
        scope_error(&own, E0205, param->item->name_span, "param `%s` is %d defaults deep in other params",
                    param->name, DEEPEST);
        return datum_bad(param->item->name_span);
    }
    put(study, params, param, (ParamValue){.state = PARAM_COMPUTING});
    params->depth++;
    Datum value = evaluate(&own, param->item->value, NULL);
    if (value.kind == DATUM_RANGE) {
        scope_error(&own, E0403, value.span, "a param can't be a range");
        value = datum_bad(value.span);
    }
    if (value.kind != DATUM_BAD && !within_limits(&own, param, &value)) value = datum_bad(value.span);
    params->depth--;
    put(study, params, param, (ParamValue){PARAM_KNOWN, value});
    return value;
}

Datum param_value(const Scope *scope, const Declaration *param) {
    ParamValue *known = name_get(&scope->params->values, param->name);
    if (!param->item->value) return datum_bad(param->item->name_span);
    if (!known) return compute(scope, param);
    if (known->state != PARAM_COMPUTING) return known->value;
    Diagnostic *diagnostic =
        diagnose(scope->study->diagnostics, SEVERITY_ERROR, E0205, param->item->name_span,
                 "the value of param `%s` needs itself", param->name);
    diagnostic_help(diagnostic, "give one of the params that mention each other a value of its own");
    return datum_bad(param->item->name_span);
}

bool param_set(const Scope *scope, Params *params, const Declaration *param, Datum value) {
    Study *study = scope->study;
    if (value.kind == DATUM_BAD) return false;
    Scope own = scope_of_file(study, param->file, NULL);
    Datum initial = param_value(&own, param);
    if (initial.kind != DATUM_BAD && !same_type(&initial, &value)) {
        Diagnostic *diagnostic =
            scope_error(scope, E0401, value.span, "param `%s` is %s, not %s", param->name,
                        type_name(&initial), datum_describe(study->arena, &value));
        diagnostic_label(diagnostic, param->item->value->span, "its default is %s",
                         datum_text(study->arena, &initial));
        diagnostic_help(diagnostic, "a param keeps its default's type: write %s", type_name(&initial));
        return false;
    }
    Scope limiting = *scope;
    limiting.params = study->defaults;
    if (!within_limits(&limiting, param, &value)) return false;
    const ParamValue *before = name_get(&params->values, param->name);
    if (!before || before->state != PARAM_SET) list_add(study->arena, &params->set, param);
    put(study, params, param, (ParamValue){PARAM_SET, value});
    return true;
}
