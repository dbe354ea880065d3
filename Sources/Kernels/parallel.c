#include "parallel.h"

#include <stdlib.h>

#include "processors.h"

/* libgomp's interface to compiled code; stable, and declared in no header. */
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_max_threads(void);
extern void omp_set_num_threads(int);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);

typedef struct {
    ptrdiff_t count;
    parallel_body body;
    void *context;
} loop;

static void run_share(void *data) {
    const loop *l = data;
    int thread = omp_get_thread_num();
    int threads = omp_get_num_threads();
    ptrdiff_t begin = l->count * thread / threads;
    ptrdiff_t end = l->count * (thread + 1) / threads;
    if (begin < end) l->body(l->context, begin, end, thread);
}

/* What is asked for, or 0; and what is used without being asked. */
static _Atomic int wanted;
static int automatic;

__attribute__((constructor)) static void learn_automatic(void) {
    automatic = omp_get_max_threads();
    /* OpenMP knows to which processors the process is bound, and not for how much of their time. */
    int quota = processors_of_quotas("/proc", "/sys/fs/cgroup");
    if (quota < automatic && !getenv("OMP_NUM_THREADS")) automatic = quota;
}

int parallel_threads(void) {
    int threads = wanted;
    return threads > 0 ? threads : automatic;
}

int parallel_requested_threads(void) { return wanted; }

void parallel_set_threads(int threads) { wanted = threads > 0 ? threads : 0; }

void parallel_adopt_threads(int threads) { omp_set_num_threads(threads > 0 ? threads : 1); }

void parallel_for(ptrdiff_t count, ptrdiff_t grain, parallel_body body, void *context) {
    if (count <= 0) return;
    ptrdiff_t threads = parallel_threads();
    if (grain > 0 && count / grain < threads) threads = count / grain;
    if (threads <= 1) {
        body(context, 0, count, 0);
        return;
    }
    loop l = {count, body, context};
    GOMP_parallel(run_share, &l, (unsigned)threads, 0);
}
