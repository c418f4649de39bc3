// `cnnc run FILE [EXPERIMENT]`: builds and trains all variants with all seeds.
#include "commands/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_request(Arena *arena, int argc, char **argv, RunRequest *request) {
    const Option options[] = {
        {.name = "--only", .value = &request->only},       {.name = "--seeds", .value = &request->seeds},
        {.name = "--set", .values = &request->settings},   {.name = "--jobs", .value = &request->jobs},
        {.name = "--threads", .value = &request->threads}, {.name = "--out", .value = &request->out},
        {.name = "--data", .value = &request->data},       {.name = "--resume", .flag = &request->resume},
        {.name = "--dry-run", .flag = &request->dry_run},  {.name = "--json", .flag = &request->json},
    };
    if (!read_options(arena, argc, argv, options, sizeof options / sizeof *options, &request->rest))
        return false;
    if (request->rest.count < 1 || request->rest.count > 2) {
        fprintf(stderr, "usage: cnnc run FILE [EXPERIMENT]; cnnc help run shows all options\n");
        return false;
    }
    if (request->json && !request->dry_run) {
        fprintf(stderr, "cnnc run: --json goes with --dry-run; a run's folder has its metrics.json\n");
        return false;
    }
    request->file = request->rest.items[0];
    request->experiment = request->rest.count == 2 ? request->rest.items[1] : NULL;
    return true;
}

// A whole number from `least` up; -1 after a message.
static int64_t whole_option(const char *option, const char *text, int64_t least) {
    char *end;
    long long number = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && number >= least && number <= 1000000) return number;
    fprintf(stderr, "cnnc run: %s %s: a whole number from %lld on is needed\n", option, text,
            (long long)least);
    return -1;
}

// "3", or "1..3".
static bool read_seeds(const char *text, int64_t *first, int64_t *last) {
    char *end;
    *first = strtoll(text, &end, 10);
    *last = *first;
    bool fine = end != text;
    if (fine && strncmp(end, "..", 2) == 0) {
        const char *second = end + 2;
        *last = strtoll(second, &end, 10);
        fine = end != second;
    }
    if (fine && *end == '\0' && *first >= 0 && *last >= *first && *last - *first < 10000) return true;
    fprintf(stderr, "cnnc run: --seeds %s: write it as 7 or 1..3\n", text);
    return false;
}

static void split_list(Arena *arena, const char *text, Strings *items) {
    while (text && *text) {
        size_t length = strcspn(text, ",");
        if (length > 0) list_add(arena, items, arena_copy(arena, text, length));
        text += length + (text[length] == ',');
    }
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

static int finish(Arena *arena, const PreparedRuns *runs, const char *folder) {
    int failed = 0;
    for (int i = 0; i < runs->count; i++) {
        if (runs->items[i].exit_code == 0) continue;
        fprintf(stderr, "cnnc run: %s failed with exit code %d\n", runs->items[i].run->name,
                runs->items[i].exit_code);
        failed++;
    }
    if (failed == runs->count) return runs->items[0].exit_code;
    bool written = write_summary(arena, runs, folder);
    if (failed > 0) return EXIT_SOME_FAILED;
    return written ? EXIT_FINE : EXIT_USER;
}

static int run_all(Arena *arena, const RunRequest *request, const Runs *runs, const char *command) {
    int64_t jobs = request->jobs ? whole_option("--jobs", request->jobs, 1) : 1;
    if (jobs < 0 || (request->threads && whole_option("--threads", request->threads, 1) < 0))
        return EXIT_USAGE;
    int program_count;
    PreparedRuns prepared = prepare_runs(arena, runs, request->file, command, &program_count);
    if (request->dry_run) {
        print_dry_run(arena, &prepared, program_count, request->json);
        return EXIT_FINE;
    }
    if (!build_programs(arena, &prepared)) return EXIT_USER;
    const char *folder = experiment_folder(arena, request, experiment_name(arena, &runs->items[0]));
    for (int i = 0; i < prepared.count; i++)
        prepared.items[i].folder =
            arena_printf(arena, "%s/%s", folder, below_experiment(runs->items[i].name));
    execute_runs(arena, &prepared, request, (int)jobs);
    return finish(arena, &prepared, folder);
}

int command_run(int argc, char **argv) {
    Arena *arena = arena_new();
    RunRequest request = {0};
    Diagnostics *diagnostics;
    Override *overrides;
    Strings only = {0};
    int64_t first = 1, last = 0;
    if (!read_request(arena, argc, argv, &request) || !read_overrides(arena, &request.settings, &overrides) ||
        (request.seeds && !read_seeds(request.seeds, &first, &last)))
        return EXIT_USAGE;
    split_list(arena, request.only, &only);
    Study *study = open_study(arena, request.file, &diagnostics);
    Runs runs = {0};
    if (study && diagnostics_errors(diagnostics) == 0)
        runs = study_runs(study, request.experiment, only.count, only.items, first, last,
                          request.settings.count, overrides);
    int code = report(diagnostics);
    if (code == EXIT_FINE && runs.count > 0)
        code = run_all(arena, &request, &runs, command_line(arena, argc, argv));
    arena_free(arena);
    return code;
}
