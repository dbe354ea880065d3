/* What the element loops share: instruction sets, and bf16 as the upper half of an f32. */
#pragma once

#include <stdint.h>
#include <string.h>

/*
 * Which version of a loop runs is the processor's choice alone, whatever ONEDNN_MAX_CPU_ISA says, for it makes no difference:
 * the order of no sum depends on the width of vectors, and all versions that fuse products and sums round alike. Where the
 * width is part of the method, as in convolutions, it is the `vector_bits` that oneDNN has.
 */
#if defined(__x86_64__)
#define MULTIVERSIONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MULTIVERSIONED
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE float load_f32(const void *base, ptrdiff_t i) { return ((const float *)base)[i]; }
INLINE void store_f32(void *base, ptrdiff_t i, float value) { ((float *)base)[i] = value; }

INLINE float load_bf16(const void *base, ptrdiff_t i) {
    uint32_t bits = (uint32_t)((const uint16_t *)base)[i] << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Rounds to nearest, ties to even; NaN stays NaN. */
INLINE void store_bf16(void *base, ptrdiff_t i, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    ((uint16_t *)base)[i] = (uint16_t)(value != value ? bits >> 16 | 0x40 : rounded);
}
