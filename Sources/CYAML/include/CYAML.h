#pragma once

// libyaml, as it is: its parser of events needs neither macros nor callbacks, so Swift can call it directly.
#include <yaml.h>
