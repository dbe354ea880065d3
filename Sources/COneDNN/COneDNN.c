#include "COneDNN.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <oneapi/dnnl/dnnl.h>

static _Thread_local char last_error[256];

static bool fail(const char *what, dnnl_status_t status) {
    snprintf(last_error, sizeof last_error, "oneDNN could not %s (status %d)", what, (int)status);
    return false;
}

const char *dnn_last_error(void) { return last_error; }

/* ------------------------------------------------------------------------------------------------ engine and stream */

/* One engine for all; each thread has a stream of its own, which ends with it. */
static dnnl_engine_t engine;
static pthread_key_t streams;
static dnnl_status_t started = dnnl_runtime_error;

static void destroy_stream(void *stream) { dnnl_stream_destroy(stream); }

static void start_once(void) {
    if (pthread_key_create(&streams, destroy_stream)) return;
    started = dnnl_engine_create(&engine, dnnl_cpu, 0);
}

static bool start(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_once);
    return started == dnnl_success || fail("start", started);
}

/* NULL where there is none. */
static dnnl_stream_t stream_of_thread(void) {
    dnnl_stream_t stream = pthread_getspecific(streams);
    if (stream) return stream;
    dnnl_status_t status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        fail("start a stream", status);
        return NULL;
    }
    if (pthread_setspecific(streams, stream)) {
        dnnl_stream_destroy(stream);
        fail("keep a stream", dnnl_out_of_memory);
        return NULL;
    }
    return stream;
}

const char *dnn_version(void) {
    static char text[32];
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    return text;
}

/* ------------------------------------------------------------------------------- memory descriptors in both versions */

#if DNNL_VERSION_MAJOR >= 3

typedef dnnl_memory_desc_t owned_desc;

static owned_desc desc_with_tag(int axes, const dnnl_dims_t sizes, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    owned_desc desc = NULL;
    dnnl_memory_desc_create_with_tag(&desc, axes, sizes, type, tag);
    return desc;
}

static owned_desc desc_with_strides(int axes, const dnnl_dims_t sizes, dnnl_data_type_t type, const dnnl_dims_t strides) {
    owned_desc desc = NULL;
    dnnl_memory_desc_create_with_strides(&desc, axes, sizes, type, strides);
    return desc;
}

static void desc_free(owned_desc desc) {
    if (desc) dnnl_memory_desc_destroy(desc);
}

#else

typedef dnnl_memory_desc_t *owned_desc;
typedef const dnnl_memory_desc_t *const_dnnl_memory_desc_t;

static owned_desc desc_checked(owned_desc desc, dnnl_status_t status) {
    if (status == dnnl_success) return desc;
    free(desc);
    return NULL;
}

static owned_desc desc_with_tag(int axes, const dnnl_dims_t sizes, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    owned_desc desc = malloc(sizeof *desc);
    if (!desc) return NULL;
    return desc_checked(desc, dnnl_memory_desc_init_by_tag(desc, axes, sizes, type, tag));
}

static owned_desc desc_with_strides(int axes, const dnnl_dims_t sizes, dnnl_data_type_t type, const dnnl_dims_t strides) {
    owned_desc desc = malloc(sizeof *desc);
    if (!desc) return NULL;
    return desc_checked(desc, dnnl_memory_desc_init_by_strides(desc, axes, sizes, type, strides));
}

static void desc_free(owned_desc desc) { free(desc); }

#endif

static dnnl_data_type_t data_type(dnn_type type) {
    switch (type) {
    case DNN_BF16: return dnnl_bf16;
    case DNN_U8: return dnnl_u8;
    case DNN_S8: return dnnl_s8;
    default: return dnnl_f32;
    }
}

/* ------------------------------------------------------------------------------------------------------- primitives */

struct dnn_primitive {
    dnnl_primitive_t primitive;
    dnnl_primitive_desc_t desc;
    dnnl_memory_t memories[DNN_SLOT_COUNT];
    dnnl_exec_arg_t arguments[DNN_SLOT_COUNT];
    int argument_count;
    /* The layout of the weights, owned by `desc`, and the plain one. NULL for matrix products and reorders. */
    const_dnnl_memory_desc_t weights;
    owned_desc plain_weights;
    size_t scratchpad_size, operands_size;
    /* Factors and summands of a quantized convolution. */
    float *numbers;
};

