// Messages of HiSLIP byte by byte (IVI-6.1, table 3), for scripts of what a server says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace acq::test {

inline std::string hislip_message(int type, int control, std::uint32_t parameter,
                                  std::string_view payload = {}) {
  std::string out = "HS";
  out += static_cast<char>(type);
  out += static_cast<char>(control);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(parameter >> shift & 0xff);
  const std::uint64_t length = payload.size();
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xff);
  return out + std::string(payload);
}

}  // namespace acq::test
