#include "instance.h"
#include "data_file.h"
#include "fail.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static size_t chunk_count(const Program *program) {
    return ((size_t)program->batch + (size_t)program->chunk_images - 1) / (size_t)program->chunk_images;
}

size_t program_lower_bound(const Program *program, int threads) {
    size_t chunks = chunk_count(program), running = (size_t)threads < chunks ? (size_t)threads : chunks;
    return program->lower_bound + (running - 1) * program->lower_bound_thread;
}

size_t program_arena_bytes(const Program *program, int threads) {
    size_t chunks = chunk_count(program);
    size_t chunk_part, scratch_part, bytes;
    if (__builtin_mul_overflow(chunks, program->chunk_bytes, &chunk_part) ||
        __builtin_mul_overflow((size_t)threads, program->scratch_bytes, &scratch_part) ||
        __builtin_add_overflow(program->fixed_bytes, chunk_part, &bytes) ||
        __builtin_add_overflow(bytes, 63, &bytes) ||
        __builtin_add_overflow(bytes / 64 * 64, scratch_part, &bytes) || bytes > SIZE_MAX - 63)
        fail_memory_for("%d images a batch are too many for any machine", program->batch);
    return (bytes + 63) / 64 * 64;
}

enum { LINE = 64, HUGE_PAGE = 2 << 20 };

// Zeroed by zero_arena. A large arena lies on huge pages where the system has them: with small ones a step
// that goes through it spends much of its time on finding them, most of all in a virtual machine. Refusal
// does no harm.
static char *arena_allocate(const Program *program, size_t bytes) {
    size_t alignment = bytes >= 2 * HUGE_PAGE ? HUGE_PAGE : LINE;
    char *arena = aligned_alloc(alignment, (bytes / alignment + 1) * alignment);
    if (!arena)
        fail_memory_for("%d images a batch need %.3g GB; fewer need less", program->batch,
                        (double)bytes / 1e9);
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE) (void)madvise(arena, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#endif
    return arena;
}

// What the pieces of zero_part know.
typedef struct ArenaParts {
    Frame frame; // the first member: a piece gets its address
    size_t fixed_bytes, chunk_bytes, chunks, scratch_bytes;
} ArenaParts;

static void zero_share(char *begin, size_t count, size_t bytes, size_t number, size_t of) {
    size_t first = count * number / of, last = count * (number + 1) / of;
    memset(begin + first * bytes, 0, (last - first) * bytes);
}

static void zero_part(const Frame *frame, int number, char *scratch) {
    const ArenaParts *parts = (const ArenaParts *)frame;
    size_t thread = (size_t)number, threads = (size_t)team_threads(frame->team);
    zero_share(frame->arena, parts->fixed_bytes, 1, thread, threads);
    zero_share(frame->arena + parts->fixed_bytes, parts->chunks, parts->chunk_bytes, thread, threads);
    memset(scratch, 0, parts->scratch_bytes);
}

// A page belongs to the memory beside the core that writes it first: each thread writes its scratch, and the
// chunks that it begins every phase with (team.c).
static void zero_arena(const Instance *instance) {
    const Program *program = instance->program;
    ArenaParts parts = {.frame = instance_frame(instance, NULL, 0),
                        .fixed_bytes = program->fixed_bytes,
                        .chunk_bytes = program->chunk_bytes,
                        .chunks = chunk_count(program),
                        .scratch_bytes = program->scratch_bytes};
    team_each(&parts.frame, zero_part);
}

Instance instance_create(const Program *program, int threads, Values *values) {
    Instance instance = {.program = program, .values = values};
    instance.arena_bytes = program_arena_bytes(program, threads);
    instance.arena = arena_allocate(program, instance.arena_bytes);
    instance.index = data_allocate((size_t)program->batch, sizeof *instance.index);
    size_t scratch_offset = program_arena_bytes(program, 0);
    instance.team = team_create(threads, scratch_offset, program->scratch_bytes);
    instance.distance = distance_create(threads);
    zero_arena(&instance);
    return instance;
}

void instance_free(Instance *instance) {
    team_destroy(instance->team);
    free(instance->distance);
    free(instance->arena);
    free(instance->values);
    free(instance->index);
    *instance = (Instance){0};
}

void *instance_at(const Instance *instance, Place place, int image) {
    const Program *program = instance->program;
    size_t chunk = (size_t)(image / program->chunk_images), within = (size_t)(image % program->chunk_images);
    return instance->arena + program->fixed_bytes + chunk * program->chunk_bytes + place.offset +
           within * place.stride;
}

double instance_penalty(const Instance *instance) {
    size_t at = instance->program->penalty;
    return at == SIZE_MAX ? 0 : (double)*(const real *)(instance->arena + at);
}

Frame instance_frame(const Instance *instance, const Dataset *data, int n) {
    Frame frame = {.arena = instance->arena,
                   .values = instance->values,
                   .team = instance->team,
                   .n = n,
                   .images = data ? data->images : NULL,
                   .labels = data ? data->labels : NULL,
                   .index = instance->index};
    frame.apart = lines_cross_slowly(instance->distance, &frame);
    return frame;
}

int instance_load(const Instance *instance, const ImageList *list, size_t first) {
    size_t left = list->count - first, batch = (size_t)instance->program->batch;
    int n = (int)(left < batch ? left : batch);
    for (int i = 0; i < n; i++)
        instance->index[i] = list->numbers ? list->numbers[first + (size_t)i] : (uint32_t)(first + (size_t)i);
    Frame frame = instance_frame(instance, list->data, n);
    instance->program->load(&frame);
    return n;
}
