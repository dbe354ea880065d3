#include "blur.h"

#include "vectors.h"

#pragma STDC FP_CONTRACT OFF

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

/* The index that a mirror at the first and last element shows, as often as needed. */
static ptrdiff_t reflected(ptrdiff_t index, ptrdiff_t count) {
    if (count == 1) return 0;
    ptrdiff_t period = 2 * (count - 1);
    ptrdiff_t place = (index % period + period) % period;
    return smaller(place, period - place);
}

/* Rows that are blurred along x are kept as long as the window along y reaches them. */
static ptrdiff_t kept_rows(ptrdiff_t height, ptrdiff_t radius) { return smaller(2 * radius + 1, height); }

size_t kernel_blur_scratch(ptrdiff_t width, ptrdiff_t height, ptrdiff_t radius) {
    return 3 * (size_t)(width + (width + 2 * radius) + kept_rows(height, radius) * width);
}

static void pad(const uint8_t *in, ptrdiff_t width, ptrdiff_t radius, float *padded) {
    for (ptrdiff_t i = 0; i < 3 * width; i++) padded[3 * radius + i] = in[i];
    for (ptrdiff_t x = 0; x < radius; x++) {
        for (ptrdiff_t channel = 0; channel < 3; channel++) {
            padded[3 * x + channel] = in[3 * reflected(x - radius, width) + channel];
            padded[3 * (radius + width + x) + channel] = in[3 * reflected(width + x, width) + channel];
        }
    }
}

/* Sums of a row, or of all rows in the window, come about in the order of the taps. Four at a time are read for each time
   that the sums are. */
INLINE void add(float *restrict sums, ptrdiff_t count, const float *restrict in, float weight) {
    for (ptrdiff_t i = 0; i < count; i++) sums[i] += weight * in[i];
}

INLINE void add_four(float *restrict sums, ptrdiff_t count, const float *const in[4], const float *weights) {
    const float *restrict a = in[0], *restrict b = in[1], *restrict c = in[2], *restrict d = in[3];
    for (ptrdiff_t i = 0; i < count; i++)
        sums[i] = sums[i] + weights[0] * a[i] + weights[1] * b[i] + weights[2] * c[i] + weights[3] * d[i];
}

/* The sums over `taps` rows, where `row_of(tap)` is a pointer. */
#define ADD_ALL(sums, count, weights, taps, row_of)                                                            \
    do {                                                                                                       \
        ptrdiff_t tap = 0;                                                                                     \
        for (; tap + 4 <= (taps); tap += 4) {                                                                  \
            const float *const four[4] = {row_of(tap), row_of(tap + 1), row_of(tap + 2), row_of(tap + 3)};     \
            add_four(sums, count, four, (weights) + tap);                                                      \
        }                                                                                                      \
        for (; tap < (taps); tap++) add(sums, count, row_of(tap), (weights)[tap]);                             \
    } while (0)

MULTIVERSIONED void kernel_blur(
    const uint8_t *in, ptrdiff_t width, ptrdiff_t height, const float *weights, ptrdiff_t radius, float *scratch,
    uint8_t *out) {
#define SHIFTED(tap) (padded + 3 * (tap))
#define BELOW(tap) (rows + reflected(y + (tap) - radius, height) % kept * row_length)
    ptrdiff_t row_length = 3 * width, taps = 2 * radius + 1, kept = kept_rows(height, radius);
    float *sums = scratch, *padded = sums + row_length, *rows = padded + row_length + 6 * radius;
    ptrdiff_t done = 0;
    for (ptrdiff_t y = 0; y < height; y++, out += row_length) {
        for (; done < smaller(y + radius + 1, height); done++) {
            float *row = rows + done % kept * row_length;
            pad(in + done * row_length, width, radius, padded);
            for (ptrdiff_t i = 0; i < row_length; i++) row[i] = 0;
            ADD_ALL(row, row_length, weights, taps, SHIFTED);
        }
        for (ptrdiff_t i = 0; i < row_length; i++) sums[i] = 0.5f;
        ADD_ALL(sums, row_length, weights, taps, BELOW);
        for (ptrdiff_t i = 0; i < row_length; i++) {
            float value = sums[i] > 0 ? sums[i] : 0;
            out[i] = (uint8_t)(int32_t)(value < 255 ? value : 255);
        }
    }
}
