/*
 * A matrix product for each tap of the kernel: gradientᵀ · input, the input shifted by the tap.
 *
 * The instruction adds products of pairs, and pairs run along the positions that are summed over. So both operands are
 * packed with each two positions interleaved: panels of PANEL channels of the input, which are loaded as vectors, and
 * panels of ROWS channels of the gradient, each pair of which is broadcast. Blocks are chosen so that a panel of the input
 * lies in the first cache, and the sums and the packed gradient in the second.
 */
#include "weight_gradient.h"

#include "bf16_vectors.h"
#include "loops.h"

#include <stdint.h>
#include <string.h>

enum {
    /* The channels of a panel of the gradient, and of the input. */
    ROWS = 8, PANEL = 32,
    /* Pairs of positions that are packed at a time. */
    PAIRS = 256,
    /* The most sums of a block, and the most channels on each side. */
    BLOCK_SUMS = 80 * 1024, WIDEST = 256,
    MOST_TAPS = BLOCK_SUMS / (2 * PANEL * ROWS),
    /* The bytes of a line of the caches. */
    LINE = 64,
    /* From one packed panel of the gradient to the next: an odd number of lines, or they would share sets of the cache. */
    STRIDE = PAIRS * ROWS + LINE / 4,
};

/* How the work is split: into blocks of channels and, where those are fewer than the workers, into shares of positions. */
typedef struct {
    ptrdiff_t taps, positions;
    ptrdiff_t block_outputs, block_inputs, output_blocks, input_blocks, shares;
} division;

static ptrdiff_t common_divisor(ptrdiff_t a, ptrdiff_t b) { return b == 0 ? a : common_divisor(b, a % b); }

static division divide(const convolution_shape *s) {
    division d = {.taps = s->kernel * s->kernel, .positions = s->batch * s->output_height * s->output_width};
    d.block_inputs = smaller(s->input_channels, d.taps == 1 ? WIDEST : 2 * PANEL);
    d.input_blocks = divided_up(s->input_channels, d.block_inputs);
    ptrdiff_t most = smaller(WIDEST, BLOCK_SUMS / (d.taps * d.block_inputs) / ROWS * ROWS);
    d.output_blocks = divided_up(s->output_channels, most);
    ptrdiff_t blocks = d.output_blocks * d.input_blocks;
    d.shares = blocks < s->workers ? s->workers / common_divisor(s->workers, blocks) : 1;
    while (d.shares == 1 && d.output_blocks * d.input_blocks % s->workers != 0
        && s->output_channels / (d.output_blocks + 1) >= 4 * ROWS) {
        d.output_blocks++;
    }
    d.block_outputs = divided_up(divided_up(s->output_channels, d.output_blocks), ROWS) * ROWS;
    d.output_blocks = divided_up(s->output_channels, d.block_outputs);
    return d;
}

static ptrdiff_t weight_count(const convolution_shape *s) {
    return s->output_channels * s->input_channels * s->kernel * s->kernel;
}

/* What one worker works in. */
typedef struct {
    float sums[BLOCK_SUMS];
    uint32_t gradient[WIDEST / ROWS * STRIDE];
    uint32_t input[PAIRS * PANEL];
    /* Of each position: the row and column where its window begins, and the element; then the element under a tap. */
    int32_t y[2 * PAIRS], x[2 * PAIRS], window[2 * PAIRS], element[2 * PAIRS];
} workspace;

size_t kernel_weight_gradient_scratch(const convolution_shape *shape) {
    division d = divide(shape);
    return (size_t)shape->workers * sizeof(workspace)
        + (size_t)((d.shares - 1) * weight_count(shape)) * sizeof(float);
}

#if defined(__x86_64__)
bool kernel_weight_gradient_fits(const convolution_shape *shape) {
    return shape->is_bf16 && has_bf16_vectors() && shape->input_channels % PANEL == 0 && shape->output_channels % ROWS == 0
        && shape->kernel * shape->kernel <= MOST_TAPS
        && shape->batch * shape->input_height * shape->input_width * shape->input_channels <= INT32_MAX;
}