/* An empty primitive; NULL where the library cannot start or there is no memory. */
static dnn_primitive *new_primitive(void) {
    if (!start()) return NULL;
    dnn_primitive *p = calloc(1, sizeof *p);
    if (!p) fail("make a primitive", dnnl_out_of_memory);
    return p;
}

void dnn_destroy(dnn_primitive *p) {
    if (!p) return;
    for (int slot = 0; slot < DNN_SLOT_COUNT; slot++)
        if (p->memories[slot]) dnnl_memory_destroy(p->memories[slot]);
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    if (p->desc) dnnl_primitive_desc_destroy(p->desc);
    desc_free(p->plain_weights);
    free(p->numbers);
    free(p);
}

static bool add_argument(dnn_primitive *p, dnn_slot slot, int argument, const_dnnl_memory_desc_t desc) {
    if (!desc) return fail("describe an operand", dnnl_out_of_memory);
    dnnl_status_t status = dnnl_memory_create(&p->memories[slot], desc, engine, DNNL_MEMORY_NONE);
    if (status != dnnl_success) return fail("describe an operand", status);
    p->arguments[p->argument_count++] = (dnnl_exec_arg_t){argument, p->memories[slot]};
    if (slot != DNN_SCRATCHPAD) p->operands_size += dnnl_memory_desc_get_size(desc);
    return true;
}

/* Gives attributes the post-operations, unless something has failed; NULL then. */
static dnnl_primitive_attr_t attributes_with(
    dnnl_primitive_attr_t attributes, dnnl_post_ops_t operations, dnnl_status_t status) {
    if (status == dnnl_success) status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, operations);
    if (operations) dnnl_post_ops_destroy(operations);
    if (status == dnnl_success) return attributes;
    if (attributes) dnnl_primitive_attr_destroy(attributes);
    fail("describe what follows a primitive", status);
    return NULL;
}

static dnnl_status_t append_activation(dnnl_post_ops_t operations, dnn_activation activation) {
    if (activation == DNN_NOTHING) return dnnl_success;
    dnnl_alg_kind_t function = activation == DNN_RELU6 ? dnnl_eltwise_clip : dnnl_eltwise_relu;
    float highest = activation == DNN_RELU6 ? 6 : 0;
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_eltwise(operations, function, 0, highest);
#else
    return dnnl_post_ops_append_eltwise(operations, 1, function, 0, highest);
#endif
}

static dnnl_status_t append_sum(dnnl_post_ops_t operations, float scale, dnnl_data_type_t type) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_sum(operations, scale, 0, type);
#else
    return dnnl_post_ops_append_sum_v2(operations, scale, type);
#endif
}

/* Attributes with a scratchpad of ours and the post-operations asked for. */
static dnnl_primitive_attr_t attributes(bool accumulate, dnn_activation activation) {
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t operations = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(&attributes);
    if (status == dnnl_success) status = dnnl_post_ops_create(&operations);
    if (status == dnnl_success && accumulate) status = append_sum(operations, 1, dnnl_data_type_undef);
    if (status == dnnl_success) status = append_activation(operations, activation);
    return attributes_with(attributes, operations, status);
}

/* Makes the primitive of p->desc and learns its scratchpad. */
static bool finish(dnn_primitive *p) {
    dnnl_status_t status = dnnl_primitive_create(&p->primitive, p->desc);
    if (status != dnnl_success) return fail("make a primitive", status);
    const_dnnl_memory_desc_t scratchpad = dnnl_primitive_desc_query_md(p->desc, dnnl_query_scratchpad_md, 0);
    p->scratchpad_size = scratchpad ? dnnl_memory_desc_get_size(scratchpad) : 0;
    return p->scratchpad_size == 0 || add_argument(p, DNN_SCRATCHPAD, DNNL_ARG_SCRATCHPAD, scratchpad);
}

/* ------------------------------------------------------------------------------------------------------ convolutions */

