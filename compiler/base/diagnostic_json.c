#include "base/diagnostic_list.h"
#include "base/utf8.h"
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

// JSON must be UTF-8, and a message may quote what the user's file has.
static cJSON *string_json(const char *string) {
    Text text = {0};
    text_add_visible(&text, string, strlen(string));
    cJSON *json = cJSON_CreateString(text_string(&text));
    if (!json) out_of_memory();
    text_free(&text);
    return json;
}

static void add_string(cJSON *object, const char *key, const char *string) {
    cJSON_AddItemToObject(object, key, string_json(string));
}

static void add_span(cJSON *object, Span span) {
    if (!span.source) {
        static const char *const keys[] = {"file", "line", "column", "end_line", "end_column"};
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) cJSON_AddNullToObject(object, keys[i]);
        return;
    }
    Position start = position_of(span.source, span.start), end = position_of(span.source, span.end);
    add_string(object, "file", span.source->path);
    cJSON_AddNumberToObject(object, "line", start.line);
    cJSON_AddNumberToObject(object, "column", start.column);
    cJSON_AddNumberToObject(object, "end_line", end.line);
    cJSON_AddNumberToObject(object, "end_column", end.column);
}

static void add_strings(cJSON *object, const char *key, const char *const *strings, int count) {
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (int i = 0; i < count; i++) cJSON_AddItemToArray(array, string_json(strings[i]));
}

static cJSON *diagnostic_json(const Diagnostic *diagnostic) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "severity", severity_name(diagnostic->severity));
    cJSON_AddStringToObject(object, "code", code_name(diagnostic->code));
    add_string(object, "message", diagnostic->message);
    add_span(object, diagnostic->span);
    cJSON *labels = cJSON_AddArrayToObject(object, "labels");
    for (int i = 0; i < diagnostic->labels.count; i++) {
        cJSON *label = cJSON_CreateObject();
        add_string(label, "message", diagnostic->labels.items[i].text);
        add_span(label, diagnostic->labels.items[i].span);
        cJSON_AddItemToArray(labels, label);
    }
    add_strings(object, "notes", diagnostic->notes.items, diagnostic->notes.count);
    add_strings(object, "help", diagnostic->helps.items, diagnostic->helps.count);
    return object;
}

void diagnostics_print_json(const Diagnostics *diagnostics, FILE *stream) {
    cJSON *document = cJSON_CreateObject();
    cJSON *array = cJSON_AddArrayToObject(document, "diagnostics");
    Diagnostic **sorted = diagnostics_sorted(diagnostics);
    for (int i = 0; i < diagnostics->list.count; i++) cJSON_AddItemToArray(array, diagnostic_json(sorted[i]));
    cJSON_AddNumberToObject(document, "errors", diagnostics->errors);
    cJSON_AddNumberToObject(document, "warnings", diagnostics->warnings);
    char *json = cJSON_Print(document);
    if (!json) out_of_memory();
    fprintf(stream, "%s\n", json);
    free(json);
    cJSON_Delete(document);
}
