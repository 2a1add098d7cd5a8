#include "recording/compare.h"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/field_comparator.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <cstring>

#include "acq/v1/recording.pb.h"
#include "recording/journal_cursor.h"

namespace acq {
namespace {

namespace pb = google::protobuf;

// What differs from run to run.
void keep_content(v1::FrameHeader& header) {
  header.clear_run_id();
  header.clear_sequence();
  header.clear_config_revision();
  header.clear_host_rx_ns();
  header.clear_stream_id();
  header.clear_descriptor_id();
  header.set_flags(header.flags() & ~static_cast<std::uint32_t>(kFlagReplayed));
}

void keep_content(v1::StreamDescriptor& descriptor) {
  descriptor.clear_stream_id();
  descriptor.clear_flags();
  descriptor.clear_software();
}

// The same bytes for the same message: protobuf orders maps by chance otherwise.
std::string bytes_of(const pb::Message& message) {
  std::string bytes;
  pb::io::StringOutputStream stream(&bytes);
  pb::io::CodedOutputStream out(&stream);
  out.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&out);
  out.Trim();
  return bytes;
}

// The first field that differs, in protobuf's words; NaN equals NaN.
std::string first_field(const pb::Message& expected, const pb::Message& played) {
  pb::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  pb::util::MessageDifferencer differencer;
  differencer.set_field_comparator(&comparator);
  std::string report;
  differencer.ReportDifferencesToString(&report);
  static_cast<void>(differencer.Compare(expected, played));
  return report.empty() ? "the bits of a number" : report.substr(0, report.find('\n'));
}

std::string number_at(std::span<const std::byte> payload, Dtype dtype, std::size_t at) {
  const std::byte* from = payload.data() + at * size_of(dtype);
  const auto as = [&](auto value) {
    std::memcpy(&value, from, sizeof value);
    return value;
  };
  switch (dtype) {
    case Dtype::kI8: return fmt::format("{}", static_cast<int>(as(std::int8_t{})));
    case Dtype::kU8: return fmt::format("{}", static_cast<int>(as(std::uint8_t{})));
    case Dtype::kI16: return fmt::format("{}", as(std::int16_t{}));
    case Dtype::kU16: return fmt::format("{}", as(std::uint16_t{}));
    case Dtype::kI32: return fmt::format("{}", as(std::int32_t{}));
    case Dtype::kF64: return fmt::format("{}", as(double{}));
    default: return fmt::format("{}", as(float{}));
  }
}

// Both payloads have the same size and shape.
std::optional<std::string> difference_of(std::span<const std::byte> played,
                                         std::span<const std::byte> expected,
                                         const FrameHeader& header) {
  const auto [first, second] = std::mismatch(played.begin(), played.end(), expected.begin());
  if (first == played.end()) return std::nullopt;
  // Of complex numbers each part counts as a number.
  const Dtype dtype = header.dtype == Dtype::kC64 ? Dtype::kF32 : header.dtype;
  const auto at = static_cast<std::size_t>(first - played.begin()) / size_of(dtype);
  std::size_t channel = 0;
  std::size_t sample = at;
  if (header.shape.size() == 2 && header.shape[1] > 0) {
    const std::size_t parts = header.dtype == Dtype::kC64 ? 2 : 1;
    const std::size_t row = header.shape[1] * parts;
    const bool is_planar = header.layout == Layout::kPlanar;
    channel = is_planar ? at / row : at % row / parts;
    sample = is_planar ? at % row / parts : at / row;
  }
  return fmt::format("channel {}, sample {} is {}, expected {}", channel, sample,
                     number_at(played, dtype, at), number_at(expected, dtype, at));
}

// The frames of one topic of one recording.
class Frames {
 public:
  Frames(const Journal& journal, std::size_t topic)
      : journal_(journal), cursor_(journal, JournalFilter::topic(topic)) {}

