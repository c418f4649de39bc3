#include "data.h"
#include "cifar.h"
#include "data_check.h"
#include "data_file.h"
#include "data_find.h"
#include "data_known.h"
#include "fail.h"
#include "idx.h"
#include "images.h"
#include "npz.h"
#include "strokes.h"
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

// Where one load reads from and puts its parts.
typedef struct Loading {
    const Program *program;
    const char *directory; // --data
    uint64_t seed;
    Dataset *train, *test; // either may be NULL
} Loading;

// The user's own files: below --data and CNN_DATA, then from the current folder, then beside the .cnn file.
static char *find_own(const Loading *loading, const char *name) {
    const char *names[] = {loading->program->data.name, NULL};
    DataPlaces places = data_places(loading->directory, names);
    data_places_add(&places, ".");
    char *file = data_format("%s", loading->program->file);
    const char *folder = dirname(file);
    if (strcmp(folder, ".") != 0) data_places_add(&places, folder);
    char *path = data_find(&places, name);
    free(file);
    data_places_free(&places);
    return path;
}

static void load_idx_part(const Loading *loading, const char *const *names, Dataset *set) {
    Checksums unused;
    char *images = find_own(loading, names[0]), *labels = find_own(loading, names[1]);
    *set = idx_load(loading->program, images, labels, &unused, &unused);
    free(images);
    free(labels);
}

static void load_idx(const Loading *loading) {
    const char *const *names = loading->program->data.arguments;
    if (loading->train != NULL) load_idx_part(loading, names, loading->train);
    if (loading->test != NULL) load_idx_part(loading, names + 2, loading->test);
}

// data_batch_1.bin, data_batch_2.bin, ... as far as they go, and test_batch.bin.
static void load_cifar(const Loading *loading) {
    const Program *program = loading->program;
    char *folder = find_own(loading, program->data.arguments[0]);
    Checksums unused;
    if (loading->train != NULL) {
        *loading->train = data_empty(program);
        for (int number = 1;; number++) {
            char *name = data_format("data_batch_%d.bin", number), *path = data_find_in(folder, name);
            free(name);
            if (path == NULL) break;
            cifar_append(program, path, loading->train, &unused);
            free(path);
        }
        if (loading->train->count == 0) fail("%s/data_batch_1.bin: missing (nor is there a .gz)", folder);
    }
    if (loading->test != NULL) {
        char *path = data_find_in(folder, "test_batch.bin");
        if (path == NULL) fail("%s/test_batch.bin: missing (nor is there a .gz)", folder);
        *loading->test = data_empty(program);
        cifar_append(program, path, loading->test, &unused);
        free(path);
    }
    free(folder);
}

static void load_images(const Loading *loading) {
    char *folder = find_own(loading, loading->program->data.arguments[0]);
    images_load(loading->program, folder, loading->seed, loading->train, loading->test);
    free(folder);
}

static void load_npz(const Loading *loading) {
    char *path = find_own(loading, loading->program->data.arguments[0]);
    npz_load(loading->program, path, loading->train, loading->test);
    free(path);
}

static void load_strokes(const Loading *loading) {
    strokes_load(loading->program, loading->train, loading->test);
}

static void load_known(const Loading *loading) {
    known_load(known_set(loading->program->data.kind), loading->program, loading->directory, loading->train,
               loading->test);
}

static const struct {
    const char *kind;
    void (*load)(const Loading *loading);
} sources[] = {
    {"mnist", load_known}, {"fashion_mnist", load_known}, {"cifar10", load_known}, {"strokes", load_strokes},
    {"idx", load_idx},     {"cifar", load_cifar},         {"images", load_images}, {"npz", load_npz}};

enum { SOURCE_COUNT = sizeof sources / sizeof sources[0] };

static uint32_t checksum(const Dataset *set) {
    uLong crc = crc32_z(0, set->images,
                        set->count * (size_t)set->height * (size_t)set->width * (size_t)set->channels);
    for (size_t i = 0; i < set->count; i++) {
        uint32_t label = (uint32_t)set->labels[i];
        uint8_t bytes[4] = {(uint8_t)label, (uint8_t)(label >> 8), (uint8_t)(label >> 16),
                            (uint8_t)(label >> 24)};
        crc = crc32(crc, bytes, sizeof bytes);
    }
    return (uint32_t)crc;
}

// Names written in the .cnn file go before a folder's.
static void finish(const Program *program, Dataset *set) {
    if (set->class_names == NULL || program->data.class_names != NULL) {
        if (set->class_names != NULL) data_free_class_names(set->class_names, set->classes);
        set->class_names = data_class_names(program);
    }
    set->checksum = checksum(set);
}

void data_load(const Program *program, const char *directory, uint64_t seed, Dataset *train, Dataset *test) {
    const char *kind = program->data.kind;
    if (kind == NULL)
        fail("model `%s` has no data set: write `model ... on DATASET` and build it again", program->model);
    Loading loading = {program, directory, seed, train, test};
    int source = 0;
    while (source < SOURCE_COUNT && strcmp(sources[source].kind, kind) != 0) source++;
    if (source == SOURCE_COUNT) fail_internal("data source %s is unknown", kind);
    sources[source].load(&loading);
    if (train != NULL) finish(program, train);
    if (test != NULL) finish(program, test);
}

void dataset_free(Dataset *set) {
    free(set->images);
    free(set->labels);
    if (set->class_names != NULL) data_free_class_names(set->class_names, set->classes);
    *set = (Dataset){0};
}

char **data_class_names(const Program *program) {
    const char *const *own = program->data.class_names;
    const KnownSet *known = program->data.kind != NULL ? known_set(program->data.kind) : NULL;
    if (own == NULL && known != NULL && program->classes == KNOWN_CLASSES) own = known_class_names(known);
    char **names = data_allocate((size_t)program->classes, sizeof *names);
    for (int i = 0; i < program->classes; i++) {
        names[i] = own != NULL ? data_format("%s", own[i]) : data_format("%d", i);
    }
    return names;
}

void data_free_class_names(char **names, int classes) {
    for (int i = 0; i < classes; i++) free(names[i]);
    free(names);
}
