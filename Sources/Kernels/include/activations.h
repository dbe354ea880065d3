/*
 * The element loops around the convolutions: what oneDNN lacks, or does slowly, on N×H×W×C activations in f32 or bf16.
 *
 * `bf16` says whether activations and their gradients are bf16 (16 bits each) or f32; statistics, parameters and their
 * gradients are always f32. All loops run on all cores.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What values are limited to, as by a ReLU: an end that is NaN is none. */
typedef struct {
    float lowest, highest;
} value_range;

/* Pixels 0...255 to `(pixel[order[c]] − mean[c]) / deviation[c]` for each of `channels`; where `bgr`, the order of three is
   turned around. */
void kernel_normalize_pixels(
    const uint8_t *pixels, void *out, size_t pixel_count, ptrdiff_t channels, bool bgr, const float *mean,
    const float *deviation, bool bf16);

void kernel_f32_to_bf16(const float *in, uint16_t *out, size_t count);
void kernel_bf16_to_f32(const uint16_t *in, float *out, size_t count);

/* The geometry of a pooling window. Windows may reach beyond the padding behind. */
typedef struct {
    ptrdiff_t batch, in_height, in_width, out_height, out_width, channels;
    ptrdiff_t kernel_height, kernel_width, stride_height, stride_width;
    ptrdiff_t padding_top, padding_left, padding_bottom, padding_right;
} pool_geometry;

/* The maximum over each window; padding never wins. `winners`, if not NULL, receives the position within the window of
   the first maximum, one byte for each output (windows of at most 256 positions). */
void kernel_max_pool(const pool_geometry *g, const void *in, void *out, uint8_t *winners, bool bf16);
void kernel_max_pool_backward(
    const pool_geometry *g, const void *out_gradient, const uint8_t *winners, void *in_gradient, bool bf16);

/* The mean over each window: of what lies in the input, or, if `counts_padding`, in the padded input, whose padding is
   zero. */
void kernel_window_average(const pool_geometry *g, const void *in, void *out, bool counts_padding, bool bf16);
void kernel_window_average_backward(
    const pool_geometry *g, const void *out_gradient, void *in_gradient, bool counts_padding, bool bf16);

/* The mean over a grid of rows × columns cells whose borders are floor(i·H/rows) and ceil((i+1)·H/rows); the result is
   f32 if `out_f32`, else as the input. With a grid of 1×1 this is the global mean. */
void kernel_average_pool(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, ptrdiff_t rows,
    ptrdiff_t columns, bool bf16, bool out_f32);
void kernel_average_pool_backward(
    const void *out_gradient, void *in_gradient, ptrdiff_t batch, ptrdiff_t height, ptrdiff_t width,
    ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns, bool bf16, bool out_f32);

/* The maximum over all positions of each image, f32. `winners`, if not NULL, receives the first position of it for each
   output. */
void kernel_global_max_pool(
    const void *in, float *out, uint32_t *winners, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, bool bf16);
void kernel_global_max_pool_backward(
    const float *out_gradient, const uint32_t *winners, void *in_gradient, ptrdiff_t batch, ptrdiff_t positions,
    ptrdiff_t channels, bool bf16);

/* Every stride-th position, with channels of zeros before and behind the input's, of numbers of `element_size` bytes. */
void kernel_padded_shortcut(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t in_height, ptrdiff_t in_width, ptrdiff_t in_channels,
    ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t out_channels, ptrdiff_t stride, size_t element_size);
void kernel_padded_shortcut_backward(
    const void *out_gradient, void *in_gradient, ptrdiff_t batch, ptrdiff_t in_height, ptrdiff_t in_width,
    ptrdiff_t in_channels, ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t out_channels, ptrdiff_t stride,
    bool bf16);

/* out = a, or a + b where b is not NULL, and 0 where `activation`, if not NULL, lies at an end of `range`: the gradient of
   limiting to it. `out` may be `a` or `b`. */
void kernel_combine_gradients(
    const void *a, const void *b, const void *activation, value_range range, void *out, size_t count, bool bf16);

/* out = a + b, limited to `range`; b may be NULL. */
void kernel_add(const void *a, const void *b, void *out, size_t count, value_range range, bool bf16);

/* out = in · mask. */
void kernel_apply_mask(const void *in, const float *mask, void *out, size_t count, bool bf16);

/* out[o][i] = in[o][i] · factor[o] in f32 or bf16; factor may be NULL. */
void kernel_scale_rows(const float *in, const float *factor, void *out, size_t rows, size_t columns, bool bf16);
/* dots[o] = Σ_i a[o][i] · b[o][i]. */
void kernel_row_dots(const float *a, const float *b, float *dots, size_t rows, size_t columns);