/* The descriptors of a convolution's operands; `weights` leaves the layout to the library. */
typedef struct {
    owned_desc source, weights, bias, destination;
    dnnl_dims_t strides, dilates, padding_before, padding_behind;
} convolution_descs;

/* The sizes of a convolution's weights, with an axis for the groups where there are several; returns how many axes. */
static int weight_sizes(const dnn_geometry *g, dnnl_dims_t sizes) {
    int axes = 0;
    if (g->groups > 1) sizes[axes++] = g->groups;
    sizes[axes++] = g->output_channels / g->groups;
    sizes[axes++] = g->input_channels / g->groups;
    sizes[axes++] = g->kernel_height;
    sizes[axes++] = g->kernel_width;
    return axes;
}

/* Weights in the order O×kernel×kernel×(I/groups). */
static owned_desc plain_weights(int axes, const dnnl_dims_t sizes, dnnl_data_type_t type) {
    return desc_with_tag(axes, sizes, type, axes == 5 ? dnnl_abdec : dnnl_acdb);
}

static convolution_descs describe_mixed(
    const dnn_geometry *g, dnn_type source_type, dnn_type weights_type, dnn_type destination_type, bool has_bias) {
    convolution_descs d = {
        .strides = {g->stride_height, g->stride_width},
        .dilates = {g->dilation_height - 1, g->dilation_width - 1},
        .padding_before = {g->padding_top, g->padding_left},
        .padding_behind = {g->padding_bottom, g->padding_right}};
    const dnnl_dims_t source = {g->batch, g->input_channels, g->input_height, g->input_width};
    dnnl_dims_t weights;
    int axes = weight_sizes(g, weights);
    const dnnl_dims_t bias = {g->output_channels};
    const dnnl_dims_t destination = {g->batch, g->output_channels, g->output_height, g->output_width};
    d.source = desc_with_tag(4, source, data_type(source_type), dnnl_nhwc);
    d.weights = desc_with_tag(axes, weights, data_type(weights_type), dnnl_format_tag_any);
    d.bias = has_bias ? desc_with_tag(1, bias, dnnl_f32, dnnl_a) : NULL;
    d.destination = desc_with_tag(4, destination, data_type(destination_type), dnnl_nhwc);
    return d;
}

static convolution_descs describe(const dnn_geometry *g, dnn_type type, dnn_type weights_type, bool has_bias) {
    return describe_mixed(g, type, weights_type, type, has_bias);
}

static void describe_free(convolution_descs *d) {
    desc_free(d->source);
    desc_free(d->weights);
    desc_free(d->bias);
    desc_free(d->destination);
}

/* Without AMX the library's first choice for 1×1 convolutions in bf16 and int8 was measured to be the slower one on AMD's
   Zen 5 in nearly all of ResNet-50's, by 2.5 times where a residual is added. */
static bool is_better_left(const_dnnl_primitive_desc_t desc) {
    const char *name = "";
    dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name);
    return !strcmp(name, "brgconv_1x1:avx512_core_bf16") || !strcmp(name, "brgconv_1x1:avx512_core_vnni");
}

static dnnl_status_t forward_desc(
    dnnl_primitive_desc_t *desc, const convolution_descs *d, dnnl_prop_kind_t kind, dnnl_primitive_attr_t attr) {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_status_t status = dnnl_convolution_forward_primitive_desc_create(
        desc, engine, kind, dnnl_convolution_direct, d->source, d->weights, d->bias, d->destination, d->strides,
        d->dilates, d->padding_before, d->padding_behind, attr);
    /* Where there is no other, the first stays. */
    if (status == dnnl_success && is_better_left(*desc)) dnnl_primitive_desc_next_impl(*desc);
    return status;
#else
    dnnl_convolution_desc_t operation;
    dnnl_primitive_desc_iterator_t choices = NULL;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
        &operation, kind, dnnl_convolution_direct, d->source, d->weights, d->bias, d->destination, d->strides,
        d->dilates, d->padding_before, d->padding_behind);
    if (status == dnnl_success)
        status = dnnl_primitive_desc_iterator_create(&choices, &operation, attr, engine, NULL);
    if (status != dnnl_success) return status;
    *desc = dnnl_primitive_desc_iterator_fetch(choices);
    if (is_better_left(*desc) && dnnl_primitive_desc_iterator_next(choices) == dnnl_success) {
        dnnl_primitive_desc_destroy(*desc);
        *desc = dnnl_primitive_desc_iterator_fetch(choices);
    }
    dnnl_primitive_desc_iterator_destroy(choices);
    return dnnl_success;
