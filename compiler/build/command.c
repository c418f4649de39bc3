#include "base/text.h"
#include "build/build.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void read_all(int file, Text *text) {
    char buffer[4096];
    ssize_t count;
    while ((count = read(file, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR))
        if (count > 0) text_add_bytes(text, buffer, (size_t)count);
}

int run_command(Arena *arena, char *const *arguments, const char **output) {
    posix_spawn_file_actions_t actions;
    int ends[2] = {-1, -1}, status;
    pid_t process;
    posix_spawn_file_actions_init(&actions);
    if (output) {
        if (pipe(ends) != 0) return -1;
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
    }
    int error = posix_spawnp(&process, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (output) {
        Text text = {0};
        close(ends[1]);
        if (error == 0) read_all(ends[0], &text);
        close(ends[0]);
        *output = arena_copy(arena, text_string(&text), text.length);
        text_free(&text);
    }
    if (error != 0) {
        fprintf(stderr, "cnnc: cannot run %s: %s\n", arguments[0], strerror(error));
        return -1;
    }
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
