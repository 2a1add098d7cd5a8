#include "recording/export/topic_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "recording/export/describe.h"
#include "recording/export/formats.h"

namespace acq::exports {
namespace {

// Rows handed over at once: bounds the memory, whatever the size of a packet.
constexpr std::size_t kRows = 16384;
// A gap longer than this is not filled: an array of a day of nothing helps nobody.
constexpr std::uint64_t kMostFill = std::uint64_t{1} << 28;

// What packets and frames of a continuous kind have in common.
struct Head {
  std::uint64_t first_index = 0;
  std::uint64_t count = 0;
  std::uint64_t lost = 0;
  std::uint32_t reasons = 0;
  bool is_exact = true;
  std::uint32_t epoch = 0;
  Stamp stamp;
};

Head head_of(const JournalItem& item) {
  if (item.kind == JournalKind::kPackets) {
    const journal::PacketHead& p = item.packet;
    return {p.first_index,
            p.count,
            p.lost_before.total(),
            p.lost_before.reasons,
            p.lost_before.is_exact,
            p.epoch,
            p.stamp};
  }
  const FrameHeader& h = item.header;
  return {h.first_index, h.count, h.gap_before.samples, h.gap_before.reasons, h.gap_before.is_exact,
          h.epoch,       h.stamp};
}

Numbers numbers_of(const JournalItem& item) {
  if (item.kind == JournalKind::kPackets)
    return {item.samples, item.packet.count, item.info->dtype, item.info->layout};
  const FrameHeader& header = item.header;
  return {item.payload, static_cast<std::size_t>(header.count), header.dtype, header.layout};
}

// The description in force lies in the journal: another one has another address.
const void* described_by(const JournalItem& item) {
  return item.kind == JournalKind::kPackets ? static_cast<const void*>(item.info.get())
                                            : static_cast<const void*>(item.description);
}

// What is on the disk is not believed: the numbers must be as many as the channels need.
Result<void> check_size(const Numbers& numbers, const Description& description) {
  const std::size_t scan = scan_bytes(numbers.dtype, numbers.layout, description.channels.size());
  const bool is_bits = numbers.layout == Layout::kPacked;
  const bool has_bits = description.channels.size() <= acq::size_of(numbers.dtype) * 8 &&
                        (numbers.dtype == Dtype::kU8 || numbers.dtype == Dtype::kU16);
  if (numbers.dtype == description.dtype && numbers.bytes.size() == numbers.count * scan &&
      (!is_bits || has_bits))
    return {};
  return fail(Code::kInvalid,
              description.topic + " has numbers that are not as its description says",
              description.topic);
}

bool is_same_scale(const std::vector<Channel>& a, const std::vector<Channel>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Channel& x, const Channel& y) {
    return x.scale == y.scale && x.offset == y.offset;
  });
}

bool is_same_unit(const std::vector<Channel>& a, const std::vector<Channel>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Channel& x, const Channel& y) {
    return x.id == y.id && x.label == y.label && x.unit == y.unit;
  });
}

}  // namespace

Result<void> TopicRun::take(const JournalItem& item) {
  if (item.kind == JournalKind::kEvents) return take_event(item);
  const bool is_empty_tail = item.kind == JournalKind::kPackets && item.packet.count == 0;
  if (!has_begun_ && is_empty_tail && item.packet.lost_before.total() == 0) return {};
  if (!has_begun_) {
    if (auto done = begin(item, head_of(item).lost); !done) return done;
  } else if (auto done = check_same(item); !done) {
    return done;
  }
  ++report_.frames;
  return description_.is_continuous() ? take_samples(item) : take_frame(item);
}

