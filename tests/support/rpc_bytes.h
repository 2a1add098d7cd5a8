// Records of ONC RPC byte by byte (RFC 5531, sections 9 and 11), for scripts of what a server says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace acq::test {

inline std::string xdr(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

inline std::string xdr_bytes(std::string_view bytes) {
  std::string out = xdr(static_cast<std::uint32_t>(bytes.size())) + std::string(bytes);
  out.resize((out.size() + 3) / 4 * 4);
  return out;
}

inline std::string rpc_fragment(std::string_view bytes, bool is_last) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  return xdr(is_last ? size | 0x80000000 : size) + std::string(bytes);
}

// A reply that was accepted, with these results.
inline std::string rpc_reply(std::uint32_t transaction, std::string_view results) {
  const std::string head = xdr(transaction) + xdr(1) + xdr(0) + xdr(0) + xdr(0) + xdr(0);
  return rpc_fragment(head + std::string(results), true);
}

// The number our first call has; each later one has one more.
inline constexpr std::uint32_t kFirstTransaction = 0x61637101;

}  // namespace acq::test
