/*
 * The loops behind quantization.h for one element type: included once for f32 and once for bf16, with LOAD, STORE and
 * ELEMENT(name) defined.
 */

#ifndef QUANTIZATION_LOOPS_CONTEXTS
#define QUANTIZATION_LOOPS_CONTEXTS

typedef struct {
    const void *in;
    void *out;
    float scale;
    bool is_signed;
} quantize_context;

/* Into how many shares numbers are split, and the largest magnitude of each. */
enum { MAGNITUDE_SHARES = 256 };

typedef struct {
    const void *in;
    ptrdiff_t count;
    float largest[MAGNITUDE_SHARES];
} magnitude_context;

#endif

MULTIVERSIONED static void ELEMENT(quantize)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const quantize_context *c = data;
    const void *in = c->in;
    uint8_t *out = c->out;
    float inverse = 1 / c->scale;
    INDEPENDENT
    for (ptrdiff_t i = begin; i < end; i++) {
        float value = LOAD(in, i) * inverse;
        value = value > 0 ? value : 0;
        value = value < 255 ? value : 255;
        out[i] = (uint8_t)(int32_t)__builtin_rintf(value);
    }
}

MULTIVERSIONED static void ELEMENT(dequantize)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const quantize_context *c = data;
    const uint8_t *in = c->in;
    void *out = c->out;
    float scale = c->scale;
    if (c->is_signed) {
        INDEPENDENT
        for (ptrdiff_t i = begin; i < end; i++) STORE(out, i, (float)(int8_t)in[i] * scale);
    } else {
        INDEPENDENT
        for (ptrdiff_t i = begin; i < end; i++) STORE(out, i, (float)in[i] * scale);
    }
}

/* Items are shares. */
MULTIVERSIONED static void ELEMENT(magnitudes)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    magnitude_context *c = data;
    for (ptrdiff_t share = begin; share < end; share++) {
        ptrdiff_t first = c->count * share / MAGNITUDE_SHARES, last = c->count * (share + 1) / MAGNITUDE_SHARES;
        float largest[LANES] = {0};
        for (ptrdiff_t i = first; i < last; i += LANES) {
            ptrdiff_t lanes = smaller(LANES, last - i);
            for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                float magnitude = __builtin_fabsf(LOAD(c->in, i + lane));
                largest[lane] = magnitude > largest[lane] ? magnitude : largest[lane];
            }
        }
        float all = 0;
        for (ptrdiff_t lane = 0; lane < LANES; lane++) all = largest[lane] > all ? largest[lane] : all;
        c->largest[share] = all;
    }
}
