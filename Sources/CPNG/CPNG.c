#include "CPNG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <zlib.h>

struct CPNGDecoder {
    png_structp png;
    png_infop info;
    const uint8_t *next;
    size_t remaining;
    /// Freed with the decoder, since an error leaves `cpng_decoder_read_pixels` by a jump.
    png_bytep *rows;
    uint8_t *rgba;
    jmp_buf escape;
    CPixelsStatus status;
    char message[200];
};

static void fail(png_structp png, png_const_charp message) {
    CPNGDecoder *decoder = png_get_error_ptr(png);
    snprintf(decoder->message, sizeof decoder->message, "%s", message);
    longjmp(decoder->escape, 1);
}

static void ignore_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep out, size_t count) {
    CPNGDecoder *decoder = png_get_io_ptr(png);
    if (count > decoder->remaining) {
        decoder->status = CPixelsStatusTruncated;
        fail(png, "the file ends before the picture does");
    }
    memcpy(out, decoder->next, count);
    decoder->next += count;
    decoder->remaining -= count;
}

CPNGDecoder *cpng_decoder_create(const uint8_t *bytes, size_t count) {
    CPNGDecoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->next = bytes;
    decoder->remaining = count;
    decoder->status = CPixelsStatusDamaged;
    if (setjmp(decoder->escape)) {
        cpng_decoder_destroy(decoder);
        return NULL;
    }
    decoder->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder, fail, ignore_warning);
    if (decoder->png) decoder->info = png_create_info_struct(decoder->png);
    if (!decoder->info) {
        cpng_decoder_destroy(decoder);
        return NULL;
    }
    png_set_read_fn(decoder->png, decoder, read_bytes);
    // Whatever is not needed for the pixels is passed over: texts and profiles may unfold to a thousand times their size.
    png_set_keep_unknown_chunks(decoder->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    return decoder;
}

void cpng_decoder_destroy(CPNGDecoder *decoder) {
    if (!decoder) return;
    png_destroy_read_struct(&decoder->png, &decoder->info, NULL);
    free(decoder->rows);
    free(decoder->rgba);
    free(decoder);
}

CPixelsStatus cpng_decoder_read_header(CPNGDecoder *decoder) {
    if (setjmp(decoder->escape)) return decoder->status;
    png_read_info(decoder->png, decoder->info);
    return CPixelsStatusDone;
}

uint32_t cpng_decoder_width(const CPNGDecoder *decoder) { return png_get_image_width(decoder->png, decoder->info); }

uint32_t cpng_decoder_height(const CPNGDecoder *decoder) { return png_get_image_height(decoder->png, decoder->info); }

/// `count` × `size` bytes, or a jump out.
static void *allocate(CPNGDecoder *decoder, size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory) fail(decoder->png, "not enough memory");
    return memory;
}

CPixelsStatus cpng_decoder_read_pixels(CPNGDecoder *decoder, uint8_t *pixels) {
    png_structp png = decoder->png;
    if (setjmp(decoder->escape)) return decoder->status;
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, decoder->info);

    size_t width = cpng_decoder_width(decoder), height = cpng_decoder_height(decoder);
    size_t channelCount = png_get_channels(png, decoder->info);
    if (channelCount != 3 && channelCount != 4) fail(png, "unexpected number of channels");
    if (channelCount == 4) decoder->rgba = allocate(decoder, width * height, 4);
    uint8_t *target = channelCount == 4 ? decoder->rgba : pixels;
    decoder->rows = allocate(decoder, height, sizeof *decoder->rows);
    for (size_t y = 0; y < height; y++) decoder->rows[y] = target + y * width * channelCount;
    png_read_image(png, decoder->rows);
    png_read_end(png, decoder->info);
    if (channelCount == 4) cpixels_composite_on_white(decoder->rgba, pixels, width * height);
    return CPixelsStatusDone;
}

const char *cpng_decoder_message(const CPNGDecoder *decoder) { return decoder->message; }

bool cpng_inflate(const uint8_t *bytes, size_t count, uint8_t *out, size_t capacity, size_t *outCount) {
    uLongf size = (uLongf)capacity;
    int result = uncompress(out, &size, bytes, (uLong)count);
    *outCount = result == Z_OK ? size : 0;
    return result == Z_OK;
}

CPixelsStatus cpng_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **bytes, size_t *count) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    uint8_t *buffer = malloc(size);
    if (!buffer) return CPixelsStatusDamaged;
    if (!png_image_write_to_memory(&image, buffer, &size, 0, pixels, 0, NULL)) {
        png_image_free(&image);
        free(buffer);
        return CPixelsStatusDamaged;
    }
    *bytes = buffer;
    *count = size;
    return CPixelsStatusDone;
}
