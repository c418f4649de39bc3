// The sources of data that are sets of their own: IDX and CIFAR-10 files, the built-in sets, strokes.
#include "data_loading.h"
#include "strokes.h"
#include <zlib.h>

// IDX: a file of `count` images 2x3 or labels; `dimensions` 1 or 3; bytes from `first` upward.
static void write_idx(const char *name, int dimensions, uint32_t count, uint8_t first, size_t bytes,
                      bool compressed) {
    uint8_t header[16] = {0, 0, 8, (uint8_t)dimensions, 0, 0, (uint8_t)(count >> 8), (uint8_t)count};
    header[11] = 2;
    header[15] = 3;
    char *path = in_folder(name);
    gzFile file = gzopen(path, compressed ? "wb" : "wbT");
    assert_non_null(file);
    gzwrite(file, header, dimensions == 3 ? 16 : 8);
    for (size_t i = 0; i < bytes; i++) gzputc(file, (uint8_t)(first + i % (dimensions == 3 ? 200 : 4)));
    assert_int_equal(gzclose(file), Z_OK);
    free(path);
}

static const char *const idx_names[] = {"train-images", "train-labels", "test-images", "test-labels", NULL};

static void write_good_idx(bool compressed) {
    static const char *const names[] = {"train-images", "train-labels", "test-images", "test-labels"};
    for (int i = 0; i < 4; i++) {
        char *plain = in_folder(names[i]), *name = data_format("%s%s", names[i], compressed ? ".gz" : "");
        unlink(plain);
        uint32_t count = i < 2 ? 8 : 4;
        write_idx(name, i % 2 == 0 ? 3 : 1, count, 0, i % 2 == 0 ? 6 * count : count, compressed);
        free(plain);
        free(name);
    }
}

static void idx_is_read(void **state) {
    (void)state;
    Program program = program_for("idx", idx_names, 2, 3, 1, 4);
    uint32_t checksums[2];
    for (int compressed = 0; compressed < 2; compressed++) {
        write_good_idx(compressed);
        Dataset train, test, alone;
        data_load(&program, folder, 1, &train, &test);
        assert_int_equal(train.count, 8);
        assert_int_equal(test.count, 4);
        assert_int_equal(train.images[47], 47);
        assert_int_equal(train.labels[7], 3);
        assert_string_equal(train.class_names[3], "3");
        checksums[compressed] = train.checksum;
        data_load(&program, folder, 1, NULL, &alone);
        assert_int_equal(alone.checksum, test.checksum);
        dataset_free(&train);
        dataset_free(&test);
        dataset_free(&alone);
    }
    assert_int_equal(checksums[0], checksums[1]);
}

static void damaged_idx_is_refused(void **state) {
    (void)state;
    Program program = program_for("idx", idx_names, 2, 3, 1, 4),
            small = program_for("idx", idx_names, 2, 3, 1, 3),
            wide = program_for("idx", idx_names, 2, 4, 1, 4);
    char *labels = in_folder("train-labels"), *images = in_folder("train-images");
    write_good_idx(false);
    expect_bad_data(&wide, folder, "train-images: its images are 2x3x1; model `net` is built for 2x4x1");
    expect_bad_data(&small, folder, "train-labels: label 3 of image 3 is not a class (0 to 2)");
    write_idx("train-labels", 1, 7, 0, 7, false);
    expect_bad_data(&program, folder, "train-labels: has 7 labels for the 8 images of");
    write_idx("train-labels", 1, 8, 0, 7, false);
    expect_bad_data(&program, folder, "train-labels: truncated");
    write_idx("train-labels", 1, 8, 0, 9, false);
    expect_bad_data(&program, folder, "train-labels: more bytes follow");
    write_idx("train-labels", 3, 8, 0, 48, false);
    expect_bad_data(&program, folder, "train-labels: holds images where labels are needed");
    write_bytes(labels, "\0\0\x0d\1\0\0\0\10", 8);
    expect_bad_data(&program, folder, "train-labels: its elements have IDX type 0x0d");
    write_bytes(labels, "\0\0\10\1\0", 5);
    expect_bad_data(&program, folder, "train-labels: truncated");
    write_bytes(labels, "<html>", 6);
    expect_bad_data(&program, folder, "train-labels: not an IDX file");
    write_bytes(labels, "", 0);
    expect_bad_data(&program, folder, "train-labels: not an IDX file");
    write_bytes(images, "\0\0\10\3\xff\xff\xff\xff\0\0\0\2\0\0\0\3", 16);
    expect_bad_data(&program, folder, "train-images: has 4294967295 images");
    write_bytes(images, "\0\0\10\3\x7f\xff\xff\xff\0\0\0\2\0\0\0\3", 16);
    expect_bad_data(&program, folder, "train-images: truncated");
    write_bytes(images, "\0\0\10\3\0\0\0\0\0\0\0\2\0\0\0\3", 16);
    expect_bad_data(&program, folder, "train-images: has no images");
    unlink(images);
    unlink(labels);
    char *compressed = in_folder("train-images.gz");
    unlink(compressed);
    expect_bad_data(&program, folder, "train-images: not found in ");
    expect_bad_data(&program, "/nonexistent", "--data /nonexistent: there is no such folder");
    free(labels);
    free(images);
    free(compressed);
}

