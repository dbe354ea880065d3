#include "optimizers.h"

#include "parallel.h"
#include "vectors.h"

/* Threads share out whole cache lines: the same elements meet vector and scalar code however many threads there are. */
enum { LINE = 16 };
/* Fewer lines than this are not worth a second thread. */
enum { GRAIN = 1024 };

static ptrdiff_t line_count(size_t count) { return (ptrdiff_t)((count + LINE - 1) / LINE); }

static ptrdiff_t element(ptrdiff_t line, ptrdiff_t count) { return line * LINE < count ? line * LINE : count; }

typedef struct {
    float *weight;
    const float *gradient;
    float *velocity;
    ptrdiff_t count;
    const sgd_step *step;
} sgd_context;

MULTIVERSIONED static void sgd_with_momentum(
    float *restrict weight, const float *restrict gradient, float *restrict velocity, ptrdiff_t begin, ptrdiff_t end,
    sgd_step step) {
    /* The direction is v, or g + momentum · v with Nesterov's look-ahead. */
    const float fresh = step.nesterov ? 1 : 0;
    const float carried = step.nesterov ? step.momentum : 1;
    for (ptrdiff_t i = begin; i < end; i++) {
        float g = step.gradient_scale * gradient[i] + step.decay * weight[i];
        float v = step.momentum * velocity[i] + g;
        velocity[i] = v;
        weight[i] -= step.learning_rate * (fresh * g + carried * v);
    }
}

MULTIVERSIONED static void sgd_plain(
    float *restrict weight, const float *restrict gradient, ptrdiff_t begin, ptrdiff_t end, sgd_step step) {
    for (ptrdiff_t i = begin; i < end; i++) {
        float g = step.gradient_scale * gradient[i] + step.decay * weight[i];
        weight[i] -= step.learning_rate * g;
    }
}

static void sgd_share(void *data, ptrdiff_t first_line, ptrdiff_t last_line, int thread) {
    const sgd_context *c = data;
    ptrdiff_t begin = element(first_line, c->count), end = element(last_line, c->count);
    if (c->velocity) {
        sgd_with_momentum(c->weight, c->gradient, c->velocity, begin, end, *c->step);
    } else {
        sgd_plain(c->weight, c->gradient, begin, end, *c->step);
    }
}

void kernel_sgd(float *weight, const float *gradient, float *velocity, size_t count, const sgd_step *step) {
    sgd_context context = {weight, gradient, velocity, (ptrdiff_t)count, step};
    parallel_for(line_count(count), GRAIN, sgd_share, &context);
}

typedef struct {
    float *weight;
    const float *gradient;
    float *first;
    float *second;
    ptrdiff_t count;
    const adam_step *step;
} adam_context;

/* sqrtf may set errno, which would keep the loop around it scalar. */
static inline float square_root(float x) { return __builtin_elementwise_sqrt(x); }

MULTIVERSIONED static void adam(
    float *restrict weight, const float *restrict gradient, float *restrict first, float *restrict second,
    ptrdiff_t begin, ptrdiff_t end, adam_step step) {
    for (ptrdiff_t i = begin; i < end; i++) {
        float g = step.gradient_scale * gradient[i] + step.decay * weight[i];
        float m = first[i] + step.one_minus_beta1 * (g - first[i]);
        float v = step.beta2 * second[i] + step.one_minus_beta2 * g * g;
        first[i] = m;
        second[i] = v;
        float scale = square_root(v) / step.second_correction + step.epsilon;
        weight[i] = step.keep * weight[i] - step.step_size * m / scale;
    }
}

static void adam_share(void *data, ptrdiff_t first_line, ptrdiff_t last_line, int thread) {
    const adam_context *c = data;
    adam(
        c->weight, c->gradient, c->first, c->second, element(first_line, c->count), element(last_line, c->count),
        *c->step);
}

void kernel_adam(
    float *weight, const float *gradient, float *first_moment, float *second_moment, size_t count,
    const adam_step *step) {
    adam_context context = {weight, gradient, first_moment, second_moment, (ptrdiff_t)count, step};
    parallel_for(line_count(count), GRAIN, adam_share, &context);
}

/* As many running sums as a line has elements, added up in one fixed order. */
MULTIVERSIONED double kernel_sum_of_squares(const float *values, size_t count) {
    double sums[LINE] = {0};
    size_t whole = count - count % LINE;
    for (size_t i = 0; i < whole; i += LINE) {
        for (int lane = 0; lane < LINE; lane++) {
            double value = values[i + lane];
            sums[lane] += value * value;
        }
    }
    double total = 0;
    for (int lane = 0; lane < LINE; lane++) total += sums[lane];
    for (size_t i = whole; i < count; i++) total += (double)values[i] * values[i];
    return total;
}
