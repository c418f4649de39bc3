/* The grammar of a .cnn file. It names no layer, optimizer or setting: those are looked up later. What it reads
   comes from lay_out(): brackets balance, and every statement, sections included, is followed by an END.
   Behind an error in brackets the closing bracket is always found, so that every recovery consumes tokens. */
%define api.pure full
%define api.location.type {Span}
%define parse.error custom
%define parse.lac full
%param {Parser *parser}
%locations
%expect 0
%initial-action { @$ = (Span){parser->source, 0, 0}; }

%code requires {
#include "syntax/token.h"
}

%code {
#include "syntax/build.h"

// Deep nesting was refused before; what is left needs a few symbols for each of 256 levels.
#define YYMAXDEPTH         100000
#define YYSTACK_USE_ALLOCA 0
#define YYLLOC_DEFAULT(current, right, count) ((current) = join_spans(parser, (right) + 1, (count)))

static int yylex(YYSTYPE *value, YYLTYPE *span, Parser *parser);
static void yyerror(const YYLTYPE *span, Parser *parser, const char *message);
}

%union {
    Token *token;
    Expr *expr;
    Item *item;
    Items *items;
    Element *element;
    Argument *argument;
    Arguments *arguments;
}

%token <token> CNN USE PARAM REPEAT IN IF ELSE ON FROM AND OR NOT SECTION NAME PATH
%token <token> NUMBER SIZE STRING
%token <token> ARROW DOTS EQUAL UNEQUAL LESS_EQUAL GREATER_EQUAL END INVALID
%token <token> '-' '+' '*' '/' '<' '>' '=' '(' ')' '{' '}' '[' ']' ',' ':'

%type <items> items body else_body
%type <item> item section chain header
%type <element> link
%type <expr> expr primary call
%type <token> word name key opener clause
%type <argument> argument
%type <arguments> arguments argument_list list values

%left OR
%left AND
%precedence NOT
%nonassoc EQUAL UNEQUAL '<' '>' LESS_EQUAL GREATER_EQUAL
%nonassoc DOTS
%left '+' '-'
%left '*' '/'
%precedence NEGATION

%%

file: items { parser->tree->items = *$items; };

items: %empty { $$ = NEW(parser->arena, Items); }
     | items item END { add_item(parser, $$ = $1, $item); yyerrok; };

body: '{' items '}' { $$ = $items; };

item: CNN NUMBER { $$ = value_item(parser, ITEM_VERSION, @$, $NUMBER->literal); }
    | USE STRING { $$ = value_item(parser, ITEM_USE, @$, $STRING->literal); }
    | PARAM NAME '=' expr { $$ = param_item(parser, @$, $NAME, $expr, NULL); }
    | PARAM NAME '=' expr[value] IN expr[limits] { $$ = param_item(parser, @$, $NAME, $value, $limits); }
    | name IN expr { $$ = named_item(parser, ITEM_AXIS, @$, $name, $expr); }
    | chain { $$ = end_chain(parser, $chain); }
    | section
    | IF expr body { $$ = if_item(parser, @$, $IF, $expr, $body, NULL); }
    | IF expr body ELSE else_body { $$ = if_item(parser, @$, $IF, $expr, $body, $else_body); }
    | REPEAT expr body { $$ = repeat_item(parser, @$, $REPEAT, NULL, $expr, $body); }
    | REPEAT NAME IN expr body { $$ = repeat_item(parser, @$, $REPEAT, $NAME, $expr, $body); }
    | error tail { $$ = NULL; };

/* What follows the place of an error up to the statement's end: a body is read for its own errors. */
tail: %empty | body | body ELSE else_body;

else_body: body
    | IF expr body { $$ = one_item(parser, if_item(parser, @$, $IF, $expr, $body, NULL)); }
    | IF expr body ELSE else_body[rest] { $$ = one_item(parser, if_item(parser, @$, $IF, $expr, $body, $rest)); }
    | error body { $$ = $body; };

/* A head is read whatever its first word is, so that a misspelt word is met by a suggestion rather than a syntax error. */
section: header body { $$ = section_item(parser, $header, @$, @header, $body); }
    | header { $$ = section_item(parser, $header, @$, @header, NULL); }
    | header error body { $$ = broken_section(parser, $header, @$, @header, $body); }
    | header error { $$ = broken_section(parser, $header, @$, @header, NULL); }
    | opener body { $$ = section_item(parser, header_item(parser, $opener, NULL, NULL), @$, @opener, $body); }
    | call body { $$ = section_item(parser, called_header(parser, $call), @$, @call, $body); };

header: opener NAME { $$ = header_item(parser, $opener, $NAME, NULL); }
    | opener NAME '(' arguments ')' { $$ = header_item(parser, $opener, $NAME, $arguments); }
    | opener NAME '(' error ')' { $$ = header_item(parser, $opener, $NAME, bad_arguments(parser, @error)); yyerrok; }
    | header ON clause { $$ = header_on(parser, $1, $clause, @clause); }
    | header FROM clause { $$ = header_from(parser, $1, $clause, @clause); };