Result<void> TopicRun::begin(const JournalItem& item, std::uint64_t lost_before) {
  auto description = describe(journal_, item);
  if (!description) return tl::unexpected<Error>(description.error());
  const Head head = head_of(item);
  Stamp first = head.stamp;
  if (description->is_continuous()) {
    // What was lost in front of the first sample has its rows too.
    lost_before = std::min(lost_before, head.first_index);
    first = shifted(head.stamp, -static_cast<std::int64_t>(lost_before), description->rate_hz);
    description->first_index = head.first_index - lost_before;
    next_index_ = description->first_index;
  } else {
    next_sequence_ = item.header.sequence;
  }
  description->start_utc_ns = utc_of(journal_, first, item.time_ns);
  description->clock = clock_text(first);
  epoch_ = head.epoch;
  has_begun_ = true;
  description_ = std::move(*description);
  described_by_ = described_by(item);
  report_.topic = description_.topic;
  report_.start_utc = iso_time(description_.start_utc_ns);
  if (auto done = exporter_.begin(description_); !done) return done;
  for (const Event& event : early_) {
    if (auto done = exporter_.event(event); !done) return done;
  }
  early_.clear();
  return {};
}

// Another scale is only another way to write the same unit, unless the format has room for one.
Result<void> TopicRun::check_same(const JournalItem& item) {
  const bool has_same_results = description_.kind != Kind::kScalars ||
                                item.header.results.size() == description_.channels.size();
  if (described_by(item) == described_by_ && has_same_results) return {};
  described_by_ = described_by(item);
  auto now = describe(journal_, item);
  if (!now) return tl::unexpected<Error>(now.error());
  const char* what = nullptr;
  if (now->kind != description_.kind) {
    what = "its kind";
  } else if (!(now->rate_hz == description_.rate_hz)) {
    what = "its rate";
  } else if (!is_same_unit(now->channels, description_.channels)) {
    what = description_.kind == Kind::kScalars ? "its results" : "its channels";
  } else if (format_.values == Values::kDevice &&
             (now->dtype != description_.dtype ||
              !is_same_scale(now->channels, description_.channels))) {
    what = "how its numbers are scaled";
  } else if (element_of(*now) != element_of(description_)) {
    what = "the type of its numbers";
  }
  if (what == nullptr) {
    description_.channels = std::move(now->channels);
    description_.dtype = now->dtype;
    return {};
  }
  const double at_s = static_cast<double>(item.time_ns - journal_.start_ns()) * 1e-9;
  return fail(Code::kUnsupported,
              fmt::format("{} changes {} at {:.6f} s, and one array has one", description_.topic,
                          what, at_s),
              description_.topic, fmt::format("--to {:.6f} or --from {:.6f}", at_s, at_s));
}

Result<void> TopicRun::take_samples(const JournalItem& item) {
  const Head head = head_of(item);
  if (head.first_index < next_index_) {
    return fail(Code::kInvalid,
                fmt::format("{}: sample {} comes behind sample {}", description_.topic,
                            head.first_index, next_index_),
                description_.topic, "a part without it, by --from or --to");
  }
  Gap gap{.first_index = next_index_,
          .position = row(),
          .samples = head.first_index - next_index_,
          .reasons = head.reasons,
          .is_exact = head.is_exact,
          .is_new_epoch = head.epoch != epoch_,
          .end_utc_ns = utc_of(journal_, head.stamp, item.time_ns)};
  if (gap.samples > head.lost) gap.reasons |= kGapRecorder;
  // In front of the first row there is nothing that could adjoin.
  if (gap.samples > 0 || gap.is_new_epoch || (gap.reasons != kGapNone && row() > 0)) {
    if (auto done = add_gap(gap); !done) return done;
  }
  epoch_ = head.epoch;
  next_index_ = head.first_index;
  report_.samples += head.count;
  return append(numbers_of(item));
}

Result<void> TopicRun::append(const Numbers& numbers) {
  if (auto done = check_size(numbers, description_); !done) return done;
  for (std::size_t first = 0; first < numbers.count; first += kRows) {
    const std::size_t rows = std::min(kRows, numbers.count - first);
    Piece piece{.first_index = next_index_, .position = row(), .count = rows};
    if (format_.values == Values::kPhysical) {
      to_columns(numbers, description_.channels, first, rows, columns_);
      piece.columns = columns_;
    } else {
      piece.raw = to_scans(numbers, description_.channels.size(), first, rows, scans_);
    }
    if (auto done = exporter_.append(piece); !done) return done;
    next_index_ += rows;
  }
  return {};
}

