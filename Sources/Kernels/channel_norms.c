#include "channel_norms.h"

#include "loops.h"
#include "shares.h"
#include "vectors.h"

#include <math.h>

typedef struct {
    const void *in, *gradient;
    void *out;
    ptrdiff_t rows, channels, shares;
    const float *scale, *shift;
    float epsilon;
    /* 2 · channels floats for each share: the gradients of shift and scale. */
    float *partial;
} layer_norm_context;

typedef struct {
    const local_response *norm;
    const void *in, *gradient;
    void *out;
    ptrdiff_t channels;
} local_response_context;

/* s^−beta. */
INLINE float negative_power(float s, float beta) {
    return beta == 0.75f ? 1 / (sqrtf(s) * sqrtf(sqrtf(s))) : powf(s, -beta);
}

#define LOOPS "channel_norms_loops.h"
#include "both_types.h"

void kernel_layer_norm(
    const void *in, const float *scale, const float *shift, float epsilon, void *out, size_t rows, size_t channels,
    bool bf16) {
    layer_norm_context context = {
        .in = in, .out = out, .channels = (ptrdiff_t)channels, .scale = scale, .shift = shift, .epsilon = epsilon};
    RUN(layer_norm, bf16, rows, channels, &context);
}

void kernel_layer_norm_backward(
    const void *in, const float *scale, float epsilon, const void *out_gradient, void *in_gradient,
    float *scale_gradient, float *shift_gradient, float *scratch, size_t rows, size_t channels, bool bf16) {
    layer_norm_context context = {
        .in = in, .gradient = out_gradient, .out = in_gradient, .rows = (ptrdiff_t)rows,
        .channels = (ptrdiff_t)channels, .shares = share_count(rows, channels), .scale = scale, .epsilon = epsilon,
        .partial = scratch};
    parallel_for(context.shares, 1, bf16 ? layer_norm_backward_bf16 : layer_norm_backward_f32, &context);
    if (shift_gradient) gather(scratch, context.shares, context.channels, shift_gradient, scale_gradient);
}

void kernel_local_response_norm(
    const local_response *norm, const void *in, void *out, size_t rows, size_t channels, bool bf16) {
    local_response_context context = {norm, in, NULL, out, (ptrdiff_t)channels};
    RUN(local_response, bf16, rows, channels, &context);
}

void kernel_local_response_norm_backward(
    const local_response *norm, const void *in, const void *out_gradient, void *in_gradient, size_t rows,
    size_t channels, bool bf16) {
    local_response_context context = {norm, in, out_gradient, in_gradient, (ptrdiff_t)channels};
    RUN(local_response_backward, bf16, rows, channels, &context);
}
