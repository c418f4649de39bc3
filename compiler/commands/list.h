// `cnnc list KIND|NAME`: what may be written, from the tables that the compiler itself reads.
#ifndef COMMANDS_LIST_H
#define COMMANDS_LIST_H

// argv[0] is the command's word. Returns the exit code.
int command_list(int argc, char **argv);

#endif
