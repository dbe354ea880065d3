/*
 * Feature maps put together, taken apart and scaled: batch × positions × channels in f32, or in bf16 where `bf16`. All loops
 * run on all cores.
 */
#pragma once

#include "activations.h"

#include <stdbool.h>
#include <stddef.h>

/* How many maps are combined at most. */
enum { MOST_MAPS = 64 };

/* Maps of the same channels; one that is `spread` has one position an image, which counts for all. */
typedef struct {
    const void *values[MOST_MAPS];
    bool is_spread[MOST_MAPS];
    ptrdiff_t count;
    ptrdiff_t batch, positions, channels;
} map_operands;

/* out = the sum of all, limited to `range`, or their product. `out` may be one that is not spread. */
void kernel_sum_maps(const map_operands *maps, value_range range, void *out, bool bf16);
void kernel_multiply_maps(const map_operands *maps, void *out, bool bf16);

/* out[image][c] = Σ over the positions of in[image][position][c]. */
void kernel_sum_positions(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, bool bf16);

/* Copies `count` neighbouring channels of `rows` positions, numbers of `element_size` bytes, from one map into another,
   each with so many channels in all; both begin at the first channel copied. */
void kernel_copy_channels(
    const void *in, ptrdiff_t in_channels, void *out, ptrdiff_t out_channels, ptrdiff_t count, ptrdiff_t rows,
    size_t element_size);

/* out = in · factors[image], `count` values an image; in place allowed. */
void kernel_scale_images(
    const void *in, const float *factors, void *out, ptrdiff_t batch, ptrdiff_t count, bool bf16);