// At every length, and with every byte of the gzip file changed, there is one line and no crash; only changes
// in gzip's own header (time, flags) may pass, and they leave the data as it was.
static void damaged_gzip_is_refused(void **state) {
    (void)state;
    Program program = program_for("idx", idx_names, 2, 3, 1, 4);
    write_good_idx(true);
    char *path = in_folder("train-images.gz");
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    for (size_t cut = 0; cut < size; cut++) {
        write_bytes(path, bytes, cut);
        expect_bad_data(&program, folder, "train-images.gz: ");
    }
    for (size_t i = 10; i < size; i++) {
        bytes[i] ^= 0x55;
        write_bytes(path, bytes, size);
        bytes[i] ^= 0x55;
        expect_bad_data(&program, folder, "train-images.gz: ");
    }
    unlink(path);
    free(path);
    free(bytes);
}

enum { CIFAR_RECORD = 3073 };

static void cifar_is_read(void **state) {
    (void)state;
    static uint8_t records[2 * CIFAR_RECORD];
    const char *const arguments[] = {"cifar", NULL};
    Program program = program_for("cifar", arguments, 32, 32, 3, 10);
    char *directory = in_folder("cifar"), *batch = in_folder("cifar/data_batch_1.bin"),
         *test_batch = in_folder("cifar/test_batch.bin");
    mkdir(directory, 0777);
    records[0] = 3;
    records[1 + 5] = 11;        // red of pixel 5
    records[1 + 1024 + 5] = 12; // green
    records[1 + 2048 + 5] = 13; // blue
    records[CIFAR_RECORD] = 9;
    write_bytes(batch, records, sizeof records);
    expect_bad_data(&program, folder, "cifar/test_batch.bin: missing");
    write_bytes(test_batch, records, CIFAR_RECORD);
    Dataset train, test;
    data_load(&program, folder, 1, &train, &test);
    assert_int_equal(train.count, 2);
    assert_int_equal(test.count, 1);
    assert_int_equal(train.labels[0], 3);
    assert_int_equal(train.labels[1], 9);
    assert_memory_equal(train.images + 15, "\13\14\15", 3);
    dataset_free(&train);
    dataset_free(&test);

    write_bytes(batch, records, sizeof records - 1);
    expect_bad_data(&program, folder, "data_batch_1.bin: truncated or not CIFAR-10's binary version");
    write_bytes(batch, records, 0);
    expect_bad_data(&program, folder, "data_batch_1.bin: has no images");
    records[CIFAR_RECORD] = 10;
    write_bytes(batch, records, sizeof records);
    expect_bad_data(&program, folder, "data_batch_1.bin: label 10 of image 1 is not a class (0 to 9)");
    Program gray = program_for("cifar", arguments, 32, 32, 1, 10);
    expect_bad_data(&gray, folder, "its images are 32x32x3; model `net` is built for 32x32x1");
    unlink(batch);
    expect_bad_data(&program, folder, "data_batch_1.bin: missing");
    unlink(test_batch);
    rmdir(directory);
    free(directory);
    free(batch);
    free(test_batch);
}

