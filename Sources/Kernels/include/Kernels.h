#pragma once

#include "activations.h"
#include "parallel.h"
