/*
 * The loops of winograd.c for one type of elements and one width of vectors. A file that includes this defines VARIANT(name),
 * the name of a loop; TARGET, its instruction set; LANES of a vector of floats; TILES that are multiplied at a time;
 * OPERANDS of a tile; ELEMENT, a type; LOAD and STORE of LANES and 2 · LANES elements; and of words of 32 bits, which hold one
 * element or two: WORD_ELEMENTS, WORDS made of weights, and MULTIPLY_ADD.
 */

typedef float VARIANT(vector) __attribute__((ext_vector_type(LANES)));
#define vector VARIANT(vector)
#define LOOP TARGET static
#define PART TARGET static inline __attribute__((always_inline))

enum { VARIANT(PANEL) = 2 * LANES };
#define PANEL VARIANT(PANEL)

PART vector VARIANT(load_words)(const void *from) {
    vector words;
    memcpy(&words, from, sizeof words);
    return words;
}

PART vector VARIANT(load)(const ELEMENT *from) { return LOAD(from); }

/* ----------------------------------------------------------------------------------------------------------- weights */

/* G w for one row or column. */
PART void VARIANT(expand)(const vector w[3], vector out[4]) {
    vector ends = 0.5F * (w[0] + w[2]), middle = 0.5F * w[1];
    out[0] = w[0];
    out[1] = ends + middle;
    out[2] = ends - middle;
    out[3] = w[2];
}

/* G w Gᵀ for LANES outputs of one input, whose taps lie `tap` elements apart. */
PART void VARIANT(transform_weights)(const float *first, ptrdiff_t tap, vector places[OPERANDS]) {
    vector rows[4][3];
    for (int x = 0; x < 3; x++) {
        vector column[3], expanded[4];
        for (int y = 0; y < 3; y++) column[y] = VARIANT(load_words)(first + (3 * y + x) * tap);
        VARIANT(expand)(column, expanded);
        for (int y = 0; y < 4; y++) rows[y][x] = expanded[y];
    }
    for (int y = 0; y < 4; y++) VARIANT(expand)(rows[y], places + 4 * y);
    if (OPERANDS > PLACES) places[PLACES] = LOST(places[CENTRE]);
}

/* Panels of PANEL outputs, in them operands, in them words of inputs. */
LOOP void VARIANT(pack_panels)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const packing *p = data;
    ptrdiff_t inputs = p->shape->input_channels, words = inputs / WORD_ELEMENTS;
    for (ptrdiff_t panel = begin; panel < end; panel++) {
        for (ptrdiff_t input = 0; input < inputs; input += INPUTS) {
            float near[9][INPUTS][PANEL];
            collect_weights(p, panel * PANEL, PANEL, input, near[0][0]);
            for (ptrdiff_t i = 0; i < INPUTS; i += WORD_ELEMENTS) {
                for (ptrdiff_t lane = 0; lane < PANEL; lane += LANES) {
                    vector places[WORD_ELEMENTS][OPERANDS];
                    for (int e = 0; e < WORD_ELEMENTS; e++) {
                        VARIANT(transform_weights)(near[0][i + e] + lane, INPUTS * PANEL, places[e]);
                    }
                    uint32_t *to = p->packed + (panel * OPERANDS * words + (input + i) / WORD_ELEMENTS) * PANEL + lane;
                    for (int o = 0; o < OPERANDS; o++) {
                        vector packed = WORDS(places[0][o], places[WORD_ELEMENTS - 1][o]);
                        memcpy(to + o * words * PANEL, &packed, sizeof packed);
                    }
                }
            }
        }
    }
}

/* ------------------------------------------------------------------------------------------------------------- tiles */

/* Bᵀ d for one row or column. */
PART void VARIANT(transform_four)(const vector d[4], vector out[4]) {
    out[0] = d[0] - d[2];
    out[1] = d[1] + d[2];
    out[2] = d[2] - d[1];
    out[3] = d[1] - d[3];
}

