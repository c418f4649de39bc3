#include "syntax/build.h"
#include <string.h>

Span join_spans(const Parser *parser, const Span *spans, int count) {
    Span span = {parser->source, spans[-(count == 0)].end, spans[-(count == 0)].end};
    if (count) span = (Span){parser->source, spans[0].start, spans[count - 1].end};
    return span;
}

static Item *new_item(Parser *parser, ItemKind kind, Span span) {
    Item *item = NEW(parser->arena, Item);
    item->kind = kind;
    item->span = item->header = span;
    return item;
}

void add_item(Parser *parser, Items *items, Item *item) {
    if (item) list_add(parser->arena, items, item);
}

Items *one_item(Parser *parser, Item *item) {
    Items *items = NEW(parser->arena, Items);
    add_item(parser, items, item);
    return items;
}

static void set_name(Item *item, const Token *name) {
    item->name = name->text;
    item->name_span = name->span;
}

static void set_keyword(Item *item, const Token *word) {
    item->keyword = word->text;
    item->keyword_span = word->span;
}

Item *value_item(Parser *parser, ItemKind kind, Span span, Expr *value) {
    Item *item = new_item(parser, kind, span);
    item->value = value;
    return item;
}

Item *named_item(Parser *parser, ItemKind kind, Span span, const Token *name, Expr *value) {
    Item *item = value_item(parser, kind, span, value);
    set_name(item, name);
    return item;
}

Item *param_item(Parser *parser, Span span, const Token *name, Expr *value, Expr *limits) {
    Item *item = named_item(parser, ITEM_PARAM, span, name, value);
    item->limits = limits;
    return item;
}

Item *if_item(Parser *parser, Span span, const Token *word, Expr *condition, const Items *items,
              const Items *otherwise) {
    Item *item = value_item(parser, ITEM_IF, span, condition);
    set_keyword(item, word);
    item->header.end = condition->span.end;
    item->has_body = true;
    item->items = *items;
    item->has_otherwise = otherwise != NULL;
    if (otherwise) item->otherwise = *otherwise;
    return item;
}

Item *repeat_item(Parser *parser, Span span, const Token *word, const Token *variable, Expr *count,
                  const Items *items) {
    Item *item = value_item(parser, ITEM_REPEAT, span, count);
    set_keyword(item, word);
    if (variable) set_name(item, variable);
    item->header.end = count->span.end;
    item->has_body = true;
    item->items = *items;
    return item;
}

// The parameters a block's head declares.
static void declare_formals(Parser *parser, Item *block, const Arguments *arguments) {
    for (int i = 0; i < arguments->count; i++) {
        const Argument *argument = &arguments->items[i];
        Formal formal = {argument->name, argument->name_span, argument->value};
        if (!argument->name) formal = (Formal){argument->value->name, argument->value->span, NULL};
        bool plain =
            argument->name || (argument->value->kind == EXPR_NAME && !argument->value->parenthesised);
        if (!plain || strchr(formal.name, '.')) {
            if (argument->value->kind == EXPR_BAD) continue;
            Diagnostic *diagnostic = diagnose(parser->diagnostics, SEVERITY_ERROR, E0111,
                                              argument->name ? argument->name_span : argument->value->span,
                                              "a block's parameter is a plain name");
            diagnostic_help(diagnostic, "write `name`, or `name = value` to give a default");
            continue;
        }
        list_add(parser->arena, &block->formals, formal);
    }
}

Item *header_item(Parser *parser, const Token *keyword, const Token *name, const Arguments *arguments) {
    Item *item = new_item(parser, ITEM_SECTION, keyword->span);
    set_keyword(item, keyword);
    if (name) set_name(item, name);
    if (!arguments) return item;
    if (!strcmp(keyword->text, "block")) {
        declare_formals(parser, item, arguments);
    } else {
        item->arguments = *arguments;
    }
    return item;
}

Item *called_header(Parser *parser, const Expr *call) {
    Token keyword = {.text = call->name, .span = call->name_span};
    return header_item(parser, &keyword, NULL, &call->arguments);
}

static void report_second(Parser *parser, const char *word, Span span) {
    diagnose(parser->diagnostics, SEVERITY_ERROR, E0101, span, "a second `%s` in the head of one section",
             word);
}

Item *header_on(Parser *parser, Item *header, const Token *name, Span span) {
    if (header->on) report_second(parser, "on", span);
    header->on = name->text;
    header->on_span = span;
    return header;
}

Item *header_from(Parser *parser, Item *header, const Token *name, Span span) {
    if (header->from) report_second(parser, "from", span);
    header->from = name->text;
    header->from_span = span;
    return header;
}

