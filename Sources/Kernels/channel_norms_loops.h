/* The loops behind channel_norms.h for one element type: see both_types.h. Items are rows but where it says otherwise. */

/* The mean of a row and 1 / √(variance + epsilon). */
INLINE void ELEMENT(row_moments)(
    const layer_norm_context *c, ptrdiff_t base, float *mean, float *inverse_deviation) {
    double sum = 0, squares = 0;
    for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
        float run = 0;
        for (ptrdiff_t i = c0; i < smaller(c0 + LANES, c->channels); i++) run += LOAD(c->in, base + i);
        sum += run;
    }
    float middle = (float)(sum / (double)c->channels);
    for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
        float run = 0;
        for (ptrdiff_t i = c0; i < smaller(c0 + LANES, c->channels); i++) {
            float distance = LOAD(c->in, base + i) - middle;
            run += distance * distance;
        }
        squares += run;
    }
    *mean = middle;
    *inverse_deviation = (float)(1 / sqrt(squares / (double)c->channels + c->epsilon));
}

MULTIVERSIONED static void ELEMENT(layer_norm)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const layer_norm_context *c = data;
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t base = row * c->channels;
        float mean, inverse;
        ELEMENT(row_moments)(c, base, &mean, &inverse);
        INDEPENDENT
        for (ptrdiff_t i = 0; i < c->channels; i++)
            STORE(c->out, base + i, (LOAD(c->in, base + i) - mean) * inverse * c->scale[i] + c->shift[i]);
    }
}

/* Items are shares of the rows. With x̂ the normalised row and g the gradient times the scale, that of the input is
   (g − mean(g) − x̂ · mean(g · x̂)) / deviation. */
MULTIVERSIONED static void ELEMENT(layer_norm_backward)(void *data, ptrdiff_t first, ptrdiff_t last, int thread) {
    const layer_norm_context *c = data;
    for (ptrdiff_t share = first; share < last; share++) {
        float *shifts = c->partial + 2 * share * c->channels, *scales = shifts + c->channels;
        memset(shifts, 0, 2 * (size_t)c->channels * sizeof *shifts);
        for (ptrdiff_t row = c->rows * share / c->shares; row < c->rows * (share + 1) / c->shares; row++) {
            ptrdiff_t base = row * c->channels;
            float mean, inverse;
            ELEMENT(row_moments)(c, base, &mean, &inverse);
            double sum = 0, product = 0;
            for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
                float run = 0, product_run = 0;
                for (ptrdiff_t i = c0; i < smaller(c0 + LANES, c->channels); i++) {
                    float gradient = LOAD(c->gradient, base + i);
                    float normalized = (LOAD(c->in, base + i) - mean) * inverse;
                    shifts[i] += gradient;
                    scales[i] += gradient * normalized;
                    run += gradient * c->scale[i];
                    product_run += gradient * c->scale[i] * normalized;
                }
                sum += run;
                product += product_run;
            }
            float middle = (float)(sum / (double)c->channels), slope = (float)(product / (double)c->channels);
            INDEPENDENT
            for (ptrdiff_t i = 0; i < c->channels; i++) {
                float normalized = (LOAD(c->in, base + i) - mean) * inverse;
                float gradient = LOAD(c->gradient, base + i) * c->scale[i];
                STORE(c->out, base + i, (gradient - middle - normalized * slope) * inverse);
            }
        }
    }
}

/* k + alpha · Σ x² around channel `i` of a row. */
INLINE float ELEMENT(response)(const local_response_context *c, ptrdiff_t base, ptrdiff_t i) {
    const local_response n = *c->norm;
    float sum = 0;
    for (ptrdiff_t j = larger(i - n.size / 2, 0); j < smaller(i + (n.size - 1) / 2 + 1, c->channels); j++) {
        float value = LOAD(c->in, base + j);
        sum += value * value;
    }
    return n.k + n.alpha * sum;
}

MULTIVERSIONED static void ELEMENT(local_response)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const local_response_context *c = data;
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t base = row * c->channels;
        for (ptrdiff_t i = 0; i < c->channels; i++) {
            float power = negative_power(ELEMENT(response)(c, base, i), c->norm->beta);
            STORE(c->out, base + i, LOAD(c->in, base + i) * power);
        }
    }
}

/* With s the responses, dx = dy · s^−beta − 2 · alpha · beta · x · Σ dy · x · s^(−beta − 1), the sum over the channels for
   which this one counts. */
MULTIVERSIONED static void ELEMENT(local_response_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const local_response_context *c = data;
    const local_response n = *c->norm;
    /* Of a run of channels, and of those around it. */
    float powers[LANES + MOST_RESPONSES], terms[LANES + MOST_RESPONSES];
    for (ptrdiff_t row = begin; row < end; row++) {
        ptrdiff_t base = row * c->channels;
        for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
            ptrdiff_t c1 = smaller(c0 + LANES, c->channels);
            ptrdiff_t first = larger(c0 - (n.size - 1) / 2, 0), last = smaller(c1 + n.size / 2, c->channels);
            for (ptrdiff_t i = first; i < last; i++) {
                float response = ELEMENT(response)(c, base, i);
                float power = negative_power(response, n.beta);
                powers[i - first] = power;
                terms[i - first] = LOAD(c->gradient, base + i) * LOAD(c->in, base + i) * power / response;
            }
            for (ptrdiff_t i = c0; i < c1; i++) {
                float sum = 0;
                for (ptrdiff_t j = larger(i - (n.size - 1) / 2, 0); j < smaller(i + n.size / 2 + 1, last); j++)
                    sum += terms[j - first];
                float direct = LOAD(c->gradient, base + i) * powers[i - first];
                STORE(c->out, base + i, direct - 2 * n.alpha * n.beta * LOAD(c->in, base + i) * sum);
            }
        }
    }
}
