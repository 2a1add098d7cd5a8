#include "drivers/transport/usb_reader.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace acq::usb {
namespace {

constexpr std::size_t kFewest = 16;
constexpr std::size_t kMost = 64;
constexpr double kTransfer_s = 0.01;
constexpr double kAhead_s = 0.1;
constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kNoMemoryPause_ns = 10 * kMillisecond;
constexpr int kMostFailures = 8;  // with the pauses below, a second

// Before mending the n-th time without data in between: 0, 10, 20, 40 ... ms.
std::int64_t pause_ns(int failures) {
  return failures <= 1 ? 0 : std::min(10 * kMillisecond << (failures - 2), 250 * kMillisecond);
}

std::size_t whole_packets(std::size_t bytes, std::uint16_t packet_bytes) {
  const std::size_t packet = std::max<std::size_t>(packet_bytes, 1);
  return std::max<std::size_t>((bytes + packet - 1) / packet, 1) * packet;
}

tl::unexpected<Error> gone() {
  return fail(Code::kDisconnected, "the USB device is gone");
}

}  // namespace

ReadAhead read_ahead_for(double bytes_per_second, std::uint16_t packet_bytes) {
  const double rate = std::clamp(bytes_per_second, 1.0, 1e10);
  const auto largest = kMostAheadBytes / kFewest;
  const auto wanted = static_cast<std::size_t>(rate * kTransfer_s);
  ReadAhead ahead;
  ahead.transfer_bytes = whole_packets(std::min(wanted, largest), packet_bytes);
  if (ahead.transfer_bytes > largest) ahead.transfer_bytes -= packet_bytes;
  const double count = std::ceil(rate * kAhead_s / static_cast<double>(ahead.transfer_bytes));
  const std::size_t fitting = kMostAheadBytes / ahead.transfer_bytes;
  ahead.transfers = std::min(std::clamp(static_cast<std::size_t>(count), kFewest, kMost), fitting);
  return ahead;
}

Reader::Reader(Device& device, const Endpoint& endpoint, const ReadAhead& ahead, const Clock& clock)
    : device_(device), endpoint_(endpoint), ahead_(ahead), clock_(clock) {
  ACQ_CHECK(endpoint.is_in() && ahead.transfers > 0);
  ahead_.transfer_bytes = whole_packets(ahead.transfer_bytes, endpoint.packet_bytes);
}

Reader::~Reader() = default;

Result<void> Reader::start() {
  if (state_ == State::kRunning || state_ == State::kMending) return {};
  if (state_ == State::kGone || device_.is_gone()) return gone();
  if (pipe_ == nullptr) {
    auto pipe = device_.open_pipe(endpoint_, ahead_.transfers, ahead_.transfer_bytes);
    if (!pipe) return tl::unexpected(pipe.error());
    pipe_ = std::move(*pipe);
    order_.resize(ahead_.transfers);
    idle_.reserve(ahead_.transfers);
    for (Transfer& transfer : pipe_->transfers()) idle_.push_back(&transfer);
  }
  give_back();
  while (under_way_ > 0) {  // a stop() whose rest nobody read
    if (!wait_for_oldest({clock_.now_ns() + 100 * kMillisecond})) {
      return fail(Code::kIo, "USB transfers do not come back");
    }
    handed_ = std::exchange(order_[oldest_], nullptr);
    oldest_ = (oldest_ + 1) % order_.size();
    --under_way_;
    give_back();
  }
  pending_ = Break::kNone;
  failures_ = 0;
  Result<void> submitted = submit_idle();
  if (!submitted && (submitted.error().code != Code::kBusy || under_way_ < 2)) {
    pipe_->cancel();
    state_ = State::kStopping;
    return submitted;
  }
  state_ = State::kRunning;
  return {};
}

void Reader::give_back() {
  if (handed_ != nullptr) idle_.push_back(std::exchange(handed_, nullptr));
}

Result<void> Reader::submit_idle() {
  while (!idle_.empty()) {
    Transfer& transfer = *idle_.back();
    transfer.request_bytes = transfer.memory.size();
    if (const auto started = pipe_->submit(transfer); !started) return started;
    idle_.pop_back();
    order_[(oldest_ + under_way_) % order_.size()] = &transfer;
    ++under_way_;
  }
  return {};
}

