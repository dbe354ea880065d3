#pragma once

#include <stddef.h>
#include <stdint.h>

#include "CPixels.h"

typedef struct CGIFDecoder CGIFDecoder;

/// A decoder of `count` bytes, which must outlive it; null without memory.
CGIFDecoder *cgif_decoder_create(const uint8_t *bytes, size_t count);
void cgif_decoder_destroy(CGIFDecoder *decoder);

/// Reads up to the data of the first frame: afterwards width and height are known. Call once.
CPixelsStatus cgif_decoder_read_header(CGIFDecoder *decoder);

/// The size of the screen, enlarged to hold the first frame.
uint32_t cgif_decoder_width(const CGIFDecoder *decoder);
uint32_t cgif_decoder_height(const CGIFDecoder *decoder);

/// Decodes the first frame into height × width × 3 bytes of RGB, white where it is transparent. Call once, after the
/// header.
CPixelsStatus cgif_decoder_read_pixels(CGIFDecoder *decoder, uint8_t *pixels);

/// What giflib said about the failure.
const char *cgif_decoder_message(const CGIFDecoder *decoder);
