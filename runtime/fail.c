#include "fail.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *name = "program";
static volatile sig_atomic_t line_open;

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

// Every ending below is _exit(): other threads may still be at work on what exit() would tear down, and
// nothing is registered to run. The streams are flushed before.
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
    _exit(EXIT_USER);
}

void fail_usage(const char *format, ...) {
    SAY("error");
    fprintf(stderr, "Run '%s --help' for the commands and their options.\n", name);
    _exit(EXIT_USAGE);
}

void fail_memory(void) {
    fputs(name, stderr);
    fputs(": error: out of memory\n", stderr);
    fflush(stdout);
    _exit(EXIT_MEMORY);
}

void fail_memory_for(const char *format, ...) {
    SAY("error: out of memory");
    _exit(EXIT_MEMORY);
}

void fail_internal(const char *format, ...) {
    SAY("internal error");
    _exit(EXIT_INTERNAL);
}

static char *interruption; // what an interrupt says

// Does only what a signal's handler may. The signal then takes its usual effect, so that a shell knows of it.
static void say_interruption(int number) {
    const char *texts[] = {line_open ? "\r\033[K" : "", name, ": ", interruption, "\n"};
    for (int i = 0; i < 5; i++)
        if (write(STDERR_FILENO, texts[i], strlen(texts[i])) < 0) break;
    raise(number);
}

void say_when_interrupted(char *text) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = text ? say_interruption : SIG_DFL, .sa_flags = SA_RESETHAND},
                     now;
    char *last = interruption;
    if (text) interruption = text;
    for (int i = 0; i < 3; i++)
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    if (!text) interruption = NULL;
    free(last); // no handler has it any more
}

void warn(const char *format, ...) {
    SAY("warning");
}

void note(const char *format, ...) {
    SAY(NULL);
}
