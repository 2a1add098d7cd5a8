// Runs a test once for every instruction set this machine has.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "dsp/math/simd.h"

#include <hwy/targets.h>

namespace acq::test {

template <typename Body>
void for_each_instruction_set(const Body& body) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(std::string("with ") + hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

}  // namespace acq::test