  // nullptr at the end.
  Result<const JournalItem*> next() {
    const auto item = cursor_.next();
    if (!item || *item == nullptr) {
      if (item && !cursor_.damages().empty()) {
        const JournalDamage& damage = cursor_.damages().front();
        return fail(Code::kInvalid, damage.sentence,
                    fmt::format("{}, byte {}", damage.path, damage.offset));
      }
      return item;
    }
    v1::RecordedFrame frame;
    if (!frame.ParseFromArray((*item)->raw.data(), static_cast<int>((*item)->raw.size())))
      return fail(Code::kInvalid, "a message is not a frame", journal_.name());
    header.Swap(frame.mutable_header());
    keep_content(header);
    if ((*item)->description != nullptr && *(*item)->description != text_) {
      text_ = *(*item)->description;
      descriptor.Clear();
      pb::util::JsonParseOptions lenient;
      lenient.ignore_unknown_fields = true;
      if (!pb::util::JsonStringToMessage(text_, &descriptor, lenient).ok())
        return fail(Code::kInvalid, "a topic has no description", journal_.name());
      keep_content(descriptor);
    }
    return item;
  }
  [[nodiscard]] double part_done() const {
    const auto all = static_cast<double>(cursor_.bytes_total());
    return all > 0 ? static_cast<double>(cursor_.bytes_done()) / all : 1;
  }

  v1::FrameHeader header;
  v1::StreamDescriptor descriptor;

 private:
  const Journal& journal_;
  JournalCursor cursor_;
  std::string text_;
};

std::optional<std::string> difference_of(const Frames& played, const JournalItem& played_item,
                                         const Frames& expected, const JournalItem& expected_item) {
  if (bytes_of(played.descriptor) != bytes_of(expected.descriptor))
    return "its description: " + first_field(expected.descriptor, played.descriptor);
  // The checksum is the payload's: its difference is told by the sample.
  v1::FrameHeader a = expected.header;
  v1::FrameHeader b = played.header;
  a.clear_crc32c();
  b.clear_crc32c();
  if (bytes_of(a) != bytes_of(b)) return "its header: " + first_field(a, b);
  return difference_of(played_item.payload, expected_item.payload, expected_item.header);
}

}  // namespace

Result<FrameComparison> compare_frames(const Journal& played, const Journal& expected,
                                       const std::vector<std::string>& topics,
                                       const Progress& progress) {
  std::vector<std::string> wanted = topics;
  if (wanted.empty())
    for (const JournalTopic& topic : expected.topics()) wanted.push_back(topic.topic);
  if (wanted.empty()) {
    return fail(Code::kInvalid, expected.name() + " holds no frames to compare with", "expect",
                "a recording with topics");
  }
  FrameComparison found;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto in_played = played.find_topic(wanted[i]);
    if (!in_played) return tl::unexpected<Error>(in_played.error());
    const auto in_expected = expected.find_topic(wanted[i]);
    if (!in_expected) return tl::unexpected<Error>(in_expected.error());
    Frames ours(played, *in_played);
    Frames theirs(expected, *in_expected);
    for (std::uint64_t number = 0;; ++number) {
      const auto a = ours.next();
      if (!a) return tl::unexpected<Error>(a.error());
      const auto b = theirs.next();
      if (!b) return tl::unexpected<Error>(b.error());
      if (*a == nullptr && *b == nullptr) break;
      std::optional<std::string> why;
      if (*a == nullptr || *b == nullptr) {
        why = *a == nullptr ? "is not there any more" : "was not expected";
      } else {
        why = difference_of(ours, **a, theirs, **b);
      }
      if (why) {
        const JournalItem& told = *a == nullptr ? **b : **a;
        found.difference = fmt::format("{}, frame {} (from sample {} on): {}", wanted[i], number,
                                       told.header.first_index, *why);
        return found;
      }
      ++found.frames;
      constexpr std::uint64_t kEvery = 256;
      if (progress && number % kEvery == 0)
        progress((static_cast<double>(i) + ours.part_done()) / static_cast<double>(wanted.size()));
    }
  }
  return found;
}

}  // namespace acq
