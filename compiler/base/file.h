// Files and folders that the compiler writes.
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/text.h"

// Makes a folder and those above it; true if it is there afterwards, else errno says why.
bool file_make_folders(const char *path);
// Whether a file can be put at the path: its folder is there, and nothing at the path, or a file, or a link
// to one. Else errno says what is in the way; a device that a file took the place of would be missed by
// everybody.
bool file_replaceable(const char *path);
// Writes a file whole or not at all: aside, synced, renamed. A link stays one. False and errno if it cannot.
bool file_write(const char *path, const Text *text);

#endif
