#include "CLBFGS.h"

#include <string.h>

#include <lbfgs.h>

typedef struct {
    minimize_function function;
    void *context;
} closure;

static lbfgsfloatval_t evaluate(
    void *instance, const lbfgsfloatval_t *x, lbfgsfloatval_t *gradient, const int count, const lbfgsfloatval_t step) {
    const closure *c = instance;
    return c->function(c->context, x, gradient, count);
}

bool minimize(double *x, int count, double tolerance, int iterations, minimize_function function, void *context) {
    /* The library wants memory that its vector instructions can take. */
    lbfgsfloatval_t *aligned = lbfgs_malloc(count);
    if (!aligned) return false;
    memcpy(aligned, x, (size_t)count * sizeof *x);
    lbfgs_parameter_t parameters;
    lbfgs_parameter_init(&parameters);
    parameters.epsilon = tolerance;
    parameters.max_iterations = iterations;
    parameters.m = 10;
    closure c = {function, context};
    int status = lbfgs(count, aligned, NULL, evaluate, NULL, &c, &parameters);
    memcpy(x, aligned, (size_t)count * sizeof *x);
    lbfgs_free(aligned);
    switch (status) {
    case LBFGS_SUCCESS:
    case LBFGS_STOP:
    case LBFGS_ALREADY_MINIMIZED:
    /* The line search finds nothing lower: as good as it gets. */
    case LBFGSERR_ROUNDING_ERROR:
    case LBFGSERR_MINIMUMSTEP:
    case LBFGSERR_MAXIMUMSTEP:
    case LBFGSERR_MAXIMUMLINESEARCH:
    case LBFGSERR_WIDTHTOOSMALL:
    case LBFGSERR_OUTOFINTERVAL:
    case LBFGSERR_INCORRECT_TMINMAX:
    case LBFGSERR_INCREASEGRADIENT:
    case LBFGSERR_MAXIMUMITERATION: return true;
    default: return false;
    }
}
