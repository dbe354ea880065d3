// libpng reports errors by `longjmp`; none crosses these functions.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CPixels.h"

typedef struct CPNGDecoder CPNGDecoder;

/// A decoder of `count` bytes, which must outlive it; null without memory.
CPNGDecoder *cpng_decoder_create(const uint8_t *bytes, size_t count);
void cpng_decoder_destroy(CPNGDecoder *decoder);

/// Reads up to the picture data: afterwards width and height are known. Call once.
CPixelsStatus cpng_decoder_read_header(CPNGDecoder *decoder);
uint32_t cpng_decoder_width(const CPNGDecoder *decoder);
uint32_t cpng_decoder_height(const CPNGDecoder *decoder);

/// Decodes height × width × 3 bytes of RGB into `pixels`, transparency composited on white. 16-bit samples keep their
/// high byte; gamma is left alone. Call once, after the header.
CPixelsStatus cpng_decoder_read_pixels(CPNGDecoder *decoder, uint8_t *pixels);

/// What libpng said about the failure.
const char *cpng_decoder_message(const CPNGDecoder *decoder);

/// Inflates a whole zlib stream into at most `capacity` bytes; false where it is none or longer.
bool cpng_inflate(const uint8_t *bytes, size_t count, uint8_t *out, size_t capacity, size_t *outCount);

/// Encodes height × width × 3 bytes of RGB. On success `*bytes` is the caller's to `free`.
CPixelsStatus cpng_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint8_t **bytes, size_t *count);
