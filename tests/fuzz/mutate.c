// Mutations that keep most of an input a study: whole tokens, lines and braces are dropped, doubled, moved,
// or replaced by ones of the same kind, from the input itself or from the words below. Half of the mutations
// stay libFuzzer's own, over bytes and its dictionary.
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t length, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length,
                                 uint8_t *out, size_t most, unsigned seed);

// Numbers, names and punctuation that reach the edges of what is allowed, and beyond.
static const char *const numbers[] = {
    "0",    "1",    "2",         "3",    "7",          "10",   "255",
    "256",  "1000", "65536",     "10%",  "100%",       "1/3",  "-1",
    "0.5",  "1e-3", "1e300",     "3x3",  "1x1",        "5x2",  "28x28x1",
    "1..5", "0..0", "0%..100%",  "5..1", "2147483647", "1e-9", "9223372036854775807",
    "[]",   "[1]",  "[1, 2, 3]", "72deg"};
static const char *const names[] = {"conv",
                                    "dwconv",
                                    "dense",
                                    "maxpool",
                                    "avgpool",
                                    "minpool",
                                    "global_avgpool",
                                    "dropout",
                                    "batchnorm",
                                    "drop_path",
                                    "flatten",
                                    "reshape",
                                    "identity",
                                    "resize",
                                    "rescale",
                                    "add",
                                    "mul",
                                    "concat",
                                    "standardize",
                                    "relu",
                                    "leaky_relu",
                                    "softmax",
                                    "channels",
                                    "height",
                                    "width",
                                    "classes",
                                    "zero_pad",
                                    "normalization",
                                    "stride",
                                    "pad",
                                    "same",
                                    "valid",
                                    "groups",
                                    "dilation",
                                    "bias",
                                    "if",
                                    "repeat",
                                    "else",
                                    "branch",
                                    "in",
                                    "and",
                                    "or",
                                    "not",
                                    "model",
                                    "on",
                                    "param",
                                    "block",
                                    "variant",
                                    "from",
                                    "train",
                                    "dataset",
                                    "experiment",
                                    "use",
                                    "augment",
                                    "ensemble",
                                    "mnist",
                                    "val",
                                    "source",
                                    "seeds",
                                    "loss",
                                    "optimizer",
                                    "lr",
                                    "batch",
                                    "epochs",
                                    "adam",
                                    "sgd",
                                    "adamw",
                                    "rmsprop",
                                    "cosine",
                                    "schedule",
                                    "patience",
                                    "monitor",
                                    "test",
                                    "true",
                                    "false",
                                    "none",
                                    "min",
                                    "ceil",
                                    "max",
                                    "floor",
                                    "round",
                                    "crossentropy",
                                    "mse",
                                    "class_weight",
                                    "init",
                                    "l2",
                                    "from_logits",
                                    "frozen",
                                    "label_smoothing",
                                    "invalid",
                                    "skip"};
static const char *const marks[] = {"(",  ")",  "[",  "]",  "{",  "}", ",", "=",    "->", ";", "\n", "..",
                                    "==", "!=", "<=", ">=", "<",  ">", "+", "-",    "*",  "/", "%",  ".",
                                    "\"", "#",  "x",  "\\", "\r", ":", "@", "\xc3", "$",  "\t"};

typedef enum TokenKind { TOKEN_NUMBER, TOKEN_NAME, TOKEN_MARK } TokenKind;
typedef struct Token {
    size_t start, length;
    TokenKind kind;
} Token;
enum { MOST_TOKENS = 4096 };

static uint64_t state;

static size_t below(size_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return limit ? (size_t)(state >> 33) % limit : 0;
}

static bool is_word(uint8_t byte) {
    return isalnum(byte) || byte == '_';
}

// Spaces belong to no token; a dot inside a number does.
static size_t tokens_of(const uint8_t *bytes, size_t length, Token *tokens) {
    size_t count = 0;
    for (size_t i = 0; i < length && count < MOST_TOKENS;) {
        size_t start = i++;
        if (bytes[start] == ' ') continue;
        bool number = isdigit(bytes[start]);
        if (is_word(bytes[start]))
            while (i < length && (is_word(bytes[i]) || (number && (bytes[i] == '.' || bytes[i] == '%')))) i++;
        else if (bytes[start] == '-' && i < length && bytes[i] == '>')
            i++;
        TokenKind kind = number ? TOKEN_NUMBER : is_word(bytes[start]) ? TOKEN_NAME : TOKEN_MARK;
        tokens[count++] = (Token){start, i - start, kind};
    }
    return count;
}

