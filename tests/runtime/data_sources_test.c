// Every source of data, whole and damaged.
#include "data.h"
#include "data_support.h"
#include "npy.h"
#include "strokes.h"

#include <jpeglib.h>
#include <png.h>
#include <sys/stat.h>
#include <zip.h>
#include <zlib.h>

static char *folder; // of this test program, removed by the runner with TMPDIR or by the last test

static char *in_folder(const char *name) {
    return data_format("%s/%s", folder, name);
}

static Program program_for(const char *kind, const char *const *arguments, int height, int width,
                           int channels, int classes) {
    return (Program){.model = "net",
                     .file = "net.cnn",
                     .height = height,
                     .width = width,
                     .channels = channels,
                     .classes = classes,
                     .data = {.name = "own", .kind = kind, .arguments = arguments}};
}

// What a child of expect_failure loads.
typedef struct Load {
    const Program *program;
    const char *directory;
} Load;

static void load(const void *argument) {
    const Load *load = argument;
    Dataset train, test;
    data_load(load->program, load->directory, 1, &train, &test);
    dataset_free(&train);
    dataset_free(&test);
}

static void expect_bad_data(const Program *program, const char *directory, const char *message) {
    Load argument = {program, directory};
    expect_failure(load, &argument, message);
}

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

static void write_png(const char *path, int height, int width, const uint8_t *pixels, bool colour) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (unsigned)width,
                       .height = (unsigned)height,
                       .format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY};
    assert_true(png_image_write_to_file(&image, path, 0, pixels, 0, NULL));
}

static void write_jpeg(const char *path, int height, int width, const uint8_t *pixels) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    struct jpeg_compress_struct encoder;
    struct jpeg_error_mgr errors;
    encoder.err = jpeg_std_error(&errors);
    jpeg_create_compress(&encoder);
    jpeg_stdio_dest(&encoder, file);
    encoder.image_width = (unsigned)width;
    encoder.image_height = (unsigned)height;
    encoder.input_components = 1;
    encoder.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, 100, TRUE);
    jpeg_start_compress(&encoder, TRUE);
    for (int y = 0; y < height; y++) {
        JSAMPROW row = (JSAMPROW)pixels + (size_t)y * (size_t)width;
        jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    jpeg_destroy_compress(&encoder);
    fclose(file);
}

// FOLDER/pictures/[PART/]{cat,dog}/0.png .. : gray 4x5, filled with 100 * class + number; the last file is a
// JPEG.
static void write_pictures(const char *part, int count) {
    static const char *const classes[] = {"cat", "dog"};
    char *pictures = data_format("%s/pictures", folder), *top = data_format("%s/%s", pictures, part);
    mkdir(pictures, 0777);
    mkdir(top, 0777);
    for (int class = 0; class < 2; class ++) {
        char *directory = data_format("%s/%s", top, classes[class]);
        mkdir(directory, 0777);
        for (int i = 0; i < count; i++) {
            uint8_t pixels[20];
            memset(pixels, 100 * class + i, sizeof pixels);
            char *path = data_format("%s/%d.%s", directory, i, i + 1 < count ? "png" : "JPG");
            if (i + 1 < count) {
                write_png(path, 4, 5, pixels, false);
            } else {
                write_jpeg(path, 4, 5, pixels);
            }
            free(path);
        }
        free(directory);
    }
    free(pictures);
    free(top);
}

static void remove_pictures(void) {
    char *command = data_format("rm -r '%s/pictures'", folder);
    assert_int_equal(system(command), 0);
    free(command);
}

static const char *const pictures_arguments[] = {"pictures", NULL};

static void folders_of_images_are_read(void **state) {
    (void)state;
    Program program = program_for("images", pictures_arguments, 4, 5, 1, 2),
            colour = program_for("images", pictures_arguments, 4, 5, 3, 2);
    Dataset train, test;
    write_pictures("train", 3);
    expect_bad_data(&program, folder, "has train/ but not test/");
    write_pictures("test", 1);
    data_load(&program, folder, 1, &train, &test);
    assert_int_equal(train.count, 6);
    assert_int_equal(test.count, 2);
    assert_string_equal(train.class_names[1], "dog");
    for (int i = 0; i < 6; i++) {
        assert_int_equal(train.labels[i], i / 3);
        assert_true(abs(train.images[20 * i] - (100 * (i / 3) + i % 3)) <=
                    (i % 3 == 2 ? 1 : 0)); // JPEG is near
    }
    dataset_free(&train);
    dataset_free(&test);
    data_load(&colour, folder, 1, &train, &test);
    assert_memory_equal(train.images + 60, "\1\1\1\1", 4); // gray becomes three equal channels
    dataset_free(&train);
    dataset_free(&test);
    remove_pictures();

    write_pictures("", 10);
    data_load(&program, folder, 1, &train, &test);
    assert_int_equal(train.count, 16);
    assert_int_equal(test.count, 4);
    int dogs = 0;
    for (int i = 0; i < 4; i++) dogs += test.labels[i];
    assert_int_equal(dogs, 2);
    dataset_free(&train);
    dataset_free(&test);
    remove_pictures();
}

