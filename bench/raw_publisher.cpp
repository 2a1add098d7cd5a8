// The bare peer: libzmq alone, publishing buffers of one size as fast as they go or at a fixed rate.
//
//   bench_raw_publisher ENDPOINT BYTES MESSAGES_PER_SECOND SECONDS    0 messages a second: no pause
//
// Sends by reference from 64 buffers; blocks in the socket rather than lose (XPUB, no drop). The first
// 8 bytes of a message are CLOCK_MONOTONIC when it was meant to be sent.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "dsp/base/clock.h"

namespace {

std::atomic<int> g_free{0};
void done(void* /*data*/, void* /*hint*/) {
  g_free.fetch_add(1, std::memory_order_release);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const auto size = static_cast<std::size_t>(std::atoll(argv[2]));
  const double rate = std::atof(argv[3]);
  const acq::Clock& clock = acq::system_clock();
  constexpr int kBuffers = 64;
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::xpub);
  socket.set(zmq::sockopt::xpub_nodrop, 1);
  socket.set(zmq::sockopt::sndhwm, 32);
  socket.set(zmq::sockopt::linger, 0);
  socket.bind(argv[1]);
  zmq::message_t subscription;
  (void)socket.recv(subscription);
  std::vector<std::vector<char>> buffers(kBuffers, std::vector<char>(size, 1));
  g_free = kBuffers;
  const std::int64_t start = clock.now_ns();
  const std::int64_t end = start + static_cast<std::int64_t>(std::atof(argv[4]) * 1e9);
  for (std::uint64_t n = 0; clock.now_ns() < end; ++n) {
    std::int64_t due = clock.now_ns();
    if (rate > 0) {
      due = start + static_cast<std::int64_t>(static_cast<double>(n) / rate * 1e9);
      clock.sleep_until(due, {});
    }
    while (g_free.load(std::memory_order_acquire) <= 0)
      clock.sleep_until(clock.now_ns() + 20'000, {});
    g_free.fetch_sub(1);
    std::vector<char>& buffer = buffers[n % kBuffers];
    std::memcpy(buffer.data(), &due, sizeof due);
    socket.send(zmq::message_t(buffer.data(), size, done, nullptr), zmq::send_flags::none);
  }
  std::printf("R done 1\n");
  return 0;
}
