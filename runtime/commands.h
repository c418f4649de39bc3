// The commands of a built program; each returns its exit code and is documented by its --help.
#ifndef RUNTIME_COMMANDS_H
#define RUNTIME_COMMANDS_H

#include "options.h"

RunCommand train_command, eval_command, predict_command, step_command, init_command, bench_command,
    info_command;

#endif