static const uint16_t zeros[WIDEST];

/* Interleaves 16 channels of two positions. */
BF16_VECTORS static inline __m512i interleaved(const uint16_t *first, const uint16_t *second) {
    __m512i low = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)first));
    __m512i high = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)second));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/* Packs the channels from `channel` on of the positions begin ..< end of the gradient, ROWS to a panel. */
BF16_VECTORS static void pack_gradient(
    const uint16_t *gradient, ptrdiff_t channels, ptrdiff_t channel, ptrdiff_t count, ptrdiff_t begin, ptrdiff_t end,
    uint32_t *packed) {
    ptrdiff_t pairs = (end - begin + 1) / 2;
    for (ptrdiff_t p = 0; p < pairs; p++) {
        const uint16_t *first = gradient + (begin + 2 * p) * channels + channel;
        const uint16_t *second = begin + 2 * p + 1 < end ? first + channels : zeros;
        for (ptrdiff_t c = 0; c < count; c += ROWS) {
            __m256i low = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(first + c)));
            __m256i high = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(second + c)));
            _mm256_storeu_si256(
                (__m256i *)(packed + c / ROWS * STRIDE + p * ROWS), _mm256_or_si256(low, _mm256_slli_epi32(high, 16)));
        }
    }
}

/* Packs PANEL channels of the given elements; where there is none, zeros. */
BF16_VECTORS static void pack_input(
    const uint16_t *input, const int32_t *elements, ptrdiff_t pairs, uint32_t *packed) {
    for (ptrdiff_t p = 0; p < pairs; p++) {
        const uint16_t *first = elements[2 * p] >= 0 ? input + elements[2 * p] : zeros;
        const uint16_t *second = elements[2 * p + 1] >= 0 ? input + elements[2 * p + 1] : zeros;
        for (ptrdiff_t c = 0; c < PANEL; c += 16) {
            _mm512_storeu_si512(packed + p * PANEL + c, interleaved(first + c, second + c));
        }
    }
}

/* Rows of memory that are read soon. */
typedef struct {
    const char *at;
    /* Of a row, what is left of the row, and of all rows. */
    ptrdiff_t lines, left_of_row, left;
    /* The bytes between two rows. */
    ptrdiff_t gap;
} stretch;

/* `count` rows of `bytes`, each `stride` bytes behind the one before. */
static stretch rows_at(const void *first, ptrdiff_t bytes, ptrdiff_t stride, ptrdiff_t count) {
    ptrdiff_t lines = divided_up(bytes, LINE);
    return (stretch){
        .at = first, .lines = lines, .left_of_row = lines, .left = lines * count, .gap = stride - lines * LINE};
}

/*
 * sums[ROWS][PANEL] += the sum over pairs of gradient[pair][ROWS] · input[pair][PANEL]; what was there counts as zero where
 * they are `fresh`. Meanwhile a line `ahead` is fetched for each pair.
 */
BF16_VECTORS static void multiply(
    const uint32_t *gradient, const uint32_t *input, ptrdiff_t pairs, float *sums, bool fresh, stretch *ahead) {
    stretch next = *ahead;
    __m512 low[ROWS], high[ROWS];
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
        low[r] = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(sums + r * PANEL);
        high[r] = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(sums + r * PANEL + 16);
    }
    for (ptrdiff_t p = 0; p < pairs; p++, gradient += ROWS, input += PANEL) {
        __m512bh left = (__m512bh)_mm512_loadu_si512(input), right = (__m512bh)_mm512_loadu_si512(input + 16);
        _mm_prefetch(next.at, _MM_HINT_T1);
        next.at += LINE;
        if (--next.left_of_row == 0) {
            next.at += next.gap;
            next.left_of_row = next.lines;
        }
#pragma clang loop unroll(full)
        for (int r = 0; r < ROWS; r++) {
            __m512bh factor = (__m512bh)_mm512_set1_epi32((int)gradient[r]);
            low[r] = _mm512_dpbf16_ps(low[r], factor, left);
            high[r] = _mm512_dpbf16_ps(high[r], factor, right);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r++) {
        _mm512_storeu_ps(sums + r * PANEL, low[r]);
        _mm512_storeu_ps(sums + r * PANEL + 16, high[r]);
    }
    next.left -= pairs;
    *ahead = next;
}

