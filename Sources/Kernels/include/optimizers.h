/*
 * The steps of optimisers, each in one pass over a parameter, on all cores; and the sum that clipping needs. Results are
 * the same for every number of threads.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Stochastic gradient descent as in PyTorch's `torch.optim.SGD` without dampening. */
typedef struct {
    float learning_rate;
    float momentum;
    /* Added to the gradient as decay · weight. */
    float decay;
    /* What the gradient is multiplied by before anything else (clipping). */
    float gradient_scale;
    bool nesterov;
} sgd_step;

/* All arrays hold `count` floats; the velocity starts at zero and is NULL without momentum. */
void kernel_sgd(float *weight, const float *gradient, float *velocity, size_t count, const sgd_step *step);

/* Adam (Kingma and Ba 2014, arXiv:1412.6980) and AdamW (Loshchilov and Hutter 2017, arXiv:1711.05101) as in PyTorch. */
typedef struct {
    /* The learning rate over the first moment's bias correction: lr / (1 − β₁ᵗ). */
    float step_size;
    /* β₂, and 1 − β₁ and 1 − β₂ rounded from double: 1 − 0.999f would be off by 5e-5. */
    float beta2, one_minus_beta1, one_minus_beta2;
    /* The square root of the second moment's bias correction: √(1 − β₂ᵗ). */
    float second_correction;
    /* Added to the corrected root of the second moment. */
    float epsilon;
    /* Adam's decay, added to the gradient as decay · weight; 0 for AdamW. */
    float decay;
    /* AdamW's decay, what the weight is multiplied by first: 1 − lr · decay; 1 for Adam. */
    float keep;
    float gradient_scale;
} adam_step;

/* All arrays hold `count` floats; the moments start at zero. */
void kernel_adam(
    float *weight, const float *gradient, float *first_moment, float *second_moment, size_t count,
    const adam_step *step);

/* The sum of squares of `count` floats, in double, on one thread. */
double kernel_sum_of_squares(const float *values, size_t count);