#endif
}

static dnnl_status_t backward_data_desc(
    dnnl_primitive_desc_t *desc, const convolution_descs *d, dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attr) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_backward_data_primitive_desc_create(
        desc, engine, dnnl_convolution_direct, d->source, d->weights, d->destination, d->strides, d->dilates,
        d->padding_before, d->padding_behind, hint, attr);
#else
    dnnl_convolution_desc_t operation;
    dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
        &operation, dnnl_convolution_direct, d->source, d->weights, d->destination, d->strides, d->dilates,
        d->padding_before, d->padding_behind);
    return status == dnnl_success ? dnnl_primitive_desc_create(desc, &operation, attr, engine, hint) : status;
#endif
}

static dnnl_status_t backward_weights_desc(
    dnnl_primitive_desc_t *desc, const convolution_descs *d, dnnl_primitive_desc_t hint, dnnl_primitive_attr_t attr) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_convolution_backward_weights_primitive_desc_create(
        desc, engine, dnnl_convolution_direct, d->source, d->weights, d->bias, d->destination, d->strides, d->dilates,
        d->padding_before, d->padding_behind, hint, attr);
#else
    dnnl_convolution_desc_t operation;
    dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
        &operation, dnnl_convolution_direct, d->source, d->weights, d->bias, d->destination, d->strides, d->dilates,
        d->padding_before, d->padding_behind);
    return status == dnnl_success ? dnnl_primitive_desc_create(desc, &operation, attr, engine, hint) : status;
#endif
}

/* Remembers the layout that the library chose for the weights, and the plain one. */
static bool learn_weights(dnn_primitive *p, const dnn_geometry *g, dnn_type type, dnnl_query_t query) {
    dnnl_dims_t sizes;
    int axes = weight_sizes(g, sizes);
    p->weights = dnnl_primitive_desc_query_md(p->desc, query, 0);
    p->plain_weights = plain_weights(axes, sizes, data_type(type));
    return p->weights && p->plain_weights ? true : fail("describe weights", dnnl_runtime_error);
}

static dnn_primitive *kept(dnn_primitive *p, bool success) {
    if (success) return p;
    dnn_destroy(p);
    return NULL;
}

dnn_primitive *dnn_convolution_forward(
    const dnn_geometry *geometry, dnn_type type, bool inference, bool has_bias, bool accumulate,
    dnn_activation activation) {
    dnn_primitive *p = new_primitive();
    if (!p) return NULL;
    convolution_descs d = describe(geometry, type, type, has_bias);
    dnnl_primitive_attr_t attr = attributes(accumulate, activation);
    dnnl_status_t status =
        forward_desc(&p->desc, &d, inference ? dnnl_forward_inference : dnnl_forward_training, attr);
    bool success = attr && (status == dnnl_success || fail("make a convolution", status));
    success = success && learn_weights(p, geometry, type, dnnl_query_weights_md)
              && add_argument(p, DNN_A, DNNL_ARG_SRC, d.source)
              && add_argument(p, DNN_B, DNNL_ARG_WEIGHTS, p->weights)
              && (!has_bias || add_argument(p, DNN_BIAS, DNNL_ARG_BIAS, d.bias))
              && add_argument(p, DNN_C, DNNL_ARG_DST, d.destination) && finish(p);
    dnnl_primitive_attr_destroy(attr);
    describe_free(&d);
    return kept(p, success);
}

/* Version 2 multiplies the bias by the scales, too, and takes them when the primitive is made; version 3 reads them when
   it runs. */
