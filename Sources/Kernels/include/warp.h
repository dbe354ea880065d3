/* Changes of geometry on 8-bit RGB, on the calling thread: images are prepared side by side. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* From output to input, where pixels have their centres at halves: x' = a·x + b·y + c, y' = d·x + e·y + f. */
typedef struct {
    double a, b, c, d, e, f;
} affine_map;

/* A picture of the same size, sampled bilinearly in double precision and truncated; `fill` where the map leaves the
   picture. A picture has less than 2³¹ bytes. */
void kernel_warp(
    const uint8_t *in, ptrdiff_t width, ptrdiff_t height, affine_map map, const uint8_t fill[3], uint8_t *out);

/* Exchanges left and right. */
void kernel_mirror(uint8_t *pixels, ptrdiff_t width, ptrdiff_t height);
