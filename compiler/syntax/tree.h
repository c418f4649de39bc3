// The tree of a `.cnn` file, as written: nothing is looked up or evaluated here, so that `cnnc fmt` can print
// the file back. Sections of every kind are one Item kind; which words are legal where is for resolve/ to
// say.
#ifndef SYNTAX_TREE_H
#define SYNTAX_TREE_H

#include "base/diagnostic.h"

typedef struct Expr Expr;
typedef struct Item Item;

typedef enum ExprKind {
    EXPR_NUMBER,  // 0.1, 1e-3, 12          number, is_integer
    EXPR_PERCENT, // 20%                    number = 0.2
    EXPR_ANGLE,   // 72deg                  number = 72
    EXPR_SIZE,    // 3x3, 28x28x1           dims, rank
    EXPR_STRING,  // "..."                  name = contents with escapes undone
    EXPR_NAME,    // relu, train.loss       name = the whole path
    EXPR_LIST,    // [a, b]                 arguments (unnamed)
    EXPR_CALL,    // adam(lr = 1e-3)        name = the callee, arguments
    EXPR_RANGE,   // 1..5                   left, right
    EXPR_UNARY,   // -a, not a              operator, left
    EXPR_BINARY,  // a + b, a == b, a and b operator, left, right
    EXPR_BAD      // could not be parsed; a message was given
} ExprKind;

typedef enum Operator {
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_EQUAL,
    OPERATOR_UNEQUAL,
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
    OPERATOR_AND,
    OPERATOR_OR,
    OPERATOR_NOT,
    OPERATOR_NEGATE
} Operator;

typedef struct Argument {
    const char *name; // NULL if given by place
    Span name_span;
    Expr *value;
} Argument;

typedef List(Argument) Arguments;

struct Expr {
    ExprKind kind;
    Span span;
    const char *text; // a literal as written
    double number;
    bool is_integer;
    int rank;
    int64_t dims[4];
    const char *name;
    Span name_span;
    Arguments arguments;
    Operator operator;
    Expr *left, *right;
    bool parenthesised;
};

// One element of a chain: `label = call`. A bare name is an EXPR_NAME, a call an EXPR_CALL.
typedef struct Element {
    const char *label; // NULL if none
    Span label_span;
    Expr *call;
} Element;

typedef List(Element) Elements;

// A formal parameter of a block: name, or name = default.
typedef struct Formal {
    const char *name;
    Span span;
    Expr *initial; // NULL if none
} Formal;

typedef enum ItemKind {
    ITEM_VERSION,  // cnn 1                                    value
    ITEM_USE,      // use "file"                               value
    ITEM_PARAM,    // param drop = 0.2 in 0..0.9               name, value, limits (or NULL)
    ITEM_PROPERTY, // path = value                             name, value
    ITEM_AXIS,     // path in list                             name, value
    ITEM_SECTION,  // keyword name(...) on X from Y { items }  keyword, name, formals, arguments, on, from,
                   // items
    ITEM_CHAIN,    // conv(64) -> relu                         elements
    ITEM_IF,       // if value { items } else { otherwise }
    ITEM_REPEAT    // repeat i in value { items }; repeat 3 { }: name NULL
} ItemKind;

typedef List(Item *) Items;

struct Item {
    ItemKind kind;
    Span span;           // all of it, braces included
    Span header;         // a section's first line up to its brace: what messages about the section point at
    const char *keyword; // "dataset", "block", "variant", "early_stop", "phase", "branch", "grid", ...
    Span keyword_span;
    const char *name; // NULL if it has none
    Span name_span;
    Expr *value, *limits;
    List(Formal) formals;  // of a block
    Arguments arguments;   // of a model's, an augment's or a greedy's head
    const char *on, *from; // model NAME on DATASET; variant NAME from VARIANT
    Span on_span, from_span;
    bool has_body; // `variant m1` has none
    Items items, otherwise;
    bool has_otherwise;
    Elements elements;
};

// A comment, or a blank line between items (text NULL): kept in the order of the file for fmt.
typedef struct Trivia {
    Span span;
    const char *text; // with its #, without the newline
    bool own_line;    // nothing but space stands before it
} Trivia;

typedef struct Tree {
    const Source *source;
    Items items;
    List(Trivia) trivia;
} Tree;

// Parses a whole source. Never NULL: after errors the tree holds what could be read.
Tree *parse(Arena *arena, const Source *source, Diagnostics *diagnostics);

// Prints the tree in the canonical layout; all comments are kept. Parsing what it prints gives the same tree,
// and printing that the same text.
struct Text;
void tree_print(const Tree *tree, struct Text *text);
void expr_print(const Expr *expr, struct Text *text);

// What else stays out of the grammar: a walk that gives each item a visit before its children.
const char *operator_text(Operator operator);

#endif