// Puts `with` in the place of bytes[start, start + removed); the new length, or the old one if it is too
// long.
static size_t replace(uint8_t *bytes, size_t length, size_t most, size_t start, size_t removed,
                      const void *with, size_t added) {
    if (length - removed + added > most) return length;
    memmove(bytes + start + added, bytes + start + removed, length - start - removed);
    memcpy(bytes + start, with, added);
    return length - removed + added;
}

static const char *word_of(TokenKind kind) {
    switch (kind) {
    case TOKEN_NUMBER: return numbers[below(sizeof numbers / sizeof *numbers)];
    case TOKEN_NAME: return names[below(sizeof names / sizeof *names)];
    default: return marks[below(sizeof marks / sizeof *marks)];
    }
}

// The end of what begins at token `first`: its matching brace, or the line.
static size_t part_end(const uint8_t *bytes, const Token *tokens, size_t count, size_t first) {
    int depth = 0;
    for (size_t i = first; i < count; i++) {
        uint8_t mark = bytes[tokens[i].start];
        if (mark == '{' || mark == '(' || mark == '[') depth++;
        if (mark == '}' || mark == ')' || mark == ']') depth--;
        if (depth < 0 || (depth == 0 && (mark == '\n' || mark == '}' || mark == ')')))
            return tokens[i].start + tokens[i].length;
    }
    return tokens[count - 1].start + tokens[count - 1].length;
}

// A part of a text, as bytes that the caller frees.
static uint8_t *copy_part(const uint8_t *bytes, size_t start, size_t end) {
    uint8_t *copy = malloc(end - start + 1);
    if (copy) memcpy(copy, bytes + start, end - start);
    return copy;
}

// Puts a part of `from` before a token of bytes, or in the place of the part that begins there.
static size_t put_part(uint8_t *bytes, size_t length, size_t most, const uint8_t *from, size_t from_length) {
    static Token tokens[MOST_TOKENS];
    size_t count = tokens_of(from, from_length, tokens);
    if (!count) return length;
    size_t first = below(count), start = tokens[first].start;
    size_t end = part_end(from, tokens, count, first);
    uint8_t *part = copy_part(from, start, end);
    if (!part) return length;
    count = tokens_of(bytes, length, tokens);
    size_t target = below(count), place = count ? tokens[target].start : length;
    size_t removed = count && below(2) ? part_end(bytes, tokens, count, target) - place : 0;
    length = replace(bytes, length, most, place, removed, part, end - start);
    free(part);
    return length;
}

static size_t mutate_tokens(uint8_t *bytes, size_t length, size_t most) {
    static Token tokens[MOST_TOKENS];
    size_t count = tokens_of(bytes, length, tokens);
    if (!count) return LLVMFuzzerMutate(bytes, length, most);
    size_t chosen = below(count);
    Token token = tokens[chosen], other = tokens[below(count)];
    const char *word = word_of(token.kind);
    switch (below(6)) {
    case 0: return replace(bytes, length, most, token.start, token.length, "", 0);
    case 1: return replace(bytes, length, most, token.start, token.length, word, strlen(word));
    case 2:
        word = word_of((TokenKind)below(3));
        return replace(bytes, length, most, token.start, 0, word, strlen(word));
    case 3: {
        uint8_t *copy = copy_part(bytes, other.start, other.start + other.length);
        if (!copy) return length;
        length = replace(bytes, length, most, token.start, token.length, copy, other.length);
        free(copy);
        return length;
    }
    case 4: {
        size_t end = part_end(bytes, tokens, count, chosen);
        return replace(bytes, length, most, token.start, end - token.start, "", 0);
    }
    default: return put_part(bytes, length, most, bytes, length);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t most, unsigned seed) {
    state = seed;
    if (below(2)) return LLVMFuzzerMutate(bytes, length, most);
    for (size_t turns = 1 + below(4); turns; turns--) length = mutate_tokens(bytes, length, most);
    return length;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length,
                                 uint8_t *out, size_t most, unsigned seed) {
    state = seed;
    if (a_length > most) return 0;
    memcpy(out, a, a_length);
    for (size_t turns = 1 + below(3); turns; turns--) a_length = put_part(out, a_length, most, b, b_length);
    return a_length;
}
