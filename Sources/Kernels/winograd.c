/*
 * A tile of 4×4 inputs, overlapping its neighbours by two, yields 2×2 outputs. With B, G and A of the paper and ⊙ over the 16
 * places of a tile, output = Aᵀ [ Σ over channels (G w Gᵀ) ⊙ (Bᵀ d B) ] A: 16 matrix products of tiles by channels.
 *
 * At one place, CENTRE, all inputs are added, and as activations are not negative, the sum is much larger than anything else:
 * its rounding error would be most of the error of all. So what rounding takes from its inputs and weights is kept and
 * multiplied too, which makes 18 products, about as exact as the 36 in bf16.
 *
 * A worker transforms as many tiles as the second cache has room for beside PANEL outputs' weights, and multiplies them in
 * groups of TILES, whose products stay in the first cache until they are transformed back.
 */
#include "winograd.h"

#include "bf16_vectors.h"
#include "loops.h"

#include <stdint.h>
#include <string.h>

enum {
    /* Places of a tile, the one of all inputs' sum, and operands: what rounding takes from that one comes last. */
    PLACES = 16, CENTRE = 5, OPERANDS = PLACES + 1,
    /* Tiles and outputs that are multiplied at a time. */
    TILES = 12, PANEL = 32,
    /* Inputs whose weights are packed at a time. */
    INPUTS = 16,
    /* The bytes of transformed tiles. */
    BLOCK_BYTES = 384 * 1024,
    /* The bytes of a line of the caches. */
    LINE = 64,
};

/* How a convolution is cut into tiles, and these into blocks. */
typedef struct {
    ptrdiff_t rows, columns, tiles;
    /* Elements of a group at one place, and of a group: no multiple of what would share sets of the cache. */
    ptrdiff_t place, group;
    /* Groups of a block, and blocks. */
    ptrdiff_t groups, blocks;
} tiling;

static tiling cut(const convolution_shape *s) {
    tiling t = {.rows = divided_up(s->output_height, 2), .columns = divided_up(s->output_width, 2)};
    t.tiles = s->batch * t.rows * t.columns;
    t.place = TILES * s->input_channels + LINE / 2;
    t.group = OPERANDS * t.place;
    ptrdiff_t groups = divided_up(t.tiles, TILES), most = larger(1, BLOCK_BYTES / (2 * t.group));
    ptrdiff_t rounds = divided_up(groups, most * s->workers);
    t.groups = divided_up(groups, rounds * s->workers);
    t.blocks = divided_up(groups, t.groups);
    return t;
}

size_t kernel_winograd_weights_size(const convolution_shape *shape) {
    return (size_t)(OPERANDS * shape->input_channels * shape->output_channels) * sizeof(uint16_t);
}

static size_t workspace_size(const tiling *t) {
    size_t products = TILES * PLACES * PANEL * sizeof(float);
    return divided_up(products + (size_t)(t->groups * t->group) * sizeof(uint16_t), LINE) * LINE;
}

size_t kernel_winograd_scratch(const convolution_shape *shape) {
    tiling t = cut(shape);
    return (size_t)shape->workers * workspace_size(&t);
}

#if defined(__x86_64__)
bool kernel_winograd_fits(const convolution_shape *s) {
    return has_bf16_vectors() && s->kernel == 3 && s->stride == 1 && s->padding == 1
        && s->input_channels % PANEL == 0 && s->output_channels % PANEL == 0;
}

BF16_INLINE __m512i rounded(__m512 values) { return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(values)); }

/* What rounding to bf16 takes away. */
BF16_INLINE __m512 lost(__m512 values) {
    return _mm512_sub_ps(values, (__m512)_mm512_slli_epi32(rounded(values), 16));
}

/* ----------------------------------------------------------------------------------------------------------- weights */

/* Plain weights: elements from one output, one tap and one input to the next. */
typedef struct {
    const float *first;
    ptrdiff_t output, tap, input;
} weight_view;

typedef struct {
    const convolution_shape *shape;
    weight_view weights;
    uint32_t *packed;
} packing;

/* G w for one row or column. */
BF16_INLINE void expand(const __m512 w[3], __m512 out[4]) {
    __m512 half = _mm512_set1_ps(0.5F);
    __m512 ends = _mm512_mul_ps(half, _mm512_add_ps(w[0], w[2])), middle = _mm512_mul_ps(half, w[1]);
    out[0] = w[0];
    out[1] = _mm512_add_ps(ends, middle);
    out[2] = _mm512_sub_ps(ends, middle);
    out[3] = w[2];
}

