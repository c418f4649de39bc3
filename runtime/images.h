// PNG and JPEG files, alone and as folders of classes.
#ifndef RUNTIME_IMAGES_H
#define RUNTIME_IMAGES_H

#include "data.h"

// Reads a PNG or JPEG (told apart by its first bytes) into pixels [height][width][channels]; channels is 1 or
// 3, gray and colour are converted. Ends the program with a message if the file is damaged or has another
// size.
void image_read(const char *path, int height, int width, int channels, uint8_t *pixels);

// Loads folder/train/CLASS/*.png|jpg|jpeg and folder/test/CLASS/...; without train/ and test/,
// folder/CLASS/... divided 80/20, stratified, by `seed`. Classes and files are taken in the order of their
// names. Either of train and test may be NULL. Class names are the folders'.
void images_load(const Program *program, const char *folder, uint64_t seed, Dataset *train, Dataset *test);

#endif
