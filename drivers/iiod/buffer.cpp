#include "drivers/iiod/buffer.h"

#include <fmt/format.h>

namespace acq::iiod {
namespace {

tl::unexpected<Error> out_of_step(const std::string& sentence) {
  return fail(Code::kDisconnected, "the server " + sentence + ": the connection is given up");
}

}  // namespace

Buffer::Buffer(std::unique_ptr<ByteStream> stream, const Selection& selection, std::size_t scans)
    : client_(std::move(stream)),
      device_(selection.device.id),
      mask_(mask_text(selection.chosen, selection.device.channels.size())),
      scan_bytes_(selection.plan.scan_bytes),
      block_(scans * selection.plan.scan_bytes) {}

Result<std::unique_ptr<Buffer>> Buffer::open(std::unique_ptr<ByteStream> stream,
                                             const Selection& selection, std::size_t scans,
                                             const Until& until) {
  std::unique_ptr<Buffer> buffer(new Buffer(std::move(stream), selection, scans));
  // A slow device is no error. Small servers do not know the command, and never give up anyway.
  const auto patient = buffer->client_.execute("TIMEOUT 0", until);
  const bool is_known = patient.has_value() || patient.error().code == Code::kInvalid ||
                        patient.error().code == Code::kUnsupported;
  if (!is_known) return tl::unexpected<Error>(patient.error());
  const auto opened = buffer->client_.execute(
      fmt::format("OPEN {} {} {}", buffer->device_, scans, buffer->mask_), until);
  if (!opened) return tl::unexpected<Error>(opened.error());
  return buffer;
}

Result<bool> Buffer::receive(const Until& until) {
  if (step_ == Step::kAsk) {
    const auto sent = client_.send(fmt::format("READBUF {} {}", device_, block_.size()), until);
    if (!sent) return tl::unexpected<Error>(sent.error());
    received_ = chunk_left_ = 0;
    has_mask_ = false;
    step_ = Step::kLength;
  }
  while (step_ != Step::kAsk) {
    const Result<void> taken = take(until);
    if (!taken && taken.error().code == Code::kTimeout) return false;
    if (!taken) return tl::unexpected<Error>(taken.error());
  }
  if (received_ % scan_bytes_ != 0) return out_of_step("ends a block within a scan");
  return received_ > 0;
}

Result<void> Buffer::take(const Until& until) {
  if (step_ == Step::kLength) return take_length(until);
  if (step_ == Step::kMask) return take_mask(until);
  const auto got = client_.some(std::span(block_).subspan(received_, chunk_left_), until);
  if (!got) return tl::unexpected<Error>(got.error());
  received_ += *got;
  chunk_left_ -= *got;
  if (chunk_left_ == 0) step_ = received_ == block_.size() ? Step::kAsk : Step::kLength;
  return {};
}

Result<void> Buffer::take_length(const Until& until) {
  const Result<std::int64_t> length = client_.number(until);
  if (!length) {
    const bool is_nonsense = length.error().code == Code::kIo;
    return is_nonsense ? out_of_step(length.error().sentence) : tl::unexpected(length.error());
  }
  if (*length < 0) {
    return fail(Code::kDisconnected, error_of(*length, "READBUF").sentence);
  }
  if (static_cast<std::uint64_t>(*length) > block_.size() - received_) {
    return out_of_step(
        fmt::format("sends {} bytes where {} are missing", *length, block_.size() - received_));
  }
  chunk_left_ = static_cast<std::size_t>(*length);
  if (chunk_left_ == 0) {
    step_ = Step::kAsk;  // a short block is over
  } else {
    step_ = has_mask_ ? Step::kData : Step::kMask;
  }
  return {};
}

// The channels that are in the scans: with other clients at work they could be more than asked for.
Result<void> Buffer::take_mask(const Until& until) {
  const Result<std::string> mask = client_.line(mask_.size(), until);
  if (!mask) {
    const bool is_nonsense = mask.error().code == Code::kIo;
    return is_nonsense ? out_of_step(mask.error().sentence) : tl::unexpected(mask.error());
  }
  if (*mask != mask_) {
    return out_of_step("sends channels " + quote(*mask) + " instead of " + mask_);
  }
  has_mask_ = true;
  step_ = Step::kData;
  return {};
}

}  // namespace acq::iiod
