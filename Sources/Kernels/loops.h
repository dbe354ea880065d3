/* How a loop of one of the *_loops.h files is run: the version for the element type, on all cores. */
#pragma once

#include "parallel.h"

#include <stdbool.h>
#include <stddef.h>

/* Fewer elements than this are not worth a second thread. */
enum { GRAIN = 16384 };

/* Channels that are worked on together, and rows after which sums are added to memory: short runs of additions keep the
   rounding errors of f32 sums small. */
enum { LANES = 64, ROW_BLOCK = 64 };

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
static inline ptrdiff_t divided_up(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

static inline ptrdiff_t grain_of(ptrdiff_t elements_per_item) {
    return elements_per_item >= GRAIN ? 1 : (GRAIN + elements_per_item - 1) / larger(elements_per_item, 1);
}

/* Runs `loop` of the right type over `count` items on all cores. */
#define RUN(loop, bf16, count, elements_per_item, context) \
    parallel_for((ptrdiff_t)(count), grain_of((ptrdiff_t)(elements_per_item)), (bf16) ? loop##_bf16 : loop##_f32, context)

/* Before a loop whose iterations touch different elements, though its operands may be the same memory. */
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
