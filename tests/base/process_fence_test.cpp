#include "dsp/base/process_fence.h"

#include <gtest/gtest.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace acq {
namespace {

TEST(ProcessFence, IsThereWhereTheKernelOffersItAndOnlyThere) {
  const long offered = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0U, 0);
  const bool is_offered = offered > 0 && (offered & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0;
  EXPECT_EQ(has_process_fence(), is_offered);
  if (has_process_fence()) process_fence();
  // Set by tests/base/without_membarrier.py: else this test would not say which of the two it has seen.
  const bool is_refused = std::getenv("ACQ_WITHOUT_MEMBARRIER") != nullptr;
  EXPECT_FALSE(is_refused && has_process_fence());
}

}  // namespace
}  // namespace acq
