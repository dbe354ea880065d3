#pragma once

#include "activations.h"
#include "batch_norm.h"
#include "blur.h"
#include "colours.h"
#include "convolution_shape.h"
#include "optimizers.h"
#include "parallel.h"
#include "quantization.h"
#include "resample.h"
#include "warp.h"
#include "weight_gradient.h"
#include "winograd.h"
