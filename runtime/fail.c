#include "fail.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name = "program";
static bool line_open;

void fail_name(const char *path) {
    const char *slash = strrchr(path, '/');
    name = slash && slash[1] ? slash + 1 : path;
}

const char *program_name(void) {
    return name;
}

void message_line_open(bool open) {
    line_open = open;
}

static void message(const char *kind, const char *format, va_list arguments) {
    fflush(stdout); // so that both streams stay in order when they end in one file
    if (line_open) fputs("\r\033[K", stderr);
    line_open = false;
    if (kind) fprintf(stderr, "%s: %s: ", name, kind);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    fflush(stderr);
}

#define SAY(kind)                                                                                            \
    do {                                                                                                     \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        message(kind, format, arguments);                                                                    \
        va_end(arguments);                                                                                   \
    } while (0)

void fail(const char *format, ...) {
    SAY("error");
    exit(EXIT_USER);
}

void fail_usage(const char *format, ...) {
    SAY("error");
    fprintf(stderr, "Run '%s --help' for the commands and their options.\n", name);
    exit(EXIT_USAGE);
}

void fail_memory(void) {
    fputs(name, stderr);
    fputs(": error: out of memory\n", stderr);
    exit(EXIT_MEMORY);
}

void fail_internal(const char *format, ...) {
    SAY("internal error");
    exit(EXIT_INTERNAL);
}

void warn(const char *format, ...) {
    SAY("warning");
}

void note(const char *format, ...) {
    SAY(NULL);
}

void *need(size_t count, size_t size) {
    return need_more(NULL, count, size);
}

void *need_zeroed(size_t count, size_t size) {
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block) fail_memory();
    return block;
}

void *need_more(void *block, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size) fail_memory();
    size_t bytes = count * size;
    block = realloc(block, bytes ? bytes : 1);
    if (!block) fail_memory();
    return block;
}

char *format_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) fail_internal("a text could not be formatted: %s", format);
    char *text = need((size_t)length + 1, 1);
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}
