#include "build/tuning.h"
#include "base/file.h"
#include "build/processor.h"
#include "build/toolchain.h"
#include "build_config.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// --- the key ---

static bool has_word(const char *text, const char *word) {
    size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += length)
        if ((at == text || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) return true;
    return false;
}

// What decides how the kernels are compiled: vectors' width, registers, instructions.
static const char *processor_features(Arena *arena) {
    static const char *const features[] = {"sse4_2",   "avx",      "avx2",  "fma", "avx512f",
                                           "amx_bf16", "amx_tile", "asimd", "sve"};
    const char *all = processor_field(arena, "flags"), *text = "";
    if (!all) all = processor_field(arena, "Features");
    for (size_t i = 0; all && i < sizeof features / sizeof *features; i++)
        if (has_word(all, features[i]))
            text = arena_printf(arena, "%s%s%s", text, *text ? " " : "", features[i]);
    return text;
}

// "cc -O2 (cc (Debian 12.2.0-14) 12.2.0)" is "gcc 12"; its last word with a number in front is the version.
static const char *compiler_key(Arena *arena, const char *described) {
    const char *version = NULL, *flags = getenv("CFLAGS");
    const char *name = strstr(described, "clang version") ? "clang" : "gcc";
    for (const char *at = described; *at; at++)
        if (isdigit((unsigned char)*at) && at > described && at[-1] == ' ') version = at;
    const char *major = version ? arena_copy(arena, version, strspn(version, "0123456789")) : "";
    return arena_printf(arena, "%s %s%s%s", name, major, flags && *flags ? " " : "", flags ? flags : "");
}

TuningKey tuning_key(Arena *arena, const BuildOptions *options, const char *compiler) {
    const char *cpu = processor_field(arena, "model name");
    bool native = options->march && strcmp(options->march, "native") == 0;
    return (TuningKey){.real = options->double_precision ? "f64" : "f32",
                       .cpu = cpu ? cpu : "",
                       .features =
                           native ? processor_features(arena)
                                  : arena_printf(arena, "march %s", options->march ? options->march : ""),
                       .compiler = compiler_key(arena, compiler),
                       .cnnc = CNNC_VERSION};
}

// --- reading ---

typedef struct RecordFile {
    const char *path, *label; // label: "shipped", or "own"
    cJSON **lines;            // NULL: an empty line
    int count;
} RecordFile;

static bool wrong(const RecordFile *file, int line, const char *what) {
    fprintf(
        stderr,
        "cnnc: %s:%d: this is no tuning record: %s; remove the line, or the file: cnnc tune measures anew\n",
        file->path, line, what);
    return false;
}

static const char *string_of(const cJSON *record, const char *name) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(record, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static const char *const key_names[] = {"real", "features", "compiler", "cnnc"};
enum { KEY_COUNT = sizeof key_names / sizeof *key_names };

static const char *key_value(const TuningKey *key, int i) {
    const char *const values[KEY_COUNT] = {key->real, key->features, key->compiler, key->cnnc};
    return values[i];
}

// NULL, or what is wrong.
static const char *record_fault(Arena *arena, const cJSON *record) {
    static const char *const texts[] = {"family", "variant", "cpu"};
    static const char *const objects[] = {"constants", "seconds"};
    if (!cJSON_IsObject(record)) return "it is no JSON object";
    for (int i = 0; i < KEY_COUNT; i++)
        if (!string_of(record, key_names[i])) return arena_printf(arena, "it has no text '%s'", key_names[i]);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!string_of(record, texts[i])) return arena_printf(arena, "it has no text '%s'", texts[i]);
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        const cJSON *object = cJSON_GetObjectItemCaseSensitive(record, objects[i]), *item;
        if (!cJSON_IsObject(object)) return arena_printf(arena, "it has no object '%s'", objects[i]);
        cJSON_ArrayForEach(item, object) if (!cJSON_IsNumber(item)) return arena_printf(
            arena, "'%s' of '%s' is no number", item->string, objects[i]);
    }
    return NULL;
}

static void close_file(RecordFile *file) {
    for (int i = 0; i < file->count; i++) cJSON_Delete(file->lines[i]);
    free(file->lines);
    *file = (RecordFile){0};
}

// Adds the line if it is one; an empty line is kept as NULL so that numbers stay.
static bool add_line(Arena *arena, RecordFile *file, const char *line) {
    cJSON *record = NULL;
    const char *fault_text = NULL;
    if (line[strspn(line, " \t\r\n")] != '\0') {
        record = cJSON_Parse(line);
        fault_text = record_fault(arena, record);
    }
    cJSON **lines = realloc(file->lines, (size_t)(file->count + 1) * sizeof *lines);
    if (!lines) out_of_memory();
    file->lines = lines;
    file->lines[file->count++] = record;
    return !fault_text || wrong(file, file->count, fault_text);
}

// A file that is not there has no records. False after a message.
static bool open_file(Arena *arena, const char *path, const char *label, RecordFile *file) {
    *file = (RecordFile){.path = path, .label = label};
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        if (errno == ENOENT) return true;
        fprintf(stderr, "cnnc: cannot read the tuning records %s: %s\n", path, strerror(errno));
        return false;
    }
    char *line = NULL;
    size_t capacity = 0;
    bool fine = true;
    while (fine && getline(&line, &capacity, stream) > 0) fine = add_line(arena, file, line);
    if (ferror(stream)) {
        fprintf(stderr, "cnnc: cannot read the tuning records %s: %s\n", path, strerror(errno));
        fine = false;
    }
    free(line);
    fclose(stream);
    if (!fine) close_file(file);
    return fine;
}

static bool has_key(const cJSON *record, const TuningKey *key) {
    for (int i = 0; i < KEY_COUNT; i++)
        if (strcmp(string_of(record, key_names[i]), key_value(key, i)) != 0) return false;
    return true;
}

