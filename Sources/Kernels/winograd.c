/*
 * A tile of 4×4 inputs, overlapping its neighbours by two, yields 2×2 outputs. With B, G and A of the paper and ⊙ over the 16
 * places of a tile, output = Aᵀ [ Σ over channels (G w Gᵀ) ⊙ (Bᵀ d B) ] A: 16 matrix products of tiles by channels.
 *
 * At one place, CENTRE, all inputs are added, and as activations are not negative, the sum is much larger than anything else:
 * in bf16 its rounding error would be most of the error of all. So what rounding takes from its inputs and weights is kept
 * there and multiplied too, which makes 18 products, about as exact as the 36.
 *
 * A worker transforms as many tiles as the second cache has room for beside a panel of outputs' weights, and multiplies them
 * in groups whose products stay in the first cache until they are transformed back.
 */
#include "winograd.h"

#include "bf16_vectors.h"
#include "loops.h"

#include <stdint.h>
#include <string.h>

enum {
    /* Places of a tile, and that of all inputs' sum. */
    PLACES = 16, CENTRE = 5,
    /* Inputs whose weights are packed at a time. */
    INPUTS = 16,
    /* The bytes of transformed tiles. */
    BLOCK_BYTES = 384 * 1024,
    /* The bytes of a line of the caches. */
    LINE = 64,
};

/* The loops for one type of elements and one width of vectors, and their sizes. */
typedef struct {
    /* Tiles and outputs that are multiplied at a time, operands of a tile, bytes of an element. */
    ptrdiff_t tiles, panel, operands, element;
    parallel_body pack_panels, convolve;
} variant;

/* How a convolution is cut into tiles, and these into blocks. */
typedef struct {
    ptrdiff_t rows, columns, tiles;
    /* Elements of a group's operand, and of a group: no multiple of what would share sets of the cache. */
    ptrdiff_t operand, group;
    /* Groups of a block, and blocks. */
    ptrdiff_t groups, blocks;
    /* The bytes that a worker needs. */
    ptrdiff_t workspace;
} tiling;

static tiling cut(const convolution_shape *s, const variant *v) {
    tiling t = {.rows = divided_up(s->output_height, 2), .columns = divided_up(s->output_width, 2)};
    t.tiles = s->batch * t.rows * t.columns;
    t.operand = v->tiles * s->input_channels + LINE / v->element;
    t.group = v->operands * t.operand;
    ptrdiff_t groups = divided_up(t.tiles, v->tiles), most = larger(1, BLOCK_BYTES / (v->element * t.group));
    ptrdiff_t rounds = divided_up(groups, most * s->workers);
    t.groups = divided_up(groups, rounds * s->workers);
    t.blocks = divided_up(groups, t.groups);
    ptrdiff_t products = v->tiles * PLACES * v->panel * (ptrdiff_t)sizeof(float);
    t.workspace = divided_up(products + t.groups * t.group * v->element, LINE) * LINE;
    return t;
}

typedef struct {
    const convolution_shape *shape;
    const float *weights;
    bool backward;
    uint32_t *packed;
} packing;

typedef struct {
    const convolution_shape *shape;
    const void *input, *weights, *residual;
    const float *bias;
    void *output;
    bool relu;
    char *scratch;
    const variant *variant;
    tiling tiling;
} context;

#if defined(__x86_64__)

/* What lies in the padding. */
static const float zeros[32];

/* near[tap][input][output], of INPUTS inputs and `panel` outputs. */
static void collect_weights(const packing *p, ptrdiff_t output, ptrdiff_t panel, ptrdiff_t input, float *near) {
    ptrdiff_t inputs = p->shape->input_channels, outputs = p->shape->output_channels;
    if (p->backward) {
        for (ptrdiff_t i = 0; i < INPUTS; i++) {
            for (ptrdiff_t tap = 0; tap < 9; tap++) {
                const float *from = p->weights + ((input + i) * 9 + 8 - tap) * outputs + output;
                memcpy(near + (tap * INPUTS + i) * panel, from, (size_t)panel * sizeof *near);
            }
        }
        return;
    }
    for (ptrdiff_t o = 0; o < panel; o++) {
        for (ptrdiff_t tap = 0; tap < 9; tap++) {
            const float *from = p->weights + ((output + o) * 9 + tap) * inputs + input;
            for (ptrdiff_t i = 0; i < INPUTS; i++) near[(tap * INPUTS + i) * panel + o] = from[i];
        }
    }
}

