/*
 * oneDNN, as far as the engine needs it: convolutions, matrix products and the reordering of weights, on plain NHWC
 * activations. Versions 2 and 3 of the library differ in how primitives are made; nothing outside this module sees it.
 *
 * A primitive is made once, bound to its operands and executed many times. Functions that make one return NULL on
 * failure; dnn_last_error() then tells the same thread why. Any thread may make primitives; one of them belongs to one thread
 * at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { DNN_F32 = 0, DNN_BF16 = 1, DNN_U8 = 2, DNN_S8 = 3 } dnn_type;

/* A two-dimensional convolution on N×H×W×C. Weights are O×kernel×kernel×(I/groups). */
typedef struct {
    int64_t batch;
    int64_t input_channels, input_height, input_width;
    int64_t output_channels, output_height, output_width;
    int64_t kernel_height, kernel_width, stride_height, stride_width;
    /* The distance between neighbouring elements of the kernel, 1 for none between them. */
    int64_t dilation_height, dilation_width;
    int64_t padding_top, padding_left, padding_bottom, padding_right;
    int64_t groups;
} dnn_geometry;

/* What a primitive reads and writes; the meaning of each slot stands beside the function that makes the primitive. */
typedef enum { DNN_A = 0, DNN_B = 1, DNN_BIAS = 2, DNN_C = 3, DNN_SCRATCHPAD = 4, DNN_SCALES = 5 } dnn_slot;
enum { DNN_SLOT_COUNT = 6 };

typedef struct dnn_primitive dnn_primitive;

/* What follows a convolution. */
typedef enum { DNN_NOTHING = 0, DNN_RELU = 1, DNN_RELU6 = 2 } dnn_activation;

/* C = A ⋆ B (+ bias) (+ C) (then the activation). A: input, B: weights in the primitive's layout, bias: f32, C: output. */
dnn_primitive *dnn_convolution_forward(
    const dnn_geometry *geometry, dnn_type type, bool inference, bool has_bias, bool accumulate,
    dnn_activation activation);

/* How the sums of products of 8-bit integers become 8-bit integers again; copied. */
typedef struct {
    /* One factor and one summand for each output channel. */
    const float *scales, *biases;
    /* What C held before is of this type and is added, times this factor; a factor of 0 adds nothing. */
    dnn_type residual_type;
    float residual_scale;
    bool relu;
} dnn_requantization;

/* C = scales · (A ⋆ B) + biases (+ residual_scale · C) (then ReLU), rounded and saturated; for inference.
   A: u8 input, B: s8 weights in the primitive's layout, C: output of `type`, u8 or s8. */
dnn_primitive *dnn_quantized_convolution(
    const dnn_geometry *geometry, dnn_type type, const dnn_requantization *requantization);

/* C = dL/dinput. A: dL/doutput, B: weights in the primitive's layout, C: dL/dinput. */
dnn_primitive *dnn_convolution_backward_data(const dnn_geometry *geometry, dnn_type type);

/* C = dL/dweights in f32 in the primitive's layout. A: input, B: dL/doutput. */
dnn_primitive *dnn_convolution_backward_weights(const dnn_geometry *geometry, dnn_type type);

/* C = op(A) · B, row-major; op(A) is rows×inner, B is inner×columns. The order of its sums depends on the sizes and on the
   number of threads. */
dnn_primitive *dnn_matmul(
    int64_t rows, int64_t inner, int64_t columns, bool transpose_a, dnn_type operand_type, dnn_type result_type);

/* C = A in another layout: from plain O×kernel×kernel×I weights of `source_type` to what `user` wants, … */
dnn_primitive *dnn_pack_weights(const dnn_primitive *user, dnn_type source_type);
/* … and from what `maker` (backward_weights) wrote to plain f32. */
dnn_primitive *dnn_unpack_weights(const dnn_primitive *maker);

/* Bytes of the weights, or weight gradients, in the primitive's layout. */
size_t dnn_weights_size(const dnn_primitive *primitive);
/* Whether that layout is the plain one. */
bool dnn_weights_are_plain(const dnn_primitive *primitive);
/* Whether two primitives want their weights in the same layout. */
bool dnn_same_weights_layout(const dnn_primitive *first, const dnn_primitive *second);
/* Bytes of the scratchpad that must be bound before execution; 0 for none. */
size_t dnn_scratchpad_size(const dnn_primitive *primitive);
/* The bytes of all other operands. */
size_t dnn_operands_size(const dnn_primitive *primitive);

/* Tells where an operand lies; a primitive without this slot ignores it. */
void dnn_bind(dnn_primitive *primitive, dnn_slot slot, void *memory);
/* Runs and waits. False on failure. */
bool dnn_execute(dnn_primitive *primitive);
void dnn_destroy(dnn_primitive *primitive);

/* What went wrong last on the calling thread, in memory of that thread. */
const char *dnn_last_error(void);
/* The version of the library in use, such as 2.6.3, in static memory. */
const char *dnn_version(void);
/* What follows is about the instruction sets that the library uses: those of the processor, unless ONEDNN_MAX_CPU_ISA allows
   fewer. Our own kernels ask here too, so that one variable limits both. */

/* Whether the library computes in this type. */
bool dnn_supports(dnn_type type);
/* Whether 8-bit integers are multiplied without overflow between: with VNNI. */
bool dnn_supports_int8(void);
/* Whether the library computes in bf16 with AVX-512 BF16, and has no AMX tiles for it. */
bool dnn_has_bf16_vectors_only(void);
/* How wide the vectors are that the library computes on. */
int dnn_vector_bits(void);
/* The best instruction set that the library uses here, as its dnnl_cpu_isa_t. */
int dnn_instruction_set(void);
/* Whether bf16 is the faster type here: with AMX tiles, or AVX-512 BF16 on AMD. */
bool dnn_computes_fast_in_bf16(void);
