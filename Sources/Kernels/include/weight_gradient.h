/*
 * The gradient of a convolution's weights in bf16, where the processor multiplies pairs of bf16 in vectors and oneDNN's
 * way was measured to be slower.
 */
#pragma once

#include "convolution_shape.h"

#include <stdbool.h>

/* Whether the processor has AVX-512 BF16 and the channels fill its vectors. */
bool kernel_weight_gradient_fits(const convolution_shape *shape);
/* The bytes of scratch it needs, aligned to 64. */
size_t kernel_weight_gradient_scratch(const convolution_shape *shape);
/*
 * weights[o][y][x][i] = the sum over all positions p of gradient[p][o] · input[what tap (y, x) sees from p][i]; padding
 * counts as zero. `input` and `gradient` are NHWC in bf16. Products are added up in f32.
 */
void kernel_weight_gradient(
    const convolution_shape *shape, const void *input, const void *gradient, float *weights, void *scratch);
