#include "build/build.h"
#include "base/text.h"
#include "build_config.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef List(char *) Words;

static void add_words(Arena *arena, Words *words, const char *text) {
    while (text && *text) {
        size_t length = strcspn(text, " \t\n");
        if (length > 0) list_add(arena, words, arena_copy(arena, text, length));
        text += length;
        text += strspn(text, " \t\n");
    }
}

static const char *join_words(Arena *arena, const Words *words) {
    const char *text = "";
    for (int i = 0; i < words->count && words->items[i]; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " " : "", words->items[i]);
    return text;
}

static bool exists(Arena *arena, const char *folder, const char *name) {
    return access(arena_printf(arena, "%s/%s", folder, name), R_OK) == 0;
}

// The folder of the running cnnc's executable.
static const char *own_folder(Arena *arena) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return ".";
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash) *slash = '\0';
    return arena_printf(arena, "%s", path);
}

// Products lie beside the executable: build/cnnc and build/lib; installed, bin/cnnc and lib/cnnc/lib.
static const char *library_folder(Arena *arena) {
    const char *own = own_folder(arena);
    const char *beside = arena_printf(arena, "%s/lib", own);
    if (exists(arena, beside, "libcnnrt.a")) return beside;
    return arena_printf(arena, "%s/../lib/cnnc/lib", own);
}

const char *build_root(Arena *arena) {
    const char *folder = own_folder(arena);
    for (int up = 0; up < 4; up++, folder = arena_printf(arena, "%s/..", folder)) {
        if (exists(arena, folder, "runtime/program.h")) return folder;
        const char *installed = arena_printf(arena, "%s/lib/cnnc", folder);
        if (exists(arena, installed, "runtime/program.h")) return installed;
    }
    fprintf(stderr,
            "cnnc: its runtime is not beside %s; build it with make, or install it with make install\n",
            own_folder(arena));
    return NULL;
}

static Words compiler_words(Arena *arena, const BuildOptions *options) {
    Words words = {0};
    const char *compiler = getenv("CC");
    add_words(arena, &words, compiler && *compiler ? compiler : "cc");
    add_words(arena, &words, "-std=gnu11 -O2 -Wall -Werror");
    if (options->march) add_words(arena, &words, arena_printf(arena, "-march=%s", options->march));
    if (options->double_precision) add_words(arena, &words, "-DREAL_F64");
    add_words(arena, &words, getenv("CFLAGS"));
    return words;
}

static const char *compiler_version(Arena *arena, const BuildOptions *options) {
    const char *output;
    Words words = compiler_words(arena, options);
    char *arguments[] = {words.items[0], "--version", NULL};
    if (run_command(arena, arguments, &output) != 0) return NULL;
    return arena_copy(arena, output, strcspn(output, "\n"));
}

const char *build_compiler(Arena *arena, const BuildOptions *options) {
    Words words = compiler_words(arena, options);
    const char *version = compiler_version(arena, options);
    return arena_printf(arena, "%s (%s)", join_words(arena, &words),
                        version ? version : "of unknown version");
}

static bool make_folders(Arena *arena, const char *path) {
    for (const char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0') continue;
        if (mkdir(arena_copy(arena, path, (size_t)(at - path)), 0777) != 0 && errno != EEXIST) return false;
        if (*at == '\0') return true;
    }
}

static const char *cache_folder(Arena *arena) {
    const char *own = getenv("CNNC_CACHE"), *shared = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *folder = own && *own         ? own
                         : shared && *shared ? arena_printf(arena, "%s/cnnc", shared)
                         : home && *home     ? arena_printf(arena, "%s/.cache/cnnc", home)
                                             : "/tmp/cnnc-cache";
    if (make_folders(arena, folder)) return folder;
    fprintf(stderr, "cnnc: cannot make the cache folder %s: %s; CNNC_CACHE names another\n", folder,
            strerror(errno));
    return NULL;
}

