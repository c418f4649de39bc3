#include "run_record.h"
#include "data_file.h"
#include "fail.h"
#include "json_output.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static void add_text(cJSON *object, const char *name, const char *text) {
    cJSON_AddStringToObject(object, name, text ? text : "");
}

// A checksum as people write it.
static void add_checksum(cJSON *object, const char *name, uint32_t checksum) {
    char text[16];
    snprintf(text, sizeof text, "%08x", checksum);
    cJSON_AddStringToObject(object, name, text);
}

// Doubles hold whole numbers up to 2^53; a larger seed is kept as text.
static void add_seed(cJSON *object, uint64_t seed) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
    if (seed <= 1ull << 53)
        cJSON_AddNumberToObject(object, "seed", (double)seed);
    else
        cJSON_AddStringToObject(object, "seed", text);
}

static void add_program(cJSON *record, const Program *program) {
    add_text(record, "model", program->model);
    add_text(record, "file", program->file);
    add_text(record, "variant", program->variant);
    add_text(record, "target", program->target);
    add_text(record, "real", sizeof(real) == sizeof(double) ? "f64" : "f32");
    add_text(record, "program", program->hash);
    json_add_parsed(record, "kernels", program->kernels);
    json_add_parsed(record, "kernel_choices", program->kernel_choices);
    cJSON *versions = cJSON_AddObjectToObject(record, "versions");
    add_text(versions, "cnnc", program->version);
    add_text(versions, "runtime_compiler", __VERSION__);
    add_text(versions, "cjson", cJSON_Version());
    add_text(record, "compiled_by", program->compiler);
    add_text(record, "generated_by", program->command);
}

static void add_settings(cJSON *record, const Settings *settings) {
    cJSON *object = cJSON_AddObjectToObject(record, "settings");
    for (int i = 0; i < settings->program->setting_count; i++) {
        const char *path = settings->program->settings[i].path, *text = settings->texts[i];
        double number;
        if (number_parse(text, &number) && number >= -9007199254740992.0 && number <= 9007199254740992.0)
            cJSON_AddNumberToObject(object, path, number);
        else
            cJSON_AddStringToObject(object, path, text);
    }
}

static void add_data(cJSON *record, const Program *program, const DataLists *lists) {
    cJSON *data = cJSON_AddObjectToObject(record, "data");
    add_text(data, "name", program->data.name);
    add_text(data, "source", program->data.kind);
    cJSON_AddNumberToObject(data, "train_images", (double)lists->train.count);
    cJSON_AddNumberToObject(data, "val_images", (double)lists->validation.count);
    cJSON_AddNumberToObject(data, "test_images", (double)lists->test.count);
    add_checksum(data, "train_crc32", lists->train_data.checksum);
    add_checksum(data, "test_crc32", lists->test_data.checksum);
}

static void add_host(cJSON *record, int threads) {
    struct utsname system;
    char line[512], *processor = NULL;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && !processor && fgets(line, sizeof line, file)) {
        char *value = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !value) continue;
        value += 1 + strspn(value + 1, " ");
        processor = data_format("%.*s", (int)strcspn(value, "\n"), value);
    }
    if (file) fclose(file);
    cJSON *host = cJSON_AddObjectToObject(record, "host");
    bool known = uname(&system) == 0;
    add_text(host, "cpu", processor ? processor : known ? system.machine : "");
    add_text(host, "system", known ? system.sysname : "");
    add_text(host, "release", known ? system.release : "");
    cJSON_AddNumberToObject(host, "cores", team_default_threads());
    cJSON_AddNumberToObject(record, "threads", threads);
    free(processor);
}

static void add_start(cJSON *record) {
    struct timespec now;
    struct tm parts;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    add_text(record, "started", text);
    cJSON_AddNumberToObject(record, "started_seconds", (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
}

cJSON *run_record_create(const Program *program, const Options *options, const Settings *settings,
                         const DataLists *lists, uint64_t seed, int threads) {
    cJSON *record = cJSON_CreateObject();
    cJSON *line = cJSON_AddArrayToObject(record, "command_line");
    for (int i = 0; i < options->argument_count; i++)
        cJSON_AddItemToArray(line, cJSON_CreateString(options->arguments[i]));
    add_start(record);
    add_program(record, program);
    add_seed(record, seed);
    add_settings(record, settings);
    cJSON_AddNumberToObject(record, "limit", options->limit);
    cJSON_AddNumberToObject(record, "top", options->top);
    add_text(record, "weights", options->weights);
    add_data(record, program, lists);
    add_host(record, threads);
    return record;
}

cJSON *run_record_read(const char *path) {
    size_t size;
    char *text = (char *)data_read_file(path, &size);
    cJSON *record = cJSON_ParseWithLength(text, size);
    free(text);
    if (!cJSON_IsObject(record))
        fail("%s: it is damaged, so the run cannot go on; start a new one with another --out", path);
    return record;
}

static char *value_text(const cJSON *value) {
    char *text = value ? cJSON_PrintUnformatted(value) : NULL;
    return text ? text : data_format("absent");
}

static void check_same(const cJSON *recorded, const cJSON *now, const char *name, const char *path) {
    if (cJSON_Compare(recorded, now, true)) return;
    if (cJSON_IsObject(recorded) && cJSON_IsObject(now))
        for (const cJSON *entry = now->child; entry; entry = entry->next)
            check_same(cJSON_GetObjectItemCaseSensitive(recorded, entry->string), entry, entry->string, path);
    fail("%s: the run cannot go on: '%s' was %s when it began and is %s now; give the same, or start a new "
         "run with "
         "another --out",
         path, name, value_text(recorded), value_text(now));
}

void run_record_check(const cJSON *recorded, const cJSON *now, const char *path) {
    static const char *const same[] = {"program", "target", "real", "kernels", "settings",
                                       "seed",    "limit",  "top",  "weights", "data"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        check_same(cJSON_GetObjectItemCaseSensitive(recorded, same[i]),
                   cJSON_GetObjectItemCaseSensitive(now, same[i]), same[i], path);
}

double run_record_started(const cJSON *record) {
    const cJSON *started = cJSON_GetObjectItemCaseSensitive(record, "started_seconds");
    return cJSON_IsNumber(started) ? started->valuedouble : 0;
}
