#include "build/objects.h"
#include "base/text.h"
#include "build/command.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

// A compiler that is running. What it reads and writes is named after this process, so that several builds
// can work on the same object; the last one to finish replaces the others' with the same bytes.
typedef struct Job {
    pid_t process; // 0: free
    const Object *object;
    const char *source, *output;
    Words words;
} Job;

enum { MOST_JOBS = 64 };

Object object_of(const Toolchain *toolchain, const char *text) {
    uint64_t key = hash_bytes(toolchain->headers, text, strlen(text));
    key = hash_bytes(key, toolchain->compiler, strlen(toolchain->compiler));
    const char *folders[] = {toolchain->prepared, toolchain->cache}, *path = NULL;
    for (int i = 0; i < 2; i++) {
        path = arena_printf(toolchain->arena, "%s/%016llx.o", folders[i], (unsigned long long)key);
        if (access(path, R_OK) == 0) break;
    }
    return (Object){text, key, path};
}

static bool write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    if (!file) return false;
    bool fine = fputs(text, file) >= 0;
    return fclose(file) == 0 && fine;
}

// False after a message.
static bool start_job(const Toolchain *toolchain, const Object *object, Job *job) {
    Arena *arena = toolchain->arena;
    const char *mine = arena_printf(arena, "%s.%ld", object->path, (long)getpid());
    *job = (Job){.object = object,
                 .source = arena_printf(arena, "%s.c", mine),
                 .output = arena_printf(arena, "%s.o", mine),
                 .words = toolchain_words(toolchain)};
    if (!write_text(job->source, object->text)) {
        fprintf(stderr, "cnnc: cannot write %s: %s; CNNC_CACHE names another folder\n", job->source,
                strerror(errno));
        return false;
    }
    list_add(arena, &job->words, arena_printf(arena, "-I%s/runtime", toolchain->root));
    list_add(arena, &job->words, arena_printf(arena, "-I%s/kernels", toolchain->root));
    list_add(arena, &job->words, "-c");
    list_add(arena, &job->words, "-o");
    list_add(arena, &job->words, (char *)job->output);
    list_add(arena, &job->words, (char *)job->source);
    list_add(arena, &job->words, NULL);
    job->process = start_command(job->words.items);
    if (job->process >= 0) return true;
    fprintf(stderr, "cnnc: cannot run the C compiler %s: %s; CC names another\n", job->words.items[0],
            strerror(errno));
    unlink(job->source);
    job->process = 0;
    return false;
}

static bool end_job(const Toolchain *toolchain, const Job *job, int code, bool silent) {
    if (code == 0 && rename(job->output, job->object->path) == 0) {
        unlink(job->source);
        return true;
    }
    if (silent)
        unlink(job->source);
    else if (code == 0)
        fprintf(stderr, "cnnc: cannot write %s: %s\n", job->object->path, strerror(errno));
    else
        fprintf(stderr, "cnnc: the C compiler failed (%s); the C file is kept: %s\n",
                join_words(toolchain->arena, &job->words), job->source);
    unlink(job->output);
    return false;
}

static int core_count(void) {
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return count < 1 ? 1 : count > MOST_JOBS ? MOST_JOBS : count;
}

bool compile_objects(const Toolchain *toolchain, int count, const Object *objects) {
    Job jobs[MOST_JOBS] = {0};
    int most = core_count(), running = 0, next = 0;
    bool fine = true;
    for (;;) {
        while (fine && running < most && next < count) {
            const Object *object = &objects[next++];
            int free = 0;
            if (access(object->path, R_OK) == 0) continue;
            while (jobs[free].process) free++;
            fine = start_job(toolchain, object, &jobs[free]);
            running += fine;
        }
        int code;
        pid_t ended = running > 0 ? wait_command(&code) : -1;
        if (ended < 0) return fine;
        for (int i = 0; i < most; i++) {
            if (jobs[i].process != ended) continue;
            fine = end_job(toolchain, &jobs[i], code, !fine) && fine;
            jobs[i].process = 0;
            running--;
        }
    }
}
