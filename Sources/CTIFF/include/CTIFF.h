#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "CPixels.h"

/// The fields of the first directory that say how its pixels are kept, with TIFF's own numbers.
typedef struct CTIFFLayout {
    uint32_t width, height;
    uint16_t bitsPerSample, samplesPerPixel, sampleFormat, photometric, compression;
    uint16_t extraSampleCount, firstExtraSample;
    /// Whether each segment holds one sample of its pixels only.
    bool isPlanar;
    /// Pixels are kept in strips or tiles of this size; those at the right and lower edge are cut off, or, of strips,
    /// shorter.
    bool isTiled;
    uint32_t segmentWidth, segmentHeight;
    uint32_t segmentCount;
    /// The bytes of a whole decoded segment, and of its rows.
    uint64_t segmentByteCount, rowByteCount;
} CTIFFLayout;

typedef struct CTIFFDecoder CTIFFDecoder;

/// A decoder of `count` bytes, which must outlive it; null without memory.
CTIFFDecoder *ctiff_decoder_create(const uint8_t *bytes, size_t count);
void ctiff_decoder_destroy(CTIFFDecoder *decoder);

/// Reads the first directory. Call once.
CPixelsStatus ctiff_decoder_read_header(CTIFFDecoder *decoder);

/// Has JPEG segments converted to RGB. Call after the header and before the layout.
void ctiff_decoder_decode_as_rgb(CTIFFDecoder *decoder);

/// The layout; after `decode_as_rgb` its sizes of segments are those of RGB.
CTIFFLayout ctiff_decoder_layout(const CTIFFDecoder *decoder);

/// The red, green and blue of 1 << bitsPerSample colours, 16 bits each, or false.
bool ctiff_decoder_colour_map(const CTIFFDecoder *decoder, const uint16_t *planes[3]);

/// Decodes a strip or tile, whose samples of more than a byte are in the order of this machine, into `capacity` bytes.
/// `*count` is what was filled: less for the last strip.
CPixelsStatus ctiff_decoder_read_segment(
    CTIFFDecoder *decoder, uint32_t index, uint8_t *bytes, size_t capacity, size_t *count);

/// Decodes a strip or tile of any photometric interpretation, the one whose corner is (x, y), into
/// segmentWidth × segmentHeight pixels, each 0xAABBGGRR, rows from the bottom. Of a strip at the lower edge only the rows
/// that it has.
CPixelsStatus ctiff_decoder_read_rgba(CTIFFDecoder *decoder, uint32_t x, uint32_t y, uint32_t *pixels);

/// What libtiff said about the first failure.
const char *ctiff_decoder_message(const CTIFFDecoder *decoder);
