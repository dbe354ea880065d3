#include "activations.h"

#include "loops.h"
#include "ranges.h"
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

/* The loops themselves, once for each element type. Each works on a run of items, on one thread. */
#define LOOPS "activations_loops.h"
#include "both_types.h"

/* ----------------------------------------------------------------------------------------------- input and conversion */

void kernel_normalize_pixels(
    const uint8_t *pixels, void *out, size_t pixel_count, ptrdiff_t channels, bool bgr, const float *mean,
    const float *deviation, bool bf16) {
    normalize_context context = {pixels, out, mean, deviation, channels, NULL, bgr ? 2 : 0, bgr ? 0 : 2};
    if (channels != 3) {
        RUN(normalize, bf16, pixel_count, channels, &context);
        return;
    }
    /* A table for each channel keeps the division exact and out of the loop. */
    float table[3][256];
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++) table[c][v] = ((float)v - mean[c]) / deviation[c];
    context.table = table;
    RUN(normalize_colours, bf16, pixel_count, 3, &context);
}

typedef struct {
    const void *in;
    void *out;
} convert_context;

MULTIVERSIONED static void narrow(const float *in, uint16_t *out, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; i++) store_bf16(out, i, in[i]);
}

static void narrow_share(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const convert_context *c = data;
    narrow(c->in, c->out, begin, end);
}

void kernel_f32_to_bf16(const float *in, uint16_t *out, size_t count) {
    convert_context context = {in, out};
    parallel_for((ptrdiff_t)count, GRAIN, narrow_share, &context);
}

MULTIVERSIONED static void widen(const uint16_t *in, float *out, ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; i++) out[i] = load_bf16(in, i);
}

static void widen_share(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const convert_context *c = data;
    widen(c->in, c->out, begin, end);
}

void kernel_bf16_to_f32(const uint16_t *in, float *out, size_t count) {
    convert_context context = {in, out};
    parallel_for((ptrdiff_t)count, GRAIN, widen_share, &context);
}

/* ------------------------------------------------------------------------------------------------------------ pooling */

void kernel_max_pool(const pool_geometry *g, const void *in, void *out, uint8_t *winners, bool bf16) {
    pool_context context = {g, in, out, winners, false};
    RUN(max_pool, bf16, g->batch * g->out_height, g->out_width * g->channels * g->kernel_height, &context);
}

void kernel_max_pool_backward(
    const pool_geometry *g, const void *out_gradient, const uint8_t *winners, void *in_gradient, bool bf16) {
    pool_context context = {g, out_gradient, in_gradient, (uint8_t *)winners, false};
    RUN(max_pool_backward, bf16, g->batch * g->in_height, g->in_width * g->channels * 2, &context);
}

void kernel_window_average(const pool_geometry *g, const void *in, void *out, bool counts_padding, bool bf16) {
    pool_context context = {g, in, out, NULL, counts_padding};
    RUN(window_average, bf16, g->batch * g->out_height, g->out_width * g->channels * g->kernel_height, &context);
}

void kernel_window_average_backward(
    const pool_geometry *g, const void *out_gradient, void *in_gradient, bool counts_padding, bool bf16) {
    pool_context context = {g, out_gradient, in_gradient, NULL, counts_padding};
    RUN(window_average_backward, bf16, g->batch * g->in_height, g->in_width * g->channels * 2, &context);
}

void kernel_average_pool(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t height, ptrdiff_t width, ptrdiff_t channels, ptrdiff_t rows,
    ptrdiff_t columns, bool bf16, bool out_f32) {
    average_context context = {in, out, height, width, channels, rows, columns, out_f32};
    RUN(average_pool, bf16, batch, height * width * channels, &context);
}

void kernel_average_pool_backward(
    const void *out_gradient, void *in_gradient, ptrdiff_t batch, ptrdiff_t height, ptrdiff_t width,
    ptrdiff_t channels, ptrdiff_t rows, ptrdiff_t columns, bool bf16, bool out_f32) {
    average_context context = {out_gradient, in_gradient, height, width, channels, rows, columns, out_f32};
    RUN(average_pool_backward, bf16, batch, height * width * channels, &context);
}

void kernel_global_max_pool(
    const void *in, float *out, uint32_t *winners, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, bool bf16) {
    global_max_context context = {in, out, winners, positions, channels};
    RUN(global_max_pool, bf16, batch, positions * channels, &context);
}

void kernel_global_max_pool_backward(
    const float *out_gradient, const uint32_t *winners, void *in_gradient, ptrdiff_t batch, ptrdiff_t positions,
    ptrdiff_t channels, bool bf16) {
    global_max_context context = {out_gradient, in_gradient, (uint32_t *)winners, positions, channels};
    RUN(global_max_pool_backward, bf16, batch, positions * channels, &context);
}

