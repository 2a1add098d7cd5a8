// A link that marks the end of messages, whose other side is a function.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "drivers/scpi/link.h"

namespace acq::test {

// One thread, no time in it: no answer is kTimeout at once. What a link may refuse, it refuses.
class ScriptedLink final : public scpi::Link {
 public:
  // What the instrument answers to a message; empty: nothing.
  using Peer = std::function<std::string(std::string_view message)>;
  explicit ScriptedLink(Peer peer) : peer_(std::move(peer)) {}

  [[nodiscard]] std::string_view name() const noexcept override { return "scripted"; }
  [[nodiscard]] bool marks_end() const noexcept override { return true; }
  Result<void> write(std::string_view message, const Until& /*until*/) override {
    written.emplace_back(message);
    input_ += peer_(message);
    return {};
  }
  Result<scpi::Piece> read(std::span<std::byte> into, const Until& /*until*/) override {
    if (input_.empty()) return fail(Code::kTimeout, "no answer");
    const std::size_t count = std::min({into.size(), input_.size(), longest_read});
    std::memcpy(into.data(), input_.data(), count);
    input_.erase(0, count);
    return scpi::Piece{count, input_.empty()};
  }
  Result<void> clear(const Until& /*until*/) override {
    ++clears;
    input_.clear();
    return {};
  }
  Result<std::uint8_t> status_byte(const Until& /*until*/) override { return no("status"); }
  Result<void> enable_service_requests(const Until& /*until*/) override {
    if (calls.empty()) return no("service requests");
    return {};
  }
  Result<bool> wait_service_request(const Until& /*until*/) override {
    if (calls.empty()) return false;
    const bool call = calls.front();
    calls.erase(calls.begin());
    return call;
  }
  Result<void> trigger(const Until& /*until*/) override { return no("trigger"); }
  Result<void> set_remote(bool /*is_remote*/, const Until& /*until*/) override {
    return no("remote");
  }

  std::size_t longest_read = SIZE_MAX;
  std::vector<std::string> written;
  std::vector<bool> calls;  // what the next waits for a service request give
  int clears = 0;

 private:
  static tl::unexpected<Error> no(std::string_view what) {
    return fail(Code::kUnsupported, "the script has no " + std::string(what));
  }
  Peer peer_;
  std::string input_;
};

}  // namespace acq::test
