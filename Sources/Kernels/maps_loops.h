/* The loops behind maps.h for one element type: see both_types.h. */

/* Items are positions of all images. */
INLINE void ELEMENT(combine_maps)(const combine_context *c, ptrdiff_t begin, ptrdiff_t end, bool multiplies) {
    const map_operands *maps = c->maps;
    for (ptrdiff_t item = begin; item < end; item++) {
        for (ptrdiff_t c0 = 0; c0 < maps->channels; c0 += LANES) {
            ptrdiff_t lanes = smaller(LANES, maps->channels - c0);
            float result[LANES];
            for (ptrdiff_t lane = 0; lane < lanes; lane++) result[lane] = multiplies ? 1 : 0;
            for (ptrdiff_t i = 0; i < maps->count; i++) {
                ptrdiff_t row = maps->is_spread[i] ? item / maps->positions : item;
                ptrdiff_t at = row * maps->channels + c0;
                for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                    float value = LOAD(maps->values[i], at + lane);
                    result[lane] = multiplies ? result[lane] * value : result[lane] + value;
                }
            }
            for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                float value = multiplies ? result[lane] : limited(result[lane], c->range);
                STORE(c->out, item * maps->channels + c0 + lane, value);
            }
        }
    }
}

MULTIVERSIONED static void ELEMENT(sum_maps)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    ELEMENT(combine_maps)(data, begin, end, false);
}

MULTIVERSIONED static void ELEMENT(multiply_maps)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    ELEMENT(combine_maps)(data, begin, end, true);
}

/* Items are images. Rows are summed in short runs, which keeps rounding errors small. */
MULTIVERSIONED static void ELEMENT(sum_positions)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const image_context *c = data;
    for (ptrdiff_t image = begin; image < end; image++) {
        for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
            ptrdiff_t lanes = smaller(LANES, c->channels - c0);
            float sum[LANES] = {0};
            for (ptrdiff_t row0 = 0; row0 < c->positions; row0 += ROW_BLOCK) {
                float run[LANES] = {0};
                ptrdiff_t row1 = smaller(row0 + ROW_BLOCK, c->positions);
                for (ptrdiff_t row = row0; row < row1; row++) {
                    ptrdiff_t at = (image * c->positions + row) * c->channels + c0;
                    for (ptrdiff_t lane = 0; lane < lanes; lane++) run[lane] += LOAD(c->in, at + lane);
                }
                for (ptrdiff_t lane = 0; lane < lanes; lane++) sum[lane] += run[lane];
            }
            for (ptrdiff_t lane = 0; lane < lanes; lane++) STORE(c->out, image * c->channels + c0 + lane, sum[lane]);
        }
    }
}

/* Items are images. */
MULTIVERSIONED static void ELEMENT(scale_images)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const image_context *c = data;
    for (ptrdiff_t image = begin; image < end; image++) {
        const float factor = c->factors[image];
        INDEPENDENT
        for (ptrdiff_t i = image * c->channels; i < (image + 1) * c->channels; i++)
            STORE(c->out, i, LOAD(c->in, i) * factor);
    }
}
