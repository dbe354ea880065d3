#include "quantization.h"

#include "loops.h"
#include "vectors.h"

#define LOOPS "quantization_loops.h"
#include "both_types.h"

void kernel_quantize(const void *in, uint8_t *out, size_t count, float scale, bool bf16) {
    quantize_context context = {in, out, scale, false};
    RUN(quantize, bf16, count, 1, &context);
}

void kernel_dequantize(const void *in, void *out, size_t count, float scale, bool is_signed, bool bf16) {
    quantize_context context = {in, out, scale, is_signed};
    RUN(dequantize, bf16, count, 1, &context);
}

float kernel_largest_magnitude(const void *in, size_t count, bool bf16) {
    magnitude_context context = {.in = in, .count = (ptrdiff_t)count};
    RUN(magnitudes, bf16, MAGNITUDE_SHARES, count / MAGNITUDE_SHARES, &context);
    float all = 0;
    for (int share = 0; share < MAGNITUDE_SHARES; share++) {
        all = context.largest[share] > all ? context.largest[share] : all;
    }
    return all;
}

/* ------------------------------------------------------------------------------------------------------------ weights */

typedef struct {
    const float *in, *factor;
    float *scales;
    int8_t *out;
    ptrdiff_t columns;
} rows_context;

static void row_scales(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const rows_context *c = data;
    for (ptrdiff_t o = begin; o < end; o++) {
        float largest = 0;
        for (ptrdiff_t i = 0; i < c->columns; i++) {
            float magnitude = __builtin_fabsf(c->in[o * c->columns + i] * c->factor[o]);
            largest = magnitude > largest ? magnitude : largest;
        }
        c->scales[o] = largest > 0 ? largest / 127 : 1;
    }
}

void kernel_row_scales(const float *in, const float *factor, float *scales, size_t rows, size_t columns) {
    rows_context context = {in, factor, scales, NULL, (ptrdiff_t)columns};
    parallel_for((ptrdiff_t)rows, grain_of((ptrdiff_t)columns), row_scales, &context);
}

MULTIVERSIONED static void quantize_row(const float *in, float factor, int8_t *out, ptrdiff_t columns) {
    for (ptrdiff_t i = 0; i < columns; i++) {
        float value = in[i] * factor;
        value = value > -127 ? value : -127;
        value = value < 127 ? value : 127;
        out[i] = (int8_t)(int32_t)__builtin_rintf(value);
    }
}

static void quantize_rows(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const rows_context *c = data;
    for (ptrdiff_t o = begin; o < end; o++)
        quantize_row(c->in + o * c->columns, c->factor[o] / c->scales[o], c->out + o * c->columns, c->columns);
}

void kernel_quantize_rows(
    const float *in, const float *factor, const float *scales, int8_t *out, size_t rows, size_t columns) {
    rows_context context = {in, factor, (float *)scales, out, (ptrdiff_t)columns};
    parallel_for((ptrdiff_t)rows, grain_of((ptrdiff_t)columns), quantize_rows, &context);
}

/* ------------------------------------------------------------------------------------------------------------ pooling */

typedef struct {
    const pool_geometry *g;
    const uint8_t *in;
    uint8_t *out;
} max_pool_u8_context;

/* Items are rows of the output of all images. */
MULTIVERSIONED static void max_pool_u8(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const max_pool_u8_context *c = data;
    const pool_geometry g = *c->g;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / g.out_height, top = item % g.out_height * g.stride_height - g.padding_top;
        ptrdiff_t y0 = larger(top, 0), y1 = smaller(top + g.kernel_height, g.in_height);
        for (ptrdiff_t x = 0; x < g.out_width; x++) {
            ptrdiff_t left = x * g.stride_width - g.padding_left;
            ptrdiff_t x0 = larger(left, 0), x1 = smaller(left + g.kernel_width, g.in_width);
            uint8_t *best = c->out + (item * g.out_width + x) * g.channels;
            memset(best, 0, (size_t)g.channels);
            for (ptrdiff_t iy = y0; iy < y1; iy++) {
                for (ptrdiff_t ix = x0; ix < x1; ix++) {
                    const uint8_t *in = c->in + ((image * g.in_height + iy) * g.in_width + ix) * g.channels;
                    INDEPENDENT
                    for (ptrdiff_t i = 0; i < g.channels; i++) best[i] = in[i] > best[i] ? in[i] : best[i];
                }
            }
        }
    }
}

void kernel_max_pool_u8(const pool_geometry *g, const uint8_t *in, uint8_t *out) {
    max_pool_u8_context context = {g, in, out};
    parallel_for(
        g->batch * g->out_height, grain_of(g->out_width * g->channels * g->kernel_height), max_pool_u8, &context);
}
