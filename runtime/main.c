// The main() of every built program.
#include "commands.h"
#include "fail.h"
#include "text.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const Command commands[] = {
    {"train", " [OPTION...]", "train the model, test it, and keep everything in a run's folder",
     train_command, COMMAND_TRAIN, false},
    {"eval", " --weights FILE [OPTION...]", "evaluate weights on a split of the data set", eval_command,
     COMMAND_EVAL, false},
    {"predict", " --weights FILE [--json] INPUT...", "classify images: png, jpeg, npy", predict_command,
     COMMAND_PREDICT, true},
    {"step", " --weights FILE --images x.npy --labels y.npy --out FILE [OPTION...]",
     "one training step without update: loss, logits and gradients", step_command, COMMAND_STEP, false},
    {"init", " [--seed N] --out FILE", "write the initial weights", init_command, COMMAND_INIT, false},
    {"bench", " [OPTION...]", "measure whole training steps on random images in memory", bench_command,
     COMMAND_BENCH, false},
    {"info", " [--json]", "model, sizes, memory plan, settings, how it was compiled", info_command,
     COMMAND_INFO, false},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static _Noreturn void unknown_command(const char *word) {
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++) names[i] = commands[i].name;
    const char *closest = closest_name(word, names, COMMANDS);
    if (closest) fail_usage("'%s' is no command; did you mean '%s'?", word, closest);
    fail_usage("'%s' is no command", word);
}

// Output that could not be written (a full disk, a closed pipe) is a failure, not a success.
static int finish(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    fail("the output could not be written");
}

// A standard stream that the caller closed: the next file would get its number, and messages would end up in
// that file. In its place stands one that can't be used either.
static void hold_closed_streams(void) {
    for (int stream = 0; stream < 3; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream ? O_RDONLY : O_WRONLY) != stream)
            fail_internal("stream %d is closed and stays so", stream);
}

int main(int argument_count, char **arguments) {
    fail_name(argument_count > 0 ? arguments[0] : program.model);
    hold_closed_streams();
    signal(SIGXFSZ, SIG_IGN); // a limit on files is said like a full disk
    if (argument_count < 2) {
        options_print_help(stderr, &program, commands, COMMANDS);
        return EXIT_USAGE;
    }
    const char *word = arguments[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        options_print_help(stdout, &program, commands, COMMANDS);
        return finish(EXIT_FINE);
    }
    if (strcmp(word, "--version") == 0) {
        printf("%s (%s), cnnc %s\n", program.model, program.file, program.version);
        return finish(EXIT_FINE);
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(word, commands[i].name) != 0) continue;
        Options options = options_read(&commands[i], argument_count, arguments);
        int code = commands[i].run(&program, &options);
        options_free(&options);
        return finish(code);
    }
    unknown_command(word);
}
