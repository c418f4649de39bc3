// Folders of images by class.
#include "data_check.h"
#include "data_file.h"
#include "fail.h"
#include "images.h"
#include "split.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Sorted names.
typedef struct Names {
    char **at;
    size_t count;
} Names;

// Files with their classes.
typedef struct Listing {
    Names classes;
    char **paths;
    int32_t *labels;
    size_t count;
} Listing;

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_image_name(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot != NULL &&
           (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0);
}

// The names in a folder of its folders, or of its images; hidden ones are left out. Sorted by their bytes, so
// that the order is the same in every locale.
static Names list_names(const char *folder, bool folders) {
    DIR *stream = opendir(folder);
    if (stream == NULL) fail("%s: cannot be read: %s", folder, strerror(errno));
    Names names = {0};
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        char *path = data_format("%s/%s", folder, entry->d_name);
        if (folders ? data_is_folder(path) : is_image_name(entry->d_name) && data_is_file(path)) {
            names.at = data_reallocate(names.at, names.count + 1, sizeof *names.at);
            names.at[names.count++] = data_format("%s", entry->d_name);
        }
        free(path);
    }
    closedir(stream);
    if (names.count > 0) qsort(names.at, names.count, sizeof *names.at, compare_names);
    return names;
}

static void names_free(Names *names) {
    for (size_t i = 0; i < names->count; i++) free(names->at[i]);
    free(names->at);
}

static void add_class(Listing *listing, const char *folder, size_t class) {
    char *class_folder = data_format("%s/%s", folder, listing->classes.at[class]);
    Names files = list_names(class_folder, false);
    if (files.count == 0) fail("%s: has no .png, .jpg or .jpeg files", class_folder);
    size_t count = listing->count + files.count;
    listing->paths = data_reallocate(listing->paths, count, sizeof *listing->paths);
    listing->labels = data_reallocate(listing->labels, count, sizeof *listing->labels);
    for (size_t i = 0; i < files.count; i++, listing->count++) {
        listing->paths[listing->count] = data_format("%s/%s", class_folder, files.at[i]);
        listing->labels[listing->count] = (int32_t) class;
    }
    names_free(&files);
    free(class_folder);
}

static Listing list_images(const Program *program, const char *folder) {
    Listing listing = {.classes = list_names(folder, true)};
    if (listing.classes.count != (size_t)program->classes) {
        fail("%s: has %zu folders; model `%s` is built for %d classes, a folder each", folder,
             listing.classes.count, program->model, program->classes);
    }
    for (size_t class = 0; class < listing.classes.count; class ++) add_class(&listing, folder, class);
    data_check_count(program, folder, listing.count);
    return listing;
}

static void listing_free(Listing *listing) {
    names_free(&listing->classes);
    for (size_t i = 0; i < listing->count; i++) free(listing->paths[i]);
    free(listing->paths);
    free(listing->labels);
}

// Reads the chosen files (all where `chosen` is NULL).
static Dataset read_chosen(const Program *program, const Listing *listing, const uint32_t *chosen,
                           size_t count) {
    Dataset set = data_empty(program);
    size_t bytes = data_image_bytes(program);
    set.count = count;
    set.images = data_allocate(count, bytes);
    set.labels = data_allocate(count, sizeof *set.labels);
    for (size_t i = 0; i < count; i++) {
        size_t file = chosen != NULL ? chosen[i] : i;
        image_read(listing->paths[file], set.height, set.width, set.channels, set.images + i * bytes);
        set.labels[i] = listing->labels[file];
    }
    set.class_names = data_allocate(listing->classes.count, sizeof *set.class_names);
    for (size_t i = 0; i < listing->classes.count; i++) {
        set.class_names[i] = data_format("%s", listing->classes.at[i]);
    }
    return set;
}

// Both parts must have the same classes, or labels would mean different things in them.
static void check_same_classes(const char *train_folder, const Names *train, const char *test_folder,
                               const Names *test) {
    for (size_t i = 0; i < train->count; i++) {
        if (strcmp(train->at[i], test->at[i]) == 0) continue;
        bool missing = strcmp(train->at[i], test->at[i]) < 0;
        fail("%s: has no class `%s`, which %s has", missing ? test_folder : train_folder,
             missing ? train->at[i] : test->at[i], missing ? train_folder : test_folder);
    }
}

static void load_parts(const Program *program, const char *train_folder, const char *test_folder,
                       Dataset *train, Dataset *test) {
    Listing train_listing = list_images(program, train_folder),
            test_listing = list_images(program, test_folder);
    check_same_classes(train_folder, &train_listing.classes, test_folder, &test_listing.classes);
    if (train != NULL) *train = read_chosen(program, &train_listing, NULL, train_listing.count);
    if (test != NULL) *test = read_chosen(program, &test_listing, NULL, test_listing.count);
    listing_free(&train_listing);
    listing_free(&test_listing);
}

static void load_divided(const Program *program, const char *folder, uint64_t seed, Dataset *train,
                         Dataset *test) {
    const double test_fraction = 0.2;
    Listing listing = list_images(program, folder);
    Split split = split_stratified(listing.labels, listing.count, program->classes, test_fraction, seed);
    if (split.train_count == 0 || split.validation_count == 0) {
        fail("%s: has too few images to divide into training and test images", folder);
    }
    if (train != NULL) *train = read_chosen(program, &listing, split.train, split.train_count);
    if (test != NULL) *test = read_chosen(program, &listing, split.validation, split.validation_count);
    split_free(&split);
    listing_free(&listing);
}

void images_load(const Program *program, const char *folder, uint64_t seed, Dataset *train, Dataset *test) {
    if (!data_is_folder(folder)) fail("%s: there is no such folder", folder);
    char *train_folder = data_format("%s/train", folder), *test_folder = data_format("%s/test", folder);
    bool has_train = data_is_folder(train_folder), has_test = data_is_folder(test_folder);
    if (has_train != has_test) {
        fail("%s: has %s/ but not %s/; both are needed, or neither", folder, has_train ? "train" : "test",
             has_train ? "test" : "train");
    }
    if (has_train) {
        load_parts(program, train_folder, test_folder, train, test);
    } else {
        load_divided(program, folder, seed, train, test);
    }
    free(train_folder);
    free(test_folder);
}
