#include "events.h"
#include "data_file.h"
#include "event.pb-c.h"
#include "fail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char name_prefix[] = "events.out.tfevents.";

// CRC-32C (Castagnoli), reflected, bit by bit: the records are short.
static uint32_t crc32c(const uint8_t *bytes, size_t size) {
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

// TFRecord stores checksums rotated and shifted, so that a checksum of checksums stays a good one.
static uint32_t masked_crc(const uint8_t *bytes, size_t size) {
    uint32_t crc = crc32c(bytes, size);
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

typedef struct Bytes {
    uint8_t *at;
    size_t size;
} Bytes;

static void little_endian(uint8_t *out, uint64_t number, int bytes) {
    for (int i = 0; i < bytes; i++) out[i] = (uint8_t)(number >> 8 * i);
}

// A TFRecord: length (8 bytes), its checksum (4), the event, its checksum (4).
static void add_record(Bytes *bytes, const Tensorboard__Event *event) {
    size_t length = tensorboard__event__get_packed_size(event);
    uint8_t *longer = data_allocate(bytes->size + length + 16, 1), *record = longer + bytes->size;
    if (bytes->size) memcpy(longer, bytes->at, bytes->size);
    little_endian(record, length, 8);
    little_endian(record + 8, masked_crc(record, 8), 4);
    tensorboard__event__pack(event, record + 12);
    little_endian(record + 12 + length, masked_crc(record + 12, length), 4);
    free(bytes->at);
    *bytes = (Bytes){longer, bytes->size + length + 16};
}

enum { MOST_METRICS = 16 };

typedef struct MetricValues {
    Tensorboard__Summary__Value values[MOST_METRICS], *pointers[MOST_METRICS];
    char names[MOST_METRICS][32];
    size_t count;
} MetricValues;

static void add_value(void *context, const char *name, double value) {
    MetricValues *metrics = context;
    size_t i = metrics->count++;
    if (i >= MOST_METRICS) fail_internal("an event has more than %d metrics", MOST_METRICS);
    tensorboard__summary__value__init(&metrics->values[i]);
    strncpy(metrics->names[i], name, sizeof metrics->names[i] - 1);
    metrics->values[i].tag = metrics->names[i];
    metrics->values[i].simple_value = (float)value;
    metrics->pointers[i] = &metrics->values[i];
}

static void add_row(Bytes *bytes, double wall_time, const Results *results, const EpochResult *row) {
    MetricValues metrics = {.count = 0};
    Tensorboard__Summary summary = TENSORBOARD__SUMMARY__INIT;
    Tensorboard__Event event = TENSORBOARD__EVENT__INIT;
    result_metrics(results, row, add_value, &metrics);
    summary.n_value = metrics.count;
    summary.value = metrics.pointers;
    event.wall_time = wall_time;
    event.step = row->epoch;
    event.summary = &summary;
    add_record(bytes, &event);
}

// The path of the events file that is in the folder, or a new one's.
static char *find_path(const char *folder, double started) {
    char host[256] = "host", *path = NULL;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        bool aside =
            strlen(entry->d_name) > 5 && strcmp(entry->d_name + strlen(entry->d_name) - 5, ".part") == 0;
        if (!path && !aside && strncmp(entry->d_name, name_prefix, sizeof name_prefix - 1) == 0)
            path = data_format("%s/%s", folder, entry->d_name);
    }
    if (directory) closedir(directory);
    if (path) return path;
    if (gethostname(host, sizeof host - 1) != 0 || strchr(host, '/')) strcpy(host, "host");
    return data_format("%s/%s%.0f.%s", folder, name_prefix, started, host);
}

char *events_begin(const char *folder, double started, const Results *results) {
    char version[] = "brain.Event:2"; // what readers expect of a first record
    Bytes bytes = {0};
    Tensorboard__Event first = TENSORBOARD__EVENT__INIT;
    first.wall_time = started;
    first.file_version = version;
    add_record(&bytes, &first);
    double time = started;
    for (int i = 0; i < results->count; i++) {
        time += results->rows[i].seconds;
        add_row(&bytes, time, results, &results->rows[i]);
    }
    char *path = find_path(folder, started);
    atomic_file_put(path, bytes.at, bytes.size);
    free(bytes.at);
    return path;
}

void events_append(const char *path, double started, const Results *results) {
    Bytes bytes = {0};
    add_row(&bytes, started + results_seconds(results), results, &results->rows[results->count - 1]);
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool written = file >= 0 && write(file, bytes.at, bytes.size) == (ssize_t)bytes.size;
    if (file < 0 || close(file) != 0 || !written) fail("%s: cannot be written: %s", path, strerror(errno));
    free(bytes.at);
}
