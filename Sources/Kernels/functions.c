#include "functions.h"

#include "loops.h"
#include "vectors.h"

/* eˣ within two units of the last place; 0 and ∞ beyond what f32 holds. */
INLINE float exponential(float x) {
    x = x < -104 ? -104 : x > 89 ? 89 : x;
    /* x = n · ln 2 + r, |r| ≤ ln 2 / 2; adding and taking away 1.5 · 2²³ rounds. */
    const float magic = 12582912;
    float n = x * 1.44269504f + magic;
    n -= magic;
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1;
    /* Two factors, each of which f32 holds. */
    int32_t whole = n == n ? (int32_t)n : 0, half = whole / 2, rest = whole - half;
    uint32_t bits[2] = {(uint32_t)(half + 127) << 23, (uint32_t)(rest + 127) << 23};
    float factors[2];
    memcpy(factors, bits, sizeof factors);
    return p * factors[0] * factors[1];
}

INLINE float sigmoid(float x) { return 1 / (1 + exponential(-x)); }

INLINE float hyperbolic_tangent(float x) {
    /* Cephes: near zero an odd polynomial, for the quotient loses digits there. */
    float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    float small = p * z * x + x;
    float magnitude = x < 0 ? -x : x;
    float large = 1 - 2 / (exponential(2 * magnitude) + 1);
    return magnitude < 0.625f ? small : x < 0 ? -large : x != x ? x : large;
}

/* Φ(x), the distribution function of the normal distribution, within 1e-7: Abramowitz and Stegun 7.1.26. */
INLINE float normal_distribution(float x) {
    float magnitude = (x < 0 ? -x : x) * 0.707106781f;
    float t = 1 / (1 + 0.3275911f * magnitude);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float tail = 0.5f * p * t * exponential(-magnitude * magnitude);
    return x < 0 ? tail : 1 - tail;
}

INLINE float hard_sigmoid(float x) {
    float y = x * (1 / 6.0f) + 0.5f;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}

INLINE float applied(kernel_function function, float slope, float x) {
    switch (function) {
    case FUNCTION_RELU: return x < 0 ? 0 : x;
    case FUNCTION_RELU6: return x < 0 ? 0 : x > 6 ? 6 : x;
    case FUNCTION_LEAKY_RELU: return x < 0 ? x * slope : x;
    case FUNCTION_SIGMOID: return sigmoid(x);
    case FUNCTION_TANH: return hyperbolic_tangent(x);
    case FUNCTION_SILU: return x * sigmoid(x);
    case FUNCTION_HARD_SIGMOID: return hard_sigmoid(x);
    case FUNCTION_HARD_SWISH: return x * hard_sigmoid(x);
    case FUNCTION_GELU: return x * normal_distribution(x);
    }
    return x;
}

/* f′(x); `v` is x or f(x). */
INLINE float slope_of(kernel_function function, float slope, float v) {
    switch (function) {
    case FUNCTION_RELU: return v > 0 ? 1 : 0;
    case FUNCTION_RELU6: return v > 0 && v < 6 ? 1 : 0;
    case FUNCTION_LEAKY_RELU: return v > 0 ? 1 : slope;
    case FUNCTION_SIGMOID: return v * (1 - v);
    case FUNCTION_TANH: return 1 - v * v;
    case FUNCTION_SILU: {
        float s = sigmoid(v);
        return s * (1 + v * (1 - s));
    }
    case FUNCTION_HARD_SIGMOID: return v > 0 && v < 1 ? 1 / 6.0f : 0;
    case FUNCTION_HARD_SWISH: return v < -3 ? 0 : v > 3 ? 1 : v * (1 / 3.0f) + 0.5f;
    case FUNCTION_GELU: return normal_distribution(v) + v * 0.398942280f * exponential(-0.5f * v * v);
    }
    return 1;
}

typedef struct {
    kernel_function function;
    float slope;
    const void *value, *gradient;
    void *out;
} function_context;

#define LOOPS "functions_loops.h"
#include "both_types.h"

void kernel_apply(kernel_function function, float slope, const void *in, void *out, size_t count, bool bf16) {
    function_context context = {function, slope, in, NULL, out};
    RUN(apply, bf16, count, 1, &context);
}

void kernel_apply_backward(
    kernel_function function, float slope, const void *value, const void *out_gradient, void *in_gradient,
    size_t count, bool bf16) {
    function_context context = {function, slope, value, out_gradient, in_gradient};
    RUN(apply_backward, bf16, count, 1, &context);
}
