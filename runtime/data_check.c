#include "data_check.h"
#include "fail.h"
#include <inttypes.h>

void data_check_shape(const Program *program, const char *path, int64_t height, int64_t width,
                      int64_t channels) {
    if (height == program->height && width == program->width && channels == program->channels) return;
    fail("%s: its images are %" PRId64 "x%" PRId64 "x%" PRId64 "; model `%s` is built for %dx%dx%d", path,
         height, width, channels, program->model, program->height, program->width, program->channels);
}

void data_check_classes(const Program *program, const char *path, int classes) {
    if (classes == program->classes) return;
    fail("%s: has %d classes; model `%s` is built for %d", path, classes, program->model, program->classes);
}

void data_check_count(const Program *program, const char *path, uint64_t count) {
    if (count == 0) fail("%s: has no images", path);
    if (count > INT32_MAX)
        fail("%s: has %" PRIu64 " images; at most %d are possible", path, count, INT32_MAX);
    if (count > PTRDIFF_MAX / data_image_bytes(program)) fail_memory();
}

void data_check_pairs(const char *image_path, uint64_t images, const char *label_path, uint64_t labels) {
    if (images == labels) return;
    fail("%s: has %" PRIu64 " labels for the %" PRIu64 " images of %s", label_path, labels, images,
         image_path);
}

void data_check_labels(const Program *program, const char *path, const int32_t *labels, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (labels[i] >= 0 && labels[i] < program->classes) continue;
        fail("%s: label %" PRId32 " of image %zu is not a class (0 to %d)", path, labels[i], i,
             program->classes - 1);
    }
}

Dataset data_empty(const Program *program) {
    return (Dataset){.height = program->height,
                     .width = program->width,
                     .channels = program->channels,
                     .classes = program->classes};
}

size_t data_image_bytes(const Program *program) {
    return (size_t)program->height * (size_t)program->width * (size_t)program->channels;
}
