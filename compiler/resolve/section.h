// Reading a section of properties by its table: what the file says, then what settings change.
#ifndef RESOLVE_SECTION_H
#define RESOLVE_SECTION_H

#include "resolve/property.h"
#include "resolve/setting.h"

// One `name = value` of the section, wherever it stands.
typedef struct Given {
    const char *name; // within the section: "batch", "optimizer.lr"
    Span span;        // of the name
    const Expr *value;
    const StudyFile *file; // whose names the value sees
} Given;

typedef struct Section {
    const PropertyTable *table;
    Scope scope; // of the section's own file
    Span span;   // of its header: what messages about the whole section point at
    List(Given) given;
    bool good; // no errors so far
} Section;

Section section_open(const Scope *scope, const PropertyTable *table, Span span);
// Adds the properties of a section's items. sections: names of the sections that may stand in it,
// NULL-terminated; they are left to the caller. Everything else is reported.
void section_add_items(Section *section, const Items *items, const char *const *sections);
// Adds the settings whose target begins with prefix ("train.").
void section_add_settings(Section *section, const Settings *settings, const char *prefix);
void section_add(Section *section, Given given);

// The value of a property: the last that was given, else its default; settings such as "optimizer.lr" are put
// into the call. DATUM_BAD after an error, or if it is unset.
Datum section_value(Section *section, const char *name);
bool section_has(const Section *section, const char *name);

// The value as its row wants it; false after an error.
bool section_whole(Section *section, const char *name, int64_t *whole);
bool section_number(Section *section, const char *name, double *number);
bool section_word(Section *section, const char *name, const char **word);
bool section_call(Section *section, const char *name, Bound *bound);

#endif
