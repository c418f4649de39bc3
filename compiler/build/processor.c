#include "build/processor.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *processor_field(Arena *arena, const char *name) {
    FILE *file = fopen("/proc/cpuinfo", "r");
    char *line = NULL;
    const char *value = NULL;
    size_t capacity = 0, length = strlen(name);
    while (file && !value && getline(&line, &capacity, file) > 0) {
        const char *colon = strchr(line, ':');
        if (!colon || strncmp(line, name, length) != 0 || !isspace((unsigned char)line[length])) continue;
        colon += 1 + strspn(colon + 1, " \t");
        value = arena_copy(arena, colon, strcspn(colon, "\n"));
    }
    free(line);
    if (file) fclose(file);
    return value;
}
