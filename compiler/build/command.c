#include "build/command.h"
#include "base/text.h"

#include <errno.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void read_all(int file, Text *text) {
    char buffer[4096];
    ssize_t count;
    while ((count = read(file, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR))
        if (count > 0) text_add_bytes(text, buffer, (size_t)count);
}

// Its stdout goes to the pipe's second end if there is a pipe.
static pid_t start(char *const *arguments, const int *pipe_ends) {
    posix_spawn_file_actions_t actions;
    pid_t process;
    posix_spawn_file_actions_init(&actions);
    if (pipe_ends) {
        posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, pipe_ends[0]);
        posix_spawn_file_actions_addclose(&actions, pipe_ends[1]);
    }
    int error = posix_spawnp(&process, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    errno = error;
    return error == 0 ? process : -1;
}

pid_t start_command(char *const *arguments) {
    return start(arguments, NULL);
}

// `process` -1: any child.
static pid_t wait_for(pid_t process, int *code) {
    int status;
    pid_t ended;
    while ((ended = waitpid(process, &status, 0)) < 0)
        if (errno != EINTR) return -1;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ended;
}

pid_t wait_command(int *code) {
    return wait_for(-1, code);
}

int run_command(Arena *arena, char *const *arguments, const char **output) {
    int ends[2], code;
    if (output && pipe(ends) != 0) return -1;
    pid_t process = start(arguments, output ? ends : NULL);
    int error = errno;
    if (output) {
        Text text = {0};
        close(ends[1]);
        if (process >= 0) read_all(ends[0], &text);
        close(ends[0]);
        *output = arena_copy(arena, text_string(&text), text.length);
        text_free(&text);
    }
    errno = error;
    return process >= 0 && wait_for(process, &code) >= 0 ? code : -1;
}
