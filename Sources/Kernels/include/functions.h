/*
 * Functions of each value by itself, and their gradients. `bf16` says whether values are bf16 or f32; all loops run on all
 * cores.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef enum {
    FUNCTION_RELU,
    FUNCTION_RELU6,
    /* x > 0 ? x : slope · x */
    FUNCTION_LEAKY_RELU,
    /* 1 / (1 + e⁻ˣ) */
    FUNCTION_SIGMOID,
    FUNCTION_TANH,
    /* x · sigmoid(x) */
    FUNCTION_SILU,
    /* min(max(x / 6 + 1/2, 0), 1) */
    FUNCTION_HARD_SIGMOID,
    /* x · hard_sigmoid(x) */
    FUNCTION_HARD_SWISH,
    /* x · Φ(x), Φ the distribution function of the normal distribution */
    FUNCTION_GELU,
} kernel_function;

/* out = f(in), which may be the same memory. */
void kernel_apply(kernel_function function, float slope, const void *in, void *out, size_t count, bool bf16);

/* in_gradient = out_gradient · f′(x). `value` is x for SiLU, hard swish and GELU, and f(x) for all others. In place
   allowed. */
void kernel_apply_backward(
    kernel_function function, float slope, const void *value, const void *out_gradient, void *in_gradient,
    size_t count, bool bf16);
