#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CPixels.h"

typedef struct CWebPDecoder CWebPDecoder;

/// A decoder of `count` bytes, which must outlive it, with its header read; null with the reason in `*status`.
CWebPDecoder *cwebp_decoder_create(const uint8_t *bytes, size_t count, CPixelsStatus *status);
void cwebp_decoder_destroy(CWebPDecoder *decoder);

uint32_t cwebp_decoder_width(const CWebPDecoder *decoder);
uint32_t cwebp_decoder_height(const CWebPDecoder *decoder);

/// The content of the first chunk of this name (`EXIF`, `XMP `), or null.
const uint8_t *cwebp_decoder_chunk(const CWebPDecoder *decoder, const char name[4], size_t *count);

/// Decodes the first frame into height × width × 3 bytes of RGB, transparency composited on white.
CPixelsStatus cwebp_decoder_read_pixels(CWebPDecoder *decoder, uint8_t *pixels);
