/*
 * Each number is summed in WIDTH running sums, of the products whose index is equal modulo WIDTH, which are added up at the
 * end: in an order that depends on the number of inputs alone. Tiles of some rows by some outputs only share what they load,
 * so every instruction set that fuses products and sums comes to the same.
 *
 * Inputs are taken a chunk at a time: a panel's weights of one chunk stay in the caches while the rows of a block pass.
 */
#include "linear.h"

#include "loops.h"
#include "vectors.h"

enum {
    WIDTH = 16,
    /* Inputs of a chunk, outputs of a panel and rows of a block. */
    CHUNK = 1024, PANEL = 24, BLOCK = 32,
    /* The largest tile. */
    MOST_ROWS = 4, MOST_OUTPUTS = 6,
};

typedef float sums __attribute__((ext_vector_type(WIDTH)));
typedef uint16_t halves __attribute__((ext_vector_type(WIDTH)));
typedef uint32_t words __attribute__((ext_vector_type(WIDTH)));

typedef struct {
    const linear_shape *shape;
    const void *input, *weights;
    const float *bias;
    float *output;
    bool relu;
} linear_context;

/* Some rows and outputs, and their sums so far. */
typedef struct {
    ptrdiff_t row, output;
    sums sums[BLOCK][PANEL];
} linear_block;

static ptrdiff_t panel_count(const linear_shape *s) { return divided_up(s->outputs, PANEL); }

INLINE void load_numbers(const void *base, ptrdiff_t at, const bool bf16, sums *numbers) {
    if (bf16) {
        halves upper;
        memcpy(&upper, (const uint16_t *)base + at, sizeof upper);
        *numbers = (sums)(__builtin_convertvector(upper, words) << 16);
    } else {
        memcpy(numbers, (const float *)base + at, sizeof *numbers);
    }
}

/* The `count` numbers that are left, and zeros. */
INLINE void load_rest(const void *base, ptrdiff_t at, ptrdiff_t count, const bool bf16, sums *numbers) {
    float rest[WIDTH] = {0};
    for (ptrdiff_t i = 0; i < count; i++) rest[i] = bf16 ? load_bf16(base, at + i) : load_f32(base, at + i);
    memcpy(numbers, rest, sizeof rest);
}

/* Adds the products of the inputs first ..< last, or of the rest at `first`, to the sums of rows × outputs. */
INLINE void add_products(
    const linear_context *c, linear_block *b, ptrdiff_t row, ptrdiff_t output, const int rows, const int outputs,
    ptrdiff_t first, ptrdiff_t last, const bool bf16) {
    ptrdiff_t inputs = c->shape->inputs, left = (b->row + row) * inputs, right = (b->output + output) * inputs;
    sums total[MOST_ROWS][MOST_OUTPUTS], values, weights[MOST_OUTPUTS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int o = 0; o < outputs; o++) total[r][o] = b->sums[row + r][output + o];
    }
    for (ptrdiff_t i = first; i < last; i += WIDTH) {
#pragma clang loop unroll(full)
        for (int o = 0; o < outputs; o++) load_numbers(c->weights, right + o * inputs + i, bf16, &weights[o]);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            load_numbers(c->input, left + r * inputs + i, bf16, &values);
#pragma clang loop unroll(full)
            for (int o = 0; o < outputs; o++) total[r][o] += values * weights[o];
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int o = 0; o < outputs; o++) b->sums[row + r][output + o] = total[r][o];
    }
}

