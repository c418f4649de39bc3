// Files and folders that the compiler writes.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/text.h"

// Makes a folder and those above it; true if it is there afterwards, else errno says why.
bool file_make_folders(const char *path);
// Writes a file whole or not at all: aside, synced, renamed. False and errno if it cannot.
bool file_write(const char *path, const Text *text);

#endif
