// The threads a program works with: a pool behind program.h's parallel().
#ifndef RUNTIME_TEAM_H
#define RUNTIME_TEAM_H

#include "program.h"

enum { TEAM_MAXIMUM = 256 };

// The cores this process may run on.
int team_default_threads(void);

// Starts threads - 1 workers; the caller of parallel() is the last one. Thread t's scratch is
// frame->arena + scratch_offset + t * scratch_bytes. Ends the program if threads can't be started.
// The caller destroys.
Team *team_create(int threads, size_t scratch_offset, size_t scratch_bytes);
void team_destroy(Team *team);
int team_threads(const Team *team);

// Runs piece i on thread i, for all threads at once, and returns when all are done.
void team_each(const Frame *frame, Piece *work);

#endif
