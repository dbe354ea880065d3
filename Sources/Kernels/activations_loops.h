/*
 * The loops behind activations.h for one element type: included once for f32 and once for bf16, with LOAD, STORE and
 * ELEMENT(name) defined. Each `name(context, begin, end, thread)` works on a run of items for parallel_for.
 */

#ifndef ACTIVATIONS_LOOPS_CONTEXTS
#define ACTIVATIONS_LOOPS_CONTEXTS

typedef struct {
    const uint8_t *pixels;
    void *out;
    const float *mean, *deviation;
    ptrdiff_t channels;
    /* Of three channels: what becomes of each value, and the input channels of the first and the last output channel. */
    float (*table)[256];
    int first, last;
} normalize_context;

typedef struct {
    const pool_geometry *g;
    const void *in;
    void *out;
    /* Of maxima, and of means. */
    uint8_t *winners;
    bool counts_padding;
} pool_context;

/* The windows, by position, that cover a row or column of the input. */
typedef struct {
    ptrdiff_t begin, end;
} windows;

INLINE windows windows_over(ptrdiff_t i, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t padding, ptrdiff_t count) {
    /* Those o with o·stride − padding ≤ i < o·stride − padding + kernel. */
    ptrdiff_t begin = i + padding < kernel ? 0 : (i + padding - kernel + stride) / stride;
    return (windows){begin, smaller((i + padding) / stride + 1, count)};
}

/* How many values the mean of a window is of. */
INLINE float window_count(const pool_context *c, ptrdiff_t oy, ptrdiff_t ox) {
    const pool_geometry *g = c->g;
    ptrdiff_t top = oy * g->stride_height - g->padding_top, left = ox * g->stride_width - g->padding_left;
    ptrdiff_t bottom = top + g->kernel_height, right = left + g->kernel_width;
    if (c->counts_padding) {
        bottom = smaller(bottom, g->in_height + g->padding_bottom);
        right = smaller(right, g->in_width + g->padding_right);
    } else {
        top = larger(top, 0), left = larger(left, 0);
        bottom = smaller(bottom, g->in_height), right = smaller(right, g->in_width);
    }
    return (float)((bottom - top) * (right - left));
}

typedef struct {
    const void *in;
    void *out;
    ptrdiff_t height, width, channels, rows, columns;
    /* Whether the pooled side is f32. */
    bool pooled_f32;
} average_context;

typedef struct {
    const void *in;
    void *out;
    uint32_t *winners;
    ptrdiff_t positions, channels;
} global_max_context;

typedef struct {
    const void *in;
    void *out;
    ptrdiff_t in_height, in_width, in_channels, out_height, out_width, out_channels, stride;
    size_t element_size;
} shortcut_context;

typedef struct {
    const void *a, *b, *activation;
    void *out;
    const float *mask;
    value_range range;
} elementwise_context;

#endif

MULTIVERSIONED static void ELEMENT(normalize)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const normalize_context *c = data;
    for (ptrdiff_t i = begin; i < end; i++)
        for (ptrdiff_t channel = 0, at = i * c->channels; channel < c->channels; channel++)
            STORE(c->out, at + channel, ((float)c->pixels[at + channel] - c->mean[channel]) / c->deviation[channel]);
}

MULTIVERSIONED static void ELEMENT(normalize_colours)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const normalize_context *c = data;
    for (ptrdiff_t i = begin; i < end; i++) {
        const uint8_t *pixel = c->pixels + 3 * i;
        STORE(c->out, 3 * i, c->table[0][pixel[c->first]]);
        STORE(c->out, 3 * i + 1, c->table[1][pixel[1]]);
        STORE(c->out, 3 * i + 2, c->table[2][pixel[c->last]]);
    }
}

