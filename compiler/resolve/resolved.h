// Writing resolved files: params at their values, imports in place, every default written out. The text is a
// valid file that comes to the same configuration, and that is written the same way again.
#ifndef RESOLVE_RESOLVED_H
#define RESOLVE_RESOLVED_H

#include "resolve/configure.h"

typedef struct Writer {
    Study *study;
    Text *text;
    const StudyFile *file; // whose names the part being written sees
    bool *reached;         // one per declaration of the study: whether what is written needs it
    // Formals and params that are called with arguments, `pool(size)`, or handed to such. A layer that they
    // hold can't have its defaults written out, since an argument would then be given twice.
    List(const char *) called;
    // The section as written, when its properties are to follow params that variants change; NULL: values
    // only.
    const Item *section;
} Writer;

Writer writer_new(Study *study, Text *text);

// resolved_reach.c: marks what a declaration, or a value, needs, and it itself.
void writer_reach(Writer *writer, const Declaration *declaration);
void writer_reach_value(Writer *writer, const Datum *value);
// Finds Writer.called, once everything is marked.
void writer_find_called(Writer *writer);

// resolved_body.c
void write_expression(Writer *writer, const Expr *expr, const char *destination);
void write_block(Writer *writer, const Declaration *block);
void write_model(Writer *writer, const Declaration *model);

// resolved_section.c
void write_dataset(Writer *writer, const DataConfig *data);
void write_train(Writer *writer, const TrainConfig *train);
void write_experiment(Writer *writer, const Declaration *declaration);

#endif