/* Bᵀ d B of PANEL channels, whose inputs lie at `d`, to a tile's row of each operand. */
PART void VARIANT(transform_tile)(const ELEMENT *const d[PLACES], ELEMENT *to, ptrdiff_t operand) {
    vector halves[2][OPERANDS];
    for (int half = 0; half < 2; half++) {
        vector rows[4][4];
        for (int x = 0; x < 4; x++) {
            vector column[4], transformed[4];
            for (int y = 0; y < 4; y++) column[y] = VARIANT(load)(d[4 * y + x] + LANES * half);
            VARIANT(transform_four)(column, transformed);
            for (int y = 0; y < 4; y++) rows[y][x] = transformed[y];
        }
        for (int y = 0; y < 4; y++) VARIANT(transform_four)(rows[y], &halves[half][4 * y]);
        if (OPERANDS > PLACES) halves[half][PLACES] = LOST(halves[half][CENTRE]);
    }
    for (int o = 0; o < OPERANDS; o++) STORE(to + o * operand, halves[0][o], halves[1][o]);
}

/* Transforms the tiles from `first` on, `count` of them. */
LOOP void VARIANT(transform_input)(const context *c, ptrdiff_t first, ptrdiff_t count, ELEMENT *transformed) {
    const convolution_shape *s = c->shape;
    const tiling *t = &c->tiling;
    for (ptrdiff_t i = 0; i < count; i++) {
        ptrdiff_t tile = first + i, column = tile % t->columns, row = tile / t->columns % t->rows;
        const ELEMENT *image = (const ELEMENT *)c->input
            + tile / (t->columns * t->rows) * s->input_height * s->input_width * s->input_channels;
        const ELEMENT *d[PLACES];
        ptrdiff_t step[PLACES];
        for (int place = 0; place < PLACES; place++) {
            ptrdiff_t y = 2 * row - 1 + place / 4, x = 2 * column - 1 + place % 4;
            bool inside = y >= 0 && y < s->input_height && x >= 0 && x < s->input_width;
            d[place] = inside ? image + (y * s->input_width + x) * s->input_channels : (const ELEMENT *)zeros;
            step[place] = inside ? PANEL : 0;
        }
        ELEMENT *to = transformed + i / TILES * t->group + i % TILES * s->input_channels;
        for (ptrdiff_t channel = 0; channel < s->input_channels; channel += PANEL) {
            VARIANT(transform_tile)(d, to + channel, t->operand);
            for (int place = 0; place < PLACES; place++) d[place] += step[place];
        }
    }
}

/*
 * products[tile][..][PANEL] = the sum over words of tiles[tile][word] · weights[word][PANEL], added to what is there unless
 * that is `fresh`.
 */
LOOP void VARIANT(multiply)(
    const ELEMENT *operand, const uint32_t *weights, ptrdiff_t words, bool fresh, float *products) {
    const float *tiles = (const float *)operand;
    vector low[TILES], high[TILES];
    _Pragma("clang loop unroll(full)")
    for (int t = 0; t < TILES; t++) {
        low[t] = fresh ? (vector)(0) : VARIANT(load_words)(products + t * PLACES * PANEL);
        high[t] = fresh ? (vector)(0) : VARIANT(load_words)(products + t * PLACES * PANEL + LANES);
    }
    for (ptrdiff_t w = 0; w < words; w++, weights += PANEL) {
        vector left = VARIANT(load_words)(weights), right = VARIANT(load_words)(weights + LANES);
        _Pragma("clang loop unroll(full)")
        for (int t = 0; t < TILES; t++) {
            vector factor = (vector)(tiles[t * words + w]);
            low[t] = MULTIPLY_ADD(low[t], factor, left);
            high[t] = MULTIPLY_ADD(high[t], factor, right);
        }
    }
    _Pragma("clang loop unroll(full)")
    for (int t = 0; t < TILES; t++) {
        memcpy(products + t * PLACES * PANEL, &low[t], sizeof low[t]);
        memcpy(products + t * PLACES * PANEL + LANES, &high[t], sizeof high[t]);
    }
}

/* Multiplies a group of tiles at all places; then, at the centre, what rounding has taken from either side. */
LOOP void VARIANT(multiply_group)(
    const ELEMENT *group, ptrdiff_t operand, const uint32_t *panel, ptrdiff_t words, float *products) {
    for (int p = 0; p < PLACES; p++) {
        VARIANT(multiply)(group + p * operand, panel + p * words * PANEL, words, true, products + p * PANEL);
    }
    if (OPERANDS == PLACES) return;
    float *centre = products + CENTRE * PANEL;
    VARIANT(multiply)(group + PLACES * operand, panel + CENTRE * words * PANEL, words, false, centre);
    VARIANT(multiply)(group + CENTRE * operand, panel + PLACES * words * PANEL, words, false, centre);
}