typedef struct {
    const convolution_shape *shape;
    const uint16_t *input, *gradient;
    float *weights, *partial;
    workspace *workspaces;
    division division;
} context;

/* Finds where the windows of the positions begin ..< end begin. */
static void find_windows(const convolution_shape *s, ptrdiff_t begin, ptrdiff_t end, workspace *w) {
    ptrdiff_t column = begin % s->output_width, row = begin / s->output_width % s->output_height;
    ptrdiff_t image = begin / (s->output_width * s->output_height);
    for (ptrdiff_t i = 0; i < end - begin; i++) {
        ptrdiff_t y = row * s->stride - s->padding, x = column * s->stride - s->padding;
        w->y[i] = (int32_t)y;
        w->x[i] = (int32_t)x;
        w->window[i] = (int32_t)(((image * s->input_height + y) * s->input_width + x) * s->input_channels);
        if (++column < s->output_width) continue;
        column = 0;
        if (++row < s->output_height) continue;
        row = 0;
        image++;
    }
}

/* Finds the element of the input under the tap (y, x) for each of `count` positions; -1 in the padding. */
BF16_VECTORS static void find_elements(
    const convolution_shape *s, ptrdiff_t count, int32_t y, int32_t x, workspace *w) {
    int32_t shift = (int32_t)((y * s->input_width + x) * s->input_channels);
    uint32_t height = (uint32_t)s->input_height, width = (uint32_t)s->input_width;
    for (ptrdiff_t i = 0; i < count; i++) {
        bool inside = ((uint32_t)(w->y[i] + y) < height) & ((uint32_t)(w->x[i] + x) < width);
        w->element[i] = inside ? w->window[i] + shift : -1;
    }
    if (count % 2) w->element[count] = -1;
}

/* Writes the sums of a block to where they belong; in it they lie in tiles for each tap and panel of the input. */
static void write_block(
    const convolution_shape *s, const division *d, const float *sums, ptrdiff_t output, ptrdiff_t outputs,
    ptrdiff_t input, ptrdiff_t inputs, float *weights) {
    ptrdiff_t per_panel = d->block_outputs * PANEL, per_tap = d->block_outputs * d->block_inputs;
    for (ptrdiff_t o = 0; o < outputs; o++) {
        for (ptrdiff_t tap = 0; tap < d->taps; tap++) {
            const float *from = sums + tap * per_tap + o * PANEL;
            float *to = weights + ((output + o) * d->taps + tap) * s->input_channels + input;
            for (ptrdiff_t i = 0; i < inputs; i += PANEL) memcpy(to + i, from + i / PANEL * per_panel, PANEL * sizeof *to);
        }
    }
}

/* `taken` channels of the positions begin ..< end. */
static stretch upcoming(
    const uint16_t *operand, ptrdiff_t channels, ptrdiff_t taken, ptrdiff_t begin, ptrdiff_t end) {
    return rows_at(operand + begin * channels, taken * 2, channels * 2, end - begin);
}

