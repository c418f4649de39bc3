// `cnnc run FILE [EXPERIMENT]`: builds and trains all variants with all seeds.
#include "commands/run.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_request(Arena *arena, int argc, char **argv, RunRequest *request) {
    const Option options[] = {
        {.name = "--only", .value = &request->only},
        {.name = "--seeds", .value = &request->seeds},
        {.name = "--set", .values = &request->settings},
        {.name = "--jobs", .value = &request->jobs},
        {.name = "--threads", .value = &request->threads},
        {.name = "--out", .value = &request->out},
        {.name = "--data", .value = &request->data},
        {.name = "--resume", .flag = &request->resume},
        {.name = "--variant-set", .value = &request->variant_set},
        {.name = "--records", .value = &request->records},
        {.name = "--without", .values = &request->techniques},
        {.name = "--dry-run", .flag = &request->dry_run},
        {.name = "--json", .flag = &request->json},
    };
    if (!read_options(arena, argc, argv, options, sizeof options / sizeof *options, &request->rest))
        return false;
    if (!read_without("run", &request->techniques, &request->without)) return false;
    if (request->rest.count < 1 || request->rest.count > 2) {
        fprintf(stderr, "usage: cnnc run FILE [EXPERIMENT]; cnnc help run shows all options\n");
        return false;
    }
    if (request->json && !request->dry_run) {
        fprintf(stderr, "cnnc run: --json goes with --dry-run; a run's folder has its metrics.json\n");
        return false;
    }
    if (request->out && request->out[0] == '\0') {
        fprintf(stderr, "cnnc run: --out is empty: name a folder\n");
        return false;
    }
    request->file = request->rest.items[0];
    request->experiment = request->rest.count == 2 ? request->rest.items[1] : NULL;
    return true;
}

enum { MOST_JOBS = 256, MOST_THREADS = 256 }; // the runtime's own limit of threads

// The number of an option that is given, 1 to `most`; -1 after a message.
static int64_t whole_option(const char *option, const char *text, int64_t most) {
    char *end;
    long long number = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && number >= 1 && number <= most) return number;
    fprintf(stderr, "cnnc run: %s %s: a whole number from 1 to %lld is needed\n", option, text,
            (long long)most);
    return -1;
}

// "3", or "1..3".
static bool read_seeds(const char *text, int64_t *first, int64_t *last) {
    char *end;
    errno = 0;
    *first = strtoll(text, &end, 10);
    *last = *first;
    bool fine = end != text;
    if (fine && strncmp(end, "..", 2) == 0) {
        const char *second = end + 2;
        *last = strtoll(second, &end, 10);
        fine = end != second;
    }
    if (fine && !errno && *end == '\0' && *first >= 0 && *last >= *first && *last - *first < 10000)
        return true;
    fprintf(stderr, "cnnc run: --seeds %s: write it as 7 or 1..3\n", text);
    return false;
}

// "m1,m3". No list is fine, a list of nothing is not.
static bool read_only(Arena *arena, const char *text, Strings *variants) {
    for (const char *at = text; at && *at;) {
        size_t length = strcspn(at, ",");
        if (length > 0) list_add(arena, variants, arena_copy(arena, at, length));
        at += length + (at[length] == ',');
    }
    if (!text || variants->count > 0) return true;
    fprintf(stderr, "cnnc run: --only %s: name the variants, as in --only m1,m3\n", text);
    return false;
}

// The folder of all runs of the experiment: --out, else runs/NAME, with a number behind it if that is taken.
static const char *experiment_folder(Arena *arena, const RunRequest *request, const char *name) {
    if (request->out) return request->out;
    const char *folder = arena_printf(arena, "runs/%s", name);
    for (int number = 2; !request->resume && access(folder, F_OK) == 0; number++)
        folder = arena_printf(arena, "runs/%s-%d", name, number);
    return folder;
}

// A run's name without the experiment: its place below the experiment's folder.
static const char *below_experiment(const char *name) {
    const char *slash = strchr(name, '/');
    return slash ? slash + 1 : name;
}

