#ifndef EMIT_SETTINGS_H
#define EMIT_SETTINGS_H

#include "base/text.h"
#include "resolve/study.h"

// One row of the table `settings` of runtime/program.h.
typedef struct SettingRow {
    const char *path, *value;
    int slot;
    bool number, whole, off_in_step;
    double minimum, maximum;
} SettingRow;
typedef List(SettingRow) SettingRows;

// All that can be set in a program without compiling it again, with the configuration's values. Programs of
// equal signature have the same rows.
SettingRows setting_rows(const Configuration *configuration);
// Appends the table `settings` of runtime/program.h; returns how many rows it has.
int emit_settings(const Configuration *configuration, Text *text);
// Appends a C string literal.
void emit_string(const char *string, Text *text);

#endif