static dnnl_primitive_attr_t quantized_attributes(const dnn_requantization *r, int64_t channels) {
    dnnl_primitive_attr_t attributes = NULL;
    dnnl_post_ops_t operations = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(&attributes);
    if (status == dnnl_success) status = dnnl_post_ops_create(&operations);
#if DNNL_VERSION_MAJOR >= 3
    if (status == dnnl_success) status = dnnl_primitive_attr_set_scales_mask(attributes, DNNL_ARG_WEIGHTS, 1);
#else
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_output_scales(attributes, channels, 1 << 1, r->scales);
#endif
    if (status == dnnl_success && r->residual_scale != 0)
        status = append_sum(operations, r->residual_scale, data_type(r->residual_type));
    if (status == dnnl_success) status = append_activation(operations, r->relu ? DNN_RELU : DNN_NOTHING);
    return attributes_with(attributes, operations, status);
}

/* Copies scales and biases, and binds them. */
static bool keep_numbers(dnn_primitive *p, const dnn_requantization *r, int64_t channels) {
    p->numbers = malloc(2 * (size_t)channels * sizeof *p->numbers);
    if (!p->numbers) return fail("keep the scales of a convolution", dnnl_out_of_memory);
    float *scales = p->numbers, *biases = p->numbers + channels;
    for (int64_t o = 0; o < channels; o++) {
        scales[o] = r->scales[o];
        biases[o] = DNNL_VERSION_MAJOR >= 3 ? r->biases[o] : r->biases[o] / r->scales[o];
    }
    dnn_bind(p, DNN_BIAS, biases);
    dnn_bind(p, DNN_SCALES, scales);
    return true;
}

dnn_primitive *dnn_quantized_convolution(
    const dnn_geometry *geometry, dnn_type type, const dnn_requantization *requantization) {
    dnn_primitive *p = new_primitive();
    if (!p) return NULL;
    int64_t channels = geometry->output_channels;
    convolution_descs d = describe_mixed(geometry, DNN_U8, DNN_S8, type, true);
    dnnl_primitive_attr_t attr = quantized_attributes(requantization, channels);
    dnnl_status_t status = forward_desc(&p->desc, &d, dnnl_forward_inference, attr);
    bool success = attr && (status == dnnl_success || fail("make a convolution of 8-bit integers", status));
    success = success && learn_weights(p, geometry, DNN_S8, dnnl_query_weights_md)
              && add_argument(p, DNN_A, DNNL_ARG_SRC, d.source)
              && add_argument(p, DNN_B, DNNL_ARG_WEIGHTS, p->weights)
              && add_argument(p, DNN_BIAS, DNNL_ARG_BIAS, d.bias)
              && add_argument(p, DNN_C, DNNL_ARG_DST, d.destination) && finish(p);
#if DNNL_VERSION_MAJOR >= 3
    success = success && add_argument(p, DNN_SCALES, DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, d.bias);
#endif
    success = success && keep_numbers(p, requantization, channels);
    dnnl_primitive_attr_destroy(attr);
    describe_free(&d);
    return kept(p, success);
}

dnn_primitive *dnn_convolution_backward_data(const dnn_geometry *geometry, dnn_type type) {
    dnn_primitive *p = new_primitive();
    if (!p) return NULL;
    convolution_descs d = describe(geometry, type, type, false);
    dnnl_primitive_attr_t attr = attributes(false, DNN_NOTHING);
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = forward_desc(&hint, &d, dnnl_forward_training, NULL);
    if (status == dnnl_success) status = backward_data_desc(&p->desc, &d, hint, attr);
    bool success = attr && (status == dnnl_success || fail("make the gradient of a convolution", status));
    success = success && learn_weights(p, geometry, type, dnnl_query_weights_md)
              && add_argument(p, DNN_A, DNNL_ARG_DIFF_DST, d.destination)
              && add_argument(p, DNN_B, DNNL_ARG_WEIGHTS, p->weights)
              && add_argument(p, DNN_C, DNNL_ARG_DIFF_SRC, d.source) && finish(p);
    if (hint) dnnl_primitive_desc_destroy(hint);
    dnnl_primitive_attr_destroy(attr);
    describe_free(&d);
    return kept(p, success);
}