static const char *copy_text(Arena *arena, const char *text) {
    return arena_copy(arena, text, strlen(text));
}

static TuningRecord record_of(Arena *arena, const RecordFile *file, int line) {
    const cJSON *json = file->lines[line], *item;
    TuningRecord record = {.family = copy_text(arena, string_of(json, "family")),
                           .variant = copy_text(arena, string_of(json, "variant")),
                           .name = arena_printf(arena, "%s:%d", file->label, line + 1)};
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "constants")) {
        KernelConstant constant = {copy_text(arena, item->string), (int64_t)item->valuedouble};
        list_add(arena, &record.constants, constant);
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(json, "seconds"))
        list_add(arena, &record.measured, copy_text(arena, item->string));
    return record;
}

// The file's records of the key, later ones first; of the key's CPU, or of others.
static void add_records(Arena *arena, const RecordFile *file, const TuningKey *key, bool same_cpu,
                        KernelPolicy *policy) {
    for (int i = file->count - 1; i >= 0; i--) {
        const cJSON *record = file->lines[i];
        if (record && has_key(record, key) && (strcmp(string_of(record, "cpu"), key->cpu) == 0) == same_cpu)
            list_add(arena, &policy->records, record_of(arena, file, i));
    }
}

const char *tuning_own_file(Arena *arena) {
    const char *folder = build_cache(arena);
    return folder ? arena_printf(arena, "%s/tuning.jsonl", folder) : NULL;
}

bool tuning_load(Arena *arena, const char *own, const TuningKey *key, KernelPolicy *policy) {
    RecordFile files[2] = {{0}, {0}};
    const char *root = build_root(arena);
    const char *path = own ? own : tuning_own_file(arena);
    if (!root || !path) return false;
    if (own && access(own, R_OK) != 0) {
        fprintf(stderr, "cnnc: cannot read the tuning records %s: %s\n", own, strerror(errno));
        return false;
    }
    bool fine = open_file(arena, path, "own", &files[0]) &&
                open_file(arena, arena_printf(arena, "%s/kernels/tuning.jsonl", root), "shipped", &files[1]);
    for (int other = 0; other < 2 && fine; other++)
        for (int i = 0; i < 2; i++) add_records(arena, &files[i], key, !other, policy);
    for (int i = 0; i < 2; i++) close_file(&files[i]);
    return fine;
}

// --- writing ---

static bool same_record(const cJSON *record, const TuningKey *key, const TuningResult *result) {
    if (!has_key(record, key) || strcmp(string_of(record, "cpu"), key->cpu) != 0) return false;
    const cJSON *constants = cJSON_GetObjectItemCaseSensitive(record, "constants"), *item;
    Arena *arena = arena_new();
    List(KernelConstant) list = {0};
    cJSON_ArrayForEach(item, constants)
        list_add(arena, &list, ((KernelConstant){item->string, (int64_t)item->valuedouble}));
    bool same = kernel_same_shape(result->kernel, string_of(record, "family"), list.count, list.items);
    arena_free(arena);
    return same;
}

// To six digits: more is noise, and with fewer the variant might not follow from what is written.
static double rounded(double seconds) {
    char text[32];
    snprintf(text, sizeof text, "%.6g", seconds);
    return atof(text);
}

static cJSON *json_of(const TuningKey *key, const TuningResult *result) {
    cJSON *record = cJSON_CreateObject();
    cJSON_AddStringToObject(record, "family", result->kernel->family);
    cJSON *constants = cJSON_AddObjectToObject(record, "constants");
    for (int i = 0; i < result->kernel->constants.count; i++)
        cJSON_AddNumberToObject(constants, result->kernel->constants.items[i].name,
                                (double)result->kernel->constants.items[i].value);
    cJSON_AddStringToObject(record, "cpu", key->cpu);
    for (int i = 0; i < KEY_COUNT; i++) cJSON_AddStringToObject(record, key_names[i], key_value(key, i));
    cJSON_AddStringToObject(record, "variant", result->variant);
    cJSON *seconds = cJSON_AddObjectToObject(record, "seconds");
    for (int i = 0; i < result->count; i++)
        cJSON_AddNumberToObject(seconds, result->variants[i], rounded(result->seconds[i]));
    char date[16];
    time_t now = time(NULL);
    struct tm parts;
    strftime(date, sizeof date, "%Y-%m-%d", gmtime_r(&now, &parts));
    cJSON_AddStringToObject(record, "date", date);
    return record;
}

static void add_json(Text *text, const cJSON *record) {
    char *line = cJSON_PrintUnformatted(record);
    if (!line) out_of_memory();
    text_printf(text, "%s\n", line);
    free(line);
}

static bool replaced(const cJSON *record, const TuningKey *key, int count, const TuningResult *results) {
    for (int i = 0; i < count; i++)
        if (same_record(record, key, &results[i])) return true;
    return false;
}

bool tuning_save(Arena *arena, const char *path, const TuningKey *key, int count,
                 const TuningResult *results) {
    RecordFile file;
    Text text = {0};
    if (!open_file(arena, path, "own", &file)) return false;
    for (int i = 0; i < file.count; i++)
        if (file.lines[i] && !replaced(file.lines[i], key, count, results)) add_json(&text, file.lines[i]);
    close_file(&file);
    for (int i = 0; i < count; i++) {
        cJSON *record = json_of(key, &results[i]);
        add_json(&text, record);
        cJSON_Delete(record);
    }
    bool fine = file_write(path, &text);
    if (!fine) fprintf(stderr, "cnnc: cannot write the tuning records %s: %s\n", path, strerror(errno));
    text_free(&text);
    return fine;
}
