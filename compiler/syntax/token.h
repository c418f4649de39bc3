// Tokens, and the way from text to the parser: lex() cuts the text, lay_out() makes brackets pair up and puts
// an END after every statement, and the parser then reads a stream whose brackets always balance.
#ifndef SYNTAX_TOKEN_H
#define SYNTAX_TOKEN_H

#include "syntax/tree.h"

typedef struct Token {
    int kind; // of enum yytokentype
    Span span;
    const char *text;    // as written; of an END what ended the statement, in words
    Expr *literal;       // of a number, size, string, ...: its value
    bool newline_before; // the first one of its line
} Token;

typedef List(Token) Tokens;

// What the generated parser is given: no state is global.
typedef struct Parser {
    Arena *arena;
    const Source *source;
    Diagnostics *diagnostics;
    Tree *tree;
    Tokens tokens;
    int next, current; // the token to hand to the parser, and the last one handed
    uint32_t limit;    // from here on the text was given up, with a message
} Parser;

// Adds the source's tokens, one of kind YYEOF last, to parser->tokens and its comments to the tree.
void lex(Parser *parser);

// Rewrites parser->tokens as said above. Reports unclosed and unopened brackets, too deep nesting, and `{` on
// a line of its own.
void lay_out(Parser *parser);

// Values of literals, with a message and an EXPR_BAD where there is none.
Expr *number_literal(Parser *parser, Span span, const char *text);
Expr *size_literal(Parser *parser, Span span, const char *text);
Expr *string_literal(Parser *parser, Span span, const char *text);

// Reports the current token, where possible[kind] says which kinds the grammar has room for.
void report_syntax_error(Parser *parser, const bool *possible);

// The generated parser: 0 and 1 alike leave a tree, 2 means that memory ran out.
int yyparse(Parser *parser);

#endif