/* Items are rows of the output of all images. */
MULTIVERSIONED static void ELEMENT(max_pool)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const pool_context *c = data;
    const pool_geometry g = *c->g;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / g.out_height, top = item % g.out_height * g.stride_height - g.padding_top;
        ptrdiff_t y0 = larger(top, 0), y1 = smaller(top + g.kernel_height, g.in_height);
        for (ptrdiff_t x = 0; x < g.out_width; x++) {
            ptrdiff_t left = x * g.stride_width - g.padding_left;
            ptrdiff_t x0 = larger(left, 0), x1 = smaller(left + g.kernel_width, g.in_width);
            ptrdiff_t out = (item * g.out_width + x) * g.channels;
            for (ptrdiff_t c0 = 0; c0 < g.channels; c0 += LANES) {
                ptrdiff_t lanes = smaller(LANES, g.channels - c0);
                float best[LANES];
                uint32_t winner[LANES];
                for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                    best[lane] = -__builtin_inff();
                    winner[lane] = (uint32_t)((y0 - top) * g.kernel_width + x0 - left);
                }
                for (ptrdiff_t iy = y0; iy < y1; iy++) {
                    for (ptrdiff_t ix = x0; ix < x1; ix++) {
                        ptrdiff_t in = ((image * g.in_height + iy) * g.in_width + ix) * g.channels + c0;
                        uint32_t position = (uint32_t)((iy - top) * g.kernel_width + ix - left);
                        /* NaN wins, as in PyTorch. */
                        if (c->winners) {
                            for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                                float value = LOAD(c->in, in + lane);
                                bool better = value > best[lane] || value != value;
                                best[lane] = better ? value : best[lane];
                                winner[lane] = better ? position : winner[lane];
                            }
                        } else {
                            for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                                float value = LOAD(c->in, in + lane);
                                best[lane] = value > best[lane] || value != value ? value : best[lane];
                            }
                        }
                    }
                }
                for (ptrdiff_t lane = 0; lane < lanes; lane++) STORE(c->out, out + c0 + lane, best[lane]);
                if (c->winners)
                    for (ptrdiff_t lane = 0; lane < lanes; lane++) c->winners[out + c0 + lane] = (uint8_t)winner[lane];
            }
        }
    }
}

/* Items are rows of the input of all images: each input position gathers from the windows that cover it. */
INLINE void ELEMENT(pool_backward)(const pool_context *c, ptrdiff_t begin, ptrdiff_t end, bool averages) {
    const pool_geometry g = *c->g;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / g.in_height, iy = item % g.in_height;
        windows rows = windows_over(iy, g.kernel_height, g.stride_height, g.padding_top, g.out_height);
        for (ptrdiff_t ix = 0; ix < g.in_width; ix++) {
            windows columns = windows_over(ix, g.kernel_width, g.stride_width, g.padding_left, g.out_width);
            ptrdiff_t in = (item * g.in_width + ix) * g.channels;
            for (ptrdiff_t c0 = 0; c0 < g.channels; c0 += LANES) {
                ptrdiff_t lanes = smaller(LANES, g.channels - c0);
                float sum[LANES] = {0};
                for (ptrdiff_t oy = rows.begin; oy < rows.end; oy++) {
                    for (ptrdiff_t ox = columns.begin; ox < columns.end; ox++) {
                        ptrdiff_t out = ((image * g.out_height + oy) * g.out_width + ox) * g.channels + c0;
                        if (averages) {
                            float count = window_count(c, oy, ox);
                            for (ptrdiff_t lane = 0; lane < lanes; lane++) sum[lane] += LOAD(c->in, out + lane) / count;
                            continue;
                        }
                        ptrdiff_t y = iy - oy * g.stride_height + g.padding_top;
                        ptrdiff_t position = y * g.kernel_width + ix - ox * g.stride_width + g.padding_left;
                        for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                            float value = LOAD(c->in, out + lane);
                            sum[lane] += c->winners[out + lane] == position ? value : 0;
                        }
                    }
                }
                for (ptrdiff_t lane = 0; lane < lanes; lane++) STORE(c->out, in + c0 + lane, sum[lane]);
            }
        }
    }
}

MULTIVERSIONED static void ELEMENT(max_pool_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    ELEMENT(pool_backward)(data, begin, end, false);
}

MULTIVERSIONED static void ELEMENT(window_average_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    ELEMENT(pool_backward)(data, begin, end, true);
}

