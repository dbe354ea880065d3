#include "maps.h"

#include "loops.h"
#include "ranges.h"
#include "vectors.h"

typedef struct {
    const map_operands *maps;
    void *out;
    value_range range;
} combine_context;

typedef struct {
    const void *in;
    void *out;
    const float *factors;
    ptrdiff_t positions, channels;
} image_context;

#define LOOPS "maps_loops.h"
#include "both_types.h"

void kernel_sum_maps(const map_operands *maps, value_range range, void *out, bool bf16) {
    combine_context context = {maps, out, range};
    RUN(sum_maps, bf16, maps->batch * maps->positions, maps->channels * maps->count, &context);
}

void kernel_multiply_maps(const map_operands *maps, void *out, bool bf16) {
    combine_context context = {.maps = maps, .out = out};
    RUN(multiply_maps, bf16, maps->batch * maps->positions, maps->channels * maps->count, &context);
}

void kernel_sum_positions(
    const void *in, void *out, ptrdiff_t batch, ptrdiff_t positions, ptrdiff_t channels, bool bf16) {
    image_context context = {in, out, NULL, positions, channels};
    RUN(sum_positions, bf16, batch, positions * channels, &context);
}

void kernel_scale_images(
    const void *in, const float *factors, void *out, ptrdiff_t batch, ptrdiff_t count, bool bf16) {
    image_context context = {in, out, factors, 1, count};
    RUN(scale_images, bf16, batch, count, &context);
}

typedef struct {
    const char *in;
    char *out;
    size_t in_size, out_size, copied;
} copy_context;

static void copy_rows(void *data, ptrdiff_t begin, ptrdiff_t end, int thread) {
    const copy_context *c = data;
    for (ptrdiff_t row = begin; row < end; row++)
        memcpy(c->out + (size_t)row * c->out_size, c->in + (size_t)row * c->in_size, c->copied);
}

void kernel_copy_channels(
    const void *in, ptrdiff_t in_channels, void *out, ptrdiff_t out_channels, ptrdiff_t count, ptrdiff_t rows,
    size_t element_size) {
    copy_context context = {
        in, out, (size_t)in_channels * element_size, (size_t)out_channels * element_size, (size_t)count * element_size};
    parallel_for(rows, grain_of(count), copy_rows, &context);
}
