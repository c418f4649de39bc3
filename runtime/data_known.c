#include "data_known.h"
#include "cifar.h"
#include "data_check.h"
#include "data_file.h"
#include "data_find.h"
#include "fail.h"
#include "idx.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 6 };

typedef struct KnownFile {
    const char *name;
    Checksums checksums; // of the decompressed bytes of the original
} KnownFile;

struct KnownSet {
    const char *kind, *title;
    const char *folders[4]; // names that its folder has; NULL-terminated
    const char *package;    // where a Debian package puts it, or NULL
    const char *where_from; // for who has not got it
    const char *classes[KNOWN_CLASSES];
    KnownFile files[MAX_FILES]; // of the training part, then of the test part
    int train_files, test_files;
};

#define IDX_TRAIN_IMAGES "train-images-idx3-ubyte"
#define IDX_TRAIN_LABELS "train-labels-idx1-ubyte"
#define IDX_TEST_IMAGES  "t10k-images-idx3-ubyte"
#define IDX_TEST_LABELS  "t10k-labels-idx1-ubyte"

static const KnownSet known_sets[] = {
    {.kind = "mnist",
     .title = "MNIST",
     .folders = {"mnist", "MNIST", NULL},
     .where_from = "get the four original IDX files (" IDX_TRAIN_IMAGES ", " IDX_TRAIN_LABELS
                   ", " IDX_TEST_IMAGES ", " IDX_TEST_LABELS "; .gz is fine)",
     .classes = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
     .files = {{IDX_TRAIN_IMAGES, {0xe9f4d8b3, 0x7cd68f0f}},
               {IDX_TRAIN_LABELS, {0xe0cb4ad2, 0xeef21574}},
               {IDX_TEST_IMAGES, {0x91373bdf, 0x811155a0}},
               {IDX_TEST_LABELS, {0x4ab9eff9, 0x83e7add3}}},
     .train_files = 2,
     .test_files = 2},
    {.kind = "fashion_mnist",
     .title = "Fashion-MNIST",
     .folders = {"fashion_mnist", "fashion-mnist", "FashionMNIST", NULL},
     .package = "/usr/share/datasets/fashion-mnist",
     .where_from = "install Debian's package dataset-fashion-mnist, or get its four IDX files",
     .classes = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                 "Ankle boot"},
     .files = {{IDX_TRAIN_IMAGES, {0xb4f29f28, 0x1be0a399}},
               {IDX_TRAIN_LABELS, {0x741a4657, 0xf4042040}},
               {IDX_TEST_IMAGES, {0x678fe0b1, 0x9eac72e5}},
               {IDX_TEST_LABELS, {0x80142c1f, 0xc24eb009}}},
     .train_files = 2,
     .test_files = 2},
    {.kind = "cifar10",
     .title = "CIFAR-10",
     .folders = {"cifar10", "cifar-10", "cifar-10-batches-bin", NULL},
     .where_from =
         "get the \"binary version\" of CIFAR-10 (data_batch_1.bin to data_batch_5.bin and test_batch.bin; "
         ".gz is fine)",
     .classes = {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
     .files = {{"data_batch_1.bin", {0xb3220c1f, 0xce79a91b}},
               {"data_batch_2.bin", {0xc439a348, 0x6089e834}},
               {"data_batch_3.bin", {0x8c6f54f0, 0x5be8f275}},
               {"data_batch_4.bin", {0x6a83637e, 0xc7f93c9e}},
               {"data_batch_5.bin", {0x2f355afd, 0xbfa5ce11}},
               {"test_batch.bin", {0x19777d49, 0x5c5d8507}}},
     .train_files = 5,
     .test_files = 1},
};

enum { KNOWN_SETS = sizeof known_sets / sizeof known_sets[0] };

const KnownSet *known_set(const char *kind) {
    for (int i = 0; i < KNOWN_SETS; i++) {
        if (strcmp(known_sets[i].kind, kind) == 0) return &known_sets[i];
    }
    return NULL;
}

const char *const *known_class_names(const KnownSet *set) {
    return set->classes;
}

// Several sets share the names, sizes and headers of their files: who is it, if not the one asked for?
static void check_checksums(const KnownSet *known, const KnownFile *file, const char *path, Checksums found) {
    if (found.crc32 == file->checksums.crc32 && found.adler32 == file->checksums.adler32) return;
    for (int i = 0; i < KNOWN_SETS; i++) {
        for (int j = 0; j < known_sets[i].train_files + known_sets[i].test_files; j++) {
            const KnownFile *other = &known_sets[i].files[j];
            if (found.crc32 != other->checksums.crc32 || found.adler32 != other->checksums.adler32) continue;
            fail("%s: mislabelled: this is %s of %s, not %s of %s", path, other->name, known_sets[i].title,
                 file->name, known->title);
        }
    }
    fail("%s: not the original file of %s (its CRC-32 is %08" PRIx32 ", the original's %08" PRIx32
         "); get it again, or name your own data in the .cnn file",
         path, known->title, found.crc32, file->checksums.crc32);
}

// The first place that has any of the set's files; a place with only some of them is meant to be it.
static char *find_folder(const KnownSet *known, const char *directory) {
    DataPlaces places = data_places(directory, known->folders);
    if (known->package != NULL) data_places_add(&places, known->package);
    for (int i = 0; i < places.count; i++) {
        for (int j = 0; j < known->train_files + known->test_files; j++) {
            char *path = data_find_in(places.folders[i], known->files[j].name);
            if (path == NULL) continue;
            free(path);
            char *folder = data_format("%s", places.folders[i]);
            data_places_free(&places);
            return folder;
        }
    }
    if (places.count == 0) {
        fail("%s is not on this machine: %s and say --data FOLDER, or set CNN_DATA", known->title,
             known->where_from);
    }
    fail("%s is not in %s: %s and say --data FOLDER, or set CNN_DATA", known->title,
         data_places_text(&places), known->where_from);
}

static char *need_file(const KnownSet *known, const char *folder, const KnownFile *file) {
    char *path = data_find_in(folder, file->name);
    if (path == NULL) fail("%s/%s: missing (nor is there a .gz); %s", folder, file->name, known->where_from);
    return path;
}

static Dataset load_part(const KnownSet *known, const Program *program, const char *folder, int first,
                         int count) {
    Dataset set = data_empty(program);
    Checksums checksums[MAX_FILES];
    char *paths[MAX_FILES];
    for (int i = 0; i < count; i++) paths[i] = need_file(known, folder, &known->files[first + i]);
    if (strcmp(known->kind, "cifar10") == 0) {
        for (int i = 0; i < count; i++) cifar_append(program, paths[i], &set, &checksums[i]);
    } else {
        set = idx_load(program, paths[0], paths[1], &checksums[0], &checksums[1]);
    }
    for (int i = 0; i < count; i++) {
        check_checksums(known, &known->files[first + i], paths[i], checksums[i]);
        free(paths[i]);
    }
    return set;
}

void known_load(const KnownSet *known, const Program *program, const char *directory, Dataset *train,
                Dataset *test) {
    data_check_classes(program, known->title, KNOWN_CLASSES);
    char *folder = find_folder(known, directory);
    if (train != NULL) *train = load_part(known, program, folder, 0, known->train_files);
    if (test != NULL) *test = load_part(known, program, folder, known->train_files, known->test_files);
    free(folder);
}
