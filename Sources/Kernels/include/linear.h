/*
 * A linear layer, output = input · weightsᵀ + bias, whose every number is the same whatever rows it is computed with and on
 * however many threads: oneDNN's matrix products choose their order of summing by shape and threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A linear layer on `rows` × `inputs`. */
typedef struct {
    ptrdiff_t rows, inputs, outputs;
    /* Whether input and weights are bf16, else f32; and how wide vectors may be. */
    bool is_bf16;
    int vector_bits;
} linear_shape;

/*
 * output[r][o] = bias[o] + Σ_i input[r][i] · weights[o][i], and the larger of that and zero if `relu`. Bias, sums and output
 * are f32.
 */
void kernel_linear(
    const linear_shape *shape, const void *input, const void *weights, const float *bias, float *output, bool relu);
