#include "resolve/section.h"
#include "resolve/arguments.h"
#include "resolve/source.h"
#include "resolve/vocabulary.h"
#include <stdlib.h>
#include <string.h>

Section section_open(const Scope *scope, const PropertyTable *table, Span span) {
    return (Section){.table = table, .scope = *scope, .span = span, .good = true};
}

// The part of a path before its first dot.
static const char *path_head(Arena *arena, const char *path) {
    return arena_copy(arena, path, strcspn(path, "."));
}

static void unknown_property(Section *section, const char *name, Span span) {
    Arena *arena = section->scope.study->arena;
    Diagnostic *diagnostic =
        scope_error(&section->scope, E0501, span, "`%s` has no property `%s`", section->table->section, name);
    const char *known = property_elsewhere(section->table->section, name);
    if (known) {
        diagnostic_help(diagnostic, "%s", known);
        return;
    }
    const char *const *names = property_names(arena, section->table);
    if (closest_word(name, names)) {
        diagnostic_suggest(diagnostic, name, names);
        return;
    }
    Text text = {0};
    for (; *names; names++) text_printf(&text, "%s%s", text.length ? ", " : "", *names);
    diagnostic_help(diagnostic, "it has %s", text_string(&text));
    text_free(&text);
}

void section_add(Section *section, Given given) {
    const char *head = path_head(section->scope.study->arena, given.name);
    const Property *property = property_find(section->table, head);
    bool part = strchr(given.name, '.') != NULL;
    if (!property || (part && property->type != PROPERTY_CALL)) {
        unknown_property(section, given.name, given.span);
        section->good = false;
        return;
    }
    list_add(section->scope.study->arena, &section->given, given);
}

static void add_property(Section *section, const Item *item, int first) {
    for (int i = first; i < section->given.count; i++) {
        if (strcmp(section->given.items[i].name, item->name)) continue;
        Diagnostic *diagnostic =
            scope_error(&section->scope, E0502, item->name_span, "`%s` is given twice", item->name);
        diagnostic_label(diagnostic, section->given.items[i].span, "first here");
        section->good = false;
        return;
    }
    section_add(section, (Given){item->name, item->name_span, item->value, section->scope.file});
}

static bool in_words(const char *word, const char *const *words) {
    for (; *words; words++) {
        if (!strcmp(word, *words)) return true;
    }
    return false;
}

static void misplaced_section(Section *section, const Item *item, const char *const *sections) {
    Diagnostic *diagnostic = scope_error(&section->scope, E0504, item->keyword_span,
                                         "`%s` can't stand in `%s`", item->keyword, section->table->section);
    diagnostic_suggest(diagnostic, item->keyword, sections);
    section->good = false;
}

void section_add_items(Section *section, const Items *items, const char *const *sections) {
    int first = section->given.count;
    for (int i = 0; i < items->count; i++) {
        const Item *item = items->items[i];
        if (item->kind == ITEM_PROPERTY) {
            add_property(section, item, first);
        } else if (item->kind == ITEM_SECTION) {
            if (!in_words(item->keyword, sections)) misplaced_section(section, item, sections);
        } else {
            Diagnostic *diagnostic = scope_error(&section->scope, E0504, item->span,
                                                 "`%s` holds properties only", section->table->section);
            diagnostic_help(diagnostic,
                            "a property is written `name = value`; layers stand in models and blocks");
            section->good = false;
        }
    }
}

void section_add_settings(Section *section, const Settings *settings, const char *prefix) {
    size_t length = strlen(prefix);
    for (int i = 0; i < settings->count; i++) {
        const Setting *setting = &settings->items[i];
        if (strncmp(setting->target, prefix, length)) continue;
        section_add(section, (Given){setting->target + length, setting->span, setting->value, setting->file});
    }
}

// The index of the last that was given whole; -1 if none was.
static int last_given(const Section *section, const char *name) {
    for (int i = section->given.count - 1; i >= 0; i--) {
        if (!strcmp(section->given.items[i].name, name)) return i;
    }
    return -1;
}

bool section_has(const Section *section, const char *name) {
    size_t length = strlen(name);
    for (int i = 0; i < section->given.count; i++) {
        const char *given = section->given.items[i].name;
        if (!strncmp(given, name, length) && (!given[length] || given[length] == '.')) return true;
    }
    return false;
}

// words: what the property may be besides other values; NULL if it is not among words. A name that stands for
// nothing is then left to who knows what the property means, and can say what it may be.
static Datum evaluate_given(const Section *section, const Given *given, const char *const *words) {
    Scope scope = section->scope;
    scope.file = given->file;
    const Expr *value = given->value;
    if (words && value->kind == EXPR_NAME && !study_find(scope.study, scope.file, value->name)) {
        return datum_word(value->name, value->span);
    }
    return evaluate(&scope, given->value, words);
}

