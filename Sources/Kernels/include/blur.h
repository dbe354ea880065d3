/* A blur of 8-bit RGB along both axes, on the calling thread: images are prepared side by side. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How many floats of scratch a blur of these sizes takes. */
size_t kernel_blur_scratch(ptrdiff_t width, ptrdiff_t height, ptrdiff_t radius);

/* Each pixel the sum of its neighbours times the `2 * radius + 1` weights, along x and then along y, in single precision
   and in order of the weights, rounded and limited to 0...255. The picture is reflected at its edges. */
void kernel_blur(
    const uint8_t *in, ptrdiff_t width, ptrdiff_t height, const float *weights, ptrdiff_t radius, float *scratch,
    uint8_t *out);
