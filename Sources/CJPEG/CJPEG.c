#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/// More scans than any honest progressive file has; a hostile one spends time on each, whatever it holds. Large pictures
/// may have fewer: this many pixels times scans take a second.
static const int scanLimit = 500, fewScans = 40;
static const double pixelScanLimit = 1e9;

typedef struct FailureManager {
    struct jpeg_error_mgr base;
    jmp_buf escape;
    /// The decoder or encoder that failed.
    j_common_ptr info;
    CPixelsStatus status;
    char message[JMSG_LENGTH_MAX];
} FailureManager;

/// Where the content of a segment lies in the file.
typedef struct Segment {
    const uint8_t *bytes;
    size_t count;
} Segment;

struct CJPEGDecoder {
    /// First, so that libjpeg's pointer to it is one to the decoder.
    struct jpeg_decompress_struct info;
    FailureManager failure;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    /// The APP1 segments so far.
    Segment *segments;
    size_t segmentCount, segmentCapacity;
};

/// The kind of picture that a start-of-frame marker announces, of those that libjpeg does not decode.
static const char *frame_kind(int marker) {
    switch (marker) {
    case 0xC3: return "lossless compression";
    case 0xCB: return "lossless compression with arithmetic coding";
    default: return "hierarchical compression";
    }
}

/// Says of files that are not damaged but of a kind that is not decoded which one that is.
static void describe(FailureManager *failure) {
    char *message = failure->message;
    size_t size = sizeof failure->message;
    switch (failure->base.msg_code) {
    case JERR_BAD_PRECISION:
        failure->status = CPixelsStatusWrongPrecision;
        snprintf(message, size, "%d bits per sample", failure->base.msg_parm.i[0]);
        break;
    case JERR_SOF_UNSUPPORTED:
        failure->status = CPixelsStatusUnsupported;
        snprintf(message, size, "%s", frame_kind(failure->base.msg_parm.i[0]));
        break;
    case JERR_ARITH_NOTIMPL:
        failure->status = CPixelsStatusUnsupported;
        snprintf(message, size, "arithmetic coding");
        break;
    case JERR_CONVERSION_NOTIMPL:
    case JERR_BAD_J_COLORSPACE:
        failure->status = CPixelsStatusUnsupported;
        snprintf(message, size, "an unusual number of colour components");
        break;
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
        failure->status = CPixelsStatusUnsupported;
        snprintf(message, size, "an unusual sampling of colours");
        break;
    default: failure->base.format_message(failure->info, message);
    }
}

static void fail(j_common_ptr info) {
    FailureManager *failure = (FailureManager *)info->err;
    failure->info = info;
    describe(failure);
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
    failure->status = CPixelsStatusDamaged;
    failure->message[0] = 0;
}

static void limit_scans(j_common_ptr info) {
    j_decompress_ptr decompress = (j_decompress_ptr)info;
    int scans = decompress->input_scan_number;
    double work = (double)decompress->image_width * decompress->image_height * scans;
    if (scans <= fewScans || (scans <= scanLimit && work <= pixelScanLimit)) return;
    FailureManager *failure = (FailureManager *)info->err;
    snprintf(failure->message, sizeof failure->message, "more than %d scans", scans - 1);
    longjmp(failure->escape, 1);
}

static void begin_source(j_decompress_ptr info) { (void)info; }

/// The source holds the whole file, so being asked for more means that it is cut short.
static boolean end_of_file(j_decompress_ptr info) {
    FailureManager *failure = (FailureManager *)info->err;
    failure->status = CPixelsStatusTruncated;
    snprintf(failure->message, sizeof failure->message, "the file ends before the picture does");
    longjmp(failure->escape, 1);
}

static void skip_bytes(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count > info->src->bytes_in_buffer) end_of_file(info);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= (size_t)count;
}

/// Notes an APP1 segment and passes over it. libjpeg's own list of them takes time with the square of their number.
static boolean note_segment(j_decompress_ptr info) {
    CJPEGDecoder *decoder = (CJPEGDecoder *)info;
    const uint8_t *start = info->src->next_input_byte;
    if (info->src->bytes_in_buffer < 2) end_of_file(info);
    // The length counts its own two bytes.
    long length = (long)start[0] << 8 | start[1];
    if (length < 2) length = 2;
    skip_bytes(info, length);
    if (decoder->segmentCount == decoder->segmentCapacity) {
        size_t capacity = 2 * decoder->segmentCapacity + 16;
        Segment *segments = realloc(decoder->segments, capacity * sizeof *segments);
        if (!segments) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
        decoder->segments = segments;
        decoder->segmentCapacity = capacity;
    }
    decoder->segments[decoder->segmentCount++] = (Segment){start + 2, (size_t)length - 2};
    return TRUE;
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
    free(decoder->segments);
    free(decoder);
}

