/* 1×1 convolutions in bf16, where the processor multiplies pairs of bf16 in vectors. */
#pragma once

#include "convolution_shape.h"

#include <stdbool.h>

/* Whether the processor has AVX-512 BF16, and the convolution is a matrix product whose sides fill its vectors. */
bool kernel_pointwise_fits(const convolution_shape *shape);
/* The bytes of the packed weights. */
size_t kernel_pointwise_weights_size(const convolution_shape *shape);
/* Packs weights[output][input], bf16. */
void kernel_pointwise_pack(const convolution_shape *shape, const void *weights, void *packed);
/*
 * output = convolution + bias + residual, and the larger of that and zero if `relu`. Input, residual and output are NHWC in
 * bf16; bias and residual may be NULL, and the residual may lie where the output does.
 */
void kernel_pointwise(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu);
