/* What the element loops share about ranges. */
#pragma once

#include "activations.h"
#include "vectors.h"

/* Limits a value to a range; NaN stays NaN. */
INLINE float limited(float value, value_range range) {
    value = value < range.lowest ? range.lowest : value;
    return value > range.highest ? range.highest : value;
}

/* Whether a value that was limited to a range lies inside it. */
INLINE bool is_inside(float value, value_range range) { return value > range.lowest && value != range.highest; }