CPixelsStatus cjpeg_decoder_read_header(CJPEGDecoder *decoder) {
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    jpeg_set_marker_processor(&decoder->info, JPEG_APP0 + 1, note_segment);
    jpeg_read_header(&decoder->info, TRUE);
    return CPixelsStatusDone;
}

CPixelsStatus cjpeg_decoder_reduce(CJPEGDecoder *decoder, unsigned divisor) {
    if (setjmp(decoder->failure.escape)) return decoder->failure.status;
    decoder->info.scale_num = 1;
    decoder->info.scale_denom = divisor;
    jpeg_calc_output_dimensions(&decoder->info);
    return CPixelsStatusDone;
}

uint32_t cjpeg_decoder_output_width(const CJPEGDecoder *decoder) { return decoder->info.output_width; }

uint32_t cjpeg_decoder_output_height(const CJPEGDecoder *decoder) { return decoder->info.output_height; }

uint32_t cjpeg_decoder_width(const CJPEGDecoder *decoder) { return decoder->info.image_width; }

uint32_t cjpeg_decoder_height(const CJPEGDecoder *decoder) { return decoder->info.image_height; }

const uint8_t *cjpeg_decoder_application_data(const CJPEGDecoder *decoder, size_t index, size_t *count) {
    if (index >= decoder->segmentCount) {
        *count = 0;
        return NULL;
    }
    *count = decoder->segments[index].count;
    return decoder->segments[index].bytes;
}

/// Inverted CMYK to RGB: stored values are 255 minus the amount of ink.
static void convert_cmyk(const uint8_t *cmyk, uint8_t *rgb, size_t width) {
    for (size_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        unsigned light = cmyk[3];
        for (int channel = 0; channel < 3; channel++)
            rgb[channel] = (uint8_t)(light - cpixels_scaled(255u - cmyk[channel], light));
    }
}

CPixelsStatus cjpeg_decoder_read_pixels(CJPEGDecoder *decoder, uint8_t *pixels) {
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
    return CPixelsStatusDone;
}

const char *cjpeg_decoder_message(const CJPEGDecoder *decoder) { return decoder->failure.message; }

/// A destination that grows, and that always knows the block it owns: libjpeg's own forgets it when it fails.
typedef struct MemoryDestination {
    struct jpeg_destination_mgr base;
    uint8_t *bytes;
    size_t capacity;
} MemoryDestination;

static const size_t firstCapacity = 1 << 16;

static void make_room(j_compress_ptr info, size_t used, size_t capacity) {
    MemoryDestination *destination = (MemoryDestination *)info->dest;
    uint8_t *bytes = realloc(destination->bytes, capacity);
    if (!bytes) ERREXIT1(info, JERR_OUT_OF_MEMORY, 0);
    destination->bytes = bytes;
    destination->capacity = capacity;
    destination->base.next_output_byte = bytes + used;
    destination->base.free_in_buffer = capacity - used;
}

static void begin_destination(j_compress_ptr info) { make_room(info, 0, firstCapacity); }

static boolean grow_destination(j_compress_ptr info) {
    size_t capacity = ((MemoryDestination *)info->dest)->capacity;
    make_room(info, capacity, 2 * capacity);
    return TRUE;
}

static void end_destination(j_compress_ptr info) { (void)info; }

CPixelsStatus cjpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes, size_t *count) {
    struct jpeg_compress_struct info;
    FailureManager failure;
    MemoryDestination destination = {{.init_destination = begin_destination,
                                      .empty_output_buffer = grow_destination,
                                      .term_destination = end_destination}};
    memset(&info, 0, sizeof info);
    install(&failure);
    info.err = &failure.base;
    if (setjmp(failure.escape)) {
        jpeg_destroy_compress(&info);
        free(destination.bytes);
        return failure.status;
    }
    jpeg_create_compress(&info);
    info.dest = &destination.base;
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
    *count = destination.capacity - destination.base.free_in_buffer;
    *bytes = destination.bytes;
    jpeg_destroy_compress(&info);
    return CPixelsStatusDone;
}
