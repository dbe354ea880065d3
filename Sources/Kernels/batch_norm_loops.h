/*
 * The loops behind batch_norm.h for one element type: included once for f32 and once for bf16, with LOAD, STORE and
 * ELEMENT(name) defined.
 *
 * Each loop goes through blocks of ROW_BLOCK rows × LANES channels. `lanes` is LANES in all but the last block of a row.
 */

#ifndef BATCH_NORM_LOOPS_CONTEXTS
#define BATCH_NORM_LOOPS_CONTEXTS

/* Which fields are set depends on the loop. */
typedef struct {
    const void *in, *residual;
    void *out;
    ptrdiff_t rows, channels, shares;
    /* 2 · channels floats for each share. */
    float *partial;
    const float *pivot, *scale, *shift, *k1, *k2, *k3;
    value_range range;
    gradient_operands gradients;
} channel_context;

#define FOR_EACH_BLOCK(block, begin, end, ...)                                           \
    for (ptrdiff_t row0 = (begin); row0 < (end); row0 += ROW_BLOCK) {                    \
        ptrdiff_t row1 = smaller(row0 + ROW_BLOCK, (end));                               \
        ptrdiff_t c0 = 0;                                                                \
        for (; c0 + LANES <= c->channels; c0 += LANES)                                   \
            block(c, row0, row1, c0, LANES, ##__VA_ARGS__);                              \
        if (c0 < c->channels) block(c, row0, row1, c0, c->channels - c0, ##__VA_ARGS__); \
    }

#endif

INLINE void ELEMENT(moments_block)(
    const channel_context *c, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t c0, ptrdiff_t lanes, float *sums) {
    float sum[LANES] = {0}, squares[LANES] = {0}, pivot[LANES];
    for (ptrdiff_t lane = 0; lane < lanes; lane++) pivot[lane] = c->pivot[c0 + lane];
    for (ptrdiff_t row = row0; row < row1; row++) {
        for (ptrdiff_t lane = 0; lane < lanes; lane++) {
            float distance = LOAD(c->in, row * c->channels + c0 + lane) - pivot[lane];
            sum[lane] += distance;
            squares[lane] += distance * distance;
        }
    }
    for (ptrdiff_t lane = 0; lane < lanes; lane++) {
        sums[c0 + lane] += sum[lane];
        sums[c->channels + c0 + lane] += squares[lane];
    }
}

/* Items are shares of the rows. Sums of the distance to the pivot, and of its square. */
MULTIVERSIONED static void ELEMENT(moments)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const channel_context *c = data;
    for (ptrdiff_t share = begin; share < end; share++) {
        float *sums = c->partial + 2 * share * c->channels;
        memset(sums, 0, 2 * (size_t)c->channels * sizeof *sums);
        FOR_EACH_BLOCK(
            ELEMENT(moments_block), c->rows * share / c->shares, c->rows * (share + 1) / c->shares, sums)
    }
}

INLINE void ELEMENT(scale_shift_block)(
    const channel_context *c, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t c0, ptrdiff_t lanes, bool adds) {
    float scale[LANES], shift[LANES];
    for (ptrdiff_t lane = 0; lane < lanes; lane++) {
        scale[lane] = c->scale[c0 + lane];
        shift[lane] = c->shift[c0 + lane];
    }
    const value_range range = c->range;
    for (ptrdiff_t row = row0; row < row1; row++) {
        ptrdiff_t base = row * c->channels + c0;
        INDEPENDENT
        for (ptrdiff_t lane = 0; lane < lanes; lane++) {
            float value = LOAD(c->in, base + lane) * scale[lane] + shift[lane];
            if (adds) value += LOAD(c->residual, base + lane);
            STORE(c->out, base + lane, limited(value, range));
        }
    }
}

/* Items are rows. */
MULTIVERSIONED static void ELEMENT(scale_shift)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const channel_context *c = data;
    if (c->residual) {
        FOR_EACH_BLOCK(ELEMENT(scale_shift_block), begin, end, true)
    } else {
        FOR_EACH_BLOCK(ELEMENT(scale_shift_block), begin, end, false)
    }
}

