// What the tests of the data side share: ending messages, files, a program to load for.
#ifndef TESTS_DATA_SUPPORT_H
#define TESTS_DATA_SUPPORT_H

#include "data_file.h"
#include "program.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

// A file in the test's temporary folder, for the caller to free().
static inline char *temporary_path(const char *name) {
    const char *folder = getenv("TMPDIR");
    return data_format("%s/data-%d-%s", folder != NULL ? folder : "/tmp", (int)getpid(), name);
}

static inline void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

// Runs work(argument) in a child, which must end with exit code 1 and one line on stderr that has `message`
// in it.
static inline void expect_failure(void (*work)(const void *argument), const void *argument,
                                  const char *message) {
    int ends[2], status;
    fflush(NULL);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        work(argument);
        _exit(0);
    }
    close(ends[1]);
    char text[4096];
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], text + length, sizeof text - 1 - length)) > 0) length += (size_t)got;
    text[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    bool one_line = strchr(text, '\n') == text + length - 1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1 || !one_line || strstr(text, message) == NULL) {
        fail_msg("expected exit 1 and one line with \"%s\", not status %d and: %s", message, status, text);
    }
}

#endif
