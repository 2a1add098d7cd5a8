#include "dsp/base/packet_pool.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace acq {
namespace {
constexpr std::size_t kAlign = 64;
constexpr std::size_t round_up(std::size_t n) {
  return (n + kAlign - 1) / kAlign * kAlign;
}
}  // namespace

void PacketPool::FreeBytes::operator()(std::byte* p) const noexcept {
  std::free(p);
}

PacketPool::PacketPool(std::size_t packets, std::size_t packet_bytes)
    : packets_(packets),
      slots_(std::make_unique<Packet[]>(packets)),
      free_(slots_.get(), packets, turn_of(packet_bytes)) {
  ACQ_CHECK(packets > 0 && packet_bytes > 0);
  const std::size_t stride = round_up(packet_bytes);
  bytes_.reset(static_cast<std::byte*>(std::aligned_alloc(kAlign, stride * packets)));
  if (bytes_ == nullptr) throw std::bad_alloc();
  std::memset(bytes_.get(), 0, stride * packets);  // touch every page now, not while acquiring
  for (std::size_t i = 0; i < packets; ++i) {
    slots_[i].samples = bytes_.get() + i * stride;
    slots_[i].capacity_bytes = packet_bytes;
    slots_[i].pool = this;
  }
}

Packet* PacketPool::take() noexcept {
  Packet* packet = free_.take();
  if (packet != nullptr) packet->clear();
  return packet;
}

}  // namespace acq