INLINE void ELEMENT(gradient_block)(
    const channel_context *c, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t c0, ptrdiff_t lanes, bool adds, bool masks,
    bool multiplies, float *sums) {
    const gradient_operands o = c->gradients;
    float sum[LANES] = {0}, product[LANES] = {0}, mean[LANES];
    if (multiplies)
        for (ptrdiff_t lane = 0; lane < lanes; lane++) mean[lane] = o.mean[c0 + lane];
    for (ptrdiff_t row = row0; row < row1; row++) {
        ptrdiff_t base = row * c->channels + c0;
        INDEPENDENT
        for (ptrdiff_t lane = 0; lane < lanes; lane++) {
            float gradient = LOAD(o.gradient, base + lane);
            if (adds) gradient += LOAD(o.other, base + lane);
            if (masks) gradient = is_inside(LOAD(o.activation, base + lane), o.range) ? gradient : 0;
            if (adds || masks) STORE(o.gradient, base + lane, gradient);
            sum[lane] += gradient;
            if (multiplies) product[lane] += gradient * (LOAD(o.in, base + lane) - mean[lane]);
        }
    }
    for (ptrdiff_t lane = 0; lane < lanes; lane++) {
        sums[c0 + lane] += sum[lane];
        if (multiplies) sums[c->channels + c0 + lane] += product[lane];
    }
}

INLINE void ELEMENT(gradient_share)(
    const channel_context *c, ptrdiff_t begin, ptrdiff_t end, bool adds, bool masks, float *sums) {
    if (c->gradients.in) {
        FOR_EACH_BLOCK(ELEMENT(gradient_block), begin, end, adds, masks, true, sums)
    } else {
        FOR_EACH_BLOCK(ELEMENT(gradient_block), begin, end, adds, masks, false, sums)
    }
}

/* Items are shares of the rows. */
MULTIVERSIONED static void ELEMENT(gradient_sums)(void *data, ptrdiff_t first, ptrdiff_t last, int thread) {
    const channel_context *c = data;
    for (ptrdiff_t share = first; share < last; share++) {
        float *sums = c->partial + 2 * share * c->channels;
        memset(sums, 0, 2 * (size_t)c->channels * sizeof *sums);
        ptrdiff_t begin = c->rows * share / c->shares, end = c->rows * (share + 1) / c->shares;
        if (c->gradients.other && c->gradients.activation) {
            ELEMENT(gradient_share)(c, begin, end, true, true, sums);
        } else if (c->gradients.other) {
            ELEMENT(gradient_share)(c, begin, end, true, false, sums);
        } else if (c->gradients.activation) {
            ELEMENT(gradient_share)(c, begin, end, false, true, sums);
        } else {
            ELEMENT(gradient_share)(c, begin, end, false, false, sums);
        }
    }
}

INLINE void ELEMENT(input_gradient_block)(
    const channel_context *c, ptrdiff_t row0, ptrdiff_t row1, ptrdiff_t c0, ptrdiff_t lanes) {
    float k1[LANES], k2[LANES], k3[LANES];
    for (ptrdiff_t lane = 0; lane < lanes; lane++) {
        k1[lane] = c->k1[c0 + lane];
        k2[lane] = c->k2[c0 + lane];
        k3[lane] = c->k3[c0 + lane];
    }
    for (ptrdiff_t row = row0; row < row1; row++) {
        ptrdiff_t base = row * c->channels + c0;
        INDEPENDENT
        for (ptrdiff_t lane = 0; lane < lanes; lane++) {
            float value = k1[lane] * LOAD(c->gradients.gradient, base + lane) + k2[lane] * LOAD(c->in, base + lane);
            STORE(c->out, base + lane, value + k3[lane]);
        }
    }
}

/* Items are rows. */
MULTIVERSIONED static void ELEMENT(input_gradient)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const channel_context *c = data;
    FOR_EACH_BLOCK(ELEMENT(input_gradient_block), begin, end)
}
