/* The loops behind resize.h for one element type: see both_types.h. */

/* Items are rows of the output of all images. */
MULTIVERSIONED static void ELEMENT(resize)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const resize_context *c = data;
    const resize_axis rows = *c->rows, columns = *c->columns;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / rows.out_size, y = item % rows.out_size;
        ptrdiff_t top = (image * rows.in_size + rows.lower[y]) * columns.in_size;
        ptrdiff_t bottom = (image * rows.in_size + rows.upper[y]) * columns.in_size;
        float below = rows.share[y], above = 1 - below;
        for (ptrdiff_t x = 0; x < columns.out_size; x++) {
            ptrdiff_t left = columns.lower[x], right = columns.upper[x];
            float after = columns.share[x], before = 1 - after;
            ptrdiff_t a = (top + left) * c->channels, b = (top + right) * c->channels;
            ptrdiff_t d = (bottom + left) * c->channels, e = (bottom + right) * c->channels;
            ptrdiff_t out = (item * columns.out_size + x) * c->channels;
            INDEPENDENT
            for (ptrdiff_t i = 0; i < c->channels; i++) {
                float upper = before * LOAD(c->in, a + i) + after * LOAD(c->in, b + i);
                float lower = before * LOAD(c->in, d + i) + after * LOAD(c->in, e + i);
                STORE(c->out, out + i, above * upper + below * lower);
            }
        }
    }
}

/* Items are rows of the input of all images: each position gathers from the outputs that take from it. */
MULTIVERSIONED static void ELEMENT(resize_backward)(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const resize_context *c = data;
    const resize_axis rows = *c->rows, columns = *c->columns;
    for (ptrdiff_t item = begin; item < end; item++) {
        ptrdiff_t image = item / rows.in_size, iy = item % rows.in_size;
        for (ptrdiff_t ix = 0; ix < columns.in_size; ix++) {
            for (ptrdiff_t c0 = 0; c0 < c->channels; c0 += LANES) {
                ptrdiff_t lanes = smaller(LANES, c->channels - c0);
                float sum[LANES] = {0};
                for (ptrdiff_t oy = rows.begin[iy]; oy < rows.end[iy]; oy++) {
                    float row_share = taken(&rows, oy, iy);
                    for (ptrdiff_t ox = columns.begin[ix]; ox < columns.end[ix]; ox++) {
                        float share = row_share * taken(&columns, ox, ix);
                        ptrdiff_t at = ((image * rows.out_size + oy) * columns.out_size + ox) * c->channels + c0;
                        for (ptrdiff_t lane = 0; lane < lanes; lane++) sum[lane] += share * LOAD(c->in, at + lane);
                    }
                }
                ptrdiff_t out = (item * columns.in_size + ix) * c->channels + c0;
                for (ptrdiff_t lane = 0; lane < lanes; lane++) STORE(c->out, out + lane, sum[lane]);
            }
        }
    }
}
