#include "colours.h"

#include "vectors.h"

#pragma STDC FP_CONTRACT OFF

/* Pixels that are taken apart into channels together: they stay in the nearest cache. */
enum { BLOCK = 256 };

INLINE ptrdiff_t block_of(ptrdiff_t count, ptrdiff_t begin) { return count - begin < BLOCK ? count - begin : BLOCK; }

INLINE uint8_t blended(int32_t first, int32_t second, float factor) {
    float value = (float)first + factor * (float)(second - first);
    value = value > 0 ? value : 0;
    value = value < 255 ? value : 255;
    return (uint8_t)(int32_t)value;
}

/* In 16-bit fixed point. */
INLINE uint32_t luma(uint32_t red, uint32_t green, uint32_t blue) {
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

MULTIVERSIONED void kernel_blend_level(uint8_t *bytes, ptrdiff_t byte_count, uint8_t level, float factor) {
    for (ptrdiff_t i = 0; i < byte_count; i++) bytes[i] = blended(level, bytes[i], factor);
}

MULTIVERSIONED void kernel_blend_luma(uint8_t *pixels, ptrdiff_t pixel_count, float factor) {
    for (ptrdiff_t i = 0; i < pixel_count; i++) {
        uint8_t red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2];
        int32_t grey = (int32_t)luma(red, green, blue);
        pixels[3 * i] = blended(grey, red, factor);
        pixels[3 * i + 1] = blended(grey, green, factor);
        pixels[3 * i + 2] = blended(grey, blue, factor);
    }
}

MULTIVERSIONED uint64_t kernel_luma_sum(const uint8_t *pixels, ptrdiff_t pixel_count) {
    uint64_t sum = 0;
    for (ptrdiff_t begin = 0; begin < pixel_count; begin += BLOCK) {
        const uint8_t *block = pixels + 3 * begin;
        uint32_t part = 0;
        for (ptrdiff_t i = 0; i < block_of(pixel_count, begin); i++)
            part += luma(block[3 * i], block[3 * i + 1], block[3 * i + 2]);
        sum += part;
    }
    return sum;
}

/* The nearest whole number, a half upwards. */
INLINE int32_t rounded(double number) {
    int32_t whole = (int32_t)number;
    return number - (double)whole >= 0.5 ? whole + 1 : whole;
}

INLINE int32_t largest_of(int32_t a, int32_t b) { return a > b ? a : b; }
INLINE int32_t smallest_of(int32_t a, int32_t b) { return a < b ? a : b; }

/* Single and double precision alternate as they do in Pillow, so that the bytes agree. Every branch is a choice between
   two values, so that the loop over pixels becomes vectors. */
MULTIVERSIONED void kernel_shift_hue(uint8_t *pixels, ptrdiff_t pixel_count, uint8_t steps) {
    for (ptrdiff_t i = 0; i < pixel_count; i++) {
        int32_t red = pixels[3 * i], green = pixels[3 * i + 1], blue = pixels[3 * i + 2];
        int32_t largest = largest_of(largest_of(red, green), blue);
        int32_t smallest = smallest_of(smallest_of(red, green), blue);
        int32_t range = largest - smallest;
        int32_t middle = red + green + blue - largest - smallest;

        /* To HSV: the sector of the colour circle, and how far the middle channel lags behind the largest. */
        float lag = (float)(largest - middle) / (float)(range > 0 ? range : 1);
        float base = red == largest ? (blue == smallest ? 1.0f : -1.0f)
                     : green == largest ? (blue == smallest ? 1.0f : 3.0f) : (red == smallest ? 3.0f : 5.0f);
        int32_t rises = red == largest ? blue != smallest : green == largest ? blue == smallest : red == smallest;
        float sixths = base + (rises ? lag : -lag);
        double turns = (double)sixths / 6 + 1;
        turns = (double)(float)(turns >= 1 ? turns - 1 : turns);
        int32_t hue = ((int32_t)(turns * 255) + steps) & 255;
        int32_t saturation = (int32_t)((double)((float)range / (float)(largest > 0 ? largest : 1)) * 255);

        /* And back. Colours rise into even sectors and fall in odd ones. */
        double place = (double)hue * 6 / 255;
        int32_t sector = (int32_t)place;
        float rest = (float)(place - (double)sector);
        float share = (float)((double)saturation / 255);
        double level = (double)largest;
        double lack = sector & 1 ? (double)(share * rest) : (double)share * (1 - (double)rest);
        int32_t low = rounded(level * (1 - (double)share));
        int32_t between = rounded(level * (1 - lack));
        sector = sector == 6 ? 0 : sector;
        int32_t new_red = sector == 0 || sector == 5 ? largest : sector == 1 || sector == 4 ? between : low;
        int32_t new_green = sector == 1 || sector == 2 ? largest : sector == 0 || sector == 3 ? between : low;
        int32_t new_blue = sector == 3 || sector == 4 ? largest : sector == 2 || sector == 5 ? between : low;
        pixels[3 * i] = (uint8_t)(range > 0 ? new_red : red);
        pixels[3 * i + 1] = (uint8_t)(range > 0 ? new_green : green);
        pixels[3 * i + 2] = (uint8_t)(range > 0 ? new_blue : blue);
    }
}

MULTIVERSIONED void kernel_add_noise(
    uint8_t *restrict pixels, ptrdiff_t pixel_count, const uint32_t *restrict words, const float *restrict offsets) {
    for (ptrdiff_t i = 0; i < pixel_count; i++) {
        for (int channel = 0; channel < 3; channel++) {
            float value = (float)pixels[3 * i + channel] + offsets[words[i] >> (10 * channel) & 1023] + 0.5f;
            value = value > 0 ? value : 0;
            value = value < 255 ? value : 255;
            pixels[3 * i + channel] = (uint8_t)(int32_t)value;
        }
    }
}
