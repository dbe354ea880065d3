#include "resample.h"

enum { FRACTION_BITS = 22, HALF = 1 << (FRACTION_BITS - 1), CHUNK = 256 };

static inline uint8_t narrowed(int32_t sum) {
    int32_t value = sum >> FRACTION_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void kernel_resample_columns(
    const uint8_t *in, ptrdiff_t in_stride, ptrdiff_t row_count, resample_axis axis, uint8_t *out) {
    for (ptrdiff_t y = 0; y < row_count; y++, in += in_stride) {
        for (ptrdiff_t x = 0; x < axis.count; x++, out += 3) {
            const uint8_t *pixel = in + 3 * (ptrdiff_t)axis.starts[x];
            const int32_t *weights = axis.weights + x * axis.stride;
            int32_t red = HALF, green = HALF, blue = HALF;
            for (int32_t t = 0; t < axis.counts[x]; t++, pixel += 3) {
                red += pixel[0] * weights[t];
                green += pixel[1] * weights[t];
                blue += pixel[2] * weights[t];
            }
            out[0] = narrowed(red);
            out[1] = narrowed(green);
            out[2] = narrowed(blue);
        }
    }
}

/* Up to CHUNK neighbouring bytes of one output row; their sums stay in registers or the nearest cache. */
static inline __attribute__((always_inline)) void resample_chunk(
    const uint8_t *in, ptrdiff_t in_stride, const int32_t *weights, int32_t count, ptrdiff_t width, uint8_t *out) {
    int32_t sums[CHUNK];
    for (ptrdiff_t i = 0; i < width; i++) sums[i] = HALF;
    for (int32_t t = 0; t < count; t++, in += in_stride)
        for (ptrdiff_t i = 0; i < width; i++) sums[i] += in[i] * weights[t];
    for (ptrdiff_t i = 0; i < width; i++) out[i] = narrowed(sums[i]);
}

#if defined(__x86_64__)
__attribute__((target_clones("avx2", "default")))
#endif
void kernel_resample_rows(
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
