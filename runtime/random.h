// The runtime's random numbers: streams of Philox4x32-10, the same on every machine. A stream is known by its
// seed, purpose and id; no two of them share a counter, nor with generated code's (see kernels/philox.h).
#ifndef RUNTIME_RANDOM_H
#define RUNTIME_RANDOM_H

#include <stdint.h>

typedef enum RandomPurpose {
    RANDOM_SHUFFLE = 1,    // id: the epoch
    RANDOM_SPLIT,          // id: the class
    RANDOM_INITIALIZATION, // id: the parameter's name, hashed
    RANDOM_STROKES,        // id: the image
    RANDOM_BENCHMARK       // id: the caller's
} RandomPurpose;

typedef struct RandomStream {
    uint32_t key[2], counter[4];
    uint32_t block[4];
    int used; // words of block given out
} RandomStream;

RandomStream random_stream(uint64_t seed, RandomPurpose purpose, uint64_t id);

// 32 independent bits.
uint32_t random_bits(RandomStream *stream);

// A multiple of 2^-53 in [0, 1).
double random_uniform(RandomStream *stream);

// Standard normal, by inversion; |x| < 8.3.
double random_normal(RandomStream *stream);

// Standard normal on condition that |x| <= 2.
double random_truncated_normal(RandomStream *stream);

// FNV-1a, 64 bits: turns a name into a stream's id.
uint64_t random_name_id(const char *name);

#endif
