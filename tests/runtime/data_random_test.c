// Philox against Random123, and what is drawn with it: numbers, orders, splits.
#include "data_support.h"
#include "order.h"
#include "philox_lanes.h"
#include "random.h"
#include "split.h"
#include <Random123/philox.h>
#include <math.h>
#undef philox4x32 // Random123's macro; ours is a function

// Counters and keys that differ in all words.
static void some_block(uint32_t number, uint32_t counter[4], uint32_t key[2]) {
    for (uint32_t i = 0; i < 4; i++) counter[i] = (number + i) * 2654435761u;
    for (uint32_t i = 0; i < 2; i++) key[i] = (number + 7 * i) * 40503u + i;
}

static void philox_equals_random123(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 1000; number++) {
        uint32_t counter[4], key[2], out[4];
        some_block(number, counter, key);
        philox4x32(counter, key, out);
        philox4x32_ctr_t expected =
            philox4x32_R(10, (philox4x32_ctr_t){{counter[0], counter[1], counter[2], counter[3]}},
                         (philox4x32_key_t){{key[0], key[1]}});
        assert_memory_equal(out, expected.v, sizeof out);
    }
}

static void lanes_equal_single_blocks(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 100; number++) {
        uint32_t counter[4], key[2], out[4];
        philox_words pairs[PHILOX_PAIRS][4];
        some_block(number, counter, key);
        uint32_t first = number == 0 ? UINT32_MAX - 3 : counter[3]; // block numbers wrap
        philox4x32_pairs(counter, first, key, pairs);
        for (uint32_t i = 0; i < PHILOX_PAIRS * PHILOX_PAIR_BLOCKS; i++) {
            counter[3] = first + i;
            philox4x32(counter, key, out);
            for (int word = 0; word < 4; word++)
                assert_int_equal(pairs[i / PHILOX_PAIR_BLOCKS][word][i % PHILOX_PAIR_BLOCKS], out[word]);
        }
    }
}

typedef struct Moments {
    double mean, variance, minimum, maximum;
} Moments;

static Moments moments_of(double (*draw)(RandomStream *stream), int count) {
    RandomStream stream = random_stream(1, RANDOM_BENCHMARK, 0);
    Moments moments = {0, 0, INFINITY, -INFINITY};
    double squares = 0;
    for (int i = 0; i < count; i++) {
        double x = draw(&stream);
        moments.mean += x / count;
        squares += x * x / count;
        moments.minimum = fmin(moments.minimum, x);
        moments.maximum = fmax(moments.maximum, x);
    }
    moments.variance = squares - moments.mean * moments.mean;
    return moments;
}

static void numbers_have_their_distributions(void **state) {
    (void)state;
    Moments uniform = moments_of(random_uniform, 200000);
    assert_float_equal(uniform.mean, 0.5, 0.003);
    assert_float_equal(uniform.variance, 1.0 / 12, 0.001);
    assert_true(uniform.minimum >= 0 && uniform.maximum < 1);
    Moments normal = moments_of(random_normal, 200000);
    assert_float_equal(normal.mean, 0, 0.01);
    assert_float_equal(normal.variance, 1, 0.015);
    assert_true(normal.minimum < -3.5 && normal.maximum > 3.5);
    Moments truncated = moments_of(random_truncated_normal, 200000);
    assert_float_equal(truncated.mean, 0, 0.01);
    assert_float_equal(sqrt(truncated.variance), 0.87962566103423978, 0.005);
    assert_true(truncated.minimum >= -2 && truncated.maximum <= 2);
    assert_true(truncated.minimum < -1.99 && truncated.maximum > 1.99);
}

// The distribution function of what is drawn must be the uniform number that it was drawn from: erfc is the
// oracle.
static void normals_invert_the_distribution_function(void **state) {
    (void)state;
    RandomStream numbers = random_stream(3, RANDOM_BENCHMARK, 9), cells = numbers;
    for (int i = 0; i < 20000; i++) {
        double x = random_normal(&numbers);
        uint64_t high = random_bits(&cells) >> 6, low = random_bits(&cells) >> 6;
        double p = ((double)(high << 26 | low) + 0.5) * 0x1p-52;
        assert_float_equal(0.5 * erfc(-x / sqrt(2)) / p, 1, 1e-13);
    }
}

// Pinned: results would change for everybody who trains again with an old seed.
static void numbers_stay_the_same(void **state) {
    (void)state;
    RandomStream stream = random_stream(42, RANDOM_INITIALIZATION, random_name_id("conv.weight"));
    assert_float_equal(random_uniform(&stream), 0x1.a18f188925p-7, 0);
    assert_float_equal(random_normal(&stream), -0x1.6065a5c53c517p-4, 0);
    assert_float_equal(random_truncated_normal(&stream), 0x1.450449e58e833p-2, 0);
    assert_int_equal(order_index(42, 1, 60000, 0), 5656);
}

