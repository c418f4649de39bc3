#include "resolve/vocabulary.h"

#include "resolve/arguments.h"

#include <string.h>

static const char functions[] = "min max floor ceil round", facts[] = "channels height width classes",
                  common_words[] = "true false none same valid";

bool choices_contain(const char *choices, const char *word) {
    size_t length = strlen(word);
    for (const char *at = choices; at && *at; at += strspn(at, " ")) {
        size_t end = strcspn(at, " ");
        if (end == length && memcmp(at, word, length) == 0) return true;
        at += end;
    }
    return false;
}

typedef List(const char *) Words;

static void add_choices(Arena *arena, Words *words, const char *choices) {
    for (const char *at = choices; at && *at; at += strspn(at, " ")) {
        size_t end = strcspn(at, " ");
        list_add(arena, words, arena_copy(arena, at, end));
        at += end;
    }
}

const char *const *choices_list(Arena *arena, const char *choices) {
    Words words = {0};
    add_choices(arena, &words, choices);
    list_add(arena, &words, NULL);
    return words.items;
}

const Op *named_op(const char *name) {
    for (int i = 0; op_table[i]; i++) {
        if ((op_table[i]->flags & OP_NAMED) && strcmp(op_table[i]->name, name) == 0) return op_table[i];
    }
    return NULL;
}

bool is_function(const char *name) {
    return choices_contain(functions, name);
}

bool is_fact(const char *name) {
    return choices_contain(facts, name);
}

bool is_choice(const char *name) {
    if (choices_contain(common_words, name)) return true;
    for (int i = 0; op_table[i]; i++) {
        const Op *op = op_table[i];
        if (!(op->flags & OP_NAMED)) continue;
        for (int j = 0; j < op->attribute_count; j++) {
            if (choices_contain(op->attributes[j].choices, name)) return true;
        }
    }
    return false;
}

bool is_built_in(const char *name) {
    return is_function(name) || is_fact(name) || is_choice(name) || named_op(name);
}

const char *const *op_names(Arena *arena, unsigned flags) {
    Words words = {0};
    for (int i = 0; op_table[i]; i++) {
        if (op_table[i]->flags & flags) list_add(arena, &words, op_table[i]->name);
    }
    list_add(arena, &words, NULL);
    return words.items;
}

const char *const *vocabulary(Arena *arena) {
    Words words = {0};
    add_choices(arena, &words, functions);
    add_choices(arena, &words, facts);
    add_choices(arena, &words, common_words);
    for (int i = 0; op_table[i]; i++) {
        const Op *op = op_table[i];
        if (!(op->flags & OP_NAMED)) continue;
        list_add(arena, &words, op->name);
        for (int j = 0; j < op->attribute_count; j++) add_choices(arena, &words, op->attributes[j].choices);
    }
    list_add(arena, &words, NULL);
    return words.items;
}
