#include "build_config.h"
#include "commands/commands.h"
#include "commands/explain.h"
#include "commands/list.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

typedef struct Command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage, *summary;
} Command;

static int command_help(int argc, char **argv);

static const Command commands[] = {
    {"check", command_check, "FILE [--json]", "all errors of a file"},
    {"resolve", command_resolve, "FILE [--variant V] [--set NAME=VALUE]",
     "the file with everything written out"},
    {"summary", command_summary, "FILE [MODEL] [--variant V] [--set NAME=VALUE] [--json]",
     "layers, parameters, multiply-adds, memory"},
    {"build", command_build,
     "FILE [MODEL] [--variant V] [--set NAME=VALUE] -o X [--target c|null] [--emit ast|ir|plan|loops|c|dot]\n"
     "             [--dump PASS] [--real f64] [--march NAME] [--variant-set VARIANT|FAMILY=VARIANT,...] "
     "[--records FILE]\n"
     "             [--without TECHNIQUE]",
     "a program that trains and evaluates, on the CPU; programs for CUDA cannot be built yet"},
    {"run", command_run,
     "FILE [EXPERIMENT] [--only V,V] [--seeds 1..3] [--set NAME=VALUE] [--jobs N] [--threads N]\n"
     "             [--out DIR] [--data DIR] [--resume] [--dry-run [--json]]\n"
     "             [--variant-set VARIANT|FAMILY=VARIANT,...] [--records FILE] [--without TECHNIQUE]",
     "builds and trains all variants"},
    {"bench", command_bench,
     "FILE [MODEL] [--variant V] [--set NAME=VALUE] [--json] [--real f64] [--march NAME] [--records FILE]\n"
     "             [--variant-set VARIANT|FAMILY=VARIANT,...] [--without NAME,...] [--seconds S]\n"
     "             [--emit-kernels DIR]",
     "every contraction of a training step, every kernel variant that can do it, timed side by side"},
    {"tune", command_tune,
     "FILE [MODEL] [--variant V] [--set NAME=VALUE] [--real f64] [--march NAME] [--records FILE]\n"
     "             [--without NAME,...] [--seconds S]",
     "the same, and keeps the fastest variants as tuning records, which builds use"},
    {"prepare", command_prepare, "[--real f64] [--march NAME]",
     "compiles the kernels that networks share into cnnc's own folder, so that builds are quicker; make does "
     "it"},
    {"fmt", command_fmt, "[--check] FILE...", "files in the canonical layout"},
    {"explain", command_explain, "E0307", "what a message means"},
    {"list", command_list, "layers|optimizers|datasets|...", "what may be written"},
    {"help", command_help, "[COMMAND]", "this text"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static const Command *find_command(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0) return &commands[i];
    return NULL;
}

static void print_usage(FILE *stream) {
    fprintf(stream,
            "cnnc %s: compiles .cnn studies of convolutional networks to programs that train them\n\n",
            CNNC_VERSION);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  cnnc %-8s%s\n             %s\n", commands[i].name, commands[i].usage,
                commands[i].summary);
}

static int unknown_command(const char *name) {
    const char *names[COMMAND_COUNT + 1] = {NULL};
    for (int i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i].name;
    const char *closest = closest_word(name, names);
    fprintf(stderr, "cnnc: there is no command %s", name);
    if (closest)
        fprintf(stderr, "; did you mean %s?", closest);
    else
        fprintf(stderr, "; cnnc help lists them");
    fprintf(stderr, "\n");
    return EXIT_USAGE;
}

static int command_help(int argc, char **argv) {
    if (argc < 2) {
        print_usage(stdout);
        return EXIT_FINE;
    }
    const Command *command = find_command(argv[1]);
    if (!command) return unknown_command(argv[1]);
    printf("cnnc %s %s\n    %s\n", command->name, command->usage, command->summary);
    return EXIT_FINE;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    signal(SIGXFSZ, SIG_IGN); // a limit on files is said like a full disk
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    if (strcmp(name, "--version") == 0) {
        printf("cnnc %s\n", CNNC_VERSION);
        return EXIT_FINE;
    }
    const Command *command = find_command(name);
    if (!command) return unknown_command(name);
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0) return command_help(2, (char *[]){"help", (char *)command->name});
    int code = command->run(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "cnnc: cannot write to the standard output\n");
        return EXIT_USER;
    }
    return code;
}
