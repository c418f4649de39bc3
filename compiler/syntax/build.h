// What the grammar's actions make of what they read: nodes of the tree, with the few checks that need no
// names.
#ifndef SYNTAX_BUILD_H
#define SYNTAX_BUILD_H

#include "syntax/token.h"

// From the first to the last of count spans; the empty span behind spans[-1] if there are none.
Span join_spans(const Parser *parser, const Span *spans, int count);

// Adds item unless it is NULL (lost to an error).
void add_item(Parser *parser, Items *items, Item *item);
// Items that hold one item.
Items *one_item(Parser *parser, Item *item);

Item *value_item(Parser *parser, ItemKind kind, Span span, Expr *value);
Item *named_item(Parser *parser, ItemKind kind, Span span, const Token *name, Expr *value);
Item *param_item(Parser *parser, Span span, const Token *name, Expr *value, Expr *limits);
// word is the `if` or `repeat`, variable and otherwise may be NULL.
Item *if_item(Parser *parser, Span span, const Token *word, Expr *condition, const Items *items,
              const Items *otherwise);
Item *repeat_item(Parser *parser, Span span, const Token *word, const Token *variable, Expr *count,
                  const Items *items);

// A section is made from its header; name, arguments and items (a missing body) may be NULL.
Item *header_item(Parser *parser, const Token *keyword, const Token *name, const Arguments *arguments);
Item *called_header(Parser *parser, const Expr *call);
Item *header_on(Parser *parser, Item *header, const Token *name, Span span);
Item *header_from(Parser *parser, Item *header, const Token *name, Span span);
Item *section_item(Parser *parser, Item *header, Span span, Span head, const Items *items);
// A section with an error in its header, which was reported: NULL if it is not known to be one.
Item *broken_section(Parser *parser, Item *header, Span span, Span head, const Items *items);

Element *element(Parser *parser, const Token *label, Expr *call);
Item *chain_item(Parser *parser, Span span, const Element *first);
Item *chain_add(Parser *parser, Item *chain, Span span, const Element *next);
// One `name = value` alone is a property (for now: see label_layers); all else must be layers.
Item *end_chain(Parser *parser, Item *chain);

// In a body of layers `c1 = conv(32)` is a layer with a label: turns such properties into chains.
void label_layers(Parser *parser, Items *items, bool layers);

Expr *name_expr(Parser *parser, const Token *name);
Expr *call_expr(Parser *parser, Span span, const Token *name, const Arguments *arguments);
Expr *list_expr(Parser *parser, Span span, const Arguments *values);
Expr *unary(Parser *parser, Span span, Operator operator, Expr * operand);
Expr *binary(Parser *parser, Span span, Operator operator, Expr * left, Expr *right);
Expr *range(Parser *parser, Span span, Expr *left, Expr *right);
Expr *parenthesised(Expr *expr, Span span);
Expr *bad_expr(Parser *parser, Span span);
Argument *argument(Parser *parser, const Token *name, Expr *value);
Arguments *add_argument(Parser *parser, Arguments *arguments, const Argument *argument);
Arguments *bad_arguments(Parser *parser, Span span);

#endif
