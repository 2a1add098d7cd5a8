#include "tests/support/block_harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace acq::test {
namespace {

constexpr std::size_t kMostCallsPerInput = 1'000'000;

std::vector<Channel> channels_named(std::size_t count, std::string_view unit) {
  std::vector<Channel> channels(count);
  for (std::size_t c = 0; c < count; ++c) {
    channels[c].id = "ch" + std::to_string(c + 1);
    channels[c].unit = unit;
    channels[c].range_min = -1;
    channels[c].range_max = 1;
  }
  return channels;
}

// Samples [from, from + count) of a waveform's piece.
Piece slice(const Piece& piece, std::size_t from, std::size_t count) {
  Piece part = piece;
  for (std::size_t c = 0; c < piece.samples.size(); ++c) {
    const auto begin = piece.samples[c].begin() + static_cast<std::ptrdiff_t>(from);
    part.samples[c].assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  part.first_index += from;
  if (from > 0) part.gap_before = {};
  part.triggers.clear();
  for (TriggerMark mark : piece.triggers) {
    mark.position -= static_cast<double>(from);
    if (mark.position >= 0 && mark.position < static_cast<double>(count)) {
      part.triggers.push_back(mark);
    }
  }
  return part;
}

template <typename NextLength>
Signal cut_by(const Signal& whole, NextLength next_length) {
  Signal out{whole.info, {}};
  out.info.max_count = 1;
  for (const Piece& piece : whole.pieces) {
    for (std::size_t at = 0; at < piece.count();) {
      const std::size_t length = std::min<std::size_t>(next_length(), piece.count() - at);
      out.pieces.push_back(slice(piece, at, length));
      out.info.max_count = std::max(out.info.max_count, length);
      at += length;
    }
  }
  return out;
}

}  // namespace

Signal waveform(std::vector<std::vector<float>> samples, std::uint64_t rate_hz,
                std::string_view unit) {
  Signal signal;
  signal.info.rate_hz = make_rational(rate_hz, 1);
  signal.info.channels = channels_named(samples.size(), unit);
  signal.info.max_count = samples.empty() ? 0 : samples[0].size();
  if (signal.info.max_count > 0) {
    signal.pieces.emplace_back();
    signal.pieces[0].samples = std::move(samples);
  }
  return signal;
}

Signal logic(const std::vector<std::string>& lines, std::uint64_t rate_hz) {
  std::vector<std::vector<float>> samples(lines.size());
  for (std::size_t c = 0; c < lines.size(); ++c) {
    for (const char bit : lines[c]) samples[c].push_back(bit == '1' ? 1.0F : 0.0F);
  }
  Signal signal = waveform(std::move(samples), rate_hz, "1");
  signal.info.kind = Kind::kLogic;
  signal.info.is_logic = true;
  return signal;
}

Signal records(Kind kind, std::vector<std::vector<std::vector<float>>> records,
               std::uint64_t rate_hz, std::string_view unit, std::uint64_t spacing) {
  Signal signal;
  signal.info.kind = kind;
  signal.info.rate_hz = make_rational(rate_hz, 1);
  std::uint64_t index = 0;
  for (auto& samples : records) {
    Piece piece;
    piece.samples = std::move(samples);
    piece.first_index = index;
    index += spacing > 0 ? spacing : piece.count();
    signal.pieces.push_back(std::move(piece));
  }
  signal.info.channels = channels_named(signal.pieces.at(0).samples.size(), unit);
  signal.info.max_count = signal.pieces[0].count();
  signal.info.axis.step = 1.0 / static_cast<double>(rate_hz);
  if (kind == Kind::kSpectrum) {
    const auto length = static_cast<double>(2 * (signal.info.max_count - 1));
    signal.info.axis = {"frequency", "Hz", AxisRule::kLinear, 0,
                        static_cast<double>(rate_hz) / length};
  }
  return signal;
}

Signal cut(const Signal& whole, const std::vector<std::size_t>& lengths) {
  std::size_t at = 0;
  return cut_by(whole, [&] {
    const std::size_t length = lengths[std::min(at, lengths.size() - 1)];
    ++at;
    return length;
  });
}

Signal cut_randomly(const Signal& whole, std::mt19937_64& random, std::size_t most) {
  return cut_by(whole, [&] { return 1 + random() % most; });
}

Signal with_gap(const Signal& whole, std::uint64_t from, std::uint64_t count) {
  Signal out{whole.info, {}};
  for (const Piece& piece : whole.pieces) {
    const std::uint64_t end = piece.first_index + piece.count();
    const std::uint64_t lost_from = std::clamp(from, piece.first_index, end);
    const std::uint64_t lost_end = std::clamp(from + count, piece.first_index, end);
    const std::uint64_t before = lost_from - piece.first_index;
    if (lost_end == lost_from) {
      out.pieces.push_back(piece);
    } else {
      if (before > 0) out.pieces.push_back(slice(piece, 0, before));
      if (lost_end < end) {
        out.pieces.push_back(slice(piece, lost_end - piece.first_index, end - lost_end));
        out.pieces.back().gap_before = {count, kGapDevice, true};
      }
    }
  }
  return out;
}

Signal with_new_record(const Signal& whole, std::uint64_t from) {
  Signal out{whole.info, {}};
  for (const Piece& piece : whole.pieces) {
    const std::uint64_t end = piece.first_index + piece.count();
    if (from < piece.first_index || from >= end) {
      out.pieces.push_back(piece);
      continue;
    }
    if (from > piece.first_index) out.pieces.push_back(slice(piece, 0, from - piece.first_index));
    out.pieces.push_back(slice(piece, from - piece.first_index, end - from));
    out.pieces.back().gap_before.add({0, kGapNewRecord, true});
  }
  return out;
}

std::vector<float> joined(const Signal& signal, std::size_t channel) {
  std::vector<float> all;
  for (const Piece& piece : signal.pieces) {
    const std::vector<float>& samples = piece.samples.at(channel);
    all.insert(all.end(), samples.begin(), samples.end());
  }
  return all;
}

std::vector<float> noise(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = static_cast<float>(static_cast<std::int32_t>(random())) / 2147483648.0F;
  }
  return values;
}

