/*
 * ROWS positions are multiplied with PANEL outputs' weights at a time, and written when the sums are complete: nothing but
 * the weights needs packing. Panels of weights are taken as many together as the second cache has room for.
 */
#include "pointwise.h"

#include "bf16_vectors.h"
#include "loops.h"

#include <stdint.h>

enum {
    ROWS = 12, PANEL = 32,
    /* The bytes of weights that are multiplied with all positions before the next. */
    CHUNK_BYTES = 512 * 1024,
};

size_t kernel_pointwise_weights_size(const convolution_shape *shape) {
    return (size_t)(shape->input_channels * shape->output_channels) * sizeof(uint16_t);
}

#if defined(__x86_64__)
bool kernel_pointwise_fits(const convolution_shape *s) {
    return s->is_bf16 && has_bf16_vectors() && s->kernel == 1 && s->stride == 1 && s->padding == 0
        && s->input_channels % PANEL == 0 && s->output_channels % PANEL == 0;
}

typedef struct {
    const convolution_shape *shape;
    const uint32_t *weights;
    uint32_t *packed;
} packing;

static void pack_panels(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    enum { BLOCK = 16 };
    const packing *p = data;
    ptrdiff_t pairs = p->shape->input_channels / 2;
    for (ptrdiff_t panel = begin; panel < end; panel++) {
        for (ptrdiff_t first = 0; first < pairs; first += BLOCK) {
            for (ptrdiff_t lane = 0; lane < PANEL; lane++) {
                const uint32_t *from = p->weights + (panel * PANEL + lane) * pairs + first;
                uint32_t *to = p->packed + (panel * pairs + first) * PANEL + lane;
                for (ptrdiff_t i = 0; i < BLOCK; i++) to[i * PANEL] = from[i];
            }
        }
    }
}

void kernel_pointwise_pack(const convolution_shape *shape, const void *weights, void *packed) {
    packing p = {.shape = shape, .weights = weights, .packed = packed};
    parallel_for(shape->output_channels / PANEL, 1, pack_panels, &p);
}

typedef struct {
    const convolution_shape *shape;
    const uint16_t *input, *residual;
    const uint32_t *weights;
    const float *bias;
    uint16_t *output;
    bool relu;
} context;

/* PANEL outputs of `count` positions, from the position and the output at hand on. */
BF16_INLINE void multiply(
    const context *c, ptrdiff_t position, ptrdiff_t channel, const int count) {
    ptrdiff_t pairs = c->shape->input_channels / 2, outputs = c->shape->output_channels;
    const uint32_t *rows = (const uint32_t *)c->input + position * pairs, *weights = c->weights + channel * pairs;
    const uint16_t *residual = c->residual ? c->residual + position * outputs + channel : NULL;
    uint16_t *output = c->output + position * outputs + channel;
    __m512 low[ROWS], high[ROWS], zero = _mm512_setzero_ps();
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r++) {
        low[r] = c->bias ? _mm512_loadu_ps(c->bias + channel) : zero;
        high[r] = c->bias ? _mm512_loadu_ps(c->bias + channel + 16) : zero;
        _mm_prefetch((const char *)((residual ? residual : output) + (ROWS + r) * outputs), _MM_HINT_T0);
    }
    for (ptrdiff_t p = 0; p < pairs; p++, weights += PANEL) {
        __m512bh left = (__m512bh)_mm512_loadu_si512(weights), right = (__m512bh)_mm512_loadu_si512(weights + 16);
        /* Of the next positions. */
        _mm_prefetch((const char *)(rows + ROWS * pairs + 16 * p), _MM_HINT_T1);
#pragma clang loop unroll(full)
        for (int r = 0; r < count; r++) {
            __m512bh factor = (__m512bh)_mm512_set1_epi32((int)rows[r * pairs + p]);
            low[r] = _mm512_dpbf16_ps(low[r], factor, left);
            high[r] = _mm512_dpbf16_ps(high[r], factor, right);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < count; r++) {
        if (residual) {
            low[r] = _mm512_add_ps(low[r], widened(residual + r * outputs));
            high[r] = _mm512_add_ps(high[r], widened(residual + r * outputs + 16));
        }
        if (c->relu) {
            low[r] = _mm512_max_ps(zero, low[r]);
            high[r] = _mm512_max_ps(zero, high[r]);
        }
        store_rounded(output + r * outputs, low[r], high[r]);
    }
}

/* Groups of ROWS positions. */
BF16_VECTORS static void convolve(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const context *c = data;
    const convolution_shape *s = c->shape;
    ptrdiff_t positions = s->batch * s->output_height * s->output_width;
    ptrdiff_t chunk = larger(1, CHUNK_BYTES / (PANEL * s->input_channels * (ptrdiff_t)sizeof(uint16_t))) * PANEL;
    for (ptrdiff_t first = 0; first < s->output_channels; first += chunk) {
        ptrdiff_t last = smaller(first + chunk, s->output_channels);
        for (ptrdiff_t position = begin * ROWS; position < smaller(end * ROWS, positions); position += ROWS) {
            for (ptrdiff_t channel = first; channel < last; channel += PANEL) {
                if (position + ROWS <= positions) {
                    multiply(c, position, channel, ROWS);
                } else {
                    for (ptrdiff_t single = position; single < positions; single++) multiply(c, single, channel, 1);
                }
            }
        }
    }
}

void kernel_pointwise(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu) {
    context c = {
        .shape = shape, .input = input, .residual = residual, .weights = packed, .bias = bias, .output = output,
        .relu = relu};
    parallel_for(divided_up(shape->batch * shape->output_height * shape->output_width, ROWS), 1, convolve, &c);
}

#else

bool kernel_pointwise_fits(const convolution_shape *shape) { return false; }

void kernel_pointwise_pack(const convolution_shape *shape, const void *weights, void *packed) {}

void kernel_pointwise(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu) {}

#endif
