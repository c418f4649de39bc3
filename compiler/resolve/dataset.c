#include "resolve/dataset.h"
#include "resolve/evaluate.h"
#include "resolve/section.h"
#include "resolve/source.h"
#include <string.h>

enum { LARGEST_SIDE = 65536, LARGEST_CLASSES = 65536 };

static Diagnostic *source_error(Section *section, Span span, const SourceRow *row, const char *message) {
    Diagnostic *diagnostic = scope_error(&section->scope, E0505, span, "`%s` %s", row->name, message);
    section->good = false;
    if (!row->files) return diagnostic;
    Text text = {0};
    for (const char *character = row->files; *character; character++) {
        if (character == row->files) text_add(&text, "\"");
        if (*character == ' ') {
            text_add(&text, "\", \"");
        } else {
            text_add_bytes(&text, character, 1);
        }
    }
    diagnostic_help(diagnostic, "write `source = %s(%s\"%s)`", row->name, text_string(&text),
                    row->height ? "" : ", size = 64x64x3, classes = 10");
    text_free(&text);
    return diagnostic;
}

// The file that an argument names: its place among the row's, or -1.
static int file_place(const SourceRow *row, const char *name) {
    if (!row->files) return -1;
    size_t length = strlen(name);
    int place = 0;
    for (const char *file = row->files; file; place++) {
        const char *end = strchr(file, ' ');
        size_t file_length = end ? (size_t)(end - file) : strlen(file);
        if (file_length == length && !strncmp(file, name, length)) return place;
        file = end ? end + 1 : NULL;
    }
    return -1;
}

static bool read_size(Section *section, const Datum *value, DataConfig *data) {
    int64_t dims[4];
    int rank;
    if (!expect_size(&section->scope, value, "`size`", 2, 3, dims, &rank)) return false;
    for (int i = 0; i < rank; i++) {
        if (dims[i] >= 1 && dims[i] <= LARGEST_SIDE) continue;
        scope_error(&section->scope, E0505, value->span, "an image can't be %s: each side is 1 to %d",
                    datum_text(section->scope.study->arena, value), LARGEST_SIDE);
        return false;
    }
    data->height = dims[0];
    data->width = dims[1];
    data->channels = rank == 3 ? dims[2] : 1;
    return true;
}

static bool read_argument(Section *section, const SourceRow *row, const DatumItem *item, int *place,
                          const char **files, DataConfig *data) {
    int file = item->name ? file_place(row, item->name) : *place;
    if (item->name && !row->height && !strcmp(item->name, "size"))
        return read_size(section, &item->value, data);
    if (item->name && !row->height && !strcmp(item->name, "classes")) {
        return expect_whole(&section->scope, &item->value, "`classes`", 2, LARGEST_CLASSES, &data->classes);
    }
    if (file < 0 || file >= source_file_count(row)) {
        Span span = item->name ? item->name_span : item->value.span;
        source_error(section, span, row,
                     !row->files  ? "is built in and takes no arguments"
                     : item->name ? "has no argument of this name"
                                  : "is given too many files");
        return false;
    }
    if (!item->name) (*place)++;
    return expect_string(&section->scope, &item->value, "a file's name", &files[file]);
}

static void read_files(Section *section, const SourceRow *row, const Datum *source, DataConfig *data) {
    int count = source_file_count(row), place = 0;
    const char **files = NEW_ARRAY(section->scope.study->arena, const char *, count + 1);
    for (int i = 0; i < source->count; i++) {
        section->good &= read_argument(section, row, &source->items[i], &place, files, data);
    }
    if (!section->good) return;
    for (int i = 0; i < count; i++) {
        if (files[i]) continue;
        source_error(section, source->span, row, count > 1 ? "needs all its files" : "needs a name");
        return;
    }
    if (!data->height) {
        source_error(section, source->span, row, "needs the images' `size`");
    } else if (!data->classes) {
        source_error(section, source->span, row, "needs the number of `classes`");
    }
    data->arguments = files;
}