static const char *experiment_name(Arena *arena, const Run *run) {
    return arena_copy(arena, run->name, strcspn(run->name, "/"));
}

// Gives every run its folder, before anything is compiled. False after a message.
static bool open_folders(Arena *arena, const RunRequest *request, PreparedRuns *runs, const char *folder) {
    if (!file_make_folders(folder)) {
        fprintf(stderr, "cnnc run: cannot make the folder %s: %s\n", folder, strerror(errno));
        return false;
    }
    for (int i = 0; i < runs->count; i++) {
        PreparedRun *run = &runs->items[i];
        run->folder = arena_printf(arena, "%s/%s", folder, below_experiment(run->run->name));
        if (request->resume || access(arena_printf(arena, "%s/run.json", run->folder), F_OK) != 0) continue;
        fprintf(stderr, "cnnc run: %s holds a run already; go on by --resume, or give another --out\n",
                run->folder);
        return false;
    }
    return true;
}

static int finish(Arena *arena, const PreparedRuns *runs, const char *folder, bool logged) {
    int failed = 0;
    for (int i = 0; i < runs->count; i++) {
        const PreparedRun *run = &runs->items[i];
        if (run->exit_code == 0) continue;
        fprintf(stderr, "cnnc run: %s failed with exit code %d", run->run->name, run->exit_code);
        if (logged) fprintf(stderr, "; %s/log.txt says why", run->folder);
        fprintf(stderr, "\n");
        failed++;
    }
    if (failed == runs->count) return runs->items[0].exit_code;
    bool written = write_summary(arena, runs, folder);
    if (failed > 0) return EXIT_SOME_FAILED;
    return written ? EXIT_FINE : EXIT_USER;
}

static int run_all(Arena *arena, const RunRequest *request, const Runs *runs, const char *command) {
    int64_t jobs = request->jobs ? whole_option("--jobs", request->jobs, MOST_JOBS) : 1;
    if (jobs < 0 || (request->threads && whole_option("--threads", request->threads, MOST_THREADS) < 0))
        return EXIT_USAGE;
    int program_count, code;
    PreparedRuns prepared = {0};
    if (!prepare_runs(arena, runs, request, command, &prepared, &program_count, &code)) return code;
    if (request->dry_run) {
        print_dry_run(arena, &prepared, program_count, request->json);
        return EXIT_FINE;
    }
    const char *folder = experiment_folder(arena, request, experiment_name(arena, &runs->items[0]));
    if (!open_folders(arena, request, &prepared, folder) || !build_programs(arena, &prepared))
        return EXIT_USER;
    int stopped_by = execute_runs(arena, &prepared, request, (int)jobs);
    if (!stopped_by) return finish(arena, &prepared, folder, jobs > 1);
    fprintf(stderr, "cnnc run: interrupted; the same command with --out %s --resume goes on\n", folder);
    return EXIT_SIGNAL + stopped_by;
}

static int run_command_line(Arena *arena, int argc, char **argv) {
    RunRequest request = {0};
    Diagnostics *diagnostics;
    Override *overrides;
    Strings only = {0};
    int64_t first = 1, last = 0;
    if (!read_request(arena, argc, argv, &request) || !read_overrides(arena, &request.settings, &overrides) ||
        (request.seeds && !read_seeds(request.seeds, &first, &last)) ||
        !read_only(arena, request.only, &only))
        return EXIT_USAGE;
    Study *study = open_study(arena, request.file, &diagnostics);
    Runs runs = {0};
    if (study && diagnostics_errors(diagnostics) == 0)
        runs = study_runs(study, request.experiment, only.count, only.items, first, last,
                          request.settings.count, overrides);
    int code = report(diagnostics);
    if (code != EXIT_FINE || runs.count == 0) return code;
    return run_all(arena, &request, &runs, command_line(arena, argc, argv));
}

int command_run(int argc, char **argv) {
    Arena *arena = arena_new();
    int code = run_command_line(arena, argc, argv);
    arena_free(arena);
    return code;
}