static bool is_section_word(const char *word) {
    static const char *const words[] = {"dataset",    "augment",  "block",  "model",   "train",
                                        "experiment", "ensemble", "branch", "variant", "vary",
                                        "grid",       "zip",      "greedy", "phase",   "early_stop"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!strcmp(word, words[i])) return true;
    }
    return false;
}

static void report_missing_body(Parser *parser, const Item *section) {
    const char *keyword = section->keyword, *name = section->name;
    if (parser->limit != UINT32_MAX) return; // the body may be in what was given up
    if (is_section_word(keyword)) {
        Diagnostic *diagnostic = diagnose(parser->diagnostics, SEVERITY_ERROR, E0112, section->header,
                                          "`%s %s` has no body", keyword, name);
        diagnostic_help(diagnostic, "add `{ ... }` on the same line");
        return;
    }
    Diagnostic *diagnostic = diagnose(parser->diagnostics, SEVERITY_ERROR, E0112, section->name_span,
                                      "expected `=`, `->` or `{`, found `%s`", name);
    diagnostic_help(diagnostic, "layers are joined by `->`, as in `%s -> %s`; a setting is `%s = %s`",
                    keyword, name, keyword, name);
}

Item *section_item(Parser *parser, Item *section, Span span, Span head, const Items *items) {
    section->span = span;
    section->header = head;
    if (items) {
        section->has_body = true;
        section->items = *items;
    } else if (strcmp(section->keyword, "variant")) {
        report_missing_body(parser, section);
        if (!is_section_word(section->keyword)) return NULL;
    }
    return section;
}

Item *broken_section(Parser *parser, Item *header, Span span, Span head, const Items *items) {
    static const Items none = {0};
    if (!is_section_word(header->keyword)) return NULL;
    return section_item(parser, header, span, head, items ? items : &none);
}

Element *element(Parser *parser, const Token *label, Expr *call) {
    Element *element = NEW(parser->arena, Element);
    element->call = call;
    if (label) {
        element->label = label->text;
        element->label_span = label->span;
    }
    return element;
}

Item *chain_item(Parser *parser, Span span, const Element *first) {
    Item *chain = new_item(parser, ITEM_CHAIN, span);
    list_add(parser->arena, &chain->elements, *first);
    return chain;
}

Item *chain_add(Parser *parser, Item *chain, Span span, const Element *next) {
    chain->span = chain->header = span;
    list_add(parser->arena, &chain->elements, *next);
    return chain;
}

static bool is_layer(const Expr *expr) {
    return (expr->kind == EXPR_NAME || expr->kind == EXPR_CALL) && !expr->parenthesised;
}

static Item *property_of(Item *chain) {
    const Element *element = &chain->elements.items[0];
    chain->kind = ITEM_PROPERTY;
    chain->name = element->label;
    chain->name_span = element->label_span;
    chain->value = element->call;
    chain->elements = (Elements){0};
    return chain;
}

Item *end_chain(Parser *parser, Item *chain) {
    const Elements *elements = &chain->elements;
    if (elements->count == 1 && elements->items[0].label) return property_of(chain);
    bool good = true;
    for (int i = 0; i < elements->count; i++) {
        const Element *element = &elements->items[i];
        bool bad = element->call->kind == EXPR_BAD, layer = is_layer(element->call);
        bool dotted = element->label && strchr(element->label, '.');
        good = good && layer && !dotted;
        if (bad || (layer && !dotted)) continue;
        diagnose(parser->diagnostics, SEVERITY_ERROR, E0110,
                 layer ? element->label_span : element->call->span,
                 layer ? "a label is a plain name" : "expected a layer or a block, found a value");
    }
    return good ? chain : NULL;
}

static void label_layer(Parser *parser, Item *item) {
    if (!is_layer(item->value) || strchr(item->name, '.')) return;
    Element element = {item->name, item->name_span, item->value};
    item->kind = ITEM_CHAIN;
    item->name = NULL;
    item->name_span = (Span){0};
    item->value = NULL;
    list_add(parser->arena, &item->elements, element);
}

void label_layers(Parser *parser, Items *items, bool layers) {
    static const char *const layer_sections[] = {"model", "block", "branch", "augment"};
    for (int i = 0; i < items->count; i++) {
        Item *item = items->items[i];
        bool inside = layers;
        if (item->kind == ITEM_PROPERTY && layers) label_layer(parser, item);
        if (item->kind == ITEM_SECTION) {
            inside = false;
            for (int j = 0; j < 4; j++) inside |= !strcmp(item->keyword, layer_sections[j]);
        }
        label_layers(parser, &item->items, inside);
        label_layers(parser, &item->otherwise, inside);
    }
}
