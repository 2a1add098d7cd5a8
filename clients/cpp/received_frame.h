// A frame as it arrived, with its payload in the memory ZeroMQ received it into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "clients/cpp/stream_tracker.h"
#include "dsp/base/frame.h"
#include "dsp/base/result.h"
#include "proto/codec.h"

namespace acq::client {

// The Dtype whose values are T in memory.
template <typename T>
inline constexpr Dtype kDtypeOf = Dtype::kUnspecified;
template <>
inline constexpr Dtype kDtypeOf<std::int8_t> = Dtype::kI8;
template <>
inline constexpr Dtype kDtypeOf<std::uint8_t> = Dtype::kU8;
template <>
inline constexpr Dtype kDtypeOf<std::int16_t> = Dtype::kI16;
template <>
inline constexpr Dtype kDtypeOf<std::uint16_t> = Dtype::kU16;
template <>
inline constexpr Dtype kDtypeOf<std::int32_t> = Dtype::kI32;
template <>
inline constexpr Dtype kDtypeOf<float> = Dtype::kF32;
template <>
inline constexpr Dtype kDtypeOf<double> = Dtype::kF64;

// Owns the message: spans and views stay valid until the object is received into again, moved from
// or destroyed. Meant to be used again for each frame; then nothing is allocated. One thread.
class ReceivedFrame {
 public:
  ReceivedFrame() = default;
  ReceivedFrame(ReceivedFrame&& other) noexcept;
  ReceivedFrame& operator=(ReceivedFrame&& other) noexcept;

  [[nodiscard]] const std::string& topic() const noexcept { return topic_; }
  [[nodiscard]] const FrameHeader& header() const noexcept { return header_; }
  // Checked against header().shape, dtype and crc32c; starts at a multiple of 8 bytes.
  [[nodiscard]] std::span<const std::byte> payload() const noexcept { return payload_; }
  // What header().descriptor_id stands for; null while its description has not come.
  [[nodiscard]] const std::shared_ptr<const TopicInfo>& description() const noexcept {
    return description_;
  }
  // The place of the frame in its topic, and what was lost just before it.
  [[nodiscard]] const Arrival& arrival() const noexcept { return arrival_; }
  // CLOCK_MONOTONIC when it was received. On the daemon's own machine the difference to
  // header().stamp.host_rx_ns is the latency.
  [[nodiscard]] std::int64_t received_ns() const noexcept { return received_ns_; }

  // Of packed bits: as many as are described, or as a word has while the description has not come.
  [[nodiscard]] std::size_t channels() const noexcept;
  // The payload as numbers, without a copy. kInvalid: the frame's dtype is another one.
  template <typename T>
  [[nodiscard]] Result<std::span<const T>> samples() const {
    static_assert(kDtypeOf<T> != Dtype::kUnspecified, "no dtype has this type");
    if (header_.dtype != kDtypeOf<T>) return wrong_dtype(kDtypeOf<T>);
    return std::span<const T>(reinterpret_cast<const T*>(payload_.data()),
                              payload_.size() / sizeof(T));
  }
  // One channel in its physical unit (scale and offset of the description applied), whatever the
  // dtype and layout. `values` is resized; empty when there is no such channel.
  void channel(std::size_t number, std::vector<double>& values) const;
  // Position of value `i` on the x axis: a frame's own axis, or seconds since the first sample. NaN
  // where the positions are listed in a description that has not come.
  [[nodiscard]] double x(std::size_t i) const noexcept;

 private:
  friend class Subscriber;

  [[nodiscard]] tl::unexpected<Error> wrong_dtype(Dtype asked) const;
  void take_payload(zmq::message_t& part);

  std::string topic_;
  FrameHeader header_;
  zmq::message_t message_;
  std::vector<std::uint64_t> aligned_;  // a copy, where ZeroMQ's own memory is not aligned
  std::span<const std::byte> payload_;
  std::shared_ptr<const TopicInfo> description_;
  Arrival arrival_;
  std::int64_t received_ns_ = 0;
};

// "i16", "f32" ...
std::string_view to_string(Dtype dtype) noexcept;

}  // namespace acq::client
