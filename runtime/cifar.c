#include "cifar.h"
#include "data_check.h"
#include "data_file.h"
#include "fail.h"

enum { SIZE = 32, CHANNELS = 3, PLANE = SIZE * SIZE, RECORD = 1 + CHANNELS * PLANE, PIECE_RECORDS = 500 };

// Plane by plane in the file, channels last in memory.
static void interleave(const uint8_t *planes, uint8_t *pixels) {
    for (int i = 0; i < PLANE; i++) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            pixels[i * CHANNELS + channel] = planes[channel * PLANE + i];
        }
    }
}

// The capacity of a set's arrays that hold `count` records: grown by doubling, so that it follows from the
// count.
static size_t capacity(size_t count) {
    size_t records = PIECE_RECORDS;
    while (records < count) records *= 2;
    return records;
}

static void append_records(const Program *program, const char *path, const uint8_t *records, size_t count,
                           Dataset *set) {
    data_check_count(program, path, set->count + count);
    size_t needed = capacity(set->count + count);
    if (set->images == NULL || needed > capacity(set->count)) {
        set->images = data_reallocate(set->images, needed, CHANNELS * PLANE);
        set->labels = data_reallocate(set->labels, needed, sizeof *set->labels);
    }
    for (size_t i = 0; i < count; i++) {
        set->labels[set->count + i] = records[i * RECORD];
        interleave(records + i * RECORD + 1, set->images + (set->count + i) * CHANNELS * PLANE);
    }
    set->count += count;
}

void cifar_append(const Program *program, const char *path, Dataset *set, Checksums *checksums) {
    data_check_shape(program, path, SIZE, SIZE, CHANNELS);
    static uint8_t records[PIECE_RECORDS * RECORD];
    GzipFile file = gzip_open(path);
    size_t first = set->count, found;
    do {
        found = gzip_read_some(&file, records, sizeof records);
        if (found % RECORD != 0) {
            fail("%s: truncated or not CIFAR-10's binary version: it ends %zu bytes into a record of %d",
                 path, found % RECORD, RECORD);
        }
        append_records(program, path, records, found / RECORD, set);
    } while (found == sizeof records);
    gzip_close(&file);
    *checksums = file.checksums;
    if (set->count == first) fail("%s: has no images", path);
    data_check_labels(program, path, set->labels + first, set->count - first);
}
