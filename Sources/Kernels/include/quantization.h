/*
 * Between activations in f32 or bf16, as `bf16` says, and 8-bit integers, each of which stands for itself times a scale.
 * All loops run on all cores.
 */
#pragma once

#include "activations.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The largest magnitude; NaN does not count. */
float kernel_largest_magnitude(const void *in, size_t count, bool bf16);
/* out = in / scale rounded to nearest, ties to even, and clipped to 0...255; NaN gives 0. */
void kernel_quantize(const void *in, uint8_t *out, size_t count, float scale, bool bf16);
/* out = in · scale; `in` is signed if `is_signed`. */
void kernel_dequantize(const void *in, void *out, size_t count, float scale, bool is_signed, bool bf16);

/* For each row of w = in · factor[o] its scale, the largest magnitude / 127 (1 for a row of zeros), … */
void kernel_row_scales(const float *in, const float *factor, float *scales, size_t rows, size_t columns);
/* … and w / scale[o], rounded to nearest and clipped to −127...127. */
void kernel_quantize_rows(
    const float *in, const float *factor, const float *scales, int8_t *out, size_t rows, size_t columns);

/* The maximum over each window of unsigned integers, as kernel_max_pool. */
void kernel_max_pool_u8(const pool_geometry *g, const uint8_t *in, uint8_t *out);
