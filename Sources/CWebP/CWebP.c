#include "CWebP.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

struct CWebPDecoder {
    WebPDemuxer *demuxer;
    uint32_t width, height;
};

CWebPDecoder *cwebp_decoder_create(const uint8_t *bytes, size_t count, CPixelsStatus *status) {
    CWebPDecoder *decoder = calloc(1, sizeof *decoder);
    *status = CPixelsStatusOutOfMemory;
    if (!decoder) return NULL;
    WebPData data = {bytes, count};
    WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
    decoder->demuxer = WebPDemuxPartial(&data, &state);
    if (state != WEBP_DEMUX_DONE) {
        int isTruncated = state == WEBP_DEMUX_PARSING_HEADER || state == WEBP_DEMUX_PARSED_HEADER;
        *status = isTruncated ? CPixelsStatusTruncated : CPixelsStatusDamaged;
        cwebp_decoder_destroy(decoder);
        return NULL;
    }
    decoder->width = WebPDemuxGetI(decoder->demuxer, WEBP_FF_CANVAS_WIDTH);
    decoder->height = WebPDemuxGetI(decoder->demuxer, WEBP_FF_CANVAS_HEIGHT);
    *status = CPixelsStatusDone;
    return decoder;
}

void cwebp_decoder_destroy(CWebPDecoder *decoder) {
    if (!decoder) return;
    WebPDemuxDelete(decoder->demuxer);
    free(decoder);
}

uint32_t cwebp_decoder_width(const CWebPDecoder *decoder) { return decoder->width; }

uint32_t cwebp_decoder_height(const CWebPDecoder *decoder) { return decoder->height; }

const uint8_t *cwebp_decoder_chunk(const CWebPDecoder *decoder, const char name[4], size_t *count) {
    WebPChunkIterator chunk;
    *count = 0;
    if (!WebPDemuxGetChunk(decoder->demuxer, name, 1, &chunk)) return NULL;
    // The bytes are those of the file: they outlive the iterator.
    const uint8_t *bytes = chunk.chunk.bytes;
    *count = chunk.chunk.size;
    WebPDemuxReleaseChunkIterator(&chunk);
    return bytes;
}

static CPixelsStatus decode(const WebPIterator *frame, WebPDecoderConfig *config, uint8_t *target, size_t stride) {
    config->output.is_external_memory = 1;
    config->output.u.RGBA.rgba = target;
    config->output.u.RGBA.stride = (int)stride;
    config->output.u.RGBA.size = stride * (size_t)frame->height;
    VP8StatusCode code = WebPDecode(frame->fragment.bytes, frame->fragment.size, config);
    switch (code) {
    case VP8_STATUS_OK: return CPixelsStatusDone;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return CPixelsStatusTruncated;
    case VP8_STATUS_OUT_OF_MEMORY: return CPixelsStatusOutOfMemory;
    default: return CPixelsStatusDamaged;
    }
}

/// Decodes a frame to where it lies in the picture.
static CPixelsStatus read_frame(const CWebPDecoder *decoder, const WebPIterator *frame, int hasAlpha, uint8_t *pixels) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return CPixelsStatusDamaged;
    if (WebPGetFeatures(frame->fragment.bytes, frame->fragment.size, &config.input) != VP8_STATUS_OK
        || config.input.width != frame->width || config.input.height != frame->height)
        return CPixelsStatusDamaged;
    size_t width = (size_t)frame->width, height = (size_t)frame->height, rowBytes = (size_t)decoder->width * 3;
    uint8_t *corner = pixels + (size_t)frame->y_offset * rowBytes + (size_t)frame->x_offset * 3;
    if (!hasAlpha) {
        config.output.colorspace = MODE_RGB;
        CPixelsStatus status = decode(frame, &config, corner, rowBytes);
        WebPFreeDecBuffer(&config.output);
        return status;
    }
    uint8_t *rgba = malloc(width * height * 4);
    if (!rgba) return CPixelsStatusOutOfMemory;
    config.output.colorspace = MODE_RGBA;
    CPixelsStatus status = decode(frame, &config, rgba, width * 4);
    WebPFreeDecBuffer(&config.output);
    for (size_t y = 0; y < height && status == CPixelsStatusDone; y++)
        cpixels_composite_on_white(rgba + y * width * 4, corner + y * rowBytes, width);
    free(rgba);
    return status;
}

CPixelsStatus cwebp_decoder_read_pixels(CWebPDecoder *decoder, uint8_t *pixels) {
    int hasAlpha = (WebPDemuxGetI(decoder->demuxer, WEBP_FF_FORMAT_FLAGS) & ALPHA_FLAG) != 0;
    WebPIterator frame;
    if (!WebPDemuxGetFrame(decoder->demuxer, 1, &frame)) return CPixelsStatusDamaged;
    // What no frame covers is transparent; without transparency it is black.
    memset(pixels, hasAlpha ? 255 : 0, (size_t)decoder->width * decoder->height * 3);
    CPixelsStatus status = CPixelsStatusDamaged;
    int fits = frame.x_offset >= 0 && frame.y_offset >= 0 && frame.width > 0 && frame.height > 0
        && (uint32_t)frame.x_offset + (uint32_t)frame.width <= decoder->width
        && (uint32_t)frame.y_offset + (uint32_t)frame.height <= decoder->height;
    if (fits) status = read_frame(decoder, &frame, hasAlpha, pixels);
    WebPDemuxReleaseIterator(&frame);
    return status;
}
