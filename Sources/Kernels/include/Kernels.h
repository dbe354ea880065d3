#pragma once

#include "activations.h"
#include "optimizers.h"
#include "parallel.h"
#include "resample.h"
