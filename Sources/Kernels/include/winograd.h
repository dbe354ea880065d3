/*
 * 3×3 convolutions in bf16 with fewer multiplications: F(2×2, 3×3) of Lavin and Gray, "Fast Algorithms for Convolutional
 * Neural Networks" (2016). Four outputs take 18 products instead of 36: the paper's 16, and two that make up for what is
 * lost where transformed inputs and weights are rounded to bf16. Sums and the transforms themselves are f32.
 */
#pragma once

#include "convolution_shape.h"

#include <stdbool.h>

/* Whether the processor has AVX-512 BF16, and the convolution is one that this computes faster than directly. */
bool kernel_winograd_fits(const convolution_shape *shape);
/* The bytes of the transformed weights. */
size_t kernel_winograd_weights_size(const convolution_shape *shape);
/* The bytes of scratch that the convolution needs. */
size_t kernel_winograd_scratch(const convolution_shape *shape);
/*
 * Transforms weights[output][y][x][input], f32. If `backward`, they are those of the convolution whose input gradient this
 * one computes: weights[input][2 - y][2 - x][output] then.
 */
void kernel_winograd_pack(const convolution_shape *shape, const float *weights, bool backward, void *packed);
/*
 * output = convolution + bias + residual, and the larger of that and zero if `relu`. Input, residual and output are NHWC in
 * bf16; bias and residual may be NULL, and the residual may lie where the output does.
 */
void kernel_winograd(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu, void *scratch);
