#include "resample.h"

enum { fractionBits = 22, half = 1 << (fractionBits - 1), chunk = 256 };

static inline uint8_t narrowed(int32_t sum) {
    int32_t value = sum >> fractionBits;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

void resample_horizontally(
    const uint8_t *input, ptrdiff_t inputStride, ptrdiff_t rowCount, ResampleAxis axis, uint8_t *output) {
    for (ptrdiff_t y = 0; y < rowCount; y++, input += inputStride) {
        for (ptrdiff_t x = 0; x < axis.count; x++, output += 3) {
            const uint8_t *pixel = input + 3 * (ptrdiff_t)axis.starts[x];
            const int32_t *weights = axis.weights + x * axis.stride;
            int32_t red = half, green = half, blue = half;
            for (int32_t t = 0; t < axis.counts[x]; t++, pixel += 3) {
                red += pixel[0] * weights[t];
                green += pixel[1] * weights[t];
                blue += pixel[2] * weights[t];
            }
            output[0] = narrowed(red);
            output[1] = narrowed(green);
            output[2] = narrowed(blue);
        }
    }
}

/// Up to `chunk` neighbouring bytes of one output row; their sums stay in registers or the nearest cache.
static inline __attribute__((always_inline)) void resample_chunk(
    const uint8_t *input, ptrdiff_t inputStride, const int32_t *weights, int32_t count, ptrdiff_t width,
    uint8_t *output) {
    int32_t sums[chunk];
    for (ptrdiff_t i = 0; i < width; i++) sums[i] = half;
    for (int32_t t = 0; t < count; t++, input += inputStride)
        for (ptrdiff_t i = 0; i < width; i++) sums[i] += input[i] * weights[t];
    for (ptrdiff_t i = 0; i < width; i++) output[i] = narrowed(sums[i]);
}

#if defined(__x86_64__)
__attribute__((target_clones("avx2", "default")))
#endif
void resample_vertically(
    const uint8_t *input, ptrdiff_t inputStride, ptrdiff_t rowBytes, ResampleAxis axis, uint8_t *output) {
    for (ptrdiff_t y = 0; y < axis.count; y++, output += rowBytes) {
        const uint8_t *rows = input + axis.starts[y] * inputStride;
        const int32_t *weights = axis.weights + y * axis.stride;
        for (ptrdiff_t x = 0; x < rowBytes; x += chunk) {
            ptrdiff_t width = rowBytes - x < chunk ? rowBytes - x : chunk;
            resample_chunk(rows + x, inputStride, weights, axis.counts[y], width, output + x);
        }
    }
}
