/*
 * Changes of colour on 8-bit RGB, in place, with Pillow's roundings: no product is fused with a sum. Each loop runs on the
 * calling thread: images are prepared side by side.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* From `level` (factor 0) to each byte (factor 1) and beyond, limited to 0...255 and truncated. */
void kernel_blend_level(uint8_t *bytes, ptrdiff_t byte_count, uint8_t level, float factor);

/* The same from the luma of each pixel (ITU-R BT.601, as Pillow rounds it). */
void kernel_blend_luma(uint8_t *pixels, ptrdiff_t pixel_count, float factor);

/* The sum of the lumas of all pixels. */
uint64_t kernel_luma_sum(const uint8_t *pixels, ptrdiff_t pixel_count);

/* Adds `steps` of 256 to the hue of each pixel, by way of 8-bit HSV and back; greys stay as they are. */
void kernel_shift_hue(uint8_t *pixels, ptrdiff_t pixel_count, uint8_t steps);

/* Adds one of 1,024 offsets to each byte, rounds and limits: the lowest ten bits of a pixel's word choose the one for red,
   the next ones those for green and blue. */
void kernel_add_noise(
    uint8_t *restrict pixels, ptrdiff_t pixel_count, const uint32_t *restrict words, const float *restrict offsets);
