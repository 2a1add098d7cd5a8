// An owned descriptor, and the stream over one.
#pragma once

#include <string>
#include <utility>

#include "drivers/transport/byte_stream.h"

namespace acq {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int get() const noexcept { return value_; }
  [[nodiscard]] bool is_open() const noexcept { return value_ >= 0; }

 private:
  int value_ = -1;
};

// A connected socket or an open terminal, in non-blocking mode. Errors name `peer`.
class DescriptorStream final : public ByteStream {
 public:
  enum class Kind { kSocket, kTerminal };

  DescriptorStream(Descriptor descriptor, Kind kind, std::string peer) noexcept
      : descriptor_(std::move(descriptor)), kind_(kind), peer_(std::move(peer)) {}

  Result<std::size_t> read(std::span<std::byte> into, const Until& until) override;
  Result<void> write(std::span<const std::byte> bytes, const Until& until) override;
  Result<std::size_t> discard_input() override;
  [[nodiscard]] std::uint32_t local_ipv4() const noexcept override;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

 private:
  // One system call: bytes read, 0 when there are none now.
  Result<std::size_t> read_now(std::span<std::byte> into);
  Result<std::size_t> write_now(std::span<const std::byte> bytes);
  [[nodiscard]] tl::unexpected<Error> failed(int error) const;

  Descriptor descriptor_;
  Kind kind_;
  std::string peer_;
};

}  // namespace acq
