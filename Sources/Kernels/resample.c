#include "resample.h"

#include "vectors.h"

enum { FRACTION_BITS = 22, HALF = 1 << (FRACTION_BITS - 1), CHUNK = 256 };

INLINE uint8_t narrowed(int32_t sum) {
    int32_t value = sum >> FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

typedef int32_t int4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));

/* A row of RGB. Four bytes are read and written for each pixel, which must lie in memory that is theirs. */
INLINE void resample_row(const uint8_t *in, resample_axis axis, uint8_t *out) {
    for (ptrdiff_t x = 0; x < axis.count; x++, out += 3) {
        const uint8_t *pixel = in + 3 * (ptrdiff_t)axis.starts[x];
        const int32_t *weights = axis.weights + x * axis.stride;
        int4 sums = {HALF, HALF, HALF, HALF};
        for (int32_t t = 0; t < axis.counts[x]; t++, pixel += 3) {
            byte4 bytes;
            memcpy(&bytes, pixel, sizeof bytes);
            sums += __builtin_convertvector(bytes, int4) * weights[t];
        }
        sums >>= FRACTION_BITS;
        sums &= sums > 0;
        sums |= sums > 255;
        byte4 narrow = __builtin_convertvector(sums, byte4);
        memcpy(out, &narrow, sizeof narrow);
    }
}

/* The same, but nothing beyond the row is touched. */
static void resample_last_row(const uint8_t *in, resample_axis axis, uint8_t *out) {
    for (ptrdiff_t x = 0; x < axis.count; x++, out += 3) {
        const uint8_t *pixel = in + 3 * (ptrdiff_t)axis.starts[x];
        const int32_t *weights = axis.weights + x * axis.stride;
        for (int channel = 0; channel < 3; channel++) {
            int32_t sum = HALF;
            for (int32_t t = 0; t < axis.counts[x]; t++) sum += pixel[3 * t + channel] * weights[t];
            out[channel] = narrowed(sum);
        }
    }
}

MULTIVERSIONED void kernel_resample_columns(
    const uint8_t *in, ptrdiff_t in_stride, ptrdiff_t row_count, resample_axis axis, uint8_t *out) {
    for (ptrdiff_t y = 0; y < row_count - 1; y++, in += in_stride, out += 3 * axis.count) resample_row(in, axis, out);
    if (row_count > 0) resample_last_row(in, axis, out);
}

/* Up to CHUNK neighbouring bytes of one output row; their sums stay in registers or the nearest cache. */
INLINE void resample_chunk(
    const uint8_t *in, ptrdiff_t in_stride, const int32_t *weights, int32_t count, ptrdiff_t width, uint8_t *out) {
    int32_t sums[CHUNK];
    for (ptrdiff_t i = 0; i < width; i++) sums[i] = HALF;
    for (int32_t t = 0; t < count; t++, in += in_stride)
        for (ptrdiff_t i = 0; i < width; i++) sums[i] += in[i] * weights[t];
    for (ptrdiff_t i = 0; i < width; i++) out[i] = narrowed(sums[i]);
}

MULTIVERSIONED void kernel_resample_rows(
    const uint8_t *in, ptrdiff_t in_stride, ptrdiff_t row_bytes, resample_axis axis, uint8_t *out) {
    for (ptrdiff_t y = 0; y < axis.count; y++, out += row_bytes) {
        const uint8_t *rows = in + axis.starts[y] * in_stride;
        const int32_t *weights = axis.weights + y * axis.stride;
        for (ptrdiff_t x = 0; x < row_bytes; x += CHUNK) {
            ptrdiff_t width = row_bytes - x < CHUNK ? row_bytes - x : CHUNK;
            resample_chunk(rows + x, in_stride, weights, axis.counts[y], width, out + x);
        }
    }
}
