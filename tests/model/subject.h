// What is checked: the real classes over the model's atomics. A mutant puts one of its own instead.
#pragma once

#include "tests/model/checks.h"

#include "daemon/hand_over.h"
#include "dsp/base/free_list.h"
#include "dsp/base/latest_value.h"
#include "dsp/base/ref_count.h"
#include "dsp/base/slot_pool.h"
#include "dsp/base/spsc_ring.h"
#include "dsp/base/wake_flag.h"
#include "tests/model/atomics.h"

namespace acq::model {

struct RealSubject {
  template <typename T>
  using Ring = SpscRing<T, ModelAtomics>;
  template <typename T>
  using Latest = LatestValue<T, ModelAtomics>;
  using List = FreeList<ModelAtomics>;
  template <typename Slot>
  using Pool = SlotPool<Slot, ModelAtomics>;
  using Count = RefCount<ModelAtomics>;
  using Flag = WakeFlag<ModelAtomics>;
  using Steps = HandOver;
};

}  // namespace acq::model
