// Folders of images and .npz archives, whole and damaged.
#include "data_loading.h"
#include "npy.h"

#include <jpeglib.h>
#include <png.h>
#include <zip.h>

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
    remove_in_folder("pictures");
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
    remove_in_folder("pictures/dog/*");
    expect_bad_data(&program, folder, "dog: has no .png, .jpg or .jpeg files");
    remove_pictures();
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

int main(void) {
    make_folder();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_of_images_are_read),
        cmocka_unit_test(bad_images_are_refused),
        cmocka_unit_test(npz_is_read),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    remove_folder();
    return failed;
}