static void streams_differ(void **state) {
    (void)state;
    RandomStream streams[] = {random_stream(1, RANDOM_SPLIT, 0),
                              random_stream(2, RANDOM_SPLIT, 0),
                              random_stream(1 | 1ull << 32, RANDOM_SPLIT, 0),
                              random_stream(1, RANDOM_SHUFFLE, 0),
                              random_stream(1, RANDOM_SPLIT, 1),
                              random_stream(1, RANDOM_SPLIT, 1ull << 32)};
    enum { STREAMS = sizeof streams / sizeof streams[0] };
    uint32_t first[STREAMS];
    for (int i = 0; i < STREAMS; i++) {
        first[i] = random_bits(&streams[i]);
        for (int j = 0; j < i; j++) assert_int_not_equal(first[i], first[j]);
    }
}

static void orders_are_permutations(void **state) {
    (void)state;
    static const uint32_t counts[] = {1, 2, 3, 4, 5, 7, 10, 16, 17, 100, 1000, 4097, 60000};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        uint32_t count = counts[c];
        for (uint32_t epoch = 1; epoch <= 3; epoch++) {
            Permutation order = order_of_epoch(5, epoch, count);
            bool *seen = data_allocate_zeroed(count, sizeof *seen);
            for (uint32_t i = 0; i < count; i++) {
                uint32_t place = permutation_at(&order, i);
                assert_true(place < count);
                assert_false(seen[place]);
                seen[place] = true;
                assert_int_equal(place, order_index(5, epoch, count, i));
            }
            free(seen);
        }
    }
}

// Every image goes everywhere equally often (chi squared over pairs of index and place, 81 degrees of
// freedom), and neighbours do not stay together.
static void orders_are_even(void **state) {
    (void)state;
    enum { COUNT = 10, EPOCHS = 20000 };
    int hits[COUNT][COUNT] = {{0}}, neighbours = 0;
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) {
        Permutation order = order_of_epoch(11, epoch, COUNT);
        uint32_t before = COUNT;
        for (uint32_t i = 0; i < COUNT; i++) {
            uint32_t place = permutation_at(&order, i);
            hits[i][place]++;
            neighbours += place == before + 1;
            before = place;
        }
    }
    double chi = 0, expected = EPOCHS / (double)COUNT;
    for (int i = 0; i < COUNT; i++) {
        for (int j = 0; j < COUNT; j++) chi += (hits[i][j] - expected) * (hits[i][j] - expected) / expected;
    }
    assert_true(chi < 140);
    assert_float_equal((double)neighbours / EPOCHS, 0.9, 0.05); // nine places, one of ten successors each
}

static void splits_are_stratified(void **state) {
    (void)state;
    enum { COUNT = 1003, CLASSES = 4 };
    int32_t labels[COUNT];
    size_t of_class[CLASSES] = {0};
    for (int i = 0; i < COUNT; i++) of_class[labels[i] = i % 7 == 0 ? 3 : i % 3]++;
    Split split = split_stratified(labels, COUNT, CLASSES, 0.1, 7),
          again = split_stratified(labels, COUNT, CLASSES, 0.1, 7);
    assert_int_equal(split.validation_count, 100);
    assert_int_equal(split.train_count, COUNT - 100);
    assert_memory_equal(split.validation, again.validation, 100 * sizeof *split.validation);
    int seen[COUNT] = {0};
    size_t chosen[CLASSES] = {0};
    for (size_t i = 0; i < split.validation_count; i++) {
        assert_true(i == 0 || split.validation[i] > split.validation[i - 1]);
        seen[split.validation[i]]++;
        chosen[labels[split.validation[i]]]++;
    }
    for (size_t i = 0; i < split.train_count; i++) {
        assert_true(i == 0 || split.train[i] > split.train[i - 1]);
        seen[split.train[i]]++;
    }
    for (int i = 0; i < COUNT; i++) assert_int_equal(seen[i], 1);
    for (int c = 0; c < CLASSES; c++)
        assert_true(fabs((double)chosen[c] - (double)of_class[c] * 100 / COUNT) < 1);
    Split other = split_stratified(labels, COUNT, CLASSES, 0.1, 8);
    assert_memory_not_equal(split.validation, other.validation, 100 * sizeof *split.validation);
    split_free(&split);
    split_free(&again);
    split_free(&other);
}

static void splits_have_edges(void **state) {
    (void)state;
    const int32_t labels[] = {0, 1, 1};
    Split none = split_stratified(labels, 3, 2, 0, 1), few = split_stratified(labels, 3, 2, 0.01, 1),
          most = split_stratified(labels, 3, 2, 0.99, 1), empty = split_stratified(labels, 0, 2, 0.5, 1);
    assert_int_equal(none.validation_count, 0);
    assert_int_equal(none.train_count, 3);
    assert_int_equal(few.validation_count, 1);
    assert_int_equal(most.validation_count, 2);
    assert_int_equal(empty.train_count + empty.validation_count, 0);
    split_free(&none);
    split_free(&few);
    split_free(&most);
    split_free(&empty);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_equals_random123),
        cmocka_unit_test(lanes_equal_single_blocks),
        cmocka_unit_test(numbers_have_their_distributions),
        cmocka_unit_test(normals_invert_the_distribution_function),
        cmocka_unit_test(numbers_stay_the_same),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(orders_are_permutations),
        cmocka_unit_test(orders_are_even),
        cmocka_unit_test(splits_are_stratified),
        cmocka_unit_test(splits_have_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
