/*
 * Loops over rows × channels that keep one number for each channel: batch norm on the statistics of a batch, and the sums
 * over positions that gradients need.
 *
 * Types as in activations.h. Sums are taken in an order that depends only on the sizes: not on the number of threads.
 */
#pragma once

#include "activations.h"

#include <stdbool.h>
#include <stddef.h>

/* How many floats the sums of `channels` need for `scratch`. */
size_t kernel_sums_scratch(size_t channels);

/* mean and variance (biased) of each channel. */
void kernel_batch_statistics(
    const void *in, size_t rows, size_t channels, float *mean, float *variance, float *scratch, bool bf16);

/* out = in · scale + shift for each channel (+ residual, if not NULL), limited to `range`. */
void kernel_scale_shift(
    const void *in, const float *scale, const float *shift, const void *residual, void *out, size_t rows,
    size_t channels, value_range range, bool bf16);

/* The operands of kernel_gradient_sums; all but `gradient` may be NULL. */
typedef struct {
    /* Receives gradient + other, zero wherever the activation lies at an end of its range: the gradient before a ReLU. */
    void *gradient;
    const void *other, *activation;
    value_range range;
    /* The input of the batch norm, and its mean in each channel. */
    const void *in;
    const float *mean;
} gradient_operands;

/* Of the gradient g that results: sums[c] = Σ g and, if there is an `in`, products[c] = Σ g·(in − mean[c]). */
void kernel_gradient_sums(
    const gradient_operands *operands, size_t rows, size_t channels, float *sums, float *products, float *scratch,
    bool bf16);

/* in_gradient = k1[c]·gradient + k2[c]·in + k3[c]; in place allowed. */
void kernel_batch_norm_input_gradient(
    const void *gradient, const void *in, const float *k1, const float *k2, const float *k3, void *in_gradient,
    size_t rows, size_t channels, bool bf16);
