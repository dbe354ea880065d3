/*
 * Normalisations over the channels of each position, and their gradients: rows × channels in f32, or in bf16 where `bf16`.
 * What they compute of a row depends on nothing else. All loops run on all cores.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* out = (in − mean) / √(variance + epsilon) · scale + shift, with the mean and variance of each row. */
void kernel_layer_norm(
    const void *in, const float *scale, const float *shift, float epsilon, void *out, size_t rows, size_t channels,
    bool bf16);
/* in_gradient, which may be out_gradient, and, unless NULL, scale_gradient[c] = Σ over the rows of out_gradient · (in − mean) /
   √(variance + epsilon) and shift_gradient[c] = Σ out_gradient. `scratch` has kernel_sums_scratch(channels) floats. */
void kernel_layer_norm_backward(
    const void *in, const float *scale, float epsilon, const void *out_gradient, void *in_gradient,
    float *scale_gradient, float *shift_gradient, float *scratch, size_t rows, size_t channels, bool bf16);

/* The channels that count for one channel, at most. */
enum { MOST_RESPONSES = 64 };

/* The channels c − size/2 … c + (size − 1)/2 count for channel c, at most MOST_RESPONSES; alpha is already divided by the
   size. */
typedef struct {
    ptrdiff_t size;
    float alpha, beta, k;
} local_response;

/* out = in / (k + alpha · Σ in²)^beta. Not in place, neither this nor its gradient. */
void kernel_local_response_norm(
    const local_response *norm, const void *in, void *out, size_t rows, size_t channels, bool bf16);
void kernel_local_response_norm_backward(
    const local_response *norm, const void *in, const void *out_gradient, void *in_gradient, size_t rows,
    size_t channels, bool bf16);
