#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A convolution for our own kernels: a square kernel, the same stride and padding on both axes. */
typedef struct {
    ptrdiff_t batch;
    ptrdiff_t input_channels, input_height, input_width;
    ptrdiff_t output_channels, output_height, output_width;
    ptrdiff_t kernel, stride, padding;
    /* Into how many parts the work is split; best as many as there are threads. */
    ptrdiff_t workers;
    /* Whether activations are bf16, else f32; and how wide vectors may be. */
    bool is_bf16;
    int vector_bits;
} convolution_shape;
