// Lines of the caches that go from core to core. Where the cores of two threads share no cache, a line that
// one has written and the other has read takes some 30 ns to be written again, one of another's that nobody
// else has read 3; and where such cores are depends on the system, in a virtual machine from moment to
// moment. So the time that a line takes is measured now and then, and where it is long, a step throws what
// its threads have read of one another's out of all caches before it is written again: 2.5 ns a line, and 2
// to fetch it from memory.
#ifndef RUNTIME_LINES_H
#define RUNTIME_LINES_H

#include "program.h"

typedef struct Distance Distance;

// The caller frees.
Distance *distance_create(int threads);

// Whether lines take long between the threads of frame->team. Measures it anew if the last time was a while
// ago; the answer may change.
bool lines_cross_slowly(Distance *distance, const Frame *frame);

#endif
