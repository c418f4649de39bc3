#include "options.h"
#include "data_file.h"
#include "fail.h"
#include "team.h"
#include "text.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum OptionKind { OPTION_FLAG, OPTION_TEXT, OPTION_COUNT, OPTION_SECONDS, OPTION_SET } OptionKind;

typedef struct Option {
    const char *name, *argument, *help;
    OptionKind kind;
    size_t target; // offset in Options
    unsigned commands;
} Option;

#define AT(member) offsetof(Options, member)
#define WITH_DATA  (COMMAND_TRAIN | COMMAND_EVAL)
#define WITH_STEPS (COMMAND_TRAIN | COMMAND_EVAL | COMMAND_PREDICT | COMMAND_STEP | COMMAND_BENCH)

static const Option all_options[] = {
    {"data", "DIR", "where the data set's files are: DIR/NAME, then DIR", OPTION_TEXT, AT(data), WITH_DATA},
    {"out", "DIR", "the run's folder (default: runs/MODEL, then runs/MODEL-2, ...)", OPTION_TEXT, AT(out),
     COMMAND_TRAIN},
    {"out", "FILE", "the file of the loss, the logits and the gradients", OPTION_TEXT, AT(out), COMMAND_STEP},
    {"out", "FILE", "the file of the initial weights", OPTION_TEXT, AT(out), COMMAND_INIT},
    {"weights", "FILE", "a safetensors file with the weights", OPTION_TEXT, AT(weights),
     COMMAND_EVAL | COMMAND_PREDICT | COMMAND_STEP},
    {"weights", "FILE", "start from these weights rather than from random ones", OPTION_TEXT, AT(weights),
     COMMAND_TRAIN},
    {"split", "NAME", "test (default), val or train", OPTION_TEXT, AT(split), COMMAND_EVAL},
    {"images", "FILE", "x.npy: float32 [n,h,w,c] as the first layer gets them, or uint8", OPTION_TEXT,
     AT(images), COMMAND_STEP},
    {"labels", "FILE", "y.npy: uint8, int32 or int64 [n]", OPTION_TEXT, AT(labels), COMMAND_STEP},
    {"steps", "N", "N steps with updates on that batch", OPTION_COUNT, AT(steps), COMMAND_STEP},
    {"save", "FILE", "with --steps: the weights after them", OPTION_TEXT, AT(save), COMMAND_STEP},
    {"seed", "N", "the run's seed: initial weights, order, dropout", OPTION_TEXT, AT(seed),
     COMMAND_TRAIN | COMMAND_STEP | COMMAND_INIT},
    {"epochs", "N", "the same as --set train.epochs=N", OPTION_TEXT, AT(epochs), COMMAND_TRAIN},
    {"limit", "IMAGES", "use only the first IMAGES of the train and of the test images", OPTION_COUNT,
     AT(limit), WITH_DATA},
    {"top", "K", "also count how often the true class is among the K likeliest", OPTION_COUNT, AT(top),
     WITH_DATA},
    {"set", "NAME=VALUE", "set what need not be compiled; `info` lists the names", OPTION_SET, AT(set),
     COMMAND_TRAIN | COMMAND_EVAL | COMMAND_STEP | COMMAND_BENCH},
    {"resume", NULL, "go on with the run in --out (default: the latest) from its last epoch", OPTION_FLAG,
     AT(resume), COMMAND_TRAIN},
    {"resolved", "FILE", "the resolved text to keep with the run instead of the program's own", OPTION_TEXT,
     AT(resolved), COMMAND_TRAIN},
    {"seconds", "S", "how long to measure (default: 3)", OPTION_SECONDS, AT(seconds), COMMAND_BENCH},
    {"images", "N", "how many random images lie in memory (default: 4096)", OPTION_COUNT, AT(resident),
     COMMAND_BENCH},
    {"threads", "N", "how many threads (default: the cores; the result does not depend on it)", OPTION_COUNT,
     AT(threads), WITH_STEPS},
    {"json", NULL, "one JSON document on stdout and nothing else there", OPTION_FLAG, AT(json),
     COMMAND_EVAL | COMMAND_PREDICT | COMMAND_STEP | COMMAND_BENCH | COMMAND_INFO},
};
enum { OPTION_NUMBER = sizeof all_options / sizeof *all_options };

static const Option *find_option(const Command *command, const char *name, size_t length) {
    for (int i = 0; i < OPTION_NUMBER; i++)
        if (all_options[i].commands & command->flag && strncmp(all_options[i].name, name, length) == 0 &&
            all_options[i].name[length] == 0)
            return &all_options[i];
    return NULL;
}

static _Noreturn void unknown_option(const Command *command, const char *argument) {
    const char *names[OPTION_NUMBER + 1];
    size_t count = 0;
    for (int i = 0; i < OPTION_NUMBER; i++)
        if (all_options[i].commands & command->flag) names[count++] = all_options[i].name;
    names[count++] = "help";
    const char *closest = closest_name(argument + strspn(argument, "-"), names, count);
    if (closest)
        fail_usage("%s: '%s' is no option of this command; did you mean --%s?", command->name, argument,
                   closest);
    fail_usage("%s: '%s' is no option of this command; '%s %s --help' lists them", command->name, argument,
               program_name(), command->name);
}