/* Items are rows of the output of all images. */
static void padded_shortcut(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const shortcut_context *c = data;
    size_t size = c->element_size;
    size_t before = (size_t)(c->out_channels - c->in_channels) / 2 * size, taken = (size_t)c->in_channels * size;
    size_t all = (size_t)c->out_channels * size;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / c->out_height, y = item % c->out_height * c->stride;
        for (ptrdiff_t x = 0; x < c->out_width; x++) {
            const char *in = c->in;
            char *out = (char *)c->out + (size_t)(item * c->out_width + x) * all;
            in += (size_t)((image * c->in_height + y) * c->in_width + x * c->stride) * taken;
            memset(out, 0, before);
            memcpy(out + before, in, taken);
            memset(out + before + taken, 0, all - before - taken);
        }
    }
}

void kernel_padded_shortcut(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t in_height, ptrdiff_t in_width, ptrdiff_t in_channels,
    ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t out_channels, ptrdiff_t stride, size_t element_size) {
    shortcut_context context = {in,         out,          in_height, in_width,    in_channels, out_height,
                                out_width,  out_channels, stride,    element_size};
    parallel_for(batch * out_height, grain_of(out_width * out_channels), padded_shortcut, &context);
}

void kernel_padded_shortcut_backward(
    const void *out_gradient, void *in_gradient, ptrdiff_t batch, ptrdiff_t in_height, ptrdiff_t in_width,
    ptrdiff_t in_channels, ptrdiff_t out_height, ptrdiff_t out_width, ptrdiff_t out_channels, ptrdiff_t stride,
    bool bf16) {
    shortcut_context context = {out_gradient, in_gradient, in_height,    in_width, in_channels,
                                out_height,   out_width,   out_channels, stride, 0};
    RUN(padded_shortcut_backward, bf16, batch * in_height, in_width * in_channels, &context);
}

/* -------------------------------------------------------------------------------------------------- element by element */

void kernel_combine_gradients(
    const void *a, const void *b, const void *activation, value_range range, void *out, size_t count, bool bf16) {
    elementwise_context context = {a, b, activation, out, NULL, range};
    RUN(combine, bf16, count, 1, &context);
}

void kernel_add(const void *a, const void *b, void *out, size_t count, value_range range, bool bf16) {
    elementwise_context context = {a, b, NULL, out, NULL, range};
    RUN(add, bf16, count, 1, &context);
}

void kernel_apply_mask(const void *in, const float *mask, void *out, size_t count, bool bf16) {
    elementwise_context context = {.a = in, .out = out, .mask = mask};
    RUN(apply_mask, bf16, count, 1, &context);
}

/* ------------------------------------------------------------------------------------------------------------ weights */

typedef struct {
    const float *a, *b;
    void *out;
    ptrdiff_t columns;
} rows_context;

MULTIVERSIONED static void scale_row_f32(const float *in, float factor, float *out, ptrdiff_t columns) {
    for (ptrdiff_t i = 0; i < columns; i++) out[i] = in[i] * factor;
}

MULTIVERSIONED static void scale_row_bf16(const float *in, float factor, uint16_t *out, ptrdiff_t columns) {
    for (ptrdiff_t i = 0; i < columns; i++) store_bf16(out, i, in[i] * factor);
}

static void scale_rows_f32(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const rows_context *c = data;
    for (ptrdiff_t o = begin; o < end; o++)
        scale_row_f32(c->a + o * c->columns, c->b ? c->b[o] : 1, (float *)c->out + o * c->columns, c->columns);
}

static void scale_rows_bf16(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const rows_context *c = data;
    for (ptrdiff_t o = begin; o < end; o++)
        scale_row_bf16(c->a + o * c->columns, c->b ? c->b[o] : 1, (uint16_t *)c->out + o * c->columns, c->columns);
}

void kernel_scale_rows(const float *in, const float *factor, void *out, size_t rows, size_t columns, bool bf16) {
    rows_context context = {in, factor, out, (ptrdiff_t)columns};
    RUN(scale_rows, bf16, rows, columns, &context);
}

MULTIVERSIONED static float row_dot(const float *a, const float *b, ptrdiff_t columns) {
    double sum = 0;
    for (ptrdiff_t begin = 0; begin < columns; begin += 1024) {
        ptrdiff_t end = begin + 1024 < columns ? begin + 1024 : columns;
        float lanes[16] = {0};
        ptrdiff_t i = begin;
        for (; i + 16 <= end; i += 16)
            for (int lane = 0; lane < 16; lane++) lanes[lane] += a[i + lane] * b[i + lane];
        for (; i < end; i++) lanes[0] += a[i] * b[i];
        for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
    }
    return (float)sum;
}

static void row_dots(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const rows_context *c = data;
    for (ptrdiff_t o = begin; o < end; o++)
        ((float *)c->out)[o] = row_dot(c->a + o * c->columns, c->b + o * c->columns, c->columns);
}

void kernel_row_dots(const float *a, const float *b, float *dots, size_t rows, size_t columns) {
    rows_context context = {a, b, dots, (ptrdiff_t)columns};
    parallel_for((ptrdiff_t)rows, grain_of((ptrdiff_t)columns), row_dots, &context);
}
