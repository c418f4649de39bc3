#include "order.h"

Permutation permutation_create(uint64_t seed, RandomPurpose purpose, uint64_t id, uint32_t count) {
    Permutation permutation = {.count = count};
    int bits = 2; // of the smallest power of two that holds count
    while (bits < 32 && (uint64_t)1 << bits < count) bits++;
    permutation.low_bits = bits / 2;
    permutation.high_bits = bits - bits / 2;
    RandomStream stream = random_stream(seed, purpose, id);
    for (int round = 0; round < PERMUTATION_ROUNDS; round++) permutation.keys[round] = random_bits(&stream);
    return permutation;
}

// MurmurHash3's finalizer (Appleby): every bit of the argument reaches every bit of the result.
static uint32_t mix(uint32_t x) {
    x ^= x >> 16;
    x *= 0x85EBCA6Bu;
    x ^= x >> 13;
    x *= 0xC2B2AE35u;
    return x ^ x >> 16;
}

// A Feistel network on the smallest power of two that holds the count, its halves changed in turn. Results
// outside the range are sent on through the network until one is inside (Black and Rogaway, "Ciphers with
// arbitrary finite domains", 2002, "cycle walking"): fewer than two passes on average.
uint32_t permutation_at(const Permutation *permutation, uint32_t i) {
    uint32_t low_mask = ((uint32_t)1 << permutation->low_bits) - 1;
    uint32_t high_mask = ((uint32_t)1 << permutation->high_bits) - 1;
    do {
        uint32_t low = i & low_mask, high = i >> permutation->low_bits;
        for (int round = 0; round < PERMUTATION_ROUNDS; round += 2) {
            low ^= mix(high ^ permutation->keys[round]) & low_mask;
            high ^= mix(low ^ permutation->keys[round + 1]) & high_mask;
        }
        i = high << permutation->low_bits | low;
    } while (i >= permutation->count);
    return i;
}

Permutation order_of_epoch(uint64_t seed, uint32_t epoch, uint32_t count) {
    return permutation_create(seed, RANDOM_SHUFFLE, epoch, count);
}

uint32_t order_index(uint64_t seed, uint32_t epoch, uint32_t count, uint32_t i) {
    Permutation order = order_of_epoch(seed, epoch, count);
    return permutation_at(&order, i);
}
