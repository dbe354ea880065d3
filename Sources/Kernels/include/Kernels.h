#pragma once

#include "activations.h"
#include "batch_norm.h"
#include "optimizers.h"
#include "parallel.h"
#include "quantization.h"
#include "resample.h"
#include "weight_gradient.h"