dnn_primitive *dnn_convolution_backward_weights(const dnn_geometry *geometry, dnn_type type) {
    dnn_primitive *p = new_primitive();
    if (!p) return NULL;
    convolution_descs forward = describe(geometry, type, type, false);
    convolution_descs d = describe(geometry, type, DNN_F32, false);
    dnnl_primitive_attr_t attr = attributes(false, DNN_NOTHING);
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = forward_desc(&hint, &forward, dnnl_forward_training, NULL);
    if (status == dnnl_success) status = backward_weights_desc(&p->desc, &d, hint, attr);
    bool success = attr && (status == dnnl_success || fail("make the weight gradient of a convolution", status));
    success = success && learn_weights(p, geometry, DNN_F32, dnnl_query_diff_weights_md)
              && add_argument(p, DNN_A, DNNL_ARG_SRC, d.source)
              && add_argument(p, DNN_B, DNNL_ARG_DIFF_DST, d.destination)
              && add_argument(p, DNN_C, DNNL_ARG_DIFF_WEIGHTS, p->weights) && finish(p);
    if (hint) dnnl_primitive_desc_destroy(hint);
    dnnl_primitive_attr_destroy(attr);
    describe_free(&forward);
    describe_free(&d);
    return kept(p, success);
}

/* --------------------------------------------------------------------------------------------------- matrix products */

static owned_desc matrix(int64_t rows, int64_t columns, bool transposed, dnn_type type) {
    const dnnl_dims_t sizes = {rows, columns};
    const dnnl_dims_t strides = {transposed ? 1 : columns, transposed ? rows : 1};
    return desc_with_strides(2, sizes, data_type(type), strides);
}

dnn_primitive *dnn_matmul(
    int64_t rows, int64_t inner, int64_t columns, bool transpose_a, dnn_type operand_type, dnn_type result_type) {
    dnn_primitive *p = new_primitive();
    if (!p) return NULL;
    owned_desc a = matrix(rows, inner, transpose_a, operand_type);
    owned_desc b = matrix(inner, columns, false, operand_type);
    owned_desc c = matrix(rows, columns, false, result_type);
    dnnl_primitive_attr_t attr = attributes(false, DNN_NOTHING);
#if DNNL_VERSION_MAJOR >= 3
    dnnl_status_t status = dnnl_matmul_primitive_desc_create(&p->desc, engine, a, b, NULL, c, attr);
#else
    dnnl_matmul_desc_t operation;
    dnnl_status_t status = dnnl_matmul_desc_init(&operation, a, b, NULL, c);
    if (status == dnnl_success) status = dnnl_primitive_desc_create(&p->desc, &operation, attr, engine, NULL);
#endif
    bool success = attr && (status == dnnl_success || fail("make a matrix product", status));
    success = success && add_argument(p, DNN_A, DNNL_ARG_SRC, a) && add_argument(p, DNN_B, DNNL_ARG_WEIGHTS, b)
              && add_argument(p, DNN_C, DNNL_ARG_DST, c) && finish(p);
    dnnl_primitive_attr_destroy(attr);
    desc_free(a);
    desc_free(b);
    desc_free(c);
    return kept(p, success);
}

/* ---------------------------------------------------------------------------------------------------- weight layouts */

static dnn_primitive *reorder(const_dnnl_memory_desc_t from, const_dnnl_memory_desc_t to) {
    dnn_primitive *p = new_primitive();
    if (!p) return NULL;
    dnnl_primitive_attr_t attr = attributes(false, DNN_NOTHING);
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(&p->desc, from, engine, to, engine, attr);
    bool success = attr && (status == dnnl_success || fail("reorder weights", status));
    success = success && add_argument(p, DNN_A, DNNL_ARG_FROM, from) && add_argument(p, DNN_C, DNNL_ARG_TO, to)
              && finish(p);
    dnnl_primitive_attr_destroy(attr);
    return kept(p, success);
}

/* The sizes of all axes; returns how many. */
static int sizes_of(const_dnnl_memory_desc_t desc, dnnl_dims_t sizes) {
#if DNNL_VERSION_MAJOR >= 3
    dnnl_dims_t *known = NULL;
    int axes = 0;
    dnnl_memory_desc_query(desc, dnnl_query_ndims_s32, &axes);
    dnnl_memory_desc_query(desc, dnnl_query_dims, &known);
    memcpy(sizes, *known, sizeof *known);
    return axes;
#else
    memcpy(sizes, desc->dims, sizeof desc->dims);
    return desc->ndims;
#endif
}

