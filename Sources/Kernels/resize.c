#include "resize.h"

#include "loops.h"
#include "vectors.h"

typedef struct {
    const void *in;
    void *out;
    ptrdiff_t channels;
    const resize_axis *rows, *columns;
} resize_context;

/* How much of output position `o` comes from input position `i`. */
INLINE float taken(const resize_axis *axis, ptrdiff_t o, ptrdiff_t i) {
    return (axis->lower[o] == i ? 1 - axis->share[o] : 0) + (axis->upper[o] == i ? axis->share[o] : 0);
}

#define LOOPS "resize_loops.h"
#include "both_types.h"

void kernel_resize(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t channels, const resize_axis *rows, const resize_axis *columns,
    bool bf16) {
    resize_context context = {in, out, channels, rows, columns};
    RUN(resize, bf16, batch * rows->out_size, columns->out_size * channels * 4, &context);
}

void kernel_resize_backward(
    const void *out_gradient, void *in_gradient, ptrdiff_t batch, ptrdiff_t channels, const resize_axis *rows,
    const resize_axis *columns, bool bf16) {
    resize_context context = {out_gradient, in_gradient, channels, rows, columns};
    RUN(resize_backward, bf16, batch * rows->in_size, columns->in_size * channels * 4, &context);
}
