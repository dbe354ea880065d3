#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/// More scans than any honest progressive file has; a hostile one spends seconds on each.
static const int scanLimit = 500;

typedef struct FailureManager {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    CJPEGStatus status;
    char message[JMSG_LENGTH_MAX];
} FailureManager;

struct CJPEGDecoder {
    struct jpeg_decompress_struct info;
    FailureManager failure;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
};

static void fail(j_common_ptr info) {
    FailureManager *failure = (FailureManager *)info->err;
    info->err->format_message(info, failure->message);
    longjmp(failure->escape, 1);
}

/// Warnings that mean lost picture data are errors; harmless ones (stray bytes between segments) pass.
static void judge_warning(j_common_ptr info, int level) {
    if (level >= 0) return;
    switch (info->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
        fail(info);
    default:
        info->err->num_warnings++;
    }
}

static void ignore_message(j_common_ptr info) { (void)info; }

static void install(FailureManager *failure) {
    jpeg_std_error(&failure->base);
    failure->base.error_exit = fail;
    failure->base.emit_message = judge_warning;
    failure->base.output_message = ignore_message;
    failure->status = CJPEGStatusDamaged;
    failure->message[0] = 0;
}

static void limit_scans(j_common_ptr info) {
    j_decompress_ptr decompress = (j_decompress_ptr)info;
    if (decompress->input_scan_number <= scanLimit) return;
    FailureManager *failure = (FailureManager *)info->err;
    snprintf(failure->message, sizeof failure->message, "more than %d scans", scanLimit);
    longjmp(failure->escape, 1);
}

static void begin_source(j_decompress_ptr info) { (void)info; }

/// The source holds the whole file, so being asked for more means that it is cut short.
static boolean end_of_file(j_decompress_ptr info) {
    FailureManager *failure = (FailureManager *)info->err;
    failure->status = CJPEGStatusTruncated;
    snprintf(failure->message, sizeof failure->message, "the file ends before the picture does");
    longjmp(failure->escape, 1);
}

static void skip_bytes(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count > info->src->bytes_in_buffer) end_of_file(info);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

CJPEGDecoder *cjpeg_decoder_create(const uint8_t *bytes, size_t count) {
    CJPEGDecoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    install(&decoder->failure);
    decoder->info.err = &decoder->failure.base;
    if (setjmp(decoder->failure.escape)) {
        cjpeg_decoder_destroy(decoder);
        return NULL;
    }
    jpeg_create_decompress(&decoder->info);
    decoder->source.next_input_byte = bytes;
    decoder->source.bytes_in_buffer = count;
    decoder->source.init_source = begin_source;
    decoder->source.fill_input_buffer = end_of_file;
    decoder->source.skip_input_data = skip_bytes;
    decoder->source.resync_to_restart = jpeg_resync_to_restart;
    decoder->source.term_source = begin_source;
    decoder->info.src = &decoder->source;
    decoder->progress.progress_monitor = limit_scans;
    decoder->info.progress = &decoder->progress;
    return decoder;
}

void cjpeg_decoder_destroy(CJPEGDecoder *decoder) {
    if (!decoder) return;
    jpeg_destroy_decompress(&decoder->info);
    free(decoder);
}

CJPEGStatus cjpeg_decoder_read_header(CJPEGDecoder *decoder) {
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    jpeg_save_markers(&decoder->info, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&decoder->info, TRUE);
    return CJPEGStatusDone;
}

CJPEGStatus cjpeg_decoder_reduce(CJPEGDecoder *decoder, unsigned divisor) {
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    decoder->info.scale_num = 1;
    decoder->info.scale_denom = divisor;
    jpeg_calc_output_dimensions(&decoder->info);
    return CJPEGStatusDone;
}

uint32_t cjpeg_decoder_output_width(const CJPEGDecoder *decoder) { return decoder->info.output_width; }

uint32_t cjpeg_decoder_output_height(const CJPEGDecoder *decoder) { return decoder->info.output_height; }

uint32_t cjpeg_decoder_width(const CJPEGDecoder *decoder) { return decoder->info.image_width; }

uint32_t cjpeg_decoder_height(const CJPEGDecoder *decoder) { return decoder->info.image_height; }

const uint8_t *cjpeg_decoder_exif(const CJPEGDecoder *decoder, size_t *count) {
    static const char signature[6] = "Exif\0";
    for (jpeg_saved_marker_ptr marker = decoder->info.marker_list; marker; marker = marker->next) {
        if (marker->data_length > sizeof signature && !memcmp(marker->data, signature, sizeof signature)) {
            *count = marker->data_length - sizeof signature;
            return marker->data + sizeof signature;
        }
    }
    *count = 0;
    return NULL;
}

/// a × b / 255, rounded.
static uint8_t scaled(unsigned a, unsigned b) {
    unsigned product = a * b + 128;
    return (uint8_t)(((product >> 8) + product) >> 8);
}

/// Inverted CMYK to RGB: stored values are 255 minus the amount of ink.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
    for (size_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        unsigned light = cmyk[3];
        for (int channel = 0; channel < 3; channel++)
            rgb[channel] = (uint8_t)(light - scaled(255u - cmyk[channel], light));
    }
}

CJPEGStatus cjpeg_decoder_read_pixels(CJPEGDecoder *decoder, uint8_t *pixels) {
    j_decompress_ptr info = &decoder->info;
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    int isCMYK = info->num_components == 4;
    info->out_color_space = isCMYK ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(info);
    size_t rowBytes = (size_t)info->output_width * 3;
    JSAMPARRAY cmyk = NULL;
    if (isCMYK) cmyk = info->mem->alloc_sarray((j_common_ptr)info, JPOOL_IMAGE, info->output_width * 4, 1);
    while (info->output_scanline < info->output_height) {
        uint8_t *row = pixels + info->output_scanline * rowBytes;
        if (isCMYK) {
            jpeg_read_scanlines(info, cmyk, 1);
            convert_cmyk(cmyk[0], row, info->output_width);
        } else {
            JSAMPROW rows[1] = {row};
            jpeg_read_scanlines(info, rows, 1);
        }
    }
    jpeg_finish_decompress(info);
    return CJPEGStatusDone;
}

const char *cjpeg_decoder_message(const CJPEGDecoder *decoder) { return decoder->failure.message; }

CJPEGStatus cjpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes, size_t *count) {
    struct jpeg_compress_struct info;
    FailureManager failure;
    unsigned char *volatile buffer = NULL;
    unsigned long size = 0;
    memset(&info, 0, sizeof info);
    install(&failure);
    info.err = &failure.base;
    if (setjmp(failure.escape)) {
        jpeg_destroy_compress(&info);
        free(buffer);
        return failure.status;
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, (unsigned char **)&buffer, &size);
    info.image_width = width;
    info.image_height = height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < height) {
        JSAMPROW rows[1] = {(JSAMPROW)(pixels + (size_t)info.next_scanline * width * 3)};
        jpeg_write_scanlines(&info, rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    *bytes = buffer;
    *count = size;
    return CJPEGStatusDone;
}
