#include "recording/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "recording/calibrations.h"
#include "recording/journal_cursor.h"
#include "recording/mcap/crc32.h"

namespace acq {
namespace {

constexpr std::size_t kMostProblems = 100;
constexpr std::int64_t kClockJump_ns = 1'000'000'000;
constexpr std::size_t kBlock = std::size_t{4} << 20;

std::string file_name(const std::string& path) {
  return path.substr(path.find_last_of('/') + 1);
}

std::string losses_text(const journal::Loss& loss) {
  std::string text;
  for (int bit = 0; bit < kGapReasonCount; ++bit) {
    const std::uint64_t samples = loss.samples[static_cast<std::size_t>(bit)];
    if (samples != 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", samples, gap_reason_name(bit));
  }
  return text;
}

class Verifier {
 public:
  Verifier(const Journal& journal, const Progress& progress)
      : journal_(journal),
        progress_(progress),
        cursor_(journal, JournalFilter::everything(journal)),
        calibrations_(journal) {
    for (const JournalStream& stream : journal.streams())
      out_.streams.push_back({.name = stream.name, .lost = {}});
    for (const JournalTopic& topic : journal.topics()) out_.topics.push_back({topic.topic, 0, 0});
    states_.resize(out_.streams.size());
    next_frames_.resize(out_.topics.size());
  }

  Result<Verification> run() {
    for (const JournalSegment& segment : journal_.segments()) check_file(segment);
    for (const JournalDamage& damage : journal_.damages())
      report(damage.path, damage.offset, damage.sentence);
    while (true) {
      const auto item = cursor_.next();
      if (!item) return tl::unexpected<Error>(item.error());
      if (*item == nullptr) break;
      take(**item);
      tell_progress();
    }
    for (const JournalDamage& damage : cursor_.damages())
      report(damage.path, damage.offset, damage.sentence);
    conclude();
    return std::move(out_);
  }

 private:
  struct State {
    bool has_begun = false;
    std::uint32_t epoch = 0;
    std::int64_t last_rx_ns = 0;
    std::optional<std::uint64_t> base;  // what the accounts counted before the files begin
    bool is_reported = false;
  };

  void problem(std::string sentence) {
    if (out_.problems.size() < kMostProblems) out_.problems.push_back(std::move(sentence));
  }
  void report(const std::string& path, std::uint64_t offset, const std::string& sentence) {
    problem(fmt::format("{}, byte {}: {}", file_name(path), offset, sentence));
  }

  // Framing and the checksum of the whole data section, without believing the summary.
  void check_file(const JournalSegment& segment) {
    const mcap::Index& index = segment.file->index();
    const InputFile& file = segment.file->file();
    if (!index.has_summary) {
      problem(fmt::format("{} was never ended: it has no index (recover writes one)",
                          file_name(segment.path)));
      return;
    }
    mcap::Index walked;
    if (auto done = mcap::walk(file, walked, false); !done)
      return report(segment.path, walked.data_end, done.error().sentence);
    for (const mcap::Damage& damage : walked.damages)
      report(segment.path, damage.offset, damage.sentence);
    if (walked.damages.empty() && walked.chunks.size() != index.chunks.size()) {
      problem(fmt::format("{}: the index has {} chunks, the file {}", file_name(segment.path),
                          index.chunks.size(), walked.chunks.size()));
    }
    if (index.data_crc.value_or(0) == 0) return;
    std::uint32_t crc = 0;
    mcap::Bytes block;
    for (std::uint64_t at = 0; at < index.data_end; at += block.size()) {
      block.resize(std::min<std::uint64_t>(kBlock, index.data_end - at));
      if (auto done = file.read_at(at, block); !done)
        return report(segment.path, at, done.error().sentence);
      crc = mcap::crc32(block, crc);
    }
    if (crc != *index.data_crc)
      problem(fmt::format("{}: the checksum of the file is wrong", file_name(segment.path)));
  }

  void take(const JournalItem& item) {
    check_sequence(item);
    switch (item.kind) {
      case JournalKind::kPackets: calibrations_.take(item); return take_packet(item);
      case JournalKind::kFrames: calibrations_.take(item); return take_frame(item);
      case JournalKind::kEvents: ++out_.events; return;
      case JournalKind::kAnchors: return take_anchor(item.anchor);
      case JournalKind::kAccounts:
        for (const journal::StreamAccount& account : item.accounts) check_account(account);
        return;
      case JournalKind::kForeign: return;
    }
  }

  // Messages of a channel are numbered from 0 in each segment.
  void check_sequence(const JournalItem& item) {
    std::uint32_t& next = next_sequence_[{item.segment, item.channel}];
    if (item.sequence != next) {
      problem(fmt::format("{}: {} messages of channel {} are missing before number {}",
                          file_name(journal_.segments()[item.segment].path), item.sequence - next,
                          item.channel, item.sequence));
    }
    next = item.sequence + 1;
  }

  void take_packet(const JournalItem& item) {
    StreamSum& sum = out_.streams[item.number];
    State& state = states_[item.number];
    const journal::PacketHead& head = item.packet;
    if (!state.has_begun) {
      sum.first_index = head.first_index - head.lost_before.total();
      state.has_begun = true;
    } else {
      const std::uint64_t expected = sum.next_index + head.lost_before.total();
      if (head.first_index < expected) {
        problem(fmt::format("{}: sample {} is there twice, or a loss is told that was none",
                            sum.name, head.first_index));
      }
      if (head.epoch < state.epoch)
        problem(fmt::format("{}: the epoch goes back at sample {}", sum.name, head.first_index));
      if (head.epoch == state.epoch && head.stamp.host_rx_ns < state.last_rx_ns && head.count > 0)
        problem(fmt::format("{}: the time goes back at sample {}", sum.name, head.first_index));
    }
    if (item.missing_before > 0) {
      problem(fmt::format("{}: {} samples before {} are not in the files any more", sum.name,
                          item.missing_before, head.first_index));
    }
    sum.missing += item.missing_before;
    sum.lost.merge(head.lost_before);
    sum.recorded += head.count;
    ++sum.packets;
    sum.next_index = head.first_index + head.count;
    state.epoch = head.epoch;
    state.last_rx_ns = head.stamp.host_rx_ns;
  }

  void take_frame(const JournalItem& item) {
    TopicSum& sum = out_.topics[item.number];
    std::optional<std::uint64_t>& next = next_frames_[item.number];
    if (next && item.header.sequence > *next) sum.lost_frames += item.header.sequence - *next;
    next = item.header.sequence + 1;
    ++sum.frames;
    if (item.header.crc32c != 0 && item.header.crc32c != crc32c(item.payload)) {
      problem(
          fmt::format("{}: the checksum of frame {} is wrong", sum.topic, item.header.sequence));
    }
  }

  void take_anchor(const journal::Anchor& anchor) {
    const std::int64_t offset_ns = anchor.utc_ns - anchor.monotonic_ns;
    if (last_offset_ns_ && std::llabs(offset_ns - *last_offset_ns_) > kClockJump_ns)
      ++out_.clock_jumps;
    last_offset_ns_ = offset_ns;
  }

  // What the recorder counted must be what the files hold. The first account of a recording whose
  // first segments are gone tells what they had.
  void check_account(const journal::StreamAccount& account) {
    const auto found = std::find_if(out_.streams.begin(), out_.streams.end(),
                                    [&](const StreamSum& s) { return s.name == account.stream; });
    if (found == out_.streams.end()) return;
    State& state = states_[static_cast<std::size_t>(found - out_.streams.begin())];
    const std::uint64_t told = account.recorded + account.lost.total();
    const std::uint64_t counted = found->recorded + found->lost.total() + found->missing;
    if (!state.base) state.base = is_from_the_start() ? 0 : told - counted;
    if (told - *state.base == counted || state.is_reported) return;
    state.is_reported = true;
    problem(fmt::format("{}: the recorder counted {} samples made, the files hold and name {}",
                        found->name, told - *state.base, counted));
  }

  [[nodiscard]] bool is_from_the_start() const {
    return journal_.segments().front().path.find("-0001.mcap") != std::string::npos;
  }

  void tell_progress() {
    constexpr int kEvery = 1024;
    if (!progress_ || ++since_progress_ < kEvery) return;
    since_progress_ = 0;
    const auto total = static_cast<double>(cursor_.bytes_total());
    progress_(total > 0 ? static_cast<double>(cursor_.bytes_done()) / total : 1);
  }

  void conclude() {
    for (const StreamSum& sum : out_.streams) {
      if (sum.lost.total() > 0)
        out_.notes.push_back(fmt::format("{}: lost {}", sum.name, losses_text(sum.lost)));
    }
    for (const TopicSum& sum : out_.topics) {
      if (sum.lost_frames > 0) {
        out_.notes.push_back(fmt::format("{}: {} frames came faster than they were recorded",
                                         sum.topic, sum.lost_frames));
      }
    }
    for (std::string& note : calibrations_.notes()) out_.notes.push_back(std::move(note));
    if (out_.clock_jumps > 0) {
      out_.notes.push_back(fmt::format(
          "the wall clock was set {} times; sample times are not touched by it", out_.clock_jumps));
    }
  }

  const Journal& journal_;
  const Progress& progress_;
  JournalCursor cursor_;
  Calibrations calibrations_;
  Verification out_;
  std::vector<State> states_;
  std::vector<std::optional<std::uint64_t>> next_frames_;
  std::map<std::pair<std::size_t, std::uint16_t>, std::uint32_t> next_sequence_;
  std::optional<std::int64_t> last_offset_ns_;
  int since_progress_ = 0;
};

}  // namespace

std::string Verification::sentence() const {
  std::uint64_t recorded = 0;
  std::uint64_t lost = 0;
  std::uint64_t missing = 0;
  for (const StreamSum& sum : streams) {
    recorded += sum.recorded;
    lost += sum.lost.total();
    missing += sum.missing;
  }
  if (problems.empty()) {
    return fmt::format("The recording is whole: made {} = recorded {} + lost {}.", recorded + lost,
                       recorded, lost);
  }
  return fmt::format(
      "The recording is not whole: {} (made {} = recorded {} + lost {} + missing {}).",
      problems.size() == 1
          ? problems.front()
          : fmt::format("{} problems, the first: {}", problems.size(), problems.front()),
      recorded + lost + missing, recorded, lost, missing);
}

Result<Verification> verify(const Journal& journal, const Progress& progress) {
  return Verifier(journal, progress).run();
}

}  // namespace acq
