// A pool of threads. Each has a part of a job's pieces that it runs first, the same in every job of so many
// pieces: what it left in its core's cache of a chunk of images it finds there in the next phase. Then it
// helps the others. Threads spin for a moment before they sleep, because the pieces of a training step follow
// each other within microseconds.
#include "team.h"
#include "fail.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <xmmintrin.h>
#endif

enum { SPINS = 4000 }; // some 50 microseconds

struct Team {
    _Alignas(64) atomic_uint job;     // the current job's number
    _Alignas(64) atomic_int done;     // finished pieces of the current job
    _Alignas(64) atomic_int sleepers; // threads that wait for `changed`
    atomic_bool ending;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    // The job: constant from its beginning to its last piece's end.
    const Frame *frame;
    Piece *work;
    int count;
    bool backwards; // each thread through its part
    size_t scratch_offset, scratch_bytes;
    int threads, spins;
    Piece *each; // what team_each runs
    pthread_barrier_t all_began;
    struct Member {
        // The job's number in the high half, the unclaimed pieces of this thread's part in the low half. One
        // word, so that a worker that is late for a job cannot claim a piece of it after the next one has
        // begun.
        _Alignas(64) atomic_ullong ticket;
        Team *team;
        pthread_t thread;
        int number;
    } member[];
};

// Where a thread's part of the pieces begins; that of thread number `threads` is their end.
static int part_begin(const Team *team, int number) {
    return (int)((int64_t)team->count * number / team->threads);
}

int team_default_threads(void) {
    cpu_set_t set;
    int cores =
        sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > TEAM_MAXIMUM ? TEAM_MAXIMUM : cores;
}

// Denormal numbers become zero: Adam's moments of features that died would cost half of the time.
static void flush_denormals(void) {
#if defined(__x86_64__) || defined(__i386__)
    _mm_setcsr(_mm_getcsr() | 0x8040); // flush to zero, denormals are zero
#elif defined(__aarch64__)
    unsigned long long control;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("msr fpcr, %0" : : "r"(control | 1ull << 24));
#endif
}

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void wake(Team *team) {
    if (atomic_load(&team->sleepers) == 0) return;
    pthread_mutex_lock(&team->mutex);
    pthread_cond_broadcast(&team->changed);
    pthread_mutex_unlock(&team->mutex);
}

typedef bool Ready(Team *team, unsigned argument);

static bool job_arrived(Team *team, unsigned seen) {
    return atomic_load(&team->job) != seen || atomic_load(&team->ending);
}

static bool pieces_done(Team *team, unsigned count) {
    return atomic_load(&team->done) == (int)count;
}

static void wait_until(Team *team, Ready *ready, unsigned argument) {
    for (int spin = 0; spin < team->spins; spin++) {
        if (ready(team, argument)) return;
        relax();
    }
    pthread_mutex_lock(&team->mutex);
    atomic_fetch_add(&team->sleepers, 1);
    while (!ready(team, argument)) pthread_cond_wait(&team->changed, &team->mutex);
    atomic_fetch_sub(&team->sleepers, 1);
    pthread_mutex_unlock(&team->mutex);
}

// Claims and runs pieces of the part of `owner` until none is left. The job's fields may be read after a
// claim only.
static void work_on_part(Team *team, unsigned job, int owner, int number) {
    struct Member *member = &team->member[owner];
    unsigned long long ticket = atomic_load(&member->ticket);
    for (;;) {
        unsigned left = (unsigned)ticket;
        if (ticket >> 32 != job || left == 0) return;
        if (!atomic_compare_exchange_weak(&member->ticket, &ticket, ticket - 1)) continue;
        int count = team->count;
        const Frame *frame = team->frame;
        char *scratch = frame->arena + team->scratch_offset + (size_t)number * team->scratch_bytes;
        const int piece = team->backwards ? part_begin(team, owner) + (int)left - 1
                                          : part_begin(team, owner + 1) - (int)left;
        team->work(frame, piece, scratch);
        if (atomic_fetch_add(&team->done, 1) + 1 == count) wake(team);
        ticket = atomic_load(&member->ticket);
    }
}

// The thread's own part first, then those of the threads after it.
static void work_on(Team *team, unsigned job, int number) {
    for (int i = 0; i < team->threads; i++) work_on_part(team, job, (number + i) % team->threads, number);
}

static void *worker(void *argument) {
    struct Member *member = argument;
    Team *team = member->team;
    flush_denormals();
    unsigned seen = 0;
    for (;;) {
        wait_until(team, job_arrived, seen);
        if (atomic_load(&team->ending)) return NULL;
        seen = atomic_load(&team->job);
        work_on(team, seen, member->number);
    }
}

Team *team_create(int threads, size_t scratch_offset, size_t scratch_bytes) {
    size_t bytes = sizeof(Team) + (size_t)threads * sizeof(struct Member);
    Team *team = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!team) fail_memory();
    memset(team, 0, bytes);
    pthread_mutex_init(&team->mutex, NULL);
    pthread_cond_init(&team->changed, NULL);
    pthread_barrier_init(&team->all_began, NULL, (unsigned)threads);
    team->scratch_offset = scratch_offset;
    team->scratch_bytes = scratch_bytes;
    team->threads = threads;
    // A thread that spins takes the core from one that works, if there are more of them than cores.
    team->spins = threads > team_default_threads() ? 0 : SPINS;
    flush_denormals();
    for (int i = 1; i < threads; i++) {
        team->member[i].team = team;
        team->member[i].number = i;
        int error = pthread_create(&team->member[i].thread, NULL, worker, &team->member[i]);
        if (error)
            fail("only %d of %d threads could be started (%s); use --threads %d", i, threads, strerror(error),
                 i);
    }
    return team;
}

void team_destroy(Team *team) {
    if (!team) return;
    atomic_store(&team->ending, true);
    wake(team);
    for (int i = 1; i < team->threads; i++) pthread_join(team->member[i].thread, NULL);
    pthread_barrier_destroy(&team->all_began);
    pthread_cond_destroy(&team->changed);
    pthread_mutex_destroy(&team->mutex);
    free(team);
}

int team_threads(const Team *team) {
    return team->threads;
}

static void run(const Frame *frame, Piece *work, int count, bool backwards) {
    Team *team = frame->team;
    if (count <= 0) return;
    if (team->threads == 1 || count == 1) {
        for (int i = 0; i < count; i++)
            work(frame, backwards ? count - 1 - i : i, frame->arena + team->scratch_offset);
        return;
    }
    team->frame = frame;
    team->work = work;
    team->count = count;
    team->backwards = backwards;
    atomic_store(&team->done, 0);
    unsigned job = atomic_load(&team->job) + 1;
    for (int i = 0; i < team->threads; i++) {
        unsigned size = (unsigned)(part_begin(team, i + 1) - part_begin(team, i));
        atomic_store(&team->member[i].ticket, (unsigned long long)job << 32 | size);
    }
    atomic_store(&team->job, job);
    wake(team);
    work_on(team, job, 0);
    wait_until(team, pieces_done, (unsigned)count);
}

void parallel(const Frame *frame, Piece *work, int count) {
    run(frame, work, count, false);
}

void parallel_backwards(const Frame *frame, Piece *work, int count) {
    run(frame, work, count, true);
}

// A thread takes its own piece first, and no other one as long as it waits here.
static void each_piece(const Frame *frame, int piece, char *scratch) {
    frame->team->each(frame, piece, scratch);
    pthread_barrier_wait(&frame->team->all_began);
}

void team_each(const Frame *frame, Piece *work) {
    frame->team->each = work;
    parallel(frame, each_piece, frame->team->threads);
}
