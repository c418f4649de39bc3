#include "build/build.h"
#include "base/file.h"
#include "base/text.h"
#include "build/command.h"
#include "build/objects.h"
#include "build_config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool needs_openblas(int count, const Object *objects) {
    for (int i = 0; i < count; i++)
        if (strstr(objects[i].text, "#include \"blas/")) return true;
    return false;
}

// False after a message.
static bool link_program(const Toolchain *toolchain, int count, const Object *objects, const char *program) {
    Arena *arena = toolchain->arena;
    Words words = toolchain_words(toolchain);
    list_add(arena, &words, "-o");
    list_add(arena, &words, (char *)program);
    for (int i = 0; i < count; i++) list_add(arena, &words, (char *)objects[i].path);
    list_add(arena, &words, (char *)toolchain->library);
    if (needs_openblas(count, objects)) add_words(arena, &words, CNNC_OPENBLAS);
    add_words(arena, &words, CNNC_RUNTIME_LIBRARIES);
    list_add(arena, &words, NULL);
    if (run_command(arena, words.items, NULL) == 0) return true;
    fprintf(stderr, "cnnc: the C compiler failed to link the program (%s)\n", join_words(arena, &words));
    return false;
}

const char *build_program(Arena *arena, int count, const char *const *texts, const BuildOptions *options) {
    Toolchain toolchain;
    if (!toolchain_find(arena, options, &toolchain)) return NULL;
    Object *objects = NEW_ARRAY(arena, Object, count);
    uint64_t key = hash_file(HASH_START, toolchain.library);
    for (int i = 0; i < count; i++) {
        objects[i] = object_of(&toolchain, texts[i]);
        key = hash_bytes(key, &objects[i].key, sizeof objects[i].key);
    }
    const char *program = arena_printf(arena, "%s/%016llx.program", toolchain.cache, (unsigned long long)key);
    if (access(program, X_OK) == 0) return program;
    const char *mine = arena_printf(arena, "%s.%ld", program, (long)getpid());
    if (!compile_objects(&toolchain, count, objects) || !link_program(&toolchain, count, objects, mine))
        return NULL;
    if (rename(mine, program) == 0) return program;
    fprintf(stderr, "cnnc: cannot write %s: %s\n", program, strerror(errno));
    return NULL;
}

bool build_prepare(Arena *arena, int count, const char *const *texts, const BuildOptions *options) {
    Toolchain toolchain;
    if (!toolchain_find(arena, options, &toolchain)) return false;
    if (!file_make_folders(toolchain.prepared)) {
        fprintf(stderr, "cnnc: cannot make the folder %s: %s\n", toolchain.prepared, strerror(errno));
        return false;
    }
    toolchain.cache = toolchain.prepared;
    Object *objects = NEW_ARRAY(arena, Object, count);
    for (int i = 0; i < count; i++) objects[i] = object_of(&toolchain, texts[i]);
    return compile_objects(&toolchain, count, objects);
}

bool build_copy(const char *program, const char *path) {
    Arena *arena = arena_new();
    const char *part = arena_printf(arena, "%s.%ld.part", path, (long)getpid());
    char *const arguments[] = {"cp", "--", (char *)program, (char *)part, NULL};
    int code = run_command(arena, arguments, NULL);
    bool fine = code == 0;
    if (code < 0) fprintf(stderr, "cnnc: cannot run cp: %s\n", strerror(errno));
    if (fine && rename(part, path) != 0) {
        fprintf(stderr, "cnnc: cannot write %s: %s\n", path, strerror(errno));
        fine = false;
    }
    arena_free(arena);
    return fine;
}