static void read_source(Section *section, DataConfig *data) {
    Datum source = section_value(section, "source");
    if (source.kind == DATUM_BAD) return;
    bool named = source.kind == DATUM_WORD || source.kind == DATUM_CALL;
    const SourceRow *row = named ? source_find(source.word) : NULL;
    if (!row) {
        Arena *arena = section->scope.study->arena;
        Diagnostic *diagnostic = scope_error(&section->scope, E0505, source.span, "%s is no source of data",
                                             datum_describe(arena, &source));
        if (source.kind == DATUM_STRING && source_find(source.word)) {
            diagnostic_help(diagnostic, "write it without quotes: `source = %s`", source.word);
        } else if (source.word) {
            diagnostic_suggest(diagnostic, source.word, source_names(arena));
        }
        diagnostic_help(diagnostic, "built in are mnist, fashion_mnist, cifar10 and strokes; files are "
                                    "idx(...), cifar(...), images(...) and npz(...)");
        section->good = false;
        return;
    }
    data->kind = row->name;
    data->height = row->height;
    data->width = row->width;
    data->channels = row->channels;
    data->classes = row->classes;
    read_files(section, row, &source, data);
}

static void read_validation(Section *section, DataConfig *data) {
    const Property *row = property_find(&dataset_properties, "val");
    Datum value = section_value(section, "val");
    if (value.kind == DATUM_BAD) return;
    if (value.kind == DATUM_WORD && !strcmp(value.word, "none")) return;
    if (value.kind == DATUM_WORD && !strcmp(value.word, "test")) {
        data->validation = VALIDATION_TEST;
        return;
    }
    if (!datum_is_number(&value)) {
        Diagnostic *diagnostic = scope_error(&section->scope, E0505, value.span, "`val` can't be %s",
                                             datum_describe(section->scope.study->arena, &value));
        static const char *const words[] = {"none", "test", NULL};
        if (value.kind == DATUM_WORD) diagnostic_suggest(diagnostic, value.word, words);
        diagnostic_help(diagnostic,
                        "a part of the training images is `val = 10%%`; or `val = test`, or `val = none`");
        section->good = false;
        return;
    }
    if (value.number > 1 && value.kind == DATUM_NUMBER && value.number <= 100) {
        Diagnostic *diagnostic =
            scope_error(&section->scope, E0505, value.span, "`val` is a part of the images, not %s",
                        datum_text(section->scope.study->arena, &value));
        diagnostic_help(diagnostic, "did you mean `%s%%`?", datum_text(section->scope.study->arena, &value));
        section->good = false;
        return;
    }
    section->good &=
        expect_number(&section->scope, &value, "`val`", row->minimum, row->maximum, &data->fraction);
    data->validation = data->fraction > 0 ? VALIDATION_FRACTION : VALIDATION_NONE;
}

static bool repeated_name(Section *section, const Datum *names, int index) {
    for (int i = 0; i < index; i++) {
        if (strcmp(names->items[i].value.word, names->items[index].value.word)) continue;
        scope_error(&section->scope, E0507, names->items[index].value.span, "the class `%s` is named twice",
                    names->items[index].value.word);
        return true;
    }
    return false;
}

static void read_class_names(Section *section, DataConfig *data) {
    if (!section_has(section, "classes")) return;
    Datum value = section_value(section, "classes");
    if (value.kind == DATUM_BAD) return;
    Arena *arena = section->scope.study->arena;
    if (value.kind != DATUM_LIST) {
        Diagnostic *diagnostic =
            scope_error(&section->scope, E0507, value.span, "`classes` is a list of names, not %s",
                        datum_describe(arena, &value));
        diagnostic_help(
            diagnostic,
            "their number belongs to the source: `images(\"dir\", size = 64x64x3, classes = 10)`");
        section->good = false;
        return;
    }
    const char **names = NEW_ARRAY(arena, const char *, value.count + 1);
    for (int i = 0; i < value.count && section->good; i++) {
        section->good &= expect_string(&section->scope, &value.items[i].value, "a class's name", &names[i]) &&
                         !repeated_name(section, &value, i);
    }
    if (section->good && value.count != data->classes) {
        scope_error(&section->scope, E0507, value.span, "%d names for the %lld classes of `%s`", value.count,
                    (long long)data->classes, data->kind);
        section->good = false;
    }
    data->class_names = names;
}

bool dataset_configure(const Scope *scope, const Declaration *dataset, const Settings *settings,
                       DataConfig *data) {
    static const char *const no_sections[] = {NULL};
    Scope own = *scope;
    own.file = dataset->file;
    Section section = section_open(&own, &dataset_properties, dataset->item->header);
    *data = (DataConfig){.name = dataset->name};
    section_add_items(&section, &dataset->item->items, no_sections);
    section_add_settings(&section, settings, "dataset.");
    read_source(&section, data);
    read_validation(&section, data);
    section_whole(&section, "seed", &data->seed);
    if (data->kind) read_class_names(&section, data);
    return section.good;
}