/* Aᵀ m A of LANES outputs. */
PART void VARIANT(transform_back)(const float *products, vector out[4]) {
    vector rows[2][4];
    for (int x = 0; x < 4; x++) {
        vector m[4];
        for (int y = 0; y < 4; y++) m[y] = VARIANT(load_words)(products + (4 * y + x) * PANEL);
        rows[0][x] = m[0] + m[1] + m[2];
        rows[1][x] = m[1] - m[2] - m[3];
    }
    for (int y = 0; y < 2; y++) {
        vector *m = rows[y];
        out[2 * y] = m[0] + m[1] + m[2];
        out[2 * y + 1] = m[1] - m[2] - m[3];
    }
}

/* Zero for what is below; NaN stays. */
PART vector VARIANT(rectified)(vector values) {
    typedef int bits __attribute__((ext_vector_type(LANES)));
    bits kept = (bits)values & ~(values < 0);
    return (vector)kept;
}

/* Writes PANEL outputs, from `channel` on, of `count` tiles. */
LOOP void VARIANT(write_tiles)(
    const context *c, ptrdiff_t first, ptrdiff_t count, ptrdiff_t channel, const float *products) {
    const convolution_shape *s = c->shape;
    const tiling *t = &c->tiling;
    vector bias[2] = {0, 0};
    for (int half = 0; half < 2 && c->bias; half++) bias[half] = VARIANT(load_words)(c->bias + channel + LANES * half);
    for (ptrdiff_t i = 0; i < count; i++, products += PLACES * PANEL) {
        ptrdiff_t tile = first + i, column = tile % t->columns, row = tile / t->columns % t->rows;
        ptrdiff_t image = tile / (t->columns * t->rows);
        vector out[2][4];
        VARIANT(transform_back)(products, out[0]);
        VARIANT(transform_back)(products + LANES, out[1]);
        for (int place = 0; place < 4; place++) {
            ptrdiff_t y = 2 * row + place / 2, x = 2 * column + place % 2;
            if (y >= s->output_height || x >= s->output_width) continue;
            ptrdiff_t at = ((image * s->output_height + y) * s->output_width + x) * s->output_channels + channel;
            const ELEMENT *residual = c->residual ? (const ELEMENT *)c->residual + at : NULL;
            vector sums[2];
            for (int half = 0; half < 2; half++) {
                sums[half] = out[half][place] + bias[half];
                if (residual) sums[half] += VARIANT(load)(residual + LANES * half);
                if (c->relu) sums[half] = VARIANT(rectified)(sums[half]);
            }
            STORE((ELEMENT *)c->output + at, sums[0], sums[1]);
        }
    }
}

/* Blocks of tiles. */
LOOP void VARIANT(convolve)(void *data, ptrdiff_t begin, ptrdiff_t end, int worker) {
    const context *c = data;
    const convolution_shape *s = c->shape;
    const tiling *t = &c->tiling;
    float *products = (float *)(c->scratch + worker * t->workspace);
    ELEMENT *transformed = (ELEMENT *)(products + TILES * PLACES * PANEL);
    ptrdiff_t words = s->input_channels / WORD_ELEMENTS;
    for (ptrdiff_t block = begin; block < end; block++) {
        ptrdiff_t first = block * t->groups * TILES, count = smaller(t->groups * TILES, t->tiles - first);
        VARIANT(transform_input)(c, first, count, transformed);
        for (ptrdiff_t channel = 0; channel < s->output_channels; channel += PANEL) {
            const uint32_t *panel = (const uint32_t *)c->weights + channel * OPERANDS * words;
            for (ptrdiff_t group = 0; group < count; group += TILES) {
                VARIANT(multiply_group)(transformed + group / TILES * t->group, t->operand, panel, words, products);
                VARIANT(write_tiles)(c, first + group, smaller(TILES, count - group), channel, products);
            }
        }
    }
}

static const variant VARIANT(variant) = {
    .tiles = TILES, .panel = PANEL, .operands = OPERANDS, .element = sizeof(ELEMENT),
    .pack_panels = VARIANT(pack_panels), .convolve = VARIANT(convolve)};

#undef vector
#undef LOOP
#undef PART
#undef PANEL
#undef VARIANT
#undef TARGET
#undef LANES
#undef TILES
#undef OPERANDS
#undef ELEMENT
#undef LOAD
#undef STORE
#undef LOST
#undef WORD_ELEMENTS
#undef WORDS
#undef MULTIPLY_ADD