/* G w Gᵀ for 16 outputs of one input. */
BF16_INLINE void transform_weights(const weight_view *weights, const float *first, __m512 places[OPERANDS]) {
    __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i index = _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int)weights->output));
    __m512 rows[4][3];
    for (int x = 0; x < 3; x++) {
        __m512 column[3], expanded[4];
        for (int y = 0; y < 3; y++) {
            column[y] = _mm512_i32gather_ps(index, first + (3 * y + x) * weights->tap, sizeof(float));
        }
        expand(column, expanded);
        for (int y = 0; y < 4; y++) rows[y][x] = expanded[y];
    }
    for (int y = 0; y < 4; y++) expand(rows[y], places + 4 * y);
    places[PLACES] = lost(places[CENTRE]);
}

/* Packs INPUTS inputs of PANEL outputs, `place` elements from one place to the next. */
BF16_VECTORS static void pack_inputs(const weight_view *weights, uint32_t *packed, ptrdiff_t place) {
    for (ptrdiff_t pair = 0; pair < INPUTS / 2; pair++) {
        for (ptrdiff_t lane = 0; lane < PANEL; lane += 16) {
            const float *first = weights->first + lane * weights->output + 2 * pair * weights->input;
            __m512 low[OPERANDS], high[OPERANDS];
            transform_weights(weights, first, low);
            transform_weights(weights, first + weights->input, high);
            for (int p = 0; p < OPERANDS; p++) {
                __m512i both = _mm512_or_si512(rounded(low[p]), _mm512_slli_epi32(rounded(high[p]), 16));
                _mm512_storeu_si512(packed + p * place + pair * PANEL + lane, both);
            }
        }
    }
}

/* Panels of PANEL outputs, in them operands, in them pairs of inputs. */
static void pack_panels(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const packing *p = data;
    ptrdiff_t inputs = p->shape->input_channels, place = inputs / 2 * PANEL;
    for (ptrdiff_t panel = begin; panel < end; panel++) {
        for (ptrdiff_t input = 0; input < inputs; input += INPUTS) {
            weight_view weights = p->weights;
            weights.first += panel * PANEL * weights.output + input * weights.input;
            float near[PANEL][9][INPUTS];
            if (weights.input == 1) {
                /* Outputs lie so far apart that they share sets of the cache, so they are gathered from a copy. */
                for (ptrdiff_t o = 0; o < PANEL; o++) {
                    for (ptrdiff_t tap = 0; tap < 9; tap++) {
                        memcpy(near[o][tap], weights.first + o * weights.output + tap * weights.tap, sizeof near[o][tap]);
                    }
                }
                weights = (weight_view){.first = near[0][0], .output = 9 * INPUTS, .tap = INPUTS, .input = 1};
            }
            pack_inputs(&weights, p->packed + panel * OPERANDS * place + input / 2 * PANEL, place);
        }
    }
}

void kernel_winograd_pack(const convolution_shape *shape, const float *weights, bool backward, void *packed) {
    ptrdiff_t inputs = shape->input_channels, outputs = shape->output_channels;
    weight_view forward_view = {.first = weights, .output = 9 * inputs, .tap = inputs, .input = 1};
    weight_view backward_view = {
        .first = weights + 8 * outputs, .output = 1, .tap = -outputs, .input = 9 * outputs};
    packing p = {.shape = shape, .weights = backward ? backward_view : forward_view, .packed = packed};
    parallel_for(outputs / PANEL, 1, pack_panels, &p);
}

/* ------------------------------------------------------------------------------------------------------------- tiles */

typedef struct {
    const convolution_shape *shape;
    const uint16_t *input, *residual;
    const uint32_t *weights;
    const float *bias;
    uint16_t *output;
    bool relu;
    char *scratch;
    tiling tiling;
} context;

static const uint16_t zeros[PANEL];

/* Bᵀ d for one row or column. */
BF16_INLINE void transform_four(const __m512 d[4], __m512 out[4]) {
    out[0] = _mm512_sub_ps(d[0], d[2]);
    out[1] = _mm512_add_ps(d[1], d[2]);
    out[2] = _mm512_sub_ps(d[2], d[1]);
    out[3] = _mm512_sub_ps(d[1], d[3]);
}

