// What a build uses: the user's C compiler, the parts of cnnc that programs contain, the cache.
#ifndef BUILD_TOOLCHAIN_H
#define BUILD_TOOLCHAIN_H

#include "base/memory.h"
#include "build/build.h"
#include <stdint.h>

typedef List(char *) Words;

typedef struct Toolchain {
    Arena *arena;
    Words command;        // CC and its options
    const char *compiler; // the same and the compiler's version, as text
    const char *root;     // build_root()
    const char *library;  // the runtime's archive
    const char *prepared; // the folder of what was compiled with cnnc (build_prepare)
    const char *cache;    // the folder of objects and programs
    uint64_t headers; // a hash of all that C texts may include, and of the processor they are compiled for
} Toolchain;

// False after a message on stderr.
bool toolchain_find(Arena *arena, const BuildOptions *options, Toolchain *toolchain);
// The command's words, to which more can be added.
Words toolchain_words(const Toolchain *toolchain);
// Appends the words of `text` (NULL: none).
void add_words(Arena *arena, Words *words, const char *text);
const char *join_words(Arena *arena, const Words *words);
// Goes on with a hash over a file's bytes; a file that cannot be read has none.
uint64_t hash_file(uint64_t hash, const char *path);

#endif
