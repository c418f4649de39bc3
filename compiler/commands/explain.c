#include "commands/explain.h"
#include "base/diagnostic.h"
#include "base/text.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: cnnc explain [CODE...]\n"
    "\n"
    "Explains messages by their code (E0307), with an example and the way out. Without a code: lists all.\n";

static void list_codes(void) {
    for (int code = 0; code < CODE_COUNT; code++)
        printf("%s  %s\n", code_name((Code)code), code_title((Code)code));
}

// The code that a word names: "E0307", "e0307", "error[E0307]:".
static Code code_from_word(const char *word) {
    enum { LENGTH = 5 };
    const char *bracket = strchr(word, '[');
    if (bracket) word = bracket + 1;
    char name[LENGTH + 1] = {0};
    for (int i = 0; i < LENGTH && word[i]; i++) name[i] = (char)toupper((unsigned char)word[i]);
    bool ends = strlen(word) <= LENGTH || word[LENGTH] == ']' || word[LENGTH] == ':';
    return ends ? code_from_name(name) : CODE_COUNT;
}

static const char *closest_code(const char *word) {
    const char *names[CODE_COUNT + 1];
    for (int code = 0; code < CODE_COUNT; code++) names[code] = code_name((Code)code);
    names[CODE_COUNT] = NULL;
    return closest_word(word, names);
}

int command_explain(int argc, char **argv) {
    if (argc < 2) {
        list_codes();
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            fputs(usage, stdout);
            return 0;
        }
        Code code = code_from_word(argv[i]);
        if (code == CODE_COUNT) {
            fprintf(stderr, "cnnc explain: there is no message `%s`", argv[i]);
            const char *closest = closest_code(argv[i]);
            if (closest) {
                fprintf(stderr, "; did you mean %s?\n", closest);
            } else {
                fputs("; `cnnc explain` lists all\n", stderr);
            }
            return 2;
        }
        printf("%s%s: %s\n\n%s\n", i > 1 ? "\n" : "", code_name(code), code_title(code),
               code_explanation(code));
    }
    return 0;
}
