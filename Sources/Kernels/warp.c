#include "warp.h"

#include "vectors.h"

#include <stdbool.h>

#pragma STDC FP_CONTRACT OFF

/* Pixels of a row whose places in the input are computed together. */
enum { BLOCK = 64 };

/* Where the four neighbours of a point lie, in bytes, and how far it is from the left to the right and from the upper to
   the lower ones. */
typedef struct {
    double share_x[BLOCK], share_y[BLOCK];
    int32_t left[BLOCK], right[BLOCK], upper[BLOCK], lower[BLOCK];
    bool is_inside[BLOCK];
} places;

/* The index of the pixel whose centre is left of (above) a point, −1 before the first. */
INLINE int32_t before(double point) { return point < 0 ? -1 : (int32_t)point; }

INLINE int32_t limited(int32_t index, ptrdiff_t count) {
    return index < 0 ? 0 : index < (int32_t)count ? index : (int32_t)count - 1;
}

INLINE void find_places(
    places *p, ptrdiff_t width, ptrdiff_t height, affine_map map, ptrdiff_t x0, double down, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i++) {
        double right = (double)(int32_t)(x0 + i) + 0.5;
        double x = map.a * right + map.b * down + map.c, y = map.d * right + map.e * down + map.f;
        bool is_inside = (x >= 0) & (x < (double)width) & (y >= 0) & (y < (double)height);
        double from_left = is_inside ? x - 0.5 : 0, from_top = is_inside ? y - 0.5 : 0;
        int32_t column = before(from_left), row = before(from_top);
        p->is_inside[i] = is_inside;
        p->share_x[i] = from_left - (double)column;
        p->share_y[i] = from_top - (double)row;
        p->left[i] = 3 * limited(column, width);
        p->right[i] = 3 * limited(column + 1, width);
        p->upper[i] = 3 * (int32_t)width * limited(row, height);
        p->lower[i] = 3 * (int32_t)width * limited(row + 1, height);
    }
}

typedef double double4 __attribute__((vector_size(32)));
typedef int32_t int4 __attribute__((vector_size(16)));
typedef uint8_t byte4 __attribute__((vector_size(4)));

/* A pixel of three bytes of `count`, which are three or four. Vectors go by reference: how they are passed otherwise
   depends on the instruction set. */
INLINE void read_pixel(const uint8_t *pixel, size_t count, double4 *levels) {
    byte4 bytes = {0};
    memcpy(&bytes, pixel, count);
    *levels = __builtin_convertvector(bytes, double4);
}

INLINE void mix(double4 *first, const double4 *second, double share) { *first += (*second - *first) * share; }

INLINE void sample(const uint8_t *in, const places *p, ptrdiff_t i, size_t count, uint8_t *out) {
    const uint8_t *upper = in + p->upper[i], *lower = in + p->lower[i];
    int32_t left = p->left[i], right = p->right[i];
    double share_x = p->share_x[i], share_y = p->share_y[i];
    double4 above, below, other;
    read_pixel(upper + left, count, &above);
    read_pixel(upper + right, count, &other);
    mix(&above, &other, share_x);
    read_pixel(lower + left, count, &below);
    read_pixel(lower + right, count, &other);
    mix(&below, &other, share_x);
    mix(&above, &below, share_y);
    byte4 bytes = __builtin_convertvector(__builtin_convertvector(above, int4), byte4);
    memcpy(out, &bytes, 3);
}

MULTIVERSIONED void kernel_warp(
    const uint8_t *in, ptrdiff_t width, ptrdiff_t height, affine_map map, const uint8_t fill[3], uint8_t *out) {
    int32_t last = (int32_t)(3 * (width * height - 1));
    places p;
    for (ptrdiff_t y = 0; y < height; y++) {
        for (ptrdiff_t x = 0; x < width; x += BLOCK) {
            ptrdiff_t count = width - x < BLOCK ? width - x : BLOCK;
            find_places(&p, width, height, map, x, (double)y + 0.5, count);
            for (ptrdiff_t i = 0; i < count; i++, out += 3) {
                if (!p.is_inside[i]) {
                    memcpy(out, fill, 3);
                } else if (p.lower[i] + p.right[i] < last) {
                    /* Four bytes are read at once, and there is a fourth one. */
                    sample(in, &p, i, 4, out);
                } else {
                    sample(in, &p, i, 3, out);
                }
            }
        }
    }
}

void kernel_mirror(uint8_t *pixels, ptrdiff_t width, ptrdiff_t height) {
    for (ptrdiff_t y = 0; y < height; y++, pixels += 3 * width) {
        uint8_t *left = pixels, *right = pixels + 3 * (width - 1);
        for (; left < right; left += 3, right -= 3) {
            uint8_t pixel[3];
            memcpy(pixel, left, 3);
            memcpy(left, right, 3);
            memcpy(right, pixel, 3);
        }
    }
}