static void print_command_help(const Command *command) {
    printf("usage: %s %s%s\n%s\n\noptions:\n", program_name(), command->name, command->arguments,
           command->summary);
    for (int i = 0; i < OPTION_NUMBER; i++) {
        const Option *option = &all_options[i];
        if (!(option->commands & command->flag)) continue;
        char *left = data_format("--%s%s%s", option->name, option->argument ? " " : "",
                                 option->argument ? option->argument : "");
        printf("  %-18s %s\n", left, option->help);
        free(left);
    }
    printf("  %-18s %s\n", "--help", "this page");
}

void options_print_help(FILE *file, const Program *program, const Command *commands, int count) {
    fprintf(file, "usage: %s COMMAND [OPTION...]\nModel '%s' of %s, compiled by cnnc %s.\n\ncommands:\n",
            program_name(), program->model, program->file, program->version);
    for (int i = 0; i < count; i++) fprintf(file, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fprintf(
        file,
        "\n'%s COMMAND --help' shows a command's options. Exit codes: 0 fine, 1 the program's or the data's\n"
        "fault, 2 usage, 3 out of memory, 70 an internal error.\n",
        program_name());
}

static void store_value(Options *options, const Option *option, const char *value) {
    char *target = (char *)options + option->target;
    double number;
    switch (option->kind) {
    case OPTION_FLAG: *(bool *)target = true; break;
    case OPTION_TEXT: *(const char **)target = value; break;
    case OPTION_SET: options->set[options->set_count++] = value; break;
    case OPTION_COUNT:
        if (!number_parse(value, &number) || number < 1 || number > INT_MAX || number != (int)number)
            fail_usage("--%s: '%s' is not a whole number of 1 or more", option->name, value);
        *(int *)target = (int)number;
        break;
    case OPTION_SECONDS:
        if (!number_parse(value, &number) || number <= 0 || number > 86400)
            fail_usage("--%s: '%s' is not a number of seconds up to 86400", option->name, value);
        *(double *)target = number;
        break;
    }
}

static void check_together(const Command *command, const Options *options) {
    if (options->input_count && !command->takes_inputs)
        fail_usage("%s: '%s' is not expected here", command->name, options->inputs[0]);
    if (options->threads > TEAM_MAXIMUM)
        fail_usage("--threads: %d is more than the %d that are possible", options->threads, TEAM_MAXIMUM);
    if (options->save && !options->steps)
        fail_usage("--save needs --steps N: a step without update changes nothing");
}

Options options_read(const Command *command, int argument_count, char **arguments) {
    Options options = {.argument_count = argument_count, .arguments = arguments};
    options.set = data_allocate((size_t)argument_count, sizeof *options.set);
    options.inputs = data_allocate((size_t)argument_count, sizeof *options.inputs);
    bool only_inputs = false;
    for (int i = 2; i < argument_count; i++) {
        char *argument = arguments[i];
        if (only_inputs || argument[0] != '-' || !argument[1]) {
            options.inputs[options.input_count++] = argument;
            continue;
        }
        if (strcmp(argument, "--") == 0) {
            only_inputs = true;
            continue;
        }
        if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0) {
            print_command_help(command);
            exit(EXIT_FINE);
        }
        size_t length = strcspn(argument, "=");
        const Option *option =
            strncmp(argument, "--", 2) ? NULL : find_option(command, argument + 2, length - 2);
        if (!option) unknown_option(command, argument);
        const char *value = argument[length] ? argument + length + 1 : NULL;
        if (option->kind == OPTION_FLAG && value) fail_usage("--%s takes no value", option->name);
        if (option->kind != OPTION_FLAG && !value) {
            if (i + 1 == argument_count) fail_usage("--%s needs %s after it", option->name, option->argument);
            value = arguments[++i];
        }
        store_value(&options, option, value);
    }
    check_together(command, &options);
    return options;
}

void options_free(Options *options) {
    free(options->set);
    free(options->inputs);
    *options = (Options){0};
}

Settings options_settings(const Program *program, const Options *options) {
    Settings settings = settings_create(program);
    for (int i = 0; i < options->set_count; i++) settings_assign(&settings, options->set[i]);
    if (options->epochs) settings_put(&settings, "train.epochs", options->epochs, "--epochs");
    if (options->seed && settings_word(&settings, "seed", NULL))
        settings_put(&settings, "seed", options->seed, "--seed");
    return settings;
}

uint64_t options_seed(const Settings *settings, const Options *options) {
    const char *absent = options->seed ? options->seed : "1", *text = settings_word(settings, "seed", absent);
    uint64_t seed;
    if (!seed_parse(text, &seed))
        fail_usage("--seed: '%s' is not a seed: a whole number from 0 to 18446744073709551615", text);
    return seed;
}

int options_threads(const Options *options) {
    return options->threads ? options->threads : team_default_threads();
}

const char *options_required(const char *value, const char *option) {
    if (!value) fail_usage("%s is missing", option);
    return value;
}