clause: name;

opener: NAME | SECTION;

chain: link { $$ = chain_item(parser, @$, $link); }
    | chain ARROW link { $$ = chain_add(parser, $1, @$, $link); };

link: expr { $$ = element(parser, NULL, $expr); }
    | key '=' expr { $$ = element(parser, $key, $expr); }
    | key '=' error { $$ = element(parser, $key, bad_expr(parser, @error)); };

key: name | REPEAT | IF;

name: word | PATH;

word: NAME | SECTION | CNN | USE | PARAM | ON | FROM;

expr: primary
    | '-' expr %prec NEGATION { $$ = unary(parser, @$, OPERATOR_NEGATE, $2); }
    | NOT expr { $$ = unary(parser, @$, OPERATOR_NOT, $2); }
    | expr DOTS expr { $$ = range(parser, @$, $1, $3); }
    | expr '+' expr { $$ = binary(parser, @$, OPERATOR_ADD, $1, $3); }
    | expr '-' expr { $$ = binary(parser, @$, OPERATOR_SUBTRACT, $1, $3); }
    | expr '*' expr { $$ = binary(parser, @$, OPERATOR_MULTIPLY, $1, $3); }
    | expr '/' expr { $$ = binary(parser, @$, OPERATOR_DIVIDE, $1, $3); }
    | expr EQUAL expr { $$ = binary(parser, @$, OPERATOR_EQUAL, $1, $3); }
    | expr UNEQUAL expr { $$ = binary(parser, @$, OPERATOR_UNEQUAL, $1, $3); }
    | expr '<' expr { $$ = binary(parser, @$, OPERATOR_LESS, $1, $3); }
    | expr '>' expr { $$ = binary(parser, @$, OPERATOR_GREATER, $1, $3); }
    | expr LESS_EQUAL expr { $$ = binary(parser, @$, OPERATOR_LESS_EQUAL, $1, $3); }
    | expr GREATER_EQUAL expr { $$ = binary(parser, @$, OPERATOR_GREATER_EQUAL, $1, $3); }
    | expr AND expr { $$ = binary(parser, @$, OPERATOR_AND, $1, $3); }
    | expr OR expr { $$ = binary(parser, @$, OPERATOR_OR, $1, $3); };

primary: NUMBER { $$ = $1->literal; }
    | SIZE { $$ = $1->literal; }
    | STRING { $$ = $1->literal; }
    | name { $$ = name_expr(parser, $name); }
    | call
    | '[' list ']' { $$ = list_expr(parser, @$, $list); }
    | '[' error ']' { $$ = bad_expr(parser, @$); yyerrok; }
    | '(' expr ')' { $$ = parenthesised($expr, @$); }
    | '(' error ')' { $$ = bad_expr(parser, @$); yyerrok; };

call: name '(' arguments ')' { $$ = call_expr(parser, @$, $name, $arguments); }
    | name '(' error ')' { $$ = call_expr(parser, @$, $name, bad_arguments(parser, @error)); yyerrok; };

arguments: %empty { $$ = NEW(parser->arena, Arguments); }
    | argument_list
    | argument_list ',';

argument_list: argument { $$ = add_argument(parser, NEW(parser->arena, Arguments), $argument); }
    | argument_list ',' argument { $$ = add_argument(parser, $1, $argument); };

argument: expr { $$ = argument(parser, NULL, $expr); }
    | name '=' expr { $$ = argument(parser, $name, $expr); };

list: %empty { $$ = NEW(parser->arena, Arguments); }
    | values
    | values ',';

values: expr { $$ = add_argument(parser, NEW(parser->arena, Arguments), argument(parser, NULL, $expr)); }
    | values ',' expr { $$ = add_argument(parser, $1, argument(parser, NULL, $expr)); };

%%

static int yylex(YYSTYPE *value, YYLTYPE *span, Parser *parser) {
    parser->current = parser->next;
    if (parser->next + 1 < parser->tokens.count) parser->next++;
    Token *token = &parser->tokens.items[parser->current];
    value->token = token;
    *span = token->span;
    return token->kind;
}

// Bison's own messages are about its memory alone: yyparse then ends with 2.
static void yyerror(const YYLTYPE *span, Parser *parser, const char *message) {
    (void)span, (void)parser, (void)message;
}

static int yyreport_syntax_error(const yypcontext_t *context, Parser *parser) {
    yysymbol_kind_t expected[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, expected, YYNTOKENS);
    if (count < 0) return count;
    bool symbols[YYNTOKENS] = {false}, possible[YYMAXUTOK + 1];
    for (int i = 0; i < count; i++) symbols[expected[i]] = true;
    for (int kind = 0; kind <= YYMAXUTOK; kind++) possible[kind] = symbols[YYTRANSLATE(kind)];
    report_syntax_error(parser, possible);
    return 0;
}
