// JSON: the one document that --json puts on stdout, and objects that the compiler wrote into the program.
#ifndef RUNTIME_JSON_OUTPUT_H
#define RUNTIME_JSON_OUTPUT_H

#include <cjson/cJSON.h>

// Prints and deletes it.
void json_print(cJSON *document);
// Adds the object that `text` is; an empty one if there is no text (programs of tests).
void json_add_parsed(cJSON *object, const char *name, const char *text);

#endif
