#pragma once

#include <stddef.h>
#include <stdint.h>

/// What became of a call of a library that reads or writes pictures.
typedef enum CPixelsStatus {
    CPixelsStatusDone = 0,
    /// The file ends before the picture does.
    CPixelsStatusTruncated,
    /// The data are corrupt.
    CPixelsStatusDamaged,
    /// Samples have more than 8 bits.
    CPixelsStatusWrongPrecision,
    /// The data are of a kind that is not decoded.
    CPixelsStatusUnsupported,
    CPixelsStatusOutOfMemory,
} CPixelsStatus;

/// a × b / 255, rounded, of numbers 0...255.
static inline uint8_t cpixels_scaled(unsigned a, unsigned b) {
    unsigned product = a * b + 128;
    return (uint8_t)(((product >> 8) + product) >> 8);
}

/// Blends `count` pixels of RGBA with white: (colour × alpha + 255 × (255 − alpha)) / 255, rounded.
static inline void cpixels_composite_on_white(const uint8_t *rgba, uint8_t *rgb, size_t count) {
    for (size_t i = 0; i < count; i++, rgba += 4, rgb += 3) {
        unsigned alpha = rgba[3];
        for (int channel = 0; channel < 3; channel++)
            rgb[channel] = (uint8_t)(cpixels_scaled(rgba[channel], alpha) + (255 - alpha));
    }
}
