#include "settings.h"
#include "data_file.h"
#include "fail.h"
#include "text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Settings settings_create(const Program *program) {
    Settings settings = {program, data_allocate_zeroed((size_t)program->setting_count, sizeof(char *))};
    for (int i = 0; i < program->setting_count; i++)
        settings.texts[i] = data_format("%s", program->settings[i].value);
    return settings;
}

void settings_free(Settings *settings) {
    for (int i = 0; settings->texts && i < settings->program->setting_count; i++) free(settings->texts[i]);
    free(settings->texts);
    *settings = (Settings){0};
}

static int find_path(const Program *program, const char *path) {
    for (int i = 0; i < program->setting_count; i++)
        if (strcmp(program->settings[i].path, path) == 0) return i;
    return -1;
}

static bool ends_with_parts(const char *path, const char *name) {
    size_t length = strlen(path), tail = strlen(name);
    return length > tail && path[length - tail - 1] == '.' && strcmp(path + length - tail, name) == 0;
}

// True if the resolved file says the name: then it exists, but its value is compiled in.
static bool in_resolved_file(const Program *program, const char *name) {
    const char *dot = strrchr(name, '.'), *word = dot ? dot + 1 : name, *text = program->resolved;
    size_t length = strlen(word);
    if (!length) return false;
    for (const char *at = text; (at = strstr(at, word)); at++) {
        bool begins = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        bool ends = !(isalnum((unsigned char)at[length]) || at[length] == '_');
        if (begins && ends) return true;
    }
    return false;
}

static _Noreturn void unknown_setting(const Program *program, const char *name) {
    if (in_resolved_file(program, name))
        fail_usage("--set %s: it is fixed when the program is built; change the file and build again", name);
    size_t count = (size_t)program->setting_count;
    const char **names = data_allocate(2 * count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        const char *path = program->settings[i].path, *dot = strrchr(path, '.');
        names[i] = path;
        names[count + i] = dot ? dot + 1 : path;
    }
    const char *closest = closest_name(name, names, 2 * count);
    free(names);
    if (closest) fail_usage("--set %s: there is no such setting; did you mean '%s'?", name, closest);
    fail_usage("--set %s: there is no such setting; '%s info' lists them", name, program_name());
}

static int find_setting(const Program *program, const char *name) {
    int found = find_path(program, name);
    if (found >= 0) return found;
    char *param = data_format("param.%s", name); // a bare name is a param first
    found = find_path(program, param);
    free(param);
    if (found >= 0) return found;
    for (int i = 0; i < program->setting_count; i++) {
        if (!ends_with_parts(program->settings[i].path, name)) continue;
        if (found >= 0)
            fail_usage("--set %s: this may be %s or %s; write which one", name, program->settings[found].path,
                       program->settings[i].path);
        found = i;
    }
    if (found < 0) unknown_setting(program, name);
    return found;
}

static bool is_split_word(const char *path, const char *value) {
    return strcmp(path, "dataset.val") == 0 && (strcmp(value, "test") == 0 || strcmp(value, "none") == 0);
}

static void check_number(const Setting *setting, double minimum, double maximum, const char *value,
                         const char *option) {
    double number;
    char low[NUMBER_TEXT], high[NUMBER_TEXT];
    if (!number_parse(value, &number)) fail_usage("%s: '%s' is not a number", option, value);
    if (setting->whole && number != floor(number)) fail_usage("%s: %s is not a whole number", option, value);
    if (number >= minimum && number <= maximum) return;
    if (isinf(maximum))
        fail_usage("%s: %s is too small: the least is %s", option, value, number_text(minimum, low));
    fail_usage("%s: %s is out of range: it may be %s to %s", option, value, number_text(minimum, low),
               number_text(maximum, high));
}

static void check_choice(const char *value, const char *const *choices, size_t count, const char *option) {
    char *list = data_format("%s", choices[0]);
    for (size_t i = 0; i < count; i++)
        if (strcmp(value, choices[i]) == 0) {
            free(list);
            return;
        }
    for (size_t i = 1; i < count; i++) {
        char *longer = data_format("%s%s%s", list, i + 1 < count ? ", " : " or ", choices[i]);
        free(list);
        list = longer;
    }
    fail_usage("%s: '%s' is not possible; it may be %s", option, value, list);
}

// What the runtime itself reads has rules of its own; the rest is a number with a range.
static void check_value(const Setting *setting, const char *value, const char *option) {
    static const char *const restores[] = {"best", "none"};
    static const char *const monitors[] = {"val.loss", "val.accuracy", "train.loss", "train.accuracy"};
    uint64_t seed;
    if (strcmp(setting->path, "seed") == 0 || strcmp(setting->path, "dataset.seed") == 0) {
        if (!seed_parse(value, &seed))
            fail_usage("%s: '%s' is not a seed: a whole number from 0 to 18446744073709551615", option,
                       value);
    } else if (strcmp(setting->path, "dataset.val") == 0) {
        if (!is_split_word(setting->path, value)) check_number(setting, 0, 0.9, value, option);
    } else if (strcmp(setting->path, "early_stop.restore") == 0) {
        check_choice(value, restores, 2, option);
    } else if (ends_with_parts(setting->path, "monitor")) {
        check_choice(value, monitors, 4, option);
    } else if (setting->number) {
        check_number(setting, setting->minimum, setting->maximum, value, option);
    } else {
        fail_usage("%s: it is fixed when the program is built; change the file and build again", option);
    }
}

static void assign(Settings *settings, int number, const char *value, const char *option) {
    check_value(&settings->program->settings[number], value, option);
    free(settings->texts[number]);
    settings->texts[number] = data_format("%s", value);
}

void settings_assign(Settings *settings, const char *assignment) {
    const char *equals = strchr(assignment, '=');
    if (!equals || equals == assignment) fail_usage("--set %s: write it as --set NAME=VALUE", assignment);
    char *name = data_format("%.*s", (int)(equals - assignment), assignment);
    int number = find_setting(settings->program, name);
    char *option = data_format("--set %s", name);
    assign(settings, number, equals + 1, option);
    free(option);
    free(name);
}

void settings_put(Settings *settings, const char *path, const char *value, const char *option) {
    int number = find_path(settings->program, path);
    if (number < 0) fail_usage("%s: this program has no '%s'", option, path);
    assign(settings, number, value, option);
}

const char *settings_word(const Settings *settings, const char *path, const char *absent) {
    int number = find_path(settings->program, path);
    return number < 0 ? absent : settings->texts[number];
}

double settings_number(const Settings *settings, const char *path, double absent) {
    const char *text = settings_word(settings, path, NULL);
    double number = absent;
    if (text && !number_parse(text, &number)) fail_internal("setting %s is '%s', not a number", path, text);
    return number;
}

Values *settings_values(const Settings *settings, uint64_t seed, bool for_step_command) {
    const Program *program = settings->program;
    Values *values = data_allocate_zeroed(1, sizeof(Values) + (size_t)program->slot_count * sizeof(real));
    values->seed = seed;
    values->epoch = 1;
    for (int i = 0; i < program->setting_count; i++) {
        const Setting *setting = &program->settings[i];
        if (setting->slot < 0) continue;
        bool off = for_step_command && setting->off_in_step;
        values->slot[setting->slot] = off ? 0 : (real)settings_number(settings, setting->path, 0);
    }
    return values;
}

real *settings_slot(const Settings *settings, Values *values, const char *path) {
    int number = find_path(settings->program, path);
    if (number < 0 || settings->program->settings[number].slot < 0) return NULL;
    return &values->slot[settings->program->settings[number].slot];
}
