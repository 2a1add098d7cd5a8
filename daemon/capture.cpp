#include "daemon/capture.h"

#include <pthread.h>
#include <sys/mman.h>

#include <cstring>
#include <new>

#include "daemon/capture_text.h"

namespace acq {

Capture::Capture(CaptureHead head, std::size_t most_bytes, std::int64_t end_ns, const Clock& clock)
    : head_(std::move(head)),
      clock_(clock),
      begin_ns_(clock.now_ns()),
      end_ns_(end_ns),
      memory_(map(most_bytes)) {}

Capture::~Capture() = default;

// With its pages, so that noting something never waits for one.
Capture::Memory Capture::map(std::size_t bytes) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kFlags, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return {static_cast<std::byte*>(memory), Unmap{bytes}};
}

void Capture::Unmap::operator()(std::byte* memory) const noexcept {
  munmap(memory, bytes);
}

bool Capture::is_over() const noexcept {
  return is_over_.load(std::memory_order_relaxed) || clock_.now_ns() >= end_ns_;
}

Capture::NotStored Capture::not_stored() const {
  const std::scoped_lock lock(mutex_);
  return not_stored_;
}

void Capture::note(const WireEvent& event, std::span<const std::byte> bytes) noexcept {
  add({.numbers = event.numbers,
       .wire = event.wire,
       .act = static_cast<std::uint8_t>(event.act),
       .code = event.code},
      bytes);
}

void Capture::note(DriverCall call, const Numbers& numbers, std::span<const std::byte> bytes,
                   Code code) noexcept {
  add({.numbers = numbers, .act = static_cast<std::uint8_t>(call), .code = code}, bytes);
}

void Capture::add(Event event, std::span<const std::byte> bytes) noexcept {
  const std::int64_t now_ns = clock_.now_ns();
  if (now_ns >= end_ns_) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);  // never waits: who has it ends this
  if (!lock.owns_lock() || is_over_.load(std::memory_order_relaxed)) return;
  event.t_ns = now_ns - begin_ns_;
  event.size_bytes = static_cast<std::uint32_t>(bytes.size());
  const bool is_full = not_stored_.events > 0;
  if (is_full || memory().size() - used_bytes_ < sizeof event + bytes.size()) {
    not_stored_.events += 1;
    not_stored_.bytes += bytes.size();
    return;
  }
  std::memcpy(memory().data() + used_bytes_, &event, sizeof event);
  used_bytes_ += sizeof event;
  if (!bytes.empty()) std::memcpy(memory().data() + used_bytes_, bytes.data(), bytes.size());
  used_bytes_ += bytes.size();
  ++events_;
}

void Capture::write(std::string file) {
  {
    const std::scoped_lock lock(mutex_);
    is_over_ = true;
  }
  writer_ = std::jthread([this, file = std::move(file)] {
    pthread_setname_np(pthread_self(), "capture");
    CaptureText text(head_, end_ns_ - begin_ns_);
    for (std::size_t at = 0; at < used_bytes_;) {
      Event event;
      std::memcpy(&event, memory().data() + at, sizeof event);
      at += sizeof event;
      text.add(event, memory().subspan(at, event.size_bytes));
      at += event.size_bytes;
    }
    outcome_ = text.save(file, events_, not_stored_);
    memory_.reset();
    is_written_ = true;
  });
}

}  // namespace acq
