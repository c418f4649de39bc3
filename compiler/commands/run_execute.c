#include "base/file.h"
#include "commands/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// The resolved file of the run, which the program puts into its folder: a program that several runs share
// knows only the first one's.
static const char *write_resolved(Arena *arena, const PreparedRun *run) {
    const char *path = arena_printf(arena, "%s/.resolved.cnn", run->folder);
    Text text = {0};
    configuration_print(run->run->configuration, &text);
    bool fine = file_write(path, &text);
    text_free(&text);
    return fine ? path : NULL;
}

static char *const *run_arguments(Arena *arena, const PreparedRun *run, const RunRequest *request, int jobs,
                                  const char *resolved) {
    List(char *) words = {0};
    list_add(arena, &words, "cnnc run"); // what its messages begin with
    list_add(arena, &words, "train");
    list_add(arena, &words, "--out");
    list_add(arena, &words, (char *)run->folder);
    list_add(arena, &words, "--seed");
    list_add(arena, &words, arena_printf(arena, "%lld", (long long)run->run->seed));
    list_add(arena, &words, "--resolved");
    list_add(arena, &words, (char *)resolved);
    if (request->data) list_add(arena, &words, "--data");
    if (request->data) list_add(arena, &words, (char *)request->data);
    for (int i = 0; i < run->differing.count; i++) {
        list_add(arena, &words, "--set");
        list_add(arena, &words, (char *)run->differing.items[i]);
    }
    // Jobs share the cores. The number of threads changes no result.
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const char *threads = request->threads;
    if (!threads && jobs > 1) threads = arena_printf(arena, "%ld", cores > jobs ? cores / jobs : 1);
    if (threads) list_add(arena, &words, "--threads");
    if (threads) list_add(arena, &words, (char *)threads);
    if (request->resume) list_add(arena, &words, "--resume");
    list_add(arena, &words, NULL);
    return words.items;
}

// Starts a run; with several jobs its output goes to log.txt in its folder. 0 after a message.
static pid_t start_run(Arena *arena, PreparedRun *run, const RunRequest *request, int jobs, int total) {
    pid_t process = 0;
    const char *resolved = file_make_folders(run->folder) ? write_resolved(arena, run) : NULL;
    if (!resolved) {
        fprintf(stderr, "cnnc run: cannot write to %s: %s\n", run->folder, strerror(errno));
        return 0;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (total > 1) fprintf(stderr, "%s\n", run->run->name);
    if (jobs > 1) {
        const char *log = arena_printf(arena, "%s/log.txt", run->folder);
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    }
    char *const *arguments = run_arguments(arena, run, request, jobs, resolved);
    int error = posix_spawn(&process, run->program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == 0) return process;
    fprintf(stderr, "cnnc run: cannot start %s: %s\n", run->program, strerror(error));
    return 0;
}

// What the signals' handler sees: the runs that are going on (0: none in that place), and the signal.
static volatile pid_t *going_on;
static volatile int places;
static volatile sig_atomic_t stopped_by;

// Runs end by SIGTERM with their last whole epoch kept.
static void stop_runs(int number) {
    int error = errno;
    stopped_by = number;
    for (int i = 0; i < places; i++)
        if (going_on[i]) kill(going_on[i], SIGTERM);
    errno = error;
}

static void catch_signals(volatile pid_t *processes, int count) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    going_on = processes;
    places = count;
    for (int i = 0; i < 3; i++) {
        struct sigaction ours = {.sa_handler = stop_runs}, before;
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &ours, NULL);
    }
}

static void wait_for_one(PreparedRuns *runs, volatile pid_t *processes, int *running) {
    int status;
    pid_t ended = wait(&status);
    if (ended < 0) return;
    for (int i = 0; i < runs->count; i++) {
        if (processes[i] != ended) continue;
        runs->items[i].exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        processes[i] = 0;
        (*running)--;
    }
}

int execute_runs(Arena *arena, PreparedRuns *runs, const RunRequest *request, int jobs) {
    volatile pid_t *processes = NEW_ARRAY(arena, pid_t, runs->count);
    int running = 0;
    catch_signals(processes, runs->count);
    for (int i = 0; i < runs->count; i++) {
        while (running >= jobs) wait_for_one(runs, processes, &running);
        if (stopped_by) break;
        processes[i] = start_run(arena, &runs->items[i], request, jobs, runs->count);
        if (processes[i])
            running++;
        else
            runs->items[i].exit_code = EXIT_USER;
        if (stopped_by && processes[i]) kill(processes[i], SIGTERM); // the handler may not have seen it
    }
    while (running > 0) wait_for_one(runs, processes, &running);
    return stopped_by;
}
