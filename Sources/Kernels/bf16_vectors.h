/* What the kernels on pairs of bf16 share. They are compiled for AVX-512 BF16 and run only where the processor has it. */
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

#define BF16_VECTORS __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
#define BF16_INLINE BF16_VECTORS static inline __attribute__((always_inline))

static inline bool has_bf16_vectors(void) {
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl");
}

/* 16 numbers in f32. */
BF16_INLINE __m512 widened(const uint16_t *from) {
    return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)from)), 16);
}

/* Rounds 32 numbers. */
BF16_INLINE void store_rounded(uint16_t *to, __m512 low, __m512 high) {
    _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

BF16_INLINE __m512i rounded(__m512 values) { return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(values)); }

/* What rounding takes away. */
BF16_INLINE __m512 lost(__m512 values) {
    return _mm512_sub_ps(values, (__m512)_mm512_slli_epi32(rounded(values), 16));
}

/* Words of 32 bits, of the first number and the second. */
BF16_INLINE __m512 rounded_pairs(__m512 first, __m512 second) {
    return (__m512)_mm512_or_si512(rounded(first), _mm512_slli_epi32(rounded(second), 16));
}
#endif
