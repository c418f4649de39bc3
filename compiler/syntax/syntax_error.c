#include "base/text.h"
#include "grammar/parser.h"
#include "syntax/token.h"
#include <string.h>

// What a message needs to know about the place of an error.
typedef struct Place {
    const Token *token, *before; // before is an END where token begins a statement
    const Token *first;          // of the statement
    const bool *possible;
} Place;

static bool is_word(int kind) {
    switch (kind) {
    case NAME:
    case PATH:
    case SECTION:
    case CNN:
    case USE:
    case PARAM:
    case ON:
    case FROM: return true;
    default: return false;
    }
}

static bool begins_value(int kind) {
    return is_word(kind) || kind == NUMBER || kind == SIZE || kind == STRING || kind == '[';
}

static void add_found(Text *text, const Token *token) {
    if (token->kind == END || token->kind == YYEOF) {
        text_add(text, token->text);
        return;
    }
    enum { LONGEST = 40 };
    bool cut = strlen(token->text) > LONGEST;
    text_add(text, token->kind == STRING ? "the string " : "`");
    text_printf(text, "%.*s%s", LONGEST, token->text, cut ? "..." : "");
    if (token->kind != STRING) text_add(text, "`");
}

// What could stand at the place, most telling first; NULL ends the list. Operators could nearly always go on,
// and are said only where nothing else is possible.
static int list_expected(const Place *place, const char **list) {
    const bool *possible = place->possible;
    int count = 0;
    bool statement = possible[IF] && possible[PARAM] && possible[CNN] && possible[REPEAT];
    bool value = possible[NUMBER] && possible[STRING] && !statement;
    bool setting = possible['='] && !value;
    bool closed =
        place->before->kind == NUMBER || place->before->kind == SIZE || place->before->kind == STRING;
    if (statement) list[count++] = "a statement";
    if (value) list[count++] = "a value";
    if (!value && !statement && !setting && possible[NAME]) list[count++] = "a name";
    if (!value && possible[NUMBER] && !statement) list[count++] = "a number";
    if (!value && possible[STRING] && !statement) list[count++] = "a string";
    if (setting) list[count++] = "`=`";
    if (possible[','] && !value) list[count++] = "`,`";
    if (possible[')']) list[count++] = "`)`";
    if (possible[']']) list[count++] = "`]`";
    if (possible[ARROW] && !(possible[END] && closed)) list[count++] = "`->`";
    if (possible[ON] && !value && !statement) list[count++] = "`on`";
    if (possible['{']) list[count++] = "`{`";
    if (possible[IN] && !setting) list[count++] = "`in`";
    if (possible[ELSE]) list[count++] = "`else`";
    if (possible[END] && !setting && !possible['{']) list[count++] = "the end of the line";
    if (!count) list[count++] = "an operator";
    return count;
}

static void add_expected(Text *text, const Place *place) {
    const char *list[16];
    int count = list_expected(place, list);
    for (int i = 0; i < count; i++) {
        text_add(text, i == 0 ? "" : i + 1 == count ? " or " : ", ");
        text_add(text, list[i]);
    }
}

// Ways out of what people often write.
static void add_help(Diagnostic *diagnostic, const Place *place) {
    const Token *token = place->token, *before = place->before, *first = place->first;
    bool second = before == first && is_word(first->kind);
    if (token->kind == ':') {
        diagnostic_help(diagnostic, "settings and arguments are written with `=`: `name = value`");
    } else if (token->kind == '=' && first->kind == IF) {
        diagnostic_help(diagnostic, "equality is written `==`");
    } else if (token->kind == '=' && before->kind == NAME && before - first == 1 && first->kind == NAME) {
        diagnostic_help(diagnostic, "a name is one word: `%s_%s = ...`", first->text, before->text);
    } else if (token->kind == '{' && before->kind == '=' && is_word(before[-1].kind)) {
        diagnostic_help(diagnostic, "a section has no `=`: `%s { ... }`", before[-1].text);
    } else if (token->kind == ELSE) {
        diagnostic_help(diagnostic, "`else` follows the `}` of an `if`");
    } else if (token->kind == ARROW && token == first) {
        diagnostic_help(diagnostic, "a chain begins with a layer or a block; a section is no part of it");
    } else if (token->kind == '{' && token == first) {
        diagnostic_help(diagnostic, "braces follow the head of a section: `model net on data { ... }`");
    } else if (begins_value(token->kind) && second && place->possible['=']) {
        diagnostic_help(diagnostic, "a setting is written `%s = %s`", first->text, token->text);
    } else if (begins_value(token->kind) && place->possible[',']) {
        diagnostic_help(diagnostic, "arguments and items of a list are separated by `,`");
    } else if (token->kind == '<' || token->kind == '>' || token->kind == LESS_EQUAL ||
               token->kind == GREATER_EQUAL) {
        if (!place->possible['<'] && before->kind != '=') {
            diagnostic_help(diagnostic, "compare two values at a time: `a < b and b < c`");
        }
    }
}

static const Token *first_of_statement(const Token *tokens, const Token *token) {
    while (token > tokens && token[-1].kind != END && token[-1].kind != '{' && token[-1].kind != '}') token--;
    return token;
}

void report_syntax_error(Parser *parser, const bool *possible) {
    static const Token start = {.kind = END, .text = "the beginning of the file"};
    const Token *tokens = parser->tokens.items, *token = &tokens[parser->current];
    // What is no token or value has its message already, and what was given up is not looked at.
    bool reported = token->kind == INVALID || (token->literal && token->literal->kind == EXPR_BAD);
    if (reported || token->span.start >= parser->limit) return;
    Place place = {token, token > tokens ? token - 1 : &start, first_of_statement(tokens, token), possible};
    Text text = {0};
    text_add(&text, "expected ");
    add_expected(&text, &place);
    text_add(&text, ", found ");
    add_found(&text, token);
    Diagnostic *diagnostic =
        diagnose(parser->diagnostics, SEVERITY_ERROR, E0101, token->span, "%s", text_string(&text));
    text_free(&text);
    add_help(diagnostic, &place);
}
