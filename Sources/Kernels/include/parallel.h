/*
 * Loops over all cores, on libgomp's team of threads: the one that oneDNN computes on, so that no second team competes
 * for the cores.
 */
#pragma once

#include <stddef.h>

/* Works on the items begin ..< end; `thread` is 0 ..< parallel_threads(). */
typedef void (*parallel_body)(void *context, ptrdiff_t begin, ptrdiff_t end, int thread);

/* The number of threads that a parallel loop uses at most, whichever thread calls. */
int parallel_threads(void);
/* What was set last; 0 for nothing. */
int parallel_requested_threads(void);
/* Sets it; 0 for what OMP_NUM_THREADS said at the start, or one for each processor that the process may use, by its affinity
   and by the quotas of its control groups. */
void parallel_set_threads(int threads);
/* Lets what else computes with OpenMP, as oneDNN does, use so many threads where the calling thread asks for it: OpenMP keeps
   a number for each thread that calls. */
void parallel_adopt_threads(int threads);
/* Splits 0 ..< count into one run of items for each thread, none smaller than `grain`, and waits for all. */
void parallel_for(ptrdiff_t count, ptrdiff_t grain, parallel_body body, void *context);
