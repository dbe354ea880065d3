/* The loops behind functions.h for one element type: see both_types.h. The function is chosen outside the loop. */

#define EACH_FUNCTION(CASE)      \
    switch (c->function) {       \
        CASE(FUNCTION_RELU)      \
        CASE(FUNCTION_RELU6)     \
        CASE(FUNCTION_LEAKY_RELU) \
        CASE(FUNCTION_SIGMOID)   \
        CASE(FUNCTION_TANH)      \
        CASE(FUNCTION_SILU)      \
        CASE(FUNCTION_HARD_SIGMOID) \
        CASE(FUNCTION_HARD_SWISH) \
        CASE(FUNCTION_GELU)      \
    }

#define APPLY(function)                                                                                    \
    case function:                                                                                         \
        INDEPENDENT                                                                                        \
        for (ptrdiff_t i = begin; i < end; i++) STORE(c->out, i, applied(function, slope, LOAD(c->value, i))); \
        break;

MULTIVERSIONED static void ELEMENT(apply)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const function_context *c = data;
    const float slope = c->slope;
    EACH_FUNCTION(APPLY)
}

#define APPLY_BACKWARD(function)                                                                             \
    case function:                                                                                           \
        INDEPENDENT                                                                                          \
        for (ptrdiff_t i = begin; i < end; i++)                                                              \
            STORE(c->out, i, LOAD(c->gradient, i) * slope_of(function, slope, LOAD(c->value, i)));           \
        break;

MULTIVERSIONED static void ELEMENT(apply_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const function_context *c = data;
    const float slope = c->slope;
    EACH_FUNCTION(APPLY_BACKWARD)
}

#undef EACH_FUNCTION
#undef APPLY
#undef APPLY_BACKWARD
