#include "syntax/build.h"

enum { PARSE_OUT_OF_MEMORY = 2 };

Tree *parse(Arena *arena, const Source *source, Diagnostics *diagnostics) {
    Tree *tree = NEW(arena, Tree);
    tree->source = source;
    Parser parser = {
        .arena = arena, .source = source, .diagnostics = diagnostics, .tree = tree, .limit = UINT32_MAX};
    lex(&parser);
    lay_out(&parser);
    if (yyparse(&parser) == PARSE_OUT_OF_MEMORY) out_of_memory();
    label_layers(&parser, &tree->items, false);
    return tree;
}
