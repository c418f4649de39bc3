// Pseudo-random orders that are computed for any place alone: a bijection of 0 .. count-1, not a shuffled
// list.
#ifndef RUNTIME_ORDER_H
#define RUNTIME_ORDER_H

#include "random.h"
#include <stdint.h>

enum { PERMUTATION_ROUNDS = 8 };

// A keyed bijection of 0 .. count-1.
typedef struct Permutation {
    uint32_t count;
    int low_bits, high_bits; // the Feistel network's halves
    uint32_t keys[PERMUTATION_ROUNDS];
} Permutation;

// The permutation number `id` of a purpose; count is at most 2^31.
Permutation permutation_create(uint64_t seed, RandomPurpose purpose, uint64_t id, uint32_t count);

// Where index i < count goes.
uint32_t permutation_at(const Permutation *permutation, uint32_t i);

// The i-th of `count` images in an epoch's order. For many i, make the permutation once with order_of_epoch.
Permutation order_of_epoch(uint64_t seed, uint32_t epoch, uint32_t count);
uint32_t order_index(uint64_t seed, uint32_t epoch, uint32_t count, uint32_t i);

#endif
