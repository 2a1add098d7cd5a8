#include "tests/support/emulators/rtl_tcp_server.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <span>

namespace acq::test {
namespace {

constexpr std::size_t kCommandBytes = 5;
constexpr std::uint8_t kFrequency = 1, kRate = 2, kTestMode = 7;
constexpr std::chrono::milliseconds kBlock{5};

}  // namespace

RtlTcpServer::RtlTcpServer(Options options)
    : options_(std::move(options)),
      settings_{{kFrequency, 100'000'000}, {kRate, 2'048'000}},
      server_([this](Peer& peer) { serve(peer); }, options_.port) {}

std::vector<RtlTcpServer::Received> RtlTcpServer::commands() const {
  const std::scoped_lock lock(mutex_);
  return commands_;
}

void RtlTcpServer::list_commands(std::ostream& out) const {
  for (const Received& received : commands())
    out << int{received.code} << " " << received.value << "\n";
}

std::uint32_t RtlTcpServer::setting(std::uint8_t code) const {
  const std::scoped_lock lock(mutex_);
  const auto found = settings_.find(code);
  return found == settings_.end() ? 0 : found->second;
}

void RtlTcpServer::serve(Peer& peer) {
  if (!peer.send(options_.greeting)) return;
  std::vector<std::byte> partial, block;
  auto due = std::chrono::steady_clock::now();
  while (take_commands(peer, partial)) {
    if (holds_ || (!options_.is_unpaced && std::chrono::steady_clock::now() < due)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    due += kBlock;
    fill(block);
    std::span<const std::byte> rest = block;
    while (!rest.empty()) {
      const auto piece = rest.first(std::min(rest.size(), options_.message_bytes));
      if (!peer.send(piece)) return;
      rest = rest.subspan(piece.size());
    }
  }
}

// False: the client is gone.
bool RtlTcpServer::take_commands(Peer& peer, std::vector<std::byte>& partial) {
  std::byte buffer[kCommandBytes * 16];
  const std::ptrdiff_t got = peer.receive(buffer, 0);
  if (got < 0) return false;
  partial.insert(partial.end(), buffer, buffer + got);
  const std::scoped_lock lock(mutex_);
  while (partial.size() >= kCommandBytes) {
    Received received{.code = std::to_integer<std::uint8_t>(partial[0])};
    for (std::size_t i = 1; i < kCommandBytes; ++i)
      received.value = received.value << 8 | std::to_integer<std::uint32_t>(partial[i]);
    partial.erase(partial.begin(), partial.begin() + kCommandBytes);
    commands_.push_back(received);
    settings_[received.code] = received.value;
  }
  return true;
}

// What the device makes in 5 ms.
void RtlTcpServer::fill(std::vector<std::byte>& block) {
  made_ += to_lose_.exchange(0);
  const double rate_hz = std::max(1.0, static_cast<double>(setting(kRate)));
  const double step = (options_.carrier_hz - setting(kFrequency)) / rate_hz;
  const bool is_test = setting(kTestMode) != 0;
  block.resize(2 * static_cast<std::size_t>(rate_hz * 5e-3));
  for (std::size_t i = 0; i < block.size(); i += 2, made_ += 2) {
    if (is_test) {
      block[i] = static_cast<std::byte>(made_);
      block[i + 1] = static_cast<std::byte>(made_ + 1);
      continue;
    }
    const double angle = 2 * std::numbers::pi * turn_;
    block[i] = static_cast<std::byte>(std::lround(127.5 + 100 * std::cos(angle)));
    block[i + 1] = static_cast<std::byte>(std::lround(127.5 + 100 * std::sin(angle)));
    turn_ = std::fmod(turn_ + step, 1.0);
  }
}

}  // namespace acq::test
