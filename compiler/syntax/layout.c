#include "grammar/parser.h"
#include "syntax/token.h"
#include <string.h>

enum { DEEPEST = 256 };

// An open bracket. height counts how deep the tree below can get: brackets, and operators, since each of a
// row of them nests its left side once more. It begins anew after a comma; highest remembers what was before.
typedef struct Bracket {
    int index; // of its token in the tokens written so far
    int base, highest;
} Bracket;

typedef struct Layout {
    Parser *parser;
    const Tokens *from;
    Tokens to;
    List(Bracket) open;
    int height;
} Layout;

static bool can_end_statement(int kind) {
    switch (kind) {
    case NAME:
    case PATH:
    case SECTION:
    case CNN:
    case USE:
    case PARAM:
    case ON:
    case FROM:
    case NUMBER:
    case SIZE:
    case STRING:
    case ')':
    case ']':
    case '}':
    case INVALID: return true;
    default: return false;
    }
}

static bool is_operator(int kind) {
    switch (kind) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '<':
    case '>':
    case EQUAL:
    case UNEQUAL:
    case LESS_EQUAL:
    case GREATER_EQUAL:
    case DOTS:
    case AND:
    case OR:
    case NOT:
    case ELSE: return true;
    default: return false;
    }
}

static int closer_of(int opener) {
    return opener == '(' ? ')' : opener == '[' ? ']' : '}';
}

static Token *top_token(Layout *layout) {
    return &layout->to.items[layout->open.items[layout->open.count - 1].index];
}

// The bracket that is open innermost, 0 if there is none.
static int innermost(Layout *layout) {
    return layout->open.count ? top_token(layout)->kind : 0;
}

static void write(Layout *layout, Token token) {
    list_add(layout->parser->arena, &layout->to, token);
}

static void pop(Layout *layout) {
    Bracket bracket = layout->open.items[--layout->open.count];
    if (bracket.highest > layout->height) layout->height = bracket.highest;
}

static Token made_closer(Span place, int opener) {
    static const char *const texts[] = {"(", ")", "]", "}"};
    const char *text = opener == '(' ? texts[1] : opener == '[' ? texts[2] : texts[3];
    return (Token){closer_of(opener), {place.source, place.end, place.end}, text, NULL, false};
}

// Where a forgotten `)` most likely belongs: at the end of the first line that could be a statement's last.
static int place_for_closer(const Layout *layout, int opener) {
    int depth = 0, place = opener + 1;
    for (; place < layout->to.count; place++) {
        int kind = layout->to.items[place].kind, before = layout->to.items[place - 1].kind;
        if (depth == 0 && layout->to.items[place].newline_before && can_end_statement(before)) break;
        depth += (kind == '(' || kind == '[') - (kind == ')' || kind == ']');
    }
    return place;
}

static void close_parenthesis(Layout *layout) {
    int opener = layout->open.items[layout->open.count - 1].index;
    int kind = layout->to.items[opener].kind;
    int place = place_for_closer(layout, opener);
    Token closer = made_closer(layout->to.items[place - 1].span, kind);
    write(layout, closer);
    Token *at = layout->to.items + place;
    memmove(at + 1, at, sizeof *at * (size_t)(layout->to.count - 1 - place));
    *at = closer;
    pop(layout);
}

static void close_brace(Layout *layout) {
    write(layout, made_closer(layout->to.items[layout->to.count - 1].span, '{'));
    pop(layout);
}

// Of brackets that the same place shows to be unclosed only the innermost are reported one by one.
static void report_unclosed(Layout *layout, const Token *found, int reported) {
    enum { MOST = 3 };
    Token *opener = top_token(layout);
    if (found->span.start >= layout->parser->limit || reported >= MOST) return;
    Diagnostic *diagnostic = diagnose(layout->parser->diagnostics, SEVERITY_ERROR, E0106, opener->span,
                                      "the `%s` opened here is never closed", opener->text);
    if (found->kind == YYEOF) {
        diagnostic_note(diagnostic, "the file ends before its `%c`", closer_of(opener->kind));
    } else {
        diagnostic_label(diagnostic, found->span, "`%c` is needed before this", closer_of(opener->kind));
    }
    if (reported + 1 == MOST && layout->open.count > 1) {
        diagnostic_note(diagnostic, "brackets around it are open as well");
    }
}

// A word in column 1 that opens what can only stand outside of all brackets.
static bool begins_top_level(const Layout *layout, int i) {
    static const char *const words[] = {"dataset", "augment",    "block",   "model",
                                        "train",   "experiment", "ensemble"};
    const Token *token = &layout->from->items[i];
    const char *before = token->span.source->text + token->span.start;
    if (!token->newline_before || (token->span.start && before[-1] != '\n')) return false;
    int next = i + 1 < layout->from->count ? layout->from->items[i + 1].kind : YYEOF;
    if (token->kind == PARAM) return next == NAME;
    if (token->kind == USE) return next == STRING;
    if (token->kind != SECTION || next != NAME) return false;
    for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
        if (!strcmp(token->text, words[j])) return true;
    }
    return false;
}

// What can't stand between parentheses, so that they were forgotten to be closed.
static bool ends_parentheses(const Layout *layout, int i) {
    const Token *token = &layout->from->items[i];
    int next = i + 1 < layout->from->count ? layout->from->items[i + 1].kind : YYEOF;
    switch (token->kind) {
    case ARROW:
    case ';':
    case '{':
    case '}':
    case YYEOF:
    case IF:
    case REPEAT: return true;
    case SECTION: return token->newline_before && next == NAME;
    default: return false;
    }
}