/* bf16, of which a word holds two. */
#define VARIANT(name) name##_bf16
#define TARGET BF16_VECTORS
#define LANES 16
#define TILES 12
#define OPERANDS (PLACES + 1)
#define ELEMENT uint16_t
#define LOAD(from) widened(from)
#define STORE(to, low, high) store_rounded(to, low, high)
#define LOST(values) lost(values)
#define WORD_ELEMENTS 2
#define WORDS(first, second) rounded_pairs(first, second)
#define MULTIPLY_ADD(sums, factor, weights) _mm512_dpbf16_ps(sums, (__m512bh)(factor), (__m512bh)(weights))
#include "winograd_loops.h"

#define F32_STORE(to, low, high) (memcpy(to, &(low), sizeof(low)), memcpy((to) + LANES, &(high), sizeof(high)))

/* f32 with AVX-512. */
#define VARIANT(name) name##_f32_wide
#define TARGET __attribute__((target("arch=x86-64-v4")))
#define LANES 16
#define TILES 12
#define OPERANDS PLACES
#define ELEMENT float
#define LOAD(from) VARIANT(load_words)(from)
#define STORE(to, low, high) F32_STORE(to, low, high)
#define LOST(values) (values)
#define WORD_ELEMENTS 1
#define WORDS(first, second) (first)
#define MULTIPLY_ADD(sums, factor, weights) ((sums) + (factor) * (weights))
#include "winograd_loops.h"

/* f32 with AVX2. */
#define VARIANT(name) name##_f32_narrow
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define LANES 8
#define TILES 6
#define OPERANDS PLACES
#define ELEMENT float
#define LOAD(from) VARIANT(load_words)(from)
#define STORE(to, low, high) F32_STORE(to, low, high)
#define LOST(values) (values)
#define WORD_ELEMENTS 1
#define WORDS(first, second) (first)
#define MULTIPLY_ADD(sums, factor, weights) ((sums) + (factor) * (weights))
#include "winograd_loops.h"

static const variant *variant_for(const convolution_shape *s) {
    if (s->is_bf16) return has_bf16_vectors() ? &variant_bf16 : NULL;
    if (s->vector_bits >= 512 && __builtin_cpu_supports("x86-64-v4")) return &variant_f32_wide;
    if (s->vector_bits >= 256 && __builtin_cpu_supports("x86-64-v3")) return &variant_f32_narrow;
    return NULL;
}

#else

static const variant *variant_for(const convolution_shape *s) { return NULL; }

#endif

bool kernel_winograd_fits(const convolution_shape *s) {
    const variant *v = variant_for(s);
    return v && s->kernel == 3 && s->stride == 1 && s->padding == 1 && s->input_channels % larger(INPUTS, v->panel) == 0
        && s->output_channels % v->panel == 0;
}

size_t kernel_winograd_weights_size(const convolution_shape *shape) {
    const variant *v = variant_for(shape);
    return (size_t)(v->operands * v->element * shape->input_channels * shape->output_channels);
}

size_t kernel_winograd_scratch(const convolution_shape *shape) {
    return (size_t)(shape->workers * cut(shape, variant_for(shape)).workspace);
}

void kernel_winograd_pack(const convolution_shape *shape, const float *weights, bool backward, void *packed) {
    const variant *v = variant_for(shape);
    packing p = {.shape = shape, .weights = weights, .backward = backward, .packed = packed};
    parallel_for(shape->output_channels / v->panel, 1, v->pack_panels, &p);
}

/* The share of the blocks of each worker. */
static void work(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const context *c = data;
    ptrdiff_t blocks = c->tiling.blocks, workers = c->shape->workers;
    for (ptrdiff_t worker = begin; worker < end; worker++) {
        c->variant->convolve(data, blocks * worker / workers, blocks * (worker + 1) / workers, (int)worker);
    }
}

void kernel_winograd(
    const convolution_shape *shape, const void *input, const void *packed, const float *bias, const void *residual,
    void *output, bool relu, void *scratch) {
    const variant *v = variant_for(shape);
    context c = {
        .shape = shape, .input = input, .residual = residual, .weights = packed, .bias = bias, .output = output,
        .relu = relu, .scratch = scratch, .variant = v, .tiling = cut(shape, v)};
    parallel_for(shape->workers, 1, work, &c);
}
