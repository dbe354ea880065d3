/*
 * 3×3 convolutions in f32 or bf16 with fewer multiplications: F(2×2, 3×3) of Lavin and Gray, "Fast Algorithms for
 * Convolutional Neural Networks" (2016). Four outputs take 16 products instead of 36, and in bf16 18: two make up for what
 * is lost where transformed inputs and weights are rounded. Sums and the transforms themselves are f32.
 */
#pragma once

#include "convolution_shape.h"

#include <stdbool.h>

/* Whether there are loops for its type and vectors, and the convolution is one that this computes faster than directly. */
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
 * the shape's type; bias and residual may be NULL, and the residual may lie where the output does.
 */
void kernel_winograd(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu, void *scratch);