static void sum_block(const context *c, ptrdiff_t share, ptrdiff_t output, ptrdiff_t input, workspace *w) {
    const convolution_shape *s = c->shape;
    const division *d = &c->division;
    ptrdiff_t outputs = smaller(d->block_outputs, s->output_channels - output);
    ptrdiff_t inputs = smaller(d->block_inputs, s->input_channels - input);
    ptrdiff_t first = d->positions * share / d->shares, last = d->positions * (share + 1) / d->shares;
    float *weights = share == 0 ? c->weights : c->partial + (share - 1) * weight_count(s);
    if (first == last) memset(w->sums, 0, sizeof w->sums);
    for (ptrdiff_t begin = first; begin < last; begin += 2 * PAIRS) {
        ptrdiff_t end = smaller(last, begin + 2 * PAIRS), pairs = (end - begin + 1) / 2;
        pack_gradient(c->gradient, s->output_channels, output, outputs, begin, end, w->gradient);
        find_windows(s, begin, end, w);
        stretch ahead[] = {
            upcoming(c->gradient + output, s->output_channels, outputs, end, smaller(last, end + 2 * PAIRS)),
            upcoming(c->input + input, s->input_channels, inputs, end, smaller(last, end + 2 * PAIRS)),
            rows_at(c->input, LINE, 0, PTRDIFF_MAX / LINE)};
        if (s->stride > 1) ahead[1].left = 0;
        if (end == last) {
            ahead[0] = rows_at(
                weights + output * d->taps * s->input_channels + input, inputs * (ptrdiff_t)sizeof *weights,
                s->input_channels * (ptrdiff_t)sizeof *weights, outputs * d->taps);
        }
        stretch *next = ahead;
        float *sums = w->sums;
        for (ptrdiff_t tap = 0; tap < d->taps; tap++) {
            find_elements(s, end - begin, (int32_t)(tap / s->kernel), (int32_t)(tap % s->kernel), w);
            for (ptrdiff_t i = 0; i < d->block_inputs; i += PANEL, sums += d->block_outputs * PANEL) {
                if (i >= inputs) continue;
                pack_input(c->input + input + i, w->element, pairs, w->input);
                for (ptrdiff_t o = 0; o < outputs; o += ROWS) {
                    while (next->left <= 0) next++;
                    multiply(
                        w->gradient + o / ROWS * STRIDE, w->input, pairs, sums + o * PANEL, begin == first, next);
                }
            }
        }
    }
    write_block(s, d, w->sums, output, outputs, input, inputs, weights);
}

static void work(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const context *c = data;
    const division *d = &c->division;
    ptrdiff_t workers = c->shape->workers, tasks = d->shares * d->output_blocks * d->input_blocks;
    for (ptrdiff_t worker = begin; worker < end; worker++) {
        for (ptrdiff_t task = tasks * worker / workers; task < tasks * (worker + 1) / workers; task++) {
            ptrdiff_t share = task % d->shares, block = task / d->shares;
            ptrdiff_t output = block % d->output_blocks * d->block_outputs;
            sum_block(c, share, output, block / d->output_blocks * d->block_inputs, c->workspaces + worker);
        }
    }
}

static void add_shares(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const context *c = data;
    for (ptrdiff_t share = 1; share < c->division.shares; share++) {
        const float *partial = c->partial + (share - 1) * weight_count(c->shape);
        for (ptrdiff_t i = begin; i < end; i++) c->weights[i] += partial[i];
    }
}

void kernel_weight_gradient(
    const convolution_shape *shape, const void *input, const void *gradient, float *weights, void *scratch) {
    context c = {
        .shape = shape, .input = input, .gradient = gradient, .weights = weights, .workspaces = scratch,
        .division = divide(shape)};
    c.partial = (float *)(c.workspaces + shape->workers);
    parallel_for(shape->workers, 1, work, &c);
    if (c.division.shares > 1) parallel_for(weight_count(shape), GRAIN, add_shares, &c);
}

#else

bool kernel_weight_gradient_fits(const convolution_shape *shape) { return false; }

void kernel_weight_gradient(
    const convolution_shape *shape, const void *input, const void *gradient, float *weights, void *scratch) {}

#endif