static void close_what_must_end(Layout *layout, int i) {
    const Token *token = &layout->from->items[i];
    bool all = token->kind == YYEOF || begins_top_level(layout, i);
    bool parentheses = all || ends_parentheses(layout, i);
    for (int reported = 0; layout->open.count && (all || (parentheses && innermost(layout) != '{'));
         reported++) {
        report_unclosed(layout, token, reported);
        if (innermost(layout) == '{') {
            close_brace(layout);
        } else {
            close_parenthesis(layout);
        }
    }
}

// Writes a closing bracket if there is something for it to close.
static void write_closer(Layout *layout, Token token) {
    int opener = innermost(layout);
    if (!opener || (opener == '{') != (token.kind == '}')) {
        diagnose(layout->parser->diagnostics, SEVERITY_ERROR, E0107, token.span, "this `%s` closes nothing",
                 token.text);
        return;
    }
    if (closer_of(opener) != token.kind) {
        Diagnostic *diagnostic = diagnose(layout->parser->diagnostics, SEVERITY_ERROR, E0107, token.span,
                                          "`%s` can't close a `%c`", token.text, opener);
        diagnostic_label(diagnostic, top_token(layout)->span, "opened here");
        diagnostic_help(diagnostic, "write `%c`", closer_of(opener));
        token.kind = closer_of(opener);
    }
    write(layout, token);
    pop(layout);
}

static void write_opener(Layout *layout, Token token) {
    write(layout, token);
    layout->height++;
    Bracket bracket = {layout->to.count - 1, layout->height, layout->height};
    list_add(layout->parser->arena, &layout->open, bracket);
}

// Keeps count of the height before token is written; false if it is too much.
static bool count_height(Layout *layout, const Token *token) {
    int kind = token->kind, last = layout->to.count ? layout->to.items[layout->to.count - 1].kind : 0;
    int around = innermost(layout);
    bool ends =
        kind == ',' || kind == ARROW || kind == ';' || kind == '=' ||
        (token->newline_before && around != '(' && around != '[' && can_end_statement(last) && kind != ELSE);
    if (ends) {
        Bracket *bracket = layout->open.count ? &layout->open.items[layout->open.count - 1] : NULL;
        if (bracket && layout->height > bracket->highest) bracket->highest = layout->height;
        layout->height = bracket ? bracket->base : 0;
    }
    layout->height += is_operator(kind);
    bool opens = kind == '(' || kind == '[' || kind == '{';
    if (layout->height + opens <= DEEPEST) return true;
    Diagnostic *diagnostic = diagnose(layout->parser->diagnostics, SEVERITY_ERROR, E0108, token->span,
                                      "nested more than %d deep", DEEPEST);
    diagnostic_help(diagnostic, "put the inner part into a param or a block of its own");
    return false;
}

// Brackets pair up after this. What is nested too deep is left out with all that follows.
static void pair_brackets(Layout *layout) {
    for (int i = 0; i < layout->from->count; i++) {
        Token token = layout->from->items[i];
        if (token.kind != YYEOF && !count_height(layout, &token)) {
            layout->parser->limit = token.span.start;
            i = layout->from->count - 1;
            token = layout->from->items[i];
        }
        close_what_must_end(layout, i);
        if (token.kind == '(' || token.kind == '[' || token.kind == '{') {
            write_opener(layout, token);
        } else if (token.kind == ')' || token.kind == ']' || token.kind == '}') {
            write_closer(layout, token);
        } else {
            write(layout, token);
        }
    }
}

static void write_end(Layout *layout, Span span, const char *text) {
    write(layout, (Token){END, span, text, NULL, false});
}

static void report_own_line(Layout *layout, Span last, const Token *brace) {
    Diagnostic *diagnostic = diagnose(layout->parser->diagnostics, SEVERITY_ERROR, E0109, brace->span,
                                      "`{` stands on a line of its own");
    diagnostic_label(diagnostic, last, "it belongs behind this");
}

// Ends the statement before token where it is one: at a line's end, before and after `}`.
static void end_statement(Layout *layout, const Token *token, int parentheses) {
    Token last = layout->to.count ? layout->to.items[layout->to.count - 1] : (Token){.kind = END};
    if (last.kind == END || last.kind == '{' || token->kind == ELSE || token->kind == ';') return;
    Span behind = {last.span.source, last.span.end, last.span.end};
    if (token->kind == '{' && token->newline_before && last.kind != '}') {
        report_own_line(layout, last.span, token);
    } else if (token->kind == '}' || token->kind == YYEOF) {
        write_end(layout, token->span, token->kind == '}' ? "`}`" : "the end of the file");
    } else if (last.kind == '}') {
        write_end(layout, behind, "the end of the section");
    } else if (!parentheses && token->newline_before && token->kind != ARROW &&
               can_end_statement(last.kind)) {
        write_end(layout, behind, "the end of the line");
    }
}

// Every statement is followed by one END after this, and no `;` is left.
static void end_statements(Layout *layout) {
    int parentheses = 0;
    for (int i = 0; i < layout->from->count; i++) {
        Token token = layout->from->items[i];
        end_statement(layout, &token, parentheses);
        parentheses += (token.kind == '(' || token.kind == '[') - (token.kind == ')' || token.kind == ']');
        if (token.kind != ';') {
            write(layout, token);
            continue;
        }
        int last = layout->to.count ? layout->to.items[layout->to.count - 1].kind : END;
        if (last != END && last != '{') write_end(layout, token.span, "`;`");
    }
}

void lay_out(Parser *parser) {
    Layout brackets = {.parser = parser, .from = &parser->tokens};
    pair_brackets(&brackets);
    Layout statements = {.parser = parser, .from = &brackets.to};
    end_statements(&statements);
    parser->tokens = statements.to;
}