static void bad_images_are_refused(void **state) {
    (void)state;
    Program program = program_for("images", pictures_arguments, 4, 5, 1, 2),
            large = program_for("images", pictures_arguments, 8, 8, 1, 2),
            three = program_for("images", pictures_arguments, 4, 5, 1, 3);
    expect_bad_data(&program, folder, "pictures: not found in ");
    write_pictures("", 4);
    expect_bad_data(&large, folder, "cat/0.png: is 4x5 (height x width); 8x8 is needed");
    expect_bad_data(&three, folder, "pictures: has 2 folders; model `net` is built for 3 classes");
    char *png = in_folder("pictures/cat/0.png"), *jpeg = in_folder("pictures/cat/3.JPG");
    const char *files[] = {png, jpeg};
    for (int f = 0; f < 2; f++) {
        size_t size;
        uint8_t *bytes = data_read_file(files[f], &size);
        for (size_t cut = 0; cut + 2 < size; cut += 3) {
            // libpng needs no end chunk once it has all pixels, libjpeg makes up an end marker that is
            // missing.
            if (f == 0 && cut + 16 > size) break;
            write_bytes(files[f], bytes, cut);
            expect_bad_data(&program, folder, files[f]);
        }
        write_bytes(files[f], bytes, size);
        free(bytes);
    }
    write_bytes(png, "GIF89a", 6);
    expect_bad_data(&program, folder, "cat/0.png: neither a PNG nor a JPEG");
    char *command = data_format("rm '%s'/pictures/dog/*", folder);
    assert_int_equal(system(command), 0);
    expect_bad_data(&program, folder, "dog: has no .png, .jpg or .jpeg files");
    remove_pictures();
    free(command);
    free(png);
    free(jpeg);
}

static void add_member(zip_t *archive, const char *name, DataType type, int rank, const int64_t *shape,
                       const void *data) {
    char *path = temporary_path("member.npy");
    npy_write(path, type, rank, shape, data);
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    assert_true(zip_file_add(archive, name, zip_source_buffer(archive, bytes, size, 1), ZIP_FL_OVERWRITE) >=
                0);
    unlink(path);
    free(path);
}

// An archive with three training and two test images 2x2, `label_type` labels; without y_test if `missing`.
static void write_npz(const char *path, DataType image_type, DataType label_type, bool missing) {
    static const uint8_t images[8 * 12] = {1, 2, 3, 4};
    const int64_t labels64[3] = {0, 1, 1};
    const uint8_t labels8[3] = {0, 1, 1};
    const void *labels = label_type == DATA_U8 ? (const void *)labels8 : (const void *)labels64;
    int code;
    zip_t *archive = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    assert_non_null(archive);
    add_member(archive, "x_train.npy", image_type, 3, (const int64_t[]){3, 2, 2}, images);
    add_member(archive, "y_train.npy", label_type, 1, (const int64_t[]){3}, labels);
    add_member(archive, "x_test.npy", image_type, 4, (const int64_t[]){2, 2, 2, 1}, images);
    if (!missing) add_member(archive, "y_test.npy", label_type, 2, (const int64_t[]){2, 1}, labels);
    assert_int_equal(zip_close(archive), 0);
}

static void npz_is_read(void **state) {
    (void)state;
    const char *const arguments[] = {"own.npz", NULL};
    Program program = program_for("npz", arguments, 2, 2, 1, 2),
            one = program_for("npz", arguments, 2, 2, 1, 1);
    char *path = in_folder("own.npz");
    Dataset train, test;
    for (int i = 0; i < 2; i++) {
        write_npz(path, DATA_U8, i == 0 ? DATA_U8 : DATA_I64, false);
        data_load(&program, folder, 1, &train, &test);
        assert_int_equal(train.count, 3);
        assert_int_equal(test.count, 2);
        assert_int_equal(train.labels[2], 1);
        assert_memory_equal(train.images, "\1\2\3\4", 4);
        dataset_free(&train);
        dataset_free(&test);
    }
    expect_bad_data(&one, folder, "own.npz: y_train: label 1 of image 1 is not a class (0 to 0)");
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    for (size_t cut = 0; cut < size; cut += 37) {
        write_bytes(path, bytes, cut);
        expect_bad_data(&program, folder, "own.npz: not a readable .npz file");
    }
    free(bytes);
    unlink(path);
    write_npz(path, DATA_F32, DATA_U8, false);
    expect_bad_data(&program, folder, "own.npz: x_train: is float32; images are uint8");
    unlink(path);
    write_npz(path, DATA_U8, DATA_F32, false);
    expect_bad_data(&program, folder, "own.npz: y_train: is float32; labels are integers");
    unlink(path);
    write_npz(path, DATA_U8, DATA_U8, true);
    expect_bad_data(&program, folder, "own.npz: has no readable array y_test");
    unlink(path);
    expect_bad_data(&program, folder, "own.npz: not found in ");
    free(path);
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
    folder = temporary_path("sources");
    mkdir(folder, 0777);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idx_is_read),
        cmocka_unit_test(damaged_idx_is_refused),
        cmocka_unit_test(damaged_gzip_is_refused),
        cmocka_unit_test(cifar_is_read),
        cmocka_unit_test_prestate(real_sets_are_told_apart, getenv("CNN_DATA")),
        cmocka_unit_test(built_in_sets_have_checksums),
        cmocka_unit_test(folders_of_images_are_read),
        cmocka_unit_test(bad_images_are_refused),
        cmocka_unit_test(npz_is_read),
        cmocka_unit_test(strokes_are_drawn),
        cmocka_unit_test(class_names_are_found),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char *command = data_format("rm -r '%s'", folder);
    if (system(command) != 0) failed++;
    free(command);
    free(folder);
    return failed;
}
