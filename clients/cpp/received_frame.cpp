#include "clients/cpp/received_frame.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace acq::client {
namespace {

// Where the values of one channel are in a payload.
struct Strides {
  std::size_t first = 0;
  std::size_t step = 1;
};

template <typename T>
void scale_channel(std::span<const std::byte> payload, Strides at, double scale, double offset,
                   std::vector<double>& values) {
  const T* raw = reinterpret_cast<const T*>(payload.data()) + at.first;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(raw[i * at.step]) * scale + offset;
  }
}

template <typename Word>
void unpack_channel(std::span<const std::byte> payload, std::size_t bit,
                    std::vector<double>& values) {
  const Word* words = reinterpret_cast<const Word*>(payload.data());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = (words[i] >> bit) & 1U;
}

}  // namespace

ReceivedFrame::ReceivedFrame(ReceivedFrame&& other) noexcept {
  *this = std::move(other);
}

// Small messages lie within the message object itself, and so move with it.
ReceivedFrame& ReceivedFrame::operator=(ReceivedFrame&& other) noexcept {
  const bool is_copied = static_cast<const void*>(other.payload_.data()) == other.aligned_.data();
  const std::size_t size = other.payload_.size();
  topic_ = std::move(other.topic_);
  header_ = std::move(other.header_);
  message_ = std::move(other.message_);
  aligned_ = std::move(other.aligned_);
  description_ = std::move(other.description_);
  arrival_ = other.arrival_;
  received_ns_ = other.received_ns_;
  payload_ = is_copied ? std::as_bytes(std::span(aligned_)).first(size)
                       : std::span(static_cast<const std::byte*>(message_.data()), size);
  other.payload_ = {};
  return *this;
}

std::size_t ReceivedFrame::channels() const noexcept {
  if (holds_bits(header_)) {
    const std::size_t bits = 8 * size_of(header_.dtype);
    return description_ ? std::min(description_->channels.size(), bits) : bits;
  }
  if (header_.shape.size() != 2) return 0;
  return static_cast<std::size_t>(header_.shape[header_.layout == Layout::kPlanar ? 0 : 1]);
}

void ReceivedFrame::channel(std::size_t number, std::vector<double>& values) const {
  values.clear();
  if (number >= channels()) return;
  const auto count = static_cast<std::size_t>(header_.count);
  if (holds_bits(header_)) {
    values.resize(count);
    return header_.dtype == Dtype::kU8 ? unpack_channel<std::uint8_t>(payload_, number, values)
                                       : unpack_channel<std::uint16_t>(payload_, number, values);
  }
  const Strides at =
      header_.layout == Layout::kPlanar ? Strides{number * count, 1} : Strides{number, channels()};
  double scale = 1;
  double offset = 0;
  if (description_ && number < description_->channels.size()) {
    scale = description_->channels[number].scale;
    offset = description_->channels[number].offset;
  }
  values.resize(count);
  switch (header_.dtype) {
    case Dtype::kI8: return scale_channel<std::int8_t>(payload_, at, scale, offset, values);
    case Dtype::kU8: return scale_channel<std::uint8_t>(payload_, at, scale, offset, values);
    case Dtype::kI16: return scale_channel<std::int16_t>(payload_, at, scale, offset, values);
    case Dtype::kU16: return scale_channel<std::uint16_t>(payload_, at, scale, offset, values);
    case Dtype::kI32: return scale_channel<std::int32_t>(payload_, at, scale, offset, values);
    case Dtype::kF32: return scale_channel<float>(payload_, at, scale, offset, values);
    case Dtype::kF64: return scale_channel<double>(payload_, at, scale, offset, values);
    case Dtype::kC64:
    case Dtype::kUnspecified: break;
  }
  values.clear();  // complex samples have no single value
}

double ReceivedFrame::x(std::size_t i) const noexcept {
  const auto n = static_cast<double>(i);
  if (!header_.axes.empty()) {
    const Axis& axis = header_.axes.front();
    if (axis.rule == AxisRule::kList) {
      const bool is_told = description_ && !description_->axes.empty() &&
                           i < description_->axes.front().values.size();
      return is_told ? description_->axes.front().values[i] : kUnknown;
    }
    const double start = header_.has_axis_start ? header_.axis_start : axis.start;
    return axis.rule == AxisRule::kLog ? start * std::pow(axis.step, n) : start + n * axis.step;
  }
  const bool has_rate = description_ && description_->rate_hz.num > 0;
  return has_rate ? n / description_->rate_hz.value() : n;
}

tl::unexpected<Error> ReceivedFrame::wrong_dtype(Dtype asked) const {
  return fail(Code::kInvalid,
              "frames of " + topic_ + " hold " + std::string(to_string(header_.dtype)) + ", not " +
                  std::string(to_string(asked)),
              "dtype", std::string(to_string(header_.dtype)));
}

void ReceivedFrame::take_payload(zmq::message_t& part) {
  message_ = std::move(part);
  payload_ = {static_cast<const std::byte*>(message_.data()), message_.size()};
  // Small messages lie in ZeroMQ's receive buffer, where the peer's other parts happen to put them.
  constexpr std::uintptr_t kAlignment = alignof(std::uint64_t);
  if (reinterpret_cast<std::uintptr_t>(payload_.data()) % kAlignment == 0) return;
  aligned_.resize((payload_.size() + kAlignment - 1) / kAlignment);
  std::memcpy(aligned_.data(), payload_.data(), payload_.size());
  payload_ = std::as_bytes(std::span(aligned_)).first(payload_.size());
}

std::string_view to_string(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::kI8: return "i8";
    case Dtype::kU8: return "u8";
    case Dtype::kI16: return "i16";
    case Dtype::kU16: return "u16";
    case Dtype::kI32: return "i32";
    case Dtype::kF32: return "f32";
    case Dtype::kF64: return "f64";
    case Dtype::kC64: return "c64";
    case Dtype::kUnspecified: break;
  }
  return "none";
}

}  // namespace acq::client
