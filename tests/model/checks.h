// Included before the classes under test: their broken checks end an execution, not the program.
#pragma once

#include "dsp/base/result.h"
#include "tests/model/execution.h"

#undef ACQ_CHECK
#define ACQ_CHECK(expression) ::acq::model::require((expression), "check failed: " #expression)
