#include "json_output.h"
#include "fail.h"

#include <stdio.h>

void json_print(cJSON *document) {
    char *text = cJSON_Print(document);
    if (!text) fail_memory();
    puts(text);
    cJSON_free(text);
    cJSON_Delete(document);
}

void json_add_parsed(cJSON *object, const char *name, const char *text) {
    cJSON *parsed = text ? cJSON_Parse(text) : NULL;
    cJSON_AddItemToObject(object, name, parsed ? parsed : cJSON_CreateObject());
}
