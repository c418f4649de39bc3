// The properties of a study's sections (dataset, train, early_stop, experiment): one row each, from which
// they are read, checked, suggested, listed (`cnnc list properties`) and written out (`cnnc resolve`).
#ifndef RESOLVE_PROPERTY_H
#define RESOLVE_PROPERTY_H

#include "ir/op.h"

typedef enum PropertyType {
    PROPERTY_WHOLE,      // a whole number
    PROPERTY_NUMBER,     // any number
    PROPERTY_WORD,       // one of `choices`
    PROPERTY_CALL,       // a call of a row of the op table with one of `flags`: adam(lr = 1e-3)
    PROPERTY_SOURCE,     // a row of source.h: fashion_mnist, idx(...)
    PROPERTY_VALIDATION, // none, a fraction, or test
    PROPERTY_NAMES,      // a list of strings
    PROPERTY_SEEDS,      // 7, 1..3, or a list of whole numbers
    PROPERTY_METRIC,     // val.loss, train.accuracy
    PROPERTY_SECTION     // the name of a section of the kind that `choices` names
} PropertyType;

typedef struct Property {
    const char *name;
    PropertyType type;
    const char *initial; // as written in a file; "": unset unless given; NULL: must be given
    double minimum, maximum;
    const char *choices; // separated by spaces
    unsigned flags;      // of the op table's rows that a PROPERTY_CALL may name
    const char *help;    // one line
} Property;

typedef struct PropertyTable {
    const char *section; // its keyword
    const char *summary;
    const Property *rows;
    int count;
} PropertyTable;

extern const PropertyTable dataset_properties, train_properties, early_stop_properties, experiment_properties;
// All tables, NULL-terminated; and the metrics that a PROPERTY_METRIC may name.
extern const PropertyTable *const property_tables[];
extern const char *const metric_names[];

const Property *property_find(const PropertyTable *table, const char *name); // NULL if there is none
// The names of the rows, NULL-terminated, for suggestions.
const char *const *property_names(Arena *arena, const PropertyTable *table);

// What to write for a word that users bring from elsewhere ("learning_rate" in a train), or that belongs to
// another section; NULL if it is not known.
const char *property_elsewhere(const char *section, const char *word);

#endif
