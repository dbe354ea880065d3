// libjpeg reports errors by `longjmp`; none crosses these functions.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CPixels.h"

typedef struct CJPEGDecoder CJPEGDecoder;

/// A decoder of `count` bytes, which must outlive it; null without memory.
CJPEGDecoder *cjpeg_decoder_create(const uint8_t *bytes, size_t count);
void cjpeg_decoder_destroy(CJPEGDecoder *decoder);

/// Reads up to the first scan: afterwards width, height and EXIF data are known. Call once.
CPixelsStatus cjpeg_decoder_read_header(CJPEGDecoder *decoder);
uint32_t cjpeg_decoder_width(const CJPEGDecoder *decoder);
uint32_t cjpeg_decoder_height(const CJPEGDecoder *decoder);

/// Has the picture decoded at 1/`divisor` of its size, 1, 2, 4 or 8, rounded up; afterwards the output sizes are known.
/// Call once, after the header.
CPixelsStatus cjpeg_decoder_reduce(CJPEGDecoder *decoder, unsigned divisor);
uint32_t cjpeg_decoder_output_width(const CJPEGDecoder *decoder);
uint32_t cjpeg_decoder_output_height(const CJPEGDecoder *decoder);

/// The content of the APP1 segment of this index, which lies in the file, or null behind the last. Call after the header.
const uint8_t *cjpeg_decoder_application_data(const CJPEGDecoder *decoder, size_t index, size_t *count);

/// Decodes output height × output width × 3 bytes of RGB into `pixels`, with the accurate integer DCT and smooth
/// upsampling. Call once, after `reduce`. CMYK and YCCK are taken as Adobe writes them, inverted.
CPixelsStatus cjpeg_decoder_read_pixels(CJPEGDecoder *decoder, uint8_t *pixels);

/// What libjpeg said about the failure, or of which kind an unsupported file is.
const char *cjpeg_decoder_message(const CJPEGDecoder *decoder);

/// Encodes height × width × 3 bytes of RGB at `quality` 1...100 with 4:2:0 chroma. On success `*bytes` is the caller's to
/// `free`.
CPixelsStatus cjpeg_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes, size_t *count);
