// The one document that --json puts on stdout.
#ifndef RUNTIME_JSON_OUTPUT_H
#define RUNTIME_JSON_OUTPUT_H

#include <cjson/cJSON.h>

// Prints and deletes it.
void json_print(cJSON *document);

#endif