dnn_primitive *dnn_pack_weights(const dnn_primitive *user, dnn_type source_type) {
    dnnl_dims_t sizes;
    int axes = sizes_of(user->weights, sizes);
    owned_desc plain = plain_weights(axes, sizes, data_type(source_type));
    dnn_primitive *p = reorder(plain, user->weights);
    desc_free(plain);
    return p;
}

dnn_primitive *dnn_unpack_weights(const dnn_primitive *maker) { return reorder(maker->weights, maker->plain_weights); }

size_t dnn_weights_size(const dnn_primitive *p) { return p->weights ? dnnl_memory_desc_get_size(p->weights) : 0; }

bool dnn_weights_are_plain(const dnn_primitive *p) {
    return p->weights && dnnl_memory_desc_equal(p->weights, p->plain_weights);
}

bool dnn_same_weights_layout(const dnn_primitive *first, const dnn_primitive *second) {
    return first->weights && second->weights && dnnl_memory_desc_equal(first->weights, second->weights);
}

/* --------------------------------------------------------------------------------------------------------- execution */

size_t dnn_scratchpad_size(const dnn_primitive *p) { return p->scratchpad_size; }

size_t dnn_operands_size(const dnn_primitive *p) { return p->operands_size; }

void dnn_bind(dnn_primitive *p, dnn_slot slot, void *memory) {
    if (p->memories[slot]) dnnl_memory_set_data_handle(p->memories[slot], memory);
}

bool dnn_execute(dnn_primitive *p) {
    dnnl_stream_t stream = stream_of_thread();
    if (!stream) return false;
    dnnl_status_t status = dnnl_primitive_execute(p->primitive, stream, p->argument_count, p->arguments);
    if (status == dnnl_success) status = dnnl_stream_wait(stream);
    return status == dnnl_success || fail("run a primitive", status);
}

/* --------------------------------------------------------------------------------------------------------- processor */

bool dnn_supports(dnn_type type) {
    const dnn_geometry geometry = {1, 16, 8, 8, 16, 8, 8, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    dnn_primitive *forward = dnn_convolution_forward(&geometry, type, true, true, true, DNN_RELU);
    dnn_primitive *backward = forward ? dnn_convolution_backward_weights(&geometry, type) : NULL;
    bool supported = forward && backward;
    dnn_destroy(forward);
    dnn_destroy(backward);
    return supported;
}

/* Whether the library uses all of an instruction set: the processor has it, and ONEDNN_MAX_CPU_ISA allows it. */
static bool has_set(dnnl_cpu_isa_t wanted) {
    unsigned set = (unsigned)dnnl_get_effective_cpu_isa();
    return (set & (unsigned)wanted) == (unsigned)wanted;
}

bool dnn_supports_int8(void) { return has_set(dnnl_cpu_isa_avx512_core_vnni) || has_set(dnnl_cpu_isa_avx2_vnni); }

bool dnn_has_bf16_vectors_only(void) {
    return has_set(dnnl_cpu_isa_avx512_core_bf16) && !has_set(dnnl_cpu_isa_avx512_core_amx);
}

int dnn_vector_bits(void) { return has_set(dnnl_cpu_isa_avx512_core) ? 512 : has_set(dnnl_cpu_isa_avx2) ? 256 : 128; }

int dnn_instruction_set(void) { return (int)dnnl_get_effective_cpu_isa(); }

/* On AMD vectors of bf16 run at full width. */
static bool is_amd(void) {
#if defined(__x86_64__)
    char vendor[13] = {0};
    unsigned highest;
    __get_cpuid(0, &highest, (unsigned *)vendor, (unsigned *)(vendor + 8), (unsigned *)(vendor + 4));
    return !strcmp(vendor, "AuthenticAMD");
#else
    return false;
#endif
}

bool dnn_computes_fast_in_bf16(void) {
    /* With AVX-512 BF16 alone, bf16 was measured at twice the speed of f32 on AMD, and slower than f32 on Intel. */
    return has_set(dnnl_cpu_isa_avx512_core_amx) || (has_set(dnnl_cpu_isa_avx512_core_bf16) && is_amd());
}
