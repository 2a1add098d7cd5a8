#include "dsp/base/process_fence.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dsp/base/result.h"

namespace acq {
namespace {

bool ask_kernel(membarrier_cmd command) noexcept {
  return syscall(SYS_membarrier, command, 0U, 0) == 0;
}

}  // namespace

// The kernel wants to be told once that a process will ask for it.
const bool detail::kHasProcessFence = ask_kernel(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
                                      ask_kernel(MEMBARRIER_CMD_PRIVATE_EXPEDITED);

void process_fence() noexcept {
  // membarrier(2): a command that was accepted once is accepted until the machine starts anew.
  ACQ_CHECK(ask_kernel(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
}

}  // namespace acq
