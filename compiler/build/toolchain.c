#include "build/toolchain.h"
#include "base/file.h"
#include "build/command.h"
#include "build/processor.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void add_words(Arena *arena, Words *words, const char *text) {
    while (text && *text) {
        size_t length = strcspn(text, " \t\n");
        if (length > 0) list_add(arena, words, arena_copy(arena, text, length));
        text += length;
        text += strspn(text, " \t\n");
    }
}

const char *join_words(Arena *arena, const Words *words) {
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
    add_words(arena, &words, "-std=gnu11 -O2 -Wall -Werror -pipe");
    if (options->march) add_words(arena, &words, arena_printf(arena, "-march=%s", options->march));
    if (options->double_precision) add_words(arena, &words, "-DREAL_F64");
    add_words(arena, &words, getenv("CFLAGS"));
    return words;
}

Words toolchain_words(const Toolchain *toolchain) {
    Words words = {0};
    for (int i = 0; i < toolchain->command.count; i++)
        list_add(toolchain->arena, &words, toolchain->command.items[i]);
    return words;
}

// What the compiler says about itself; NULL: nothing.
static const char *version_of(Arena *arena, const Words *words) {
    const char *output = "";
    char *arguments[] = {words->items[0], "--version", NULL};
    return run_command(arena, arguments, &output) == 0 ? output : NULL;
}

// The command, and the first line of its version.
static const char *described(Arena *arena, const Words *words, const char *version) {
    return arena_printf(arena, "%s (%s)", join_words(arena, words),
                        version ? arena_copy(arena, version, strcspn(version, "\n")) : "of unknown version");
}

const char *build_compiler(Arena *arena, const BuildOptions *options) {
    Words words = compiler_words(arena, options);
    return described(arena, &words, version_of(arena, &words));
}

// Of a macro's definition in the text, as compilers print it: "#define NAME VALUE".
static bool has_definition(Arena *arena, const char *text, const char *name) {
    return strstr(text, arena_printf(arena, "#define %s ", name)) != NULL;
}

// The macros that the compiler defines by itself, as text: none if it cannot be run, NULL if it refuses its
// options, which it has said.
static const char *own_macros(Arena *arena, const BuildOptions *options) {
    Words words = compiler_words(arena, options);
    const char *output = "";
    add_words(arena, &words, "-dM -E -x c /dev/null");
    list_add(arena, &words, NULL);
    int code = run_command(arena, words.items, &output);
    return code == 0 ? output : code < 0 ? "" : NULL;
}

bool build_defines(Arena *arena, const BuildOptions *options, const char *const *names) {
    const char *output = own_macros(arena, options);
    if (!output) return false;
    for (int i = 0; names[i]; i++)
        if (has_definition(arena, output, names[i])) return true;
    return false;
}

// GCC takes a fifth of its time for unrolled nests to find out which bits of their indices are known, and
// makes the same of them without.
static void add_quicker(Arena *arena, Words *words, const char *version) {
    if (version && strstr(version, "Free Software Foundation")) add_words(arena, words, "-fno-tree-bit-ccp");
}

const char *build_cache(Arena *arena) {
    const char *own = getenv("CNNC_CACHE"), *shared = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *folder = own && *own         ? own
                         : shared && *shared ? arena_printf(arena, "%s/cnnc", shared)
                         : home && *home     ? arena_printf(arena, "%s/.cache/cnnc", home)
                                             : "/tmp/cnnc-cache";
    if (file_make_folders(folder)) return folder;
    fprintf(stderr, "cnnc: cannot make the cache folder %s: %s; CNNC_CACHE names another\n", folder,
            strerror(errno));
    return NULL;
}

uint64_t hash_file(uint64_t hash, const char *path) {
    FILE *file = fopen(path, "rb");
    char buffer[65536];
    size_t count;
    if (!file) return hash;
    while ((count = fread(buffer, 1, sizeof buffer, file)) > 0) hash = hash_bytes(hash, buffer, count);
    fclose(file);
    return hash;
}

static uint64_t hash_files(uint64_t hash, const char *pattern) {
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0) return hash;
    for (size_t i = 0; i < found.gl_pathc; i++) hash = hash_file(hash, found.gl_pathv[i]);
    globfree(&found);
    return hash;
}

// All that C texts may include.
static uint64_t hash_headers(Arena *arena, const char *root) {
    uint64_t hash = hash_files(HASH_START, arena_printf(arena, "%s/kernels/*.h", root));
    hash = hash_files(hash, arena_printf(arena, "%s/kernels/*/*.h", root));
    return hash_file(hash, arena_printf(arena, "%s/runtime/program.h", root));
}

// A cache, or an installed cnnc, may be shared by machines whose compilers make other programs of "native".
static uint64_t hash_processor(Arena *arena, uint64_t hash) {
    const char *names[] = {"model name", "flags", "Features"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *field = processor_field(arena, names[i]);
        if (field) hash = hash_bytes(hash, field, strlen(field));
    }
    return hash;
}

bool toolchain_find(Arena *arena, const BuildOptions *options, Toolchain *toolchain) {
    bool native = options->march && strcmp(options->march, "native") == 0;
    *toolchain =
        (Toolchain){.arena = arena, .command = compiler_words(arena, options), .root = build_root(arena)};
    if (!toolchain->root) return false;
    if (options->march && !native && !own_macros(arena, options)) {
        fprintf(stderr, "cnnc: the C compiler (%s) refuses --march %s\n", toolchain->command.items[0],
                options->march);
        return false;
    }
    const char *version = version_of(arena, &toolchain->command);
    toolchain->compiler = described(arena, &toolchain->command, version);
    add_quicker(arena, &toolchain->command, version);
    toolchain->library = arena_printf(arena, "%s/%s", library_folder(arena),
                                      options->double_precision ? "libcnnrt_f64.a" : "libcnnrt.a");
    toolchain->headers = hash_headers(arena, toolchain->root);
    if (native) toolchain->headers = hash_processor(arena, toolchain->headers);
    toolchain->prepared = arena_printf(arena, "%s/objects", library_folder(arena));
    toolchain->cache = build_cache(arena);
    return toolchain->cache != NULL;
}
