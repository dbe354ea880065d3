#include "CTIFF.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

/// No single allocation of libtiff may be larger: its tables grow with what a directory claims.
static const tmsize_t allocationLimit = (tmsize_t)1 << 27;

struct CTIFFDecoder {
    TIFF *tiff;
    const uint8_t *bytes;
    uint64_t count, position;
    /// Whether libtiff reported an error; it goes on after some.
    bool hasFailed;
    char message[200];
};

static int note_error(TIFF *tiff, void *context, const char *module, const char *format, va_list arguments) {
    (void)tiff;
    (void)module;
    CTIFFDecoder *decoder = context;
    if (!decoder->hasFailed) vsnprintf(decoder->message, sizeof decoder->message, format, arguments);
    decoder->hasFailed = true;
    return 1;
}

static int ignore_warning(TIFF *tiff, void *context, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)context, (void)module, (void)format, (void)arguments;
    return 1;
}

static tmsize_t read_bytes(thandle_t handle, void *out, tmsize_t count) {
    CTIFFDecoder *decoder = (CTIFFDecoder *)handle;
    if (count < 0 || decoder->position > decoder->count) return 0;
    uint64_t remaining = decoder->count - decoder->position;
    size_t got = (uint64_t)count < remaining ? (size_t)count : (size_t)remaining;
    memcpy(out, decoder->bytes + decoder->position, got);
    decoder->position += got;
    return (tmsize_t)got;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle, (void)bytes, (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int origin) {
    CTIFFDecoder *decoder = (CTIFFDecoder *)handle;
    if (origin == SEEK_CUR) offset += decoder->position;
    if (origin == SEEK_END) offset += decoder->count;
    return decoder->position = offset;
}

static int leave_open(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t byte_count(thandle_t handle) { return ((CTIFFDecoder *)handle)->count; }

/// The file is in memory already.
static int map(thandle_t handle, void **base, toff_t *count) {
    CTIFFDecoder *decoder = (CTIFFDecoder *)handle;
    *base = (void *)decoder->bytes;
    *count = decoder->count;
    return 1;
}

static void unmap(thandle_t handle, void *base, toff_t count) { (void)handle, (void)base, (void)count; }

CTIFFDecoder *ctiff_decoder_create(const uint8_t *bytes, size_t count) {
    CTIFFDecoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder) return NULL;
    decoder->bytes = bytes;
    decoder->count = count;
    return decoder;
}

void ctiff_decoder_destroy(CTIFFDecoder *decoder) {
    if (!decoder) return;
    if (decoder->tiff) TIFFClose(decoder->tiff);
    free(decoder);
}

CPixelsStatus ctiff_decoder_read_header(CTIFFDecoder *decoder) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return CPixelsStatusOutOfMemory;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, allocationLimit);
    TIFFOpenOptionsSetErrorHandlerExtR(options, note_error, decoder);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, NULL);
    decoder->tiff = TIFFClientOpenExt(
        "file", "r", decoder, read_bytes, write_nothing, seek, leave_open, byte_count, map, unmap, options);
    TIFFOpenOptionsFree(options);
    return decoder->tiff ? CPixelsStatusDone : CPixelsStatusDamaged;
}

void ctiff_decoder_decode_as_rgb(CTIFFDecoder *decoder) {
    TIFFSetField(decoder->tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
}

CTIFFLayout ctiff_decoder_layout(const CTIFFDecoder *decoder) {
    TIFF *tiff = decoder->tiff;
    CTIFFLayout layout = {0};
    uint16_t planar = PLANARCONFIG_CONTIG;
    uint16_t *extraSamples = NULL;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bitsPerSample);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samplesPerPixel);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.sampleFormat);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &planar);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &layout.extraSampleCount, &extraSamples);
    if (layout.extraSampleCount > 0 && extraSamples) layout.firstExtraSample = extraSamples[0];
    layout.isPlanar = planar == PLANARCONFIG_SEPARATE;
    layout.isTiled = TIFFIsTiled(tiff) != 0;
    layout.segmentWidth = layout.width;
    if (layout.isTiled) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &layout.segmentWidth);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &layout.segmentHeight);
        layout.segmentCount = TIFFNumberOfTiles(tiff);
        layout.segmentByteCount = TIFFTileSize64(tiff);
        layout.rowByteCount = TIFFTileRowSize64(tiff);
    } else {
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &layout.segmentHeight);
        if (layout.segmentHeight > layout.height) layout.segmentHeight = layout.height;
        layout.segmentCount = TIFFNumberOfStrips(tiff);
        layout.segmentByteCount = TIFFStripSize64(tiff);
        layout.rowByteCount = TIFFScanlineSize64(tiff);
    }
    return layout;
}

bool ctiff_decoder_colour_map(const CTIFFDecoder *decoder, const uint16_t *planes[3]) {
    uint16_t *red, *green, *blue;
    if (!TIFFGetField(decoder->tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) return false;
    planes[0] = red, planes[1] = green, planes[2] = blue;
    return true;
}

CPixelsStatus ctiff_decoder_read_segment(
    CTIFFDecoder *decoder, uint32_t index, uint8_t *bytes, size_t capacity, size_t *count) {
    tmsize_t got = TIFFIsTiled(decoder->tiff)
        ? TIFFReadEncodedTile(decoder->tiff, index, bytes, (tmsize_t)capacity)
        : TIFFReadEncodedStrip(decoder->tiff, index, bytes, (tmsize_t)capacity);
    *count = got > 0 ? (size_t)got : 0;
    return got < 0 || decoder->hasFailed ? CPixelsStatusDamaged : CPixelsStatusDone;
}

CPixelsStatus ctiff_decoder_read_rgba(CTIFFDecoder *decoder, uint32_t x, uint32_t y, uint32_t *pixels) {
    int isRead = TIFFIsTiled(decoder->tiff) ? TIFFReadRGBATileExt(decoder->tiff, x, y, pixels, 1)
                                            : TIFFReadRGBAStripExt(decoder->tiff, y, pixels, 1);
    return !isRead || decoder->hasFailed ? CPixelsStatusDamaged : CPixelsStatusDone;
}

const char *ctiff_decoder_message(const CTIFFDecoder *decoder) { return decoder->message; }
