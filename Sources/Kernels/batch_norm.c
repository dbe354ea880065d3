#include "batch_norm.h"

#include "loops.h"
#include "ranges.h"
#include "shares.h"
#include "vectors.h"

#define LOOPS "batch_norm_loops.h"
#include "both_types.h"

size_t kernel_sums_scratch(size_t channels) { return 2 * SHARES * channels; }

/* The mean of a few rows from all over the batch. */
static void sample_mean(const void *in, size_t rows, size_t channels, float *mean, bool bf16) {
    enum { SAMPLES = 16 };
    for (size_t c = 0; c < channels; c++) {
        float sum = 0;
        for (size_t i = 0; i < SAMPLES; i++) {
            ptrdiff_t at = (ptrdiff_t)(rows * i / SAMPLES * channels + c);
            sum += bf16 ? load_bf16(in, at) : load_f32(in, at);
        }
        mean[c] = sum / SAMPLES;
    }
}

void kernel_batch_statistics(
    const void *in, size_t rows, size_t channels, float *mean, float *variance, float *scratch, bool bf16) {
    /* One pass: squares are taken around a guess of the mean, or a large mean would drown a small variance. */
    sample_mean(in, rows, channels, mean, bf16);
    channel_context context = {
        .in = in, .rows = (ptrdiff_t)rows, .channels = (ptrdiff_t)channels, .shares = share_count(rows, channels),
        .partial = scratch, .pivot = mean};
    parallel_for(context.shares, 1, bf16 ? moments_bf16 : moments_f32, &context);
    for (size_t c = 0; c < channels; c++) {
        double sum = 0, squares = 0;
        for (ptrdiff_t share = 0; share < context.shares; share++) {
            const float *partial = scratch + 2 * (size_t)share * channels;
            sum += partial[c];
            squares += partial[channels + c];
        }
        double distance = sum / (double)rows, spread = squares / (double)rows - distance * distance;
        mean[c] = (float)(mean[c] + distance);
        variance[c] = spread > 0 ? (float)spread : 0;
    }
}

void kernel_scale_shift(
    const void *in, const float *scale, const float *shift, const void *residual, void *out, size_t rows,
    size_t channels, value_range range, bool bf16) {
    channel_context context = {
        .in = in, .residual = residual, .out = out, .channels = (ptrdiff_t)channels, .scale = scale, .shift = shift,
        .range = range};
    RUN(scale_shift, bf16, rows, channels, &context);
}

void kernel_gradient_sums(
    const gradient_operands *operands, size_t rows, size_t channels, float *sums, float *products, float *scratch,
    bool bf16) {
    channel_context context = {
        .rows = (ptrdiff_t)rows, .channels = (ptrdiff_t)channels, .shares = share_count(rows, channels),
        .partial = scratch, .gradients = *operands};
    parallel_for(context.shares, 1, bf16 ? gradient_sums_bf16 : gradient_sums_f32, &context);
    gather(scratch, context.shares, context.channels, sums, operands->in ? products : NULL);
}

void kernel_batch_norm_input_gradient(
    const void *gradient, const void *in, const float *k1, const float *k2, const float *k3, void *in_gradient,
    size_t rows, size_t channels, bool bf16) {
    channel_context context = {
        .in = in, .out = in_gradient, .channels = (ptrdiff_t)channels, .k1 = k1, .k2 = k2, .k3 = k3,
        .gradients = {.gradient = (void *)gradient}};
    RUN(input_gradient, bf16, rows, channels, &context);
}
