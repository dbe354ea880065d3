/*
 * libLBFGS: the limited-memory BFGS method of Nocedal (1980) and Liu and Nocedal (1989), for smooth functions of many
 * variables.
 */
#pragma once

#include <stdbool.h>

/* The function at `x` of `count` variables, and its gradient. */
typedef double (*minimize_function)(void *context, const double *x, double *gradient, int count);

/*
 * Moves `x` to a minimum: where ‖gradient‖ < tolerance · max(1, ‖x‖), where the function decreases no more within rounding
 * errors, or where `iterations` are over. False where the library refuses, as for want of memory.
 */
bool minimize(double *x, int count, double tolerance, int iterations, minimize_function function, void *context);