Rig::Rig(std::string_view block, const Table& params, const SignalInfo& in)
    : entry_(find_block(block)), in_(in) {
  if (entry_ == nullptr) {
    error_ = {Code::kNotFound, "there is no block " + std::string(block)};
    return;
  }
  const Result<Params> checked = Params::check(entry_->params, params, block);
  if (!checked) {
    error_ = checked.error();
    return;
  }
  block_ = entry_->make();
  Result<SignalInfo> configured = block_->configure(seen_by(*entry_, in), *checked);
  if (!configured) {
    error_ = configured.error();
    return;
  }
  info_ = std::move(*configured);
  input_ = Planes(in.channels.size(), in.max_count);
}

std::vector<Piece> Rig::push(const Piece& piece) {
  std::vector<Piece> made;
  Chunk in;
  load(piece, in);
  Yield yield = Yield::kMore;
  for (std::size_t call = 0; yield == Yield::kMore; ++call) {
    Chunk out = in;
    if (before_process != nullptr) before_process();
    yield = block_->process(in, out);
    if (after_process != nullptr) after_process();
    if (!entry_->in_place) check_input_unchanged(piece);
    if (yield == Yield::kNone) break;
    check_contract(out);
    if (::testing::Test::HasFatalFailure()) break;
    for (std::size_t c = 0; c < out.channels && out.count > 0; ++c) {
      wrote_over_input_ = wrote_over_input_ && out.planes[c] == input_[c];
    }
    made.push_back(copy_of(out));
    if (call > kMostCallsPerInput) {
      ADD_FAILURE() << entry_->name << " asks for the same input again and again";
      break;
    }
  }
  return made;
}