/* Items are rows of the output of all images. */
MULTIVERSIONED static void ELEMENT(window_average)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const pool_context *c = data;
    const pool_geometry g = *c->g;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / g.out_height, oy = item % g.out_height;
        ptrdiff_t top = oy * g.stride_height - g.padding_top;
        ptrdiff_t y0 = larger(top, 0), y1 = smaller(top + g.kernel_height, g.in_height);
        for (ptrdiff_t ox = 0; ox < g.out_width; ox++) {
            ptrdiff_t left = ox * g.stride_width - g.padding_left;
            ptrdiff_t x0 = larger(left, 0), x1 = smaller(left + g.kernel_width, g.in_width);
            ptrdiff_t out = (item * g.out_width + ox) * g.channels;
            float count = window_count(c, oy, ox);
            for (ptrdiff_t c0 = 0; c0 < g.channels; c0 += LANES) {
                ptrdiff_t lanes = smaller(LANES, g.channels - c0);
                float sum[LANES] = {0};
                for (ptrdiff_t iy = y0; iy < y1; iy++) {
                    for (ptrdiff_t ix = x0; ix < x1; ix++) {
                        ptrdiff_t in = ((image * g.in_height + iy) * g.in_width + ix) * g.channels + c0;
                        for (ptrdiff_t lane = 0; lane < lanes; lane++) sum[lane] += LOAD(c->in, in + lane);
                    }
                }
                for (ptrdiff_t lane = 0; lane < lanes; lane++) STORE(c->out, out + c0 + lane, sum[lane] / count);
            }
        }
    }
}

/* Items are images. */
MULTIVERSIONED static void ELEMENT(average_pool)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const average_context *c = data;
    for (ptrdiff_t image = begin; image < end; image++) {
        for (ptrdiff_t row = 0; row < c->rows; row++) {
            ptrdiff_t y0 = row * c->height / c->rows, y1 = ((row + 1) * c->height + c->rows - 1) / c->rows;
            for (ptrdiff_t column = 0; column < c->columns; column++) {
                ptrdiff_t x0 = column * c->width / c->columns;
                ptrdiff_t x1 = ((column + 1) * c->width + c->columns - 1) / c->columns;
                ptrdiff_t out = ((image * c->rows + row) * c->columns + column) * c->channels;
                float count = (float)((y1 - y0) * (x1 - x0));
                for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
                    ptrdiff_t lanes = smaller(LANES, c->channels - c0);
                    float sum[LANES] = {0};
                    for (ptrdiff_t y = y0; y < y1; y++) {
                        float row_sum[LANES] = {0};
                        for (ptrdiff_t x = x0; x < x1; x++) {
                            ptrdiff_t in = ((image * c->height + y) * c->width + x) * c->channels + c0;
                            for (ptrdiff_t lane = 0; lane < lanes; lane++) row_sum[lane] += LOAD(c->in, in + lane);
                        }
                        for (ptrdiff_t lane = 0; lane < lanes; lane++) sum[lane] += row_sum[lane];
                    }
                    for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                        float mean = sum[lane] / count;
                        if (c->pooled_f32)
                            store_f32(c->out, out + c0 + lane, mean);
                        else
                            STORE(c->out, out + c0 + lane, mean);
                    }
                }
            }
        }
    }
}

/* Items are images. */
MULTIVERSIONED static void ELEMENT(average_pool_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const average_context *c = data;
    for (ptrdiff_t image = begin; image < end; image++) {
        for (ptrdiff_t y = 0; y < c->height; y++) {
            for (ptrdiff_t x = 0; x < c->width; x++) {
                ptrdiff_t in = ((image * c->height + y) * c->width + x) * c->channels;
                for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
                    ptrdiff_t lanes = smaller(LANES, c->channels - c0);
                    float sum[LANES] = {0};
                    for (ptrdiff_t row = 0; row < c->rows; row++) {
                        ptrdiff_t y0 = row * c->height / c->rows, y1 = ((row + 1) * c->height + c->rows - 1) / c->rows;
                        if (y < y0 || y >= y1) continue;
                        for (ptrdiff_t column = 0; column < c->columns; column++) {
                            ptrdiff_t x0 = column * c->width / c->columns;
                            ptrdiff_t x1 = ((column + 1) * c->width + c->columns - 1) / c->columns;
                            if (x < x0 || x >= x1) continue;
                            ptrdiff_t out = ((image * c->rows + row) * c->columns + column) * c->channels + c0;
                            float share = 1.0f / (float)((y1 - y0) * (x1 - x0));
                            for (ptrdiff_t lane = 0; lane < lanes; lane++)
                                sum[lane] +=
                                    share * (c->pooled_f32 ? load_f32(c->in, out + lane) : LOAD(c->in, out + lane));
                        }
                    }
                    for (ptrdiff_t lane = 0; lane < lanes; lane++) STORE(c->out, in + c0 + lane, sum[lane]);
                }
            }
        }
    }
}

