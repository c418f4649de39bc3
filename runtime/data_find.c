#include "data_find.h"
#include "data_file.h"
#include "fail.h"
#include <stdlib.h>
#include <string.h>

void data_places_add(DataPlaces *places, const char *folder) {
    if (places->count == DATA_MAX_PLACES)
        fail_internal("more than %d places to look for data", DATA_MAX_PLACES);
    places->folders[places->count++] = data_format("%s", folder);
}

// Paths in the current folder are written without "./".
static char *join(const char *folder, const char *name, const char *ending) {
    return strcmp(folder, ".") == 0 ? data_format("%s%s", name, ending)
                                    : data_format("%s/%s%s", folder, name, ending);
}

static const char *place_text(const char *folder) {
    return strcmp(folder, ".") == 0 ? "the current folder" : folder;
}

static void add_with_names(DataPlaces *places, const char *directory, const char *const *names) {
    for (; *names != NULL; names++) {
        char *folder = join(directory, *names, "");
        data_places_add(places, folder);
        free(folder);
    }
    data_places_add(places, directory);
}

DataPlaces data_places(const char *directory, const char *const *names) {
    DataPlaces places = {0};
    if (directory != NULL) {
        if (!data_is_folder(directory)) fail("--data %s: there is no such folder", directory);
        add_with_names(&places, directory, names);
    }
    const char *variable = getenv("CNN_DATA");
    if (variable != NULL && variable[0] != '\0') add_with_names(&places, variable, names);
    return places;
}

void data_places_free(DataPlaces *places) {
    for (int i = 0; i < places->count; i++) free(places->folders[i]);
    places->count = 0;
}

char *data_places_text(const DataPlaces *places) {
    char *text = data_format("%s", places->count > 0 ? place_text(places->folders[0]) : "no folder");
    for (int i = 1; i < places->count; i++) {
        char *longer = data_format("%s%s%s", text, i + 1 < places->count ? ", " : " and ",
                                   place_text(places->folders[i]));
        free(text);
        text = longer;
    }
    return text;
}

char *data_find_in(const char *folder, const char *name) {
    static const char *const endings[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        char *path = join(folder, name, endings[i]);
        if (data_is_file(path)) return path;
        free(path);
    }
    return NULL;
}

char *data_find(const DataPlaces *places, const char *name) {
    if (name[0] == '/') return data_format("%s", name);
    for (int i = 0; i < places->count; i++) {
        char *path = data_find_in(places->folders[i], name);
        if (path != NULL) return path;
        path = join(places->folders[i], name, "");
        if (data_is_folder(path)) return path;
        free(path);
    }
    fail("%s: not found in %s; say where it is with --data FOLDER", name, data_places_text(places));
}
