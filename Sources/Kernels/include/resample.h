/* The two passes of an image resize, on 8-bit RGB. Each runs on the calling thread: images are prepared side by side. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The weights of one axis: output `i` is the sum over `t < counts[i]` of input `starts[i] + t` times
   `weights[i * stride + t]`, in fixed point with 22 fractional bits, rounded. */
typedef struct {
    const int32_t *starts, *counts, *weights;
    ptrdiff_t stride, count;
} resample_axis;

/* Along x: `row_count` rows of RGB, `in_stride` bytes apart, to contiguous rows of `axis.count` pixels. */
void kernel_resample_columns(
    const uint8_t *in, ptrdiff_t in_stride, ptrdiff_t row_count, resample_axis axis, uint8_t *out);

/* Along y: rows of `row_bytes` bytes, `in_stride` apart, to `axis.count` contiguous rows. */
void kernel_resample_rows(const uint8_t *in, ptrdiff_t in_stride, ptrdiff_t row_bytes, resample_axis axis, uint8_t *out);