void Rig::adopt(Rig& before) {
  block_->adopt(*before.block_);
  has_last_ = before.has_last_ && info_.index_ratio == before.info_.index_ratio;
  next_index_ = before.next_index_;
  last_epoch_ = before.last_epoch_;
}

void Rig::load(const Piece& piece, Chunk& chunk) {
  chunk.channels = static_cast<std::uint32_t>(in_.channels.size());
  chunk.count = static_cast<std::uint32_t>(piece.count());
  for (std::size_t c = 0; c < piece.samples.size(); ++c) {
    chunk.planes[c] = input_[c];
    std::copy(piece.samples[c].begin(), piece.samples[c].end(), input_[c]);
  }
  chunk.first_index = piece.first_index;
  chunk.gap_before = piece.gap_before;
  chunk.epoch = piece.epoch;
  chunk.flags = piece.flags;
  chunk.overrange_low = piece.overrange_low;
  chunk.overrange_high = piece.overrange_high;
  chunk.stamp = piece.stamp;
  chunk.axis_start = piece.axis_start;
  chunk.triggers = piece.triggers;
  chunk.results = piece.results;
}

void Rig::check_input_unchanged(const Piece& piece) const {
  for (std::size_t c = 0; c < piece.samples.size(); ++c) {
    EXPECT_EQ(std::memcmp(input_[c], piece.samples[c].data(), piece.count() * sizeof(float)), 0)
        << entry_->name << " changed its input, channel " << c << ", but is not declared in_place";
  }
}

void Rig::check_contract(const Chunk& out) {
  ASSERT_EQ(out.channels, info_.channels.size()) << entry_->name;
  if (is_continuous(info_.kind)) {
    ASSERT_GE(out.count, 1U) << entry_->name;
    ASSERT_LE(out.count, info_.max_count) << entry_->name;
    if (has_last_ && out.epoch == last_epoch_) {
      EXPECT_EQ(out.first_index, next_index_ + out.gap_before.samples)
          << entry_->name << ": the gap told is not the jump of first_index";
    }
  } else {
    ASSERT_EQ(out.count, info_.max_count) << entry_->name << ": a record must be whole";
  }
  for (std::size_t c = 0; c < out.channels && out.count > 0; ++c) {
    ASSERT_NE(out.planes[c], nullptr) << entry_->name << " channel " << c;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(out.planes[c]) % 64, 0U)
        << entry_->name << " channel " << c << " is not 64-byte aligned";
  }
  EXPECT_EQ(out.results.size(), info_.results.size() * info_.channels.size()) << entry_->name;
  EXPECT_LE(out.triggers.size(), kMaxTriggers) << entry_->name;
  has_last_ = true;
  next_index_ = out.first_index + out.count;
  last_epoch_ = out.epoch;
}

Piece Rig::copy_of(const Chunk& out) const {
  Piece piece;
  for (std::size_t c = 0; c < out.channels; ++c) {
    piece.samples.emplace_back(out.planes[c], out.planes[c] + out.count);
  }
  piece.first_index = out.first_index;
  piece.gap_before = out.gap_before;
  piece.epoch = out.epoch;
  piece.flags = out.flags;
  piece.overrange_low = out.overrange_low;
  piece.overrange_high = out.overrange_high;
  piece.stamp = out.stamp;
  piece.axis_start = out.axis_start;
  piece.triggers.assign(out.triggers.begin(), out.triggers.end());
  piece.results.assign(out.results.begin(), out.results.end());
  return piece;
}

Signal run(std::string_view block, const Table& params, const Signal& in) {
  Rig rig(block, params, in.info);
  EXPECT_EQ(rig.error().code, Code::kOk) << to_string(rig.error());
  Signal out{rig.info(), {}};
  if (rig.error().code != Code::kOk) return out;
  for (const Piece& piece : in.pieces) {
    for (Piece& made : rig.push(piece)) out.pieces.push_back(std::move(made));
  }
  return out;
}

Error refusal(std::string_view block, const Table& params, const SignalInfo& in) {
  return Rig(block, params, in).error();
}

}  // namespace acq::test
