/* Feature maps in another size, and their gradients. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the positions of one axis of the output come from, and where those of the input go. */
typedef struct {
    ptrdiff_t in_size, out_size;
    /* For each output position the two input positions that it lies between, and the share of the second. */
    const int32_t *lower, *upper;
    const float *share;
    /* For each input position the output positions begin ..< end that may take from it. */
    const int32_t *begin, *end;
} resize_axis;

/* in: batch × rows->in_size × columns->in_size × channels, out likewise. */
void kernel_resize(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t channels, const resize_axis *rows, const resize_axis *columns,
    bool bf16);
void kernel_resize_backward(
    const void *out_gradient, void *in_gradient, ptrdiff_t batch, ptrdiff_t channels, const resize_axis *rows,
    const resize_axis *columns, bool bf16);
