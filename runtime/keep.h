// What a run keeps of each epoch: its row, the best weights and the checkpoint, written by a thread of its
// own while the next epoch goes on, because a disk takes tens of milliseconds to promise anything.
#ifndef RUNTIME_KEEP_H
#define RUNTIME_KEEP_H

#include "train.h"

// Copies the state after the epoch that `training` has just finished, and begins to write it. Until
// keep_finish returns, the files may be those of the epoch before, and the rows, the folder and the number of
// the epoch must not change. Ends the program if something cannot be written.
void keep_begin(Training *training, bool is_best);
// Waits until all is written; does nothing where nothing was begun.
void keep_finish(Training *training);
// Finishes, and releases the copy.
void keep_free(Training *training);

#endif