// Transfers that came back before their elders wait for them.
bool Reader::wait_for_oldest(const Until& until) {
  while (order_[oldest_]->is_under_way)
    if (pipe_->take(until) == nullptr) return false;
  return true;
}

void Reader::note_end(const Transfer& transfer) {
  const auto broken = [&](Break why) {
    if (state_ == State::kRunning) {
      pipe_->cancel();
      state_ = State::kMending;
      ++breaks_;
      plan_mending();
      if (failures_ > kMostFailures) state_ = State::kGone;
    }
    why_ = pending_ = why;
  };
  switch (transfer.end) {
    case TransferEnd::kDone:
      if (transfer.size_bytes > 0) failures_ = 0;
      break;
    case TransferEnd::kCancelled: break;
    case TransferEnd::kStall: broken(Break::kStall); break;
    case TransferEnd::kError: broken(Break::kError); break;
    case TransferEnd::kBabble: broken(Break::kBabble); break;
    case TransferEnd::kGone:
      if (state_ != State::kGone) pipe_->cancel();
      state_ = State::kGone;
      break;
  }
}

Arrival Reader::hand_out(Transfer& transfer) {
  Arrival arrival;
  arrival.before = std::exchange(pending_, Break::kNone);
  note_end(transfer);
  arrival.bytes = transfer.memory.first(std::min(transfer.size_bytes, transfer.memory.size()));
  arrival.arrived_ns = transfer.ended_ns;
  arrival.is_short = transfer.size_bytes < transfer.request_bytes;
  handed_ = &transfer;
  return arrival;
}

void Reader::plan_mending() {
  ++failures_;
  mend_at_ns_ = clock_.now_ns() + pause_ns(failures_);
}

// Everything is back: clears the halt and starts again.
Result<void> Reader::mend(const Until& until) {
  if (clock_.now_ns() < mend_at_ns_) {
    clock_.sleep_until(std::min(mend_at_ns_, until.deadline_ns), until.stop);
    if (clock_.now_ns() < mend_at_ns_ && !device_.is_gone())
      return fail(Code::kTimeout, "the USB endpoint is being mended");
  }
  Result<void> cleared = device_.is_gone() ? gone() : device_.clear_halt(endpoint_);
  if (!cleared) {
    plan_mending();
    if (cleared.error().code == Code::kDisconnected || failures_ > kMostFailures) {
      state_ = State::kGone;
      return gone();
    }
    return cleared;
  }
  pending_ = why_;
  state_ = State::kRunning;
  return {};
}

Result<Arrival> Reader::read(const Until& until) {
  give_back();
  for (;;) {
    if (state_ == State::kRunning) {
      const auto submitted = submit_idle();
      if (!submitted && submitted.error().code == Code::kDisconnected) state_ = State::kGone;
      if (!submitted && under_way_ == 0 && state_ == State::kRunning) {
        const std::int64_t now_ns = clock_.now_ns();
        if (now_ns >= until.deadline_ns || until.stop.stop_requested())
          return tl::unexpected(submitted.error());
        clock_.sleep_until(std::min(now_ns + kNoMemoryPause_ns, until.deadline_ns), until.stop);
        continue;
      }
    }
    if (under_way_ == 0) {
      if (state_ == State::kGone) return gone();
      if (state_ == State::kStopped || state_ == State::kStopping) {
        state_ = State::kStopped;
        Arrival end;
        end.is_end = true;
        return end;
      }
      if (const auto mended = mend(until); !mended) return tl::unexpected(mended.error());
      continue;
    }
    if (!wait_for_oldest(until)) {
      if (device_.is_gone() && state_ != State::kGone) {
        pipe_->cancel();  // what is still there comes with the next reads
        state_ = State::kGone;
      }
      return fail(Code::kTimeout, "nothing came from the USB device");
    }
    Transfer& transfer = *std::exchange(order_[oldest_], nullptr);
    oldest_ = (oldest_ + 1) % order_.size();
    --under_way_;
    if (transfer.size_bytes > 0) return hand_out(transfer);
    note_end(transfer);
    idle_.push_back(&transfer);
  }
}

void Reader::stop() {
  if (state_ != State::kRunning && state_ != State::kMending) return;
  pipe_->cancel();
  state_ = State::kStopping;
}

}  // namespace acq::usb