// A file that has the right shape but is not the set's.
static void built_in_sets_have_checksums(void **state) {
    (void)state;
    Program program = program_for("mnist", NULL, 28, 28, 1, 10);
    char *images = in_folder("train-images-idx3-ubyte"), *labels = in_folder("train-labels-idx1-ubyte");
    uint8_t header[16 + 784] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28};
    write_bytes(images, header, sizeof header);
    expect_bad_data(&program, folder, "train-labels-idx1-ubyte: missing (nor is there a .gz)");
    write_bytes(labels, "\0\0\10\1\0\0\0\1\5", 9);
    expect_bad_data(&program, folder, "train-images-idx3-ubyte: not the original file of MNIST");
    unlink(images);
    unlink(labels);
    unsetenv("CNN_DATA");
    expect_bad_data(&program, folder, "MNIST is not in");
    expect_bad_data(&program, NULL, "MNIST is not on this machine: get the four original IDX files");
    free(images);
    free(labels);
}

// With the real files at hand: they are read, and one set is not taken for the other.
static void real_sets_are_told_apart(void **state) {
    const char *directory = *state;
    char *mnist = data_format("%s/mnist", directory != NULL ? directory : "");
    if (directory == NULL || !data_is_folder(mnist)) {
        free(mnist);
        skip();
    }
    Program program = program_for("mnist", NULL, 28, 28, 1, 10),
            fashion = program_for("fashion_mnist", NULL, 28, 28, 1, 10);
    Dataset test;
    data_load(&program, directory, 1, NULL, &test);
    assert_int_equal(test.count, 10000);
    assert_int_equal(test.labels[0], 7);
    dataset_free(&test);
    expect_bad_data(&fashion, mnist, "mislabelled: this is train-images-idx3-ubyte of MNIST, not ");
    free(mnist);
}

static void strokes_are_drawn(void **state) {
    (void)state;
    Program program = program_for("strokes", NULL, 28, 28, 1, 10),
            wide = program_for("strokes", NULL, 28, 32, 1, 10);
    Dataset train, test;
    data_load(&program, NULL, 1, &train, &test);
    assert_int_equal(train.count, STROKES_TRAIN);
    assert_int_equal(test.count, STROKES_TEST);
    int of_class[10] = {0};
    for (size_t i = 0; i < test.count; i++) of_class[test.labels[i]]++;
    for (int class = 0; class < 10; class ++) assert_int_equal(of_class[class], STROKES_TEST / 10);
    assert_memory_not_equal(train.images, test.images, 784);
    // The set is part of what results are compared by: the same everywhere.
    assert_int_equal(train.checksum, 0x39d7dbe0);
    assert_int_equal(test.checksum, 0xf27f8aac);
    dataset_free(&train);
    dataset_free(&test);
    expect_bad_data(&wide, NULL, "strokes: its images are 28x28x1; model `net` is built for 28x32x1");
}

static void class_names_are_found(void **state) {
    (void)state;
    static const char *const own[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    Program fashion = program_for("fashion_mnist", NULL, 28, 28, 1, 10), named = fashion,
            none = {.model = "net", .classes = 3};
    named.data.class_names = own;
    char **names = data_class_names(&fashion);
    assert_string_equal(names[9], "Ankle boot");
    data_free_class_names(names, 10);
    names = data_class_names(&named);
    assert_string_equal(names[9], "j");
    data_free_class_names(names, 10);
    names = data_class_names(&none);
    assert_string_equal(names[2], "2");
    data_free_class_names(names, 3);
    expect_bad_data(&none, NULL, "has no data set");
}

int main(void) {
    make_folder();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idx_is_read),
        cmocka_unit_test(damaged_idx_is_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(cifar_is_read),
        cmocka_unit_test_prestate(real_sets_are_told_apart, getenv("CNN_DATA")),
        cmocka_unit_test(built_in_sets_have_checksums),
        cmocka_unit_test(strokes_are_drawn),
        cmocka_unit_test(class_names_are_found),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_folder();
    return failed;
}