/* Bᵀ d B of PANEL channels, whose inputs lie at `d`, to a tile's row at each place. */
BF16_VECTORS static void transform_tile(const uint16_t *const d[PLACES], uint16_t *to, ptrdiff_t place) {
    __m512 halves[2][OPERANDS];
    for (int half = 0; half < 2; half++) {
        __m512 rows[4][4];
        for (int x = 0; x < 4; x++) {
            __m512 column[4], transformed[4];
            for (int y = 0; y < 4; y++) column[y] = widened(d[4 * y + x] + 16 * half);
            transform_four(column, transformed);
            for (int y = 0; y < 4; y++) rows[y][x] = transformed[y];
        }
        for (int y = 0; y < 4; y++) transform_four(rows[y], &halves[half][4 * y]);
        halves[half][PLACES] = lost(halves[half][CENTRE]);
    }
    for (int p = 0; p < OPERANDS; p++) {
        store_rounded(to + p * place, halves[0][p], halves[1][p]);
    }
}

/* Transforms the tiles from `first` on, `count` of them. */
BF16_VECTORS static void transform_input(const context *c, ptrdiff_t first, ptrdiff_t count, uint16_t *transformed) {
    const convolution_shape *s = c->shape;
    const tiling *t = &c->tiling;
    for (ptrdiff_t i = 0; i < count; i++) {
        ptrdiff_t tile = first + i, column = tile % t->columns, row = tile / t->columns % t->rows;
        const uint16_t *image = c->input
            + tile / (t->columns * t->rows) * s->input_height * s->input_width * s->input_channels;
        const uint16_t *d[PLACES];
        ptrdiff_t step[PLACES];
        for (int place = 0; place < PLACES; place++) {
            ptrdiff_t y = 2 * row - 1 + place / 4, x = 2 * column - 1 + place % 4;
            bool inside = y >= 0 && y < s->input_height && x >= 0 && x < s->input_width;
            d[place] = inside ? image + (y * s->input_width + x) * s->input_channels : zeros;
            step[place] = inside ? PANEL : 0;
        }
        uint16_t *to = transformed + i / TILES * t->group + i % TILES * s->input_channels;
        for (ptrdiff_t channel = 0; channel < s->input_channels; channel += PANEL) {
            transform_tile(d, to + channel, t->place);
            for (int place = 0; place < PLACES; place++) d[place] += step[place];
        }
    }
}

/*
 * products[tile][..][PANEL] = the sum over pairs of tiles[tile][pair] · weights[pair][PANEL], added to what is there unless
 * that is `fresh`.
 */
