#include "resolve/source.h"
#include <string.h>

const SourceRow source_rows[] = {
    {"mnist", "handwritten digits: 60,000 + 10,000 images (IDX files, plain or .gz)", NULL, 28, 28, 1, 10},
    {"fashion_mnist", "articles of clothing: 60,000 + 10,000 images (IDX files, plain or .gz)", NULL, 28, 28,
     1, 10},
    {"cifar10", "photographs: 50,000 + 10,000 images (the binary version, plain or .gz)", NULL, 32, 32, 3,
     10},
    {"strokes", "drawn digits made from a seed: 4,000 + 1,000 images; needs no file", NULL, 28, 28, 1, 10},
    {"idx", "four IDX files, plain or .gz", "train_images train_labels test_images test_labels", 0, 0, 0, 0},
    {"cifar", "a directory with the CIFAR-10 binary files", "directory", 32, 32, 3, 10},
    {"images", "a directory of PNG and JPEG files, one folder a class, in train/ and test/ if there are such",
     "directory", 0, 0, 0, 0},
    {"npz", "a NumPy archive with x_train, y_train, x_test, y_test (bytes)", "file", 0, 0, 0, 0},
    {0},
};

enum { SOURCE_COUNT = sizeof source_rows / sizeof source_rows[0] };

const SourceRow *source_find(const char *name) {
    for (const SourceRow *row = source_rows; row->name; row++) {
        if (!strcmp(row->name, name)) return row;
    }
    return NULL;
}

const char *const *source_names(Arena *arena) {
    const char **names = NEW_ARRAY(arena, const char *, SOURCE_COUNT);
    for (int i = 0; i < SOURCE_COUNT; i++) names[i] = source_rows[i].name;
    return names;
}

int source_file_count(const SourceRow *row) {
    if (!row->files) return 0;
    int count = 1;
    for (const char *character = row->files; *character; character++) count += *character == ' ';
    return count;
}
