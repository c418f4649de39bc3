#include "lines.h"
#include "fail.h"
#include "progress.h"
#include "team.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

enum { LINE = 64, ROUNDS = 12, SPINS = 20000, NO_TURN = -1 };

static const double SECONDS_BETWEEN = 0.02, FAR = 85e-9; // from one measurement to the next; for one crossing

struct Distance {
    _Alignas(LINE) atomic_int turn;
    _Alignas(LINE) double began; // the round
    double shortest;             // of the rounds: a thread may be interrupted in the others
    double measured;             // when
    bool far, measures;          // measures: with several threads, on as many cores, which can release lines
};

// What the pieces know. The frame is the first member: a piece gets its address.
typedef struct Rounds {
    Frame frame;
    Distance *distance;
} Rounds;

typedef struct Release {
    Frame frame;
    const Range *ranges;
    int count, chunks;
} Release;

// In a virtual machine the question takes tens of microseconds.
static bool can_release(void) {
#if defined(__x86_64__) || defined(__i386__)
    unsigned eax, ebx, ecx, edx;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx & bit_CLFLUSHOPT);
#else
    return false;
#endif
}

Distance *distance_create(int threads) {
    Distance *distance = aligned_alloc(LINE, sizeof *distance);
    if (!distance) fail_memory();
    *distance = (Distance){.measured = -SECONDS_BETWEEN};
    distance->measures = threads > 1 && threads <= team_default_threads() && can_release();
    return distance;
}

static void note_round(Distance *distance, bool first) {
    const double now = clock_seconds(), round = now - distance->began;
    if (!first && round < distance->shortest) distance->shortest = round;
    distance->began = now;
}

// False if the others are not there: the system runs something else, or two threads on one core.
static bool wait_for_turn(Distance *distance, int turn) {
    for (int spin = 0; spin < SPINS; spin++) {
        const int now = atomic_load_explicit(&distance->turn, memory_order_acquire);
        if (now == turn) return true;
        if (now == NO_TURN) return false;
    }
    atomic_store(&distance->turn, NO_TURN);
    return false;
}

// The threads take turns, those of the first half and those of the second by turns. None is through before
// all have begun, so each thread has one piece.
static void take_turns(const Frame *frame, int piece, char *scratch) {
    Distance *distance = ((const Rounds *)frame)->distance;
    const int threads = team_threads(frame->team), half = (threads + 1) / 2;
    (void)scratch;
    for (int turn = piece < half ? 2 * piece : 2 * (piece - half) + 1; turn < ROUNDS * threads;
         turn += threads) {
        if (!wait_for_turn(distance, turn)) return;
        if (piece == 0) note_round(distance, turn == 0);
        int mine = turn;
        atomic_compare_exchange_strong(&distance->turn, &mine, turn + 1);
    }
}

bool lines_cross_slowly(Distance *distance, const Frame *frame) {
    const int threads = team_threads(frame->team);
    if (!distance->measures) return false;
    double now = clock_seconds();
    if (now - distance->measured < SECONDS_BETWEEN) return distance->far;
    Rounds rounds = {*frame, distance};
    atomic_store(&distance->turn, 0);
    distance->shortest = INFINITY;
    parallel(&rounds.frame, take_turns, threads);
    distance->measured = now;
    if (isfinite(distance->shortest)) distance->far = distance->shortest > FAR * threads;
    return distance->far;
}

static void release_line(char *line) {
#if defined(__x86_64__) || defined(__i386__)
    __asm__ volatile("clflushopt %0" : "+m"(*(volatile char *)line));
#else
    (void)line;
#endif
}

// A thread's share of `bytes`, in whole lines.
static void release_share(char *begin, size_t bytes, size_t number, size_t of) {
    size_t lines = (bytes + LINE - 1) / LINE;
    for (size_t i = lines * number / of; i < lines * (number + 1) / of; i++) release_line(begin + i * LINE);
}

static void release_piece(const Frame *frame, int number, char *scratch) {
    const Release *release = (const Release *)frame;
    size_t threads = (size_t)team_threads(frame->team);
    (void)scratch;
    for (int i = 0; i < release->count; i++) {
        const Range *range = &release->ranges[i];
        const int times = range->step ? release->chunks : 1;
        for (int chunk = 0; chunk < times; chunk++)
            release_share(frame->arena + range->offset + (size_t)chunk * range->step, range->bytes,
                          (size_t)number, threads);
    }
}

void release_lines(const Frame *frame, const Range *ranges, int count, int chunks) {
    Release release = {*frame, ranges, count, chunks};
    parallel(&release.frame, release_piece, team_threads(frame->team));
}
