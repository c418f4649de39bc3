#include "images.h"
#include "data_file.h"
#include "fail.h"
#include <stdio.h> // jpeglib.h uses FILE and does not include it

#include <jerror.h>
#include <jpeglib.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

// A file's bytes and what its pixels must become.
typedef struct Picture {
    const char *path;
    const uint8_t *bytes;
    size_t size;
    int height, width, channels;
} Picture;

static void check_size(const Picture *picture, unsigned width, unsigned height) {
    if (height == (unsigned)picture->height && width == (unsigned)picture->width) return;
    fail("%s: is %ux%u (height x width); %dx%d is needed", picture->path, height, width, picture->height,
         picture->width);
}

// ITU-R BT.601 luma, in 16-bit fixed point.
static uint8_t luma(const uint8_t *rgb) {
    return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

static void convert_channels(const uint8_t *from, int from_channels, uint8_t *to, int to_channels,
                             size_t pixels) {
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *pixel = from + i * (size_t)from_channels;
        for (int channel = 0; channel < to_channels; channel++) {
            *to++ = from_channels == to_channels ? pixel[channel]
                    : from_channels == 1         ? pixel[0]
                                                 : luma(pixel);
        }
    }
}

static void read_png(const Picture *picture, uint8_t *pixels) {
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, picture->bytes, picture->size)) {
        fail("%s: damaged PNG: %s", picture->path, image.message);
    }
    check_size(picture, image.width, image.height);
    // Decoded as it is, gray or colour, and converted by convert_channels: libpng's own way to gray is
    // another one. 16-bit samples are taken for sRGB, as 8-bit ones are; transparent pixels stand on black.
    int channels = image.format & PNG_FORMAT_FLAG_COLOR ? 3 : 1;
    image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
    size_t count = (size_t)image.width * image.height;
    uint8_t *decoded = data_allocate(count, (size_t)channels);
    png_color black = {0, 0, 0};
    if (!png_image_finish_read(&image, &black, decoded, 0, NULL) || PNG_IMAGE_FAILED(image)) {
        fail("%s: damaged PNG: %s", picture->path, image.message);
    }
    convert_channels(decoded, channels, pixels, picture->channels, count);
    free(decoded);
}

typedef struct JpegErrors {
    struct jpeg_error_mgr manager; // first: libjpeg sees only this
    jmp_buf escape;
} JpegErrors;

static void jpeg_escape(j_common_ptr decoder) {
    longjmp(((JpegErrors *)decoder->err)->escape, 1);
}

// libjpeg only warns of lost data and goes on with gray; here that is an error. Stray bytes and odd headers
// are not.
static void jpeg_message(j_common_ptr decoder, int level) {
    int code = decoder->err->msg_code;
    if (level >= 0 || code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM)
        return;
    jpeg_escape(decoder);
}

static void read_jpeg(const Picture *picture, uint8_t *pixels) {
    struct jpeg_decompress_struct decoder;
    JpegErrors errors;
    decoder.err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = jpeg_escape;
    errors.manager.emit_message = jpeg_message;
    if (setjmp(errors.escape) != 0) {
        char message[JMSG_LENGTH_MAX];
        decoder.err->format_message((j_common_ptr)&decoder, message);
        fail("%s: damaged JPEG: %s", picture->path, message);
    }
    jpeg_create_decompress(&decoder);
    jpeg_mem_src(&decoder, picture->bytes, picture->size);
    jpeg_read_header(&decoder, TRUE);
    check_size(picture, decoder.image_width, decoder.image_height);
    if (decoder.num_components != 1 && decoder.num_components != 3) {
        fail("%s: is a JPEG with %d colour components (CMYK?); convert it to RGB", picture->path,
             decoder.num_components);
    }
    decoder.out_color_space = picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_start_decompress(&decoder);
    while (decoder.output_scanline < decoder.output_height) {
        JSAMPROW row = pixels + (size_t)decoder.output_scanline * picture->width * picture->channels;
        jpeg_read_scanlines(&decoder, &row, 1);
    }
    jpeg_finish_decompress(&decoder);
    jpeg_destroy_decompress(&decoder);
}

void image_read(const char *path, int height, int width, int channels, uint8_t *pixels) {
    static const uint8_t png_start[] = {0x89, 'P', 'N', 'G'}, jpeg_start[] = {0xff, 0xd8, 0xff};
    if (channels != 1 && channels != 3) {
        fail("%s: images have 1 or 3 channels, but %d are needed", path, channels);
    }
    size_t size;
    uint8_t *bytes = data_read_file(path, &size);
    Picture picture = {path, bytes, size, height, width, channels};
    if (size >= sizeof png_start && memcmp(bytes, png_start, sizeof png_start) == 0) {
        read_png(&picture, pixels);
    } else if (size >= sizeof jpeg_start && memcmp(bytes, jpeg_start, sizeof jpeg_start) == 0) {
        read_jpeg(&picture, pixels);
    } else {
        fail("%s: neither a PNG nor a JPEG", path);
    }
    free(bytes);
}
