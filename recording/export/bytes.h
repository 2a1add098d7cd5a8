// Little-endian numbers into bytes.
#pragma once

#include <cstdint>
#include <string>

namespace acq::exports {

template <typename T>
void put_number(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFF);
}

}  // namespace acq::exports