BF16_VECTORS static void multiply(
    const uint32_t *tiles, const uint32_t *weights, ptrdiff_t pairs, bool fresh, float *products) {
    __m512 low[TILES], high[TILES];
#pragma clang loop unroll(full)
    for (int t = 0; t < TILES; t++) {
        low[t] = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(products + t * PLACES * PANEL);
        high[t] = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(products + t * PLACES * PANEL + 16);
    }
    for (ptrdiff_t p = 0; p < pairs; p++, weights += PANEL) {
        __m512bh left = (__m512bh)_mm512_loadu_si512(weights), right = (__m512bh)_mm512_loadu_si512(weights + 16);
#pragma clang loop unroll(full)
        for (int t = 0; t < TILES; t++) {
            __m512bh factor = (__m512bh)_mm512_set1_epi32((int)tiles[t * pairs + p]);
            low[t] = _mm512_dpbf16_ps(low[t], factor, left);
            high[t] = _mm512_dpbf16_ps(high[t], factor, right);
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < TILES; t++) {
        _mm512_storeu_ps(products + t * PLACES * PANEL, low[t]);
        _mm512_storeu_ps(products + t * PLACES * PANEL + 16, high[t]);
    }
}

/* Multiplies a group of tiles at all places: 16 products and, at the centre, what rounding has taken from either side. */
static void multiply_group(
    const uint16_t *group, ptrdiff_t place, const uint32_t *panel, ptrdiff_t pairs, float *products) {
    for (int p = 0; p < PLACES; p++) {
        multiply((const uint32_t *)(group + p * place), panel + p * pairs * PANEL, pairs, true, products + p * PANEL);
    }
    const uint32_t *centre = (const uint32_t *)(group + CENTRE * place);
    const uint32_t *lost_of_centre = (const uint32_t *)(group + PLACES * place);
    multiply(lost_of_centre, panel + CENTRE * pairs * PANEL, pairs, false, products + CENTRE * PANEL);
    multiply(centre, panel + PLACES * pairs * PANEL, pairs, false, products + CENTRE * PANEL);
}

/* Aᵀ m A of 16 outputs. */
BF16_INLINE void transform_back(const float *products, __m512 out[4]) {
    __m512 rows[2][4];
    for (int x = 0; x < 4; x++) {
        __m512 m[4];
        for (int y = 0; y < 4; y++) m[y] = _mm512_loadu_ps(products + (4 * y + x) * PANEL);
        rows[0][x] = _mm512_add_ps(_mm512_add_ps(m[0], m[1]), m[2]);
        rows[1][x] = _mm512_sub_ps(_mm512_sub_ps(m[1], m[2]), m[3]);
    }
    for (int y = 0; y < 2; y++) {
        __m512 *m = rows[y];
        out[2 * y] = _mm512_add_ps(_mm512_add_ps(m[0], m[1]), m[2]);
        out[2 * y + 1] = _mm512_sub_ps(_mm512_sub_ps(m[1], m[2]), m[3]);
    }
}

/* Writes PANEL outputs, from `channel` on, of `count` tiles. */
BF16_VECTORS static void write_tiles(
    const context *c, ptrdiff_t first, ptrdiff_t count, ptrdiff_t channel, const float *products) {
    const convolution_shape *s = c->shape;
    const tiling *t = &c->tiling;
    __m512 zero = _mm512_setzero_ps(), bias[2] = {zero, zero};
    for (int half = 0; half < 2 && c->bias; half++) bias[half] = _mm512_loadu_ps(c->bias + channel + 16 * half);
    for (ptrdiff_t i = 0; i < count; i++, products += PLACES * PANEL) {
        ptrdiff_t tile = first + i, column = tile % t->columns, row = tile / t->columns % t->rows;
        ptrdiff_t image = tile / (t->columns * t->rows);
        __m512 out[2][4];
        transform_back(products, out[0]);
        transform_back(products + 16, out[1]);
        for (int place = 0; place < 4; place++) {
            ptrdiff_t y = 2 * row + place / 2, x = 2 * column + place % 2;
            if (y >= s->output_height || x >= s->output_width) continue;
            ptrdiff_t at = ((image * s->output_height + y) * s->output_width + x) * s->output_channels + channel;
            __m512 sums[2];
            for (int half = 0; half < 2; half++) {
                sums[half] = _mm512_add_ps(out[half][place], bias[half]);
                if (c->residual) sums[half] = _mm512_add_ps(sums[half], widened(c->residual + at + 16 * half));
                if (c->relu) sums[half] = _mm512_max_ps(zero, sums[half]);
            }
            store_rounded(c->output + at, sums[0], sums[1]);
        }
    }
}

BF16_VECTORS static void convolve_block(const context *c, ptrdiff_t block, char *workspace) {
    const convolution_shape *s = c->shape;
    const tiling *t = &c->tiling;
    float *products = (float *)workspace;
    uint16_t *transformed = (uint16_t *)(products + TILES * PLACES * PANEL);
    ptrdiff_t first = block * t->groups * TILES, count = smaller(t->groups * TILES, t->tiles - first);
    ptrdiff_t pairs = s->input_channels / 2;
    transform_input(c, first, count, transformed);
    for (ptrdiff_t channel = 0; channel < s->output_channels; channel += PANEL) {
        const uint32_t *panel = c->weights + channel * OPERANDS * pairs;
        for (ptrdiff_t begin = 0; begin < count; begin += TILES) {
            multiply_group(transformed + begin / TILES * t->group, t->place, panel, pairs, products);
            write_tiles(c, first + begin, smaller(TILES, count - begin), channel, products);
        }
    }
}

static void convolve(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const context *c = data;
    const tiling *t = &c->tiling;
    ptrdiff_t workers = c->shape->workers;
    for (ptrdiff_t worker = begin; worker < end; worker++) {
        char *workspace = c->scratch + worker * (ptrdiff_t)workspace_size(t);
        for (ptrdiff_t block = t->blocks * worker / workers; block < t->blocks * (worker + 1) / workers; block++) {
            convolve_block(c, block, workspace);
        }
    }
}

void kernel_winograd(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu, void *scratch) {
    context c = {
        .shape = shape, .input = input, .residual = residual, .weights = packed, .bias = bias, .output = output,
        .relu = relu, .scratch = scratch, .tiling = cut(shape)};
    parallel_for(shape->workers, 1, convolve, &c);
}

#else

bool kernel_winograd_fits(const convolution_shape *shape) { return false; }

void kernel_winograd_pack(const convolution_shape *shape, const float *weights, bool backward, void *packed) {}

void kernel_winograd(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu, void *scratch) {}

#endif