static uint64_t hash_file(uint64_t hash, const char *path) {
    FILE *file = fopen(path, "rb");
    char buffer[65536];
    size_t count;
    if (!file) return hash;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) hash = hash_bytes(hash, buffer, count);
    fclose(file);
    return hash;
}

static bool write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    if (!file) return false;
    bool fine = fputs(text, file) >= 0;
    return fclose(file) == 0 && fine;
}

typedef struct Job {
    Arena *arena;
    const BuildOptions *options;
    const char *root, *library, *cache;
} Job;

static uint64_t hash_files(uint64_t hash, const char *pattern) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) return hash;
    for (size_t i = 0; i < found.gl_pathc; i++) hash = hash_file(hash, found.gl_pathv[i]);
    globfree(&found);
    return hash;
}

// Everything that the program depends on.
static uint64_t job_key(const Job *job, const char *c_text) {
    Arena *arena = job->arena;
    uint64_t hash = hash_bytes(HASH_START, c_text, strlen(c_text));
    const char *compiler = build_compiler(arena, job->options);
    hash = hash_bytes(hash, compiler, strlen(compiler));
    hash = hash_file(hash, job->library);
    hash = hash_files(hash, arena_printf(arena, "%s/kernels/*.h", job->root));
    hash = hash_files(hash, arena_printf(arena, "%s/kernels/*/*.h", job->root));
    return hash_files(hash, arena_printf(arena, "%s/runtime/program.h", job->root));
}

static int compile(const Job *job, const char *source, const char *program) {
    Arena *arena = job->arena;
    Words words = compiler_words(arena, job->options);
    list_add(arena, &words, arena_printf(arena, "-I%s/runtime", job->root));
    list_add(arena, &words, arena_printf(arena, "-I%s/kernels", job->root));
    list_add(arena, &words, "-o");
    list_add(arena, &words, (char *)program);
    list_add(arena, &words, (char *)source);
    list_add(arena, &words, (char *)job->library);
    add_words(arena, &words, CNNC_RUNTIME_LIBRARIES);
    list_add(arena, &words, NULL);
    int code = run_command(arena, words.items, NULL);
    if (code != 0)
        fprintf(stderr, "cnnc: the C compiler failed (%s); the C file is kept: %s\n",
                join_words(arena, &words), source);
    return code;
}

const char *build_program(Arena *arena, const char *c_text, const BuildOptions *options) {
    Job job = {.arena = arena, .options = options, .root = build_root(arena), .cache = cache_folder(arena)};
    if (!job.root || !job.cache) return NULL;
    job.library = arena_printf(arena, "%s/%s", library_folder(arena),
                               options->double_precision ? "libcnnrt_f64.a" : "libcnnrt.a");
    const char *base =
        arena_printf(arena, "%s/%016llx", job.cache, (unsigned long long)job_key(&job, c_text));
    const char *program = arena_printf(arena, "%s.program", base);
    if (access(program, X_OK) == 0) return program;
    const char *mine = arena_printf(arena, "%s.%ld", base, (long)getpid());
    const char *source = arena_printf(arena, "%s.c", mine);
    if (!write_file(source, c_text)) {
        fprintf(stderr, "cnnc: cannot write %s: %s\n", source, strerror(errno));
        return NULL;
    }
    if (compile(&job, source, mine) != 0) return NULL;
    unlink(source);
    if (rename(mine, program) == 0) return program;
    fprintf(stderr, "cnnc: cannot rename %s: %s\n", mine, strerror(errno));
    return NULL;
}

bool build_copy(const char *program, const char *path) {
    Arena *arena = arena_new();
    const char *part = arena_printf(arena, "%s.%ld.part", path, (long)getpid());
    char *const arguments[] = {"cp", "--", (char *)program, (char *)part, NULL};
    bool fine = run_command(arena, arguments, NULL) == 0;
    if (fine && rename(part, path) != 0) {
        fprintf(stderr, "cnnc: cannot write %s: %s\n", path, strerror(errno));
        fine = false;
    }
    arena_free(arena);
    return fine;
}