/* Adds the last products, where the inputs are no multiple of WIDTH, and writes what comes out. */
INLINE void write_output(const linear_context *c, const linear_block *b, ptrdiff_t row, ptrdiff_t output, const bool bf16) {
    ptrdiff_t inputs = c->shape->inputs, rest = inputs % WIDTH, whole = inputs - rest;
    ptrdiff_t left = (b->row + row) * inputs + whole, right = (b->output + output) * inputs + whole;
    sums total = b->sums[row][output], values, weights;
    if (rest > 0) {
        load_rest(c->input, left, rest, bf16, &values);
        load_rest(c->weights, right, rest, bf16, &weights);
        total += values * weights;
    }
    float sum = 0;
    for (int lane = 0; lane < WIDTH; lane++) sum += total[lane];
    sum += c->bias[b->output + output];
    c->output[(b->row + row) * c->shape->outputs + b->output + output] = c->relu && sum < 0 ? 0 : sum;
}

/* Items are panels of outputs of each block of rows; `tile_rows` × `tile_outputs` sums fill the registers. */
INLINE void multiply_blocks(
    const linear_context *c, ptrdiff_t begin, ptrdiff_t end, const int tile_rows, const int tile_outputs,
    const bool bf16) {
    const linear_shape *s = c->shape;
    ptrdiff_t whole = s->inputs - s->inputs % WIDTH, panels = panel_count(s);
    linear_block block;
    for (ptrdiff_t item = begin; item < end; item++) {
        block.row = item / panels * BLOCK;
        block.output = item % panels * PANEL;
        ptrdiff_t rows = smaller(BLOCK, s->rows - block.row), outputs = smaller(PANEL, s->outputs - block.output);
        memset(block.sums, 0, sizeof block.sums);
        for (ptrdiff_t first = 0; first < whole; first += CHUNK) {
            ptrdiff_t last = smaller(first + CHUNK, whole), o = 0;
            for (; o + tile_outputs <= outputs; o += tile_outputs) {
                ptrdiff_t r = 0;
                for (; r + tile_rows <= rows; r += tile_rows) {
                    add_products(c, &block, r, o, tile_rows, tile_outputs, first, last, bf16);
                }
                for (; r < rows; r++) add_products(c, &block, r, o, 1, tile_outputs, first, last, bf16);
            }
            for (; o < outputs; o++) {
                for (ptrdiff_t r = 0; r < rows; r++) add_products(c, &block, r, o, 1, 1, first, last, bf16);
            }
        }
        for (ptrdiff_t r = 0; r < rows; r++) {
            for (ptrdiff_t o = 0; o < outputs; o++) write_output(c, &block, r, o, bf16);
        }
    }
}

#define VERSION(name, target, tile_rows, tile_outputs)                                   \
    target static void name(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {    \
        const linear_context *c = data;                                                  \
        if (c->shape->is_bf16) {                                                         \
            multiply_blocks(c, begin, end, tile_rows, tile_outputs, true);               \
        } else {                                                                         \
            multiply_blocks(c, begin, end, tile_rows, tile_outputs, false);              \
        }                                                                                \
    }

VERSION(multiply_anywhere, , 2, 2)

#if defined(__x86_64__)
VERSION(multiply_wide, __attribute__((target("arch=x86-64-v4"), min_vector_width(512))), MOST_ROWS, MOST_OUTPUTS)
VERSION(multiply_narrow, __attribute__((target("arch=x86-64-v3"))), 2, 3)

static parallel_body version_for(const linear_shape *s) {
    if (s->vector_bits >= 512 && __builtin_cpu_supports("x86-64-v4")) return multiply_wide;
    if (s->vector_bits >= 256 && __builtin_cpu_supports("x86-64-v3")) return multiply_narrow;
    return multiply_anywhere;
}
#else
static parallel_body version_for(const linear_shape *s) { return multiply_anywhere; }
#endif

void kernel_linear(
    const linear_shape *shape, const void *input, const void *weights, const float *bias, float *output, bool relu) {
    linear_context context = {
        .shape = shape, .input = input, .weights = weights, .bias = bias, .output = output, .relu = relu};
    ptrdiff_t products = smaller(shape->rows, BLOCK) * PANEL * shape->inputs;
    parallel_for(
        divided_up(shape->rows, BLOCK) * panel_count(shape), grain_of(products), version_for(shape), &context);
}
