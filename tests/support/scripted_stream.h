// A byte stream whose other side is a function.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "drivers/transport/byte_stream.h"

namespace acq::test {

// Each write is given to the peer, and what the peer returns can be read from then on. There is no
// time in it: nothing to read is kTimeout at once. One thread.
class ScriptedStream final : public ByteStream {
 public:
  using Peer = std::function<std::string(std::string_view written)>;
  explicit ScriptedStream(Peer peer) : peer_(std::move(peer)) {}

  Result<std::size_t> read(std::span<std::byte> into, const Until& /*until*/) override {
    if (input_.empty()) {
      if (is_closed_) return fail(Code::kDisconnected, "the script is over");
      return fail(Code::kTimeout, "nothing in the script");
    }
    const std::size_t count = std::min(into.size(), input_.size());
    std::memcpy(into.data(), input_.data(), count);
    input_.erase(0, count);
    return count;
  }
  Result<void> write(std::span<const std::byte> bytes, const Until& /*until*/) override {
    if (is_closed_) return fail(Code::kDisconnected, "the script is over");
    input_ += peer_({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return {};
  }
  Result<std::size_t> discard_input() override {
    const std::size_t count = input_.size();
    input_.clear();
    return count;
  }

  // What the peer sends without being asked.
  void send(std::string_view bytes) { input_ += bytes; }
  // After what is still to be read, the connection is gone.
  void close() noexcept { is_closed_ = true; }

 private:
  Peer peer_;
  std::string input_;
  bool is_closed_ = false;
};

}  // namespace acq::test
