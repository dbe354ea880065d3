#pragma once

#include <stddef.h>
#include <stdint.h>

/// The weights of one axis of an image resize: output `i` is the sum over `t < counts[i]` of input `starts[i] + t` times
/// `weights[i * stride + t]`, in fixed point with 22 fractional bits, plus one half.
typedef struct ResampleAxis {
    const int32_t *starts;
    const int32_t *counts;
    const int32_t *weights;
    ptrdiff_t stride;
    ptrdiff_t count;
} ResampleAxis;

/// Resamples along x: `rowCount` rows of RGB, `inputStride` bytes apart, to contiguous rows of `axis.count` pixels.
void resample_horizontally(
    const uint8_t *input, ptrdiff_t inputStride, ptrdiff_t rowCount, ResampleAxis axis, uint8_t *output);

/// Resamples along y: rows of `rowBytes` bytes, `inputStride` apart, to `axis.count` contiguous rows.
void resample_vertically(
    const uint8_t *input, ptrdiff_t inputStride, ptrdiff_t rowBytes, ResampleAxis axis, uint8_t *output);