// The words that a property's value may be, besides those that every expression knows.
static const char *const *property_words(Arena *arena, const Property *property) {
    if (property->type == PROPERTY_METRIC) return metric_names;
    if (property->type == PROPERTY_SOURCE) return source_names(arena);
    if (property->type == PROPERTY_WORD) return choices_list(arena, property->choices);
    if (property->type == PROPERTY_CALL) return op_names(arena, property->flags);
    static const char *const validation[] = {"none", "test", NULL};
    return property->type == PROPERTY_VALIDATION ? validation : NULL;
}

static Datum default_value(const Property *property, Span span) {
    if (property->type == PROPERTY_WHOLE || property->type == PROPERTY_NUMBER ||
        property->type == PROPERTY_SEEDS) {
        return datum_literal(property->initial, strtod(property->initial, NULL), span);
    }
    return datum_word(property->initial, span);
}

// Puts `name = value` into a call in place of what stands there for this attribute.
static void set_argument(Arena *arena, Datum *call, unsigned flags, const char *name, Span name_span,
                         Datum value) {
    const Op *op = op_find_kind(call->word, flags);
    int place = op ? op_attribute(op, name) : -1;
    DatumItem *items = NEW_ARRAY(arena, DatumItem, call->count + 1);
    int count = 0, at = -1;
    for (int i = 0; i < call->count; i++) {
        const DatumItem *item = &call->items[i];
        bool same = item->name ? !strcmp(item->name, name) : i == place;
        if (same) at = count;
        items[count++] = *item;
    }
    DatumItem item = {name, name_span, value};
    if (at < 0) {
        items[count++] = item;
    } else {
        items[at].value = value;
    }
    call->kind = DATUM_CALL;
    call->items = items;
    call->count = count;
}

Datum section_value(Section *section, const char *name) {
    Arena *arena = section->scope.study->arena;
    const Property *property = property_find(section->table, name);
    require(property);
    const char *const *words = property_words(arena, property);
    int last = last_given(section, name);
    if (last < 0 && !property->initial) {
        if (section->good) { // else it may be there, misspelt
            Diagnostic *diagnostic = scope_error(&section->scope, E0503, section->span, "`%s` has no `%s`",
                                                 section->table->section, name);
            diagnostic_help(diagnostic, "%s", property->help);
        }
        section->good = false;
    }
    if (last < 0 && (!property->initial || !*property->initial)) return datum_bad(section->span);
    Datum value = last < 0 ? default_value(property, section->span)
                           : evaluate_given(section, &section->given.items[last], words);
    size_t length = strlen(name);
    for (int i = last + 1; i < section->given.count; i++) {
        const Given *given = &section->given.items[i];
        if (strncmp(given->name, name, length) || given->name[length] != '.') continue;
        Datum argument = evaluate_given(section, given, NULL);
        // Values of other kinds stay as they are, for who knows what is wrong with them.
        if (value.kind == DATUM_BAD || argument.kind == DATUM_BAD) {
            value = datum_bad(given->span);
        } else if (value.kind == DATUM_WORD || value.kind == DATUM_CALL) {
            set_argument(arena, &value, property->flags, given->name + length + 1, given->span, argument);
        }
    }
    section->good &= value.kind != DATUM_BAD;
    return value;
}

static const char *quoted(const Section *section, const char *name) {
    return arena_printf(section->scope.study->arena, "`%s`", name);
}

bool section_whole(Section *section, const char *name, int64_t *whole) {
    const Property *property = property_find(section->table, name);
    Datum value = section_value(section, name);
    bool good = expect_whole(&section->scope, &value, quoted(section, name), (int64_t)property->minimum,
                             (int64_t)property->maximum, whole);
    section->good &= good;
    return good;
}

bool section_number(Section *section, const char *name, double *number) {
    const Property *property = property_find(section->table, name);
    Datum value = section_value(section, name);
    bool good = expect_number(&section->scope, &value, quoted(section, name), property->minimum,
                              property->maximum, number);
    section->good &= good;
    return good;
}

bool section_word(Section *section, const char *name, const char **word) {
    const Property *property = property_find(section->table, name);
    Datum value = section_value(section, name);
    const char *const *choices = property_words(section->scope.study->arena, property);
    bool good = expect_word(&section->scope, &value, quoted(section, name), choices, word);
    section->good &= good;
    return good;
}

bool section_call(Section *section, const char *name, Bound *bound) {
    const Property *property = property_find(section->table, name);
    Datum value = section_value(section, name);
    bool good =
        value.kind != DATUM_BAD && bind_setting(&section->scope, name, property->flags, &value, bound);
    section->good &= good;
    return good;
}