Result<void> TopicRun::add_gap(const Gap& gap) {
  if (gap.samples > 0 || gap.frames > 0 || gap.is_new_epoch) ++report_.gaps;
  report_.lost += gap.samples;
  report_.lost_frames += gap.frames;
  if (auto done = exporter_.gap(gap); !done) return done;
  return format_.is_filled && description_.is_continuous() ? fill(gap) : Result<void>{};
}

Result<void> TopicRun::fill(const Gap& gap) {
  if (gap.samples > kMostFill) {
    return fail(Code::kUnsupported,
                fmt::format("{} has a gap of {} samples behind sample {}, too many to fill",
                            description_.topic, gap.samples, gap.first_index),
                description_.topic, "its parts by --from and --to, or csv, sigmf, vcd");
  }
  const std::size_t channels = description_.channels.size();
  const std::size_t most = std::min<std::uint64_t>(kRows, gap.samples);
  const bool is_packed = description_.kind == Kind::kLogic;
  columns_.assign(channels, std::vector<double>(most, std::nan("")));
  scans_.assign(most * scan_bytes(description_.dtype,
                                  is_packed ? Layout::kPacked : Layout::kInterleaved, channels),
                std::byte{0});
  for (std::uint64_t done = 0; done < gap.samples;) {
    const std::size_t rows = std::min<std::uint64_t>(most, gap.samples - done);
    for (auto& column : columns_) column.resize(rows);
    Piece piece{.first_index = next_index_, .position = row(), .count = rows};
    piece.is_fill = true;
    if (format_.values == Values::kPhysical) {
      piece.columns = columns_;
    } else {
      piece.raw = std::span<const std::byte>(scans_).first(scans_.size() / most * rows);
    }
    if (auto added = exporter_.append(piece); !added) return added;
    next_index_ += rows;
    done += rows;
  }
  return {};
}

Result<void> TopicRun::take_frame(const JournalItem& item) {
  const FrameHeader& header = item.header;
  const std::int64_t utc_ns = utc_of(journal_, header.stamp, item.time_ns);
  const std::uint64_t lost_frames =
      header.sequence > next_sequence_ ? header.sequence - next_sequence_ : 0;
  next_sequence_ = header.sequence + 1;
  if (lost_frames > 0 || header.gap_before.samples > 0 || header.epoch != epoch_) {
    Gap gap{.first_index = header.first_index,
            .position = report_.samples,
            .samples = header.gap_before.samples,
            .frames = lost_frames,
            .reasons = header.gap_before.reasons,
            .is_exact = header.gap_before.is_exact,
            .is_new_epoch = header.epoch != epoch_,
            .end_utc_ns = utc_ns};
    if (lost_frames > 0) gap.reasons |= kGapRecorder;
    if (auto done = add_gap(gap); !done) return done;
  }
  epoch_ = header.epoch;
  Piece piece{.first_index = header.first_index, .position = report_.samples, .utc_ns = utc_ns};
  if (description_.kind == Kind::kScalars) {
    piece.count = 1;
    columns_.resize(header.results.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const NamedResult& result = header.results[i];
      columns_[i].assign(1, result.is_valid ? result.value : std::nan(""));
    }
  } else {
    const Numbers numbers = numbers_of(item);
    if (auto done = check_size(numbers, description_); !done) return done;
    piece.count = numbers.count;
    to_columns(numbers, description_.channels, 0, numbers.count, columns_);
    Axis axis = header.axes.empty() ? description_.axis : header.axes.front();
    axis.values = description_.axis.values;
    fill_axis(axis, header, numbers.count, x_);
    piece.x = x_;
  }
  piece.columns = columns_;
  ++report_.samples;
  return exporter_.append(piece);
}

Result<void> TopicRun::take_event(const JournalItem& item) {
  Event event{item.time_ns, item.event.source, item.event.what, item.event.sentence};
  if (has_begun_) return exporter_.event(event);
  early_.push_back(std::move(event));
  return {};
}

Result<TopicReport> TopicRun::end(const std::string& topic) {
  if (!has_begun_)
    return fail(Code::kNotFound, "nothing of " + topic + " was recorded in this time", topic);
  if (auto done = exporter_.end(); !done) return tl::unexpected<Error>(done.error());
  return report_;
}

}  // namespace acq::exports