/* Items are images. */
MULTIVERSIONED static void ELEMENT(global_max_pool)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const global_max_context *c = data;
    for (ptrdiff_t image = begin; image < end; image++) {
        for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
            ptrdiff_t lanes = smaller(LANES, c->channels - c0);
            ptrdiff_t out = image * c->channels + c0;
            float best[LANES];
            uint32_t winner[LANES];
            for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                best[lane] = -__builtin_inff();
                winner[lane] = 0;
            }
            for (ptrdiff_t position = 0; position < c->positions; position++) {
                ptrdiff_t in = (image * c->positions + position) * c->channels + c0;
                for (ptrdiff_t lane = 0; lane < lanes; lane++) {
                    float value = LOAD(c->in, in + lane);
                    /* NaN wins, as in PyTorch. */
                    bool better = value > best[lane] || value != value;
                    best[lane] = better ? value : best[lane];
                    winner[lane] = better ? (uint32_t)position : winner[lane];
                }
            }
            for (ptrdiff_t lane = 0; lane < lanes; lane++) store_f32(c->out, out + lane, best[lane]);
            if (c->winners)
                for (ptrdiff_t lane = 0; lane < lanes; lane++) c->winners[out + lane] = winner[lane];
        }
    }
}

/* Items are images: each position takes the gradients of the channels whose maximum it is. */
MULTIVERSIONED static void ELEMENT(global_max_pool_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const global_max_context *c = data;
    for (ptrdiff_t image = begin; image < end; image++) {
        ptrdiff_t out = image * c->channels;
        for (ptrdiff_t position = 0; position < c->positions; position++) {
            ptrdiff_t in = (image * c->positions + position) * c->channels;
            for (ptrdiff_t i = 0; i < c->channels; i++) {
                float value = load_f32(c->in, out + i);
                STORE(c->out, in + i, c->winners[out + i] == (uint32_t)position ? value : 0);
            }
        }
    }
}

/* Items are rows of the input of all images. */
MULTIVERSIONED static void ELEMENT(padded_shortcut_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const shortcut_context *c = data;
    ptrdiff_t before = (c->out_channels - c->in_channels) / 2;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / c->in_height, y = item % c->in_height;
        for (ptrdiff_t x = 0; x < c->in_width; x++) {
            ptrdiff_t in = (item * c->in_width + x) * c->in_channels;
            bool taken = y % c->stride == 0 && x % c->stride == 0;
            ptrdiff_t row = image * c->out_height + y / c->stride;
            ptrdiff_t out = (row * c->out_width + x / c->stride) * c->out_channels + before;
            for (ptrdiff_t i = 0; i < c->in_channels; i++) STORE(c->out, in + i, taken ? LOAD(c->in, out + i) : 0);
        }
    }
}

MULTIVERSIONED static void ELEMENT(combine)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const elementwise_context *c = data;
    const void *a = c->a, *b = c->b, *z = c->activation;
    void *out = c->out;
    const value_range range = c->range;
    if (b && z) {
        INDEPENDENT
        for (ptrdiff_t i = begin; i < end; i++) {
            float sum = LOAD(a, i) + LOAD(b, i);
            STORE(out, i, is_inside(LOAD(z, i), range) ? sum : 0);
        }
    } else if (z) {
        INDEPENDENT
        for (ptrdiff_t i = begin; i < end; i++) {
            float value = LOAD(a, i);
            STORE(out, i, is_inside(LOAD(z, i), range) ? value : 0);
        }
    } else if (b) {
        INDEPENDENT
        for (ptrdiff_t i = begin; i < end; i++) STORE(out, i, LOAD(a, i) + LOAD(b, i));
    } else {
        INDEPENDENT
        for (ptrdiff_t i = begin; i < end; i++) STORE(out, i, LOAD(a, i));
    }
}

MULTIVERSIONED static void ELEMENT(add)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const elementwise_context *c = data;
    const value_range range = c->range;
    INDEPENDENT
    for (ptrdiff_t i = begin; i < end; i++) {
        float value = LOAD(c->a, i) + (c->b ? LOAD(c->b, i) : 0);
        STORE(c->out, i, limited(value, range));
    }
}

MULTIVERSIONED static void ELEMENT(apply_mask)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const elementwise_context *c = data;
    INDEPENDENT
    for (ptrdiff_t i = begin; i < end; i++) STORE(c->out, i, LOAD(c->a, i) * c->mask[i]);
}
