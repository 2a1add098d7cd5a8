// How busy the machine is, as the threads of this process notice it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace acq::emu {

// How long the threads that run now were ready and had no processor, all together, since they began;
// 0 where the kernel does not count it.
inline std::int64_t waited_for_processor_ns() {
  std::int64_t sum_ns = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::int64_t ran_ns = 0;
    std::int64_t waited_ns = 0;
    std::ifstream file(task.path() / "schedstat");
    if (file >> ran_ns >> waited_ns) sum_ns += waited_ns;
  }
  return sum_ns;
}

}  // namespace acq::emu
