#include "tests/support/emulators/loopback_server.h"

#include "dsp/base/clock.h"

namespace acq::test {
namespace {

constexpr std::int64_t kMillisecond_ns = 1'000'000;
constexpr std::int64_t kLong_ns = 3'600'000 * kMillisecond_ns;

std::int64_t in(std::int64_t duration_ns) {
  return system_clock().now_ns() + duration_ns;
}

}  // namespace

bool Peer::send(std::span<const std::byte> bytes) {
  return stream_.write(bytes, {in(kLong_ns), stop_}).has_value();
}

bool Peer::send(std::string_view text) {
  return send(std::as_bytes(std::span(text)));
}

std::ptrdiff_t Peer::receive(std::span<std::byte> into, int timeout_ms) {
  if (stop_.stop_requested()) return -1;
  const auto got = stream_.read(into, {in(timeout_ms * kMillisecond_ns), stop_});
  if (got) return static_cast<std::ptrdiff_t>(*got);
  return got.error().code == Code::kTimeout && !stop_.stop_requested() ? 0 : -1;
}

bool Peer::receive_all(std::span<std::byte> into) {
  while (!into.empty()) {
    const std::ptrdiff_t got = receive(into, 1000);
    if (got < 0) return false;
    into = into.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool Peer::receive_line(std::string& line) {
  constexpr std::size_t kMost = std::size_t{64} << 10;
  line.clear();
  while (line.size() < kMost) {
    std::byte one{};
    if (!receive_all(std::span(&one, 1))) return false;
    if (one == std::byte{'\n'}) return true;
    line += static_cast<char>(one);
  }
  return false;
}

LoopbackServer::LoopbackServer(Serve serve, std::uint16_t port)
    : serve_(std::move(serve)), listener_(std::make_unique<Listener>(port)) {
  port_ = listener_->port();
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

LoopbackServer::~LoopbackServer() {
  unplug();
}

void LoopbackServer::accept_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_ptr<DescriptorStream> stream = listener_->accept({in(kLong_ns), stop});
    if (stream == nullptr) continue;
    const std::scoped_lock lock(mutex_);
    ++accepted_;
    connections_.emplace_back(
        [this, accepted = std::move(stream)](const std::stop_token& ends) mutable {
          const std::unique_ptr<DescriptorStream> own = std::move(accepted);
          Peer peer(*own, ends);
          serve_(peer);
        });
  }
}

void LoopbackServer::unplug() {
  acceptor_ = {};
  listener_ = nullptr;
  const std::scoped_lock lock(mutex_);
  for (std::jthread& connection : connections_) connection.request_stop();
  connections_.clear();
}

void LoopbackServer::plug() {
  if (listener_ != nullptr) return;
  listener_ = std::make_unique<Listener>(port_);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept_all(stop); });
}

std::size_t LoopbackServer::accepted() const {
  const std::scoped_lock lock(mutex_);
  return accepted_;
}

}  // namespace acq::test
