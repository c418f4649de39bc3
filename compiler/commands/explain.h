// `cnnc explain E0307`: what a message means, with an example and the way out.
#ifndef COMMANDS_EXPLAIN_H
#define COMMANDS_EXPLAIN_H

// argv[0] is the command's word. Returns the exit code.
int command_explain(int argc, char **argv);

#endif
