#include "drivers/replay/sigmf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "dsp/base/signal.h"

namespace acq::replay {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kMostMetaBytes = std::uint64_t{4} << 20;
constexpr double kSlowest_hz = 1e-3;
constexpr double kFastest_hz = 1e12;

struct Stored {
  Dtype dtype = Dtype::kUnspecified;
  bool is_big_endian = false;
};

Stored stored_type(std::string_view name) noexcept {
  constexpr std::pair<std::string_view, Dtype> kTypes[] = {
      {"ri8", Dtype::kI8},   {"ru8", Dtype::kU8},   {"ri16", Dtype::kI16}, {"ru16", Dtype::kU16},
      {"ri32", Dtype::kI32}, {"rf32", Dtype::kF32}, {"rf64", Dtype::kF64},
  };
  const bool is_big = name.ends_with("_be");
  const bool has_order = is_big || name.ends_with("_le");
  const std::string_view bare = has_order ? name.substr(0, name.size() - 3) : name;
  for (const auto& [type, dtype] : kTypes)
    if (type == bare && (has_order || size_of(dtype) == 1)) return {dtype, is_big};
  return {};
}

// "2024-05-01T12:00:00.25Z" and how finely it is written.
struct Moment {
  std::int64_t utc_ns = 0;
  double resolution_ns = 0;
};
bool to_moment(std::string_view text, Moment& out) {
  // One digit of the pattern stands for one digit of the text.
  constexpr std::string_view kPattern = "0000-00-00T00:00:00";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() <= kPattern.size() || text.back() != 'Z') return false;
  std::array<int, 6> fields{};
  std::size_t field = 0;
  for (std::size_t i = 0; i < kPattern.size(); ++i) {
    if (kPattern[i] != '0') {
      if (text[i] != kPattern[i]) return false;
      ++field;
    } else {
      if (!is_digit(text[i])) return false;
      fields[field] = fields[field] * 10 + (text[i] - '0');
    }
  }
  std::string_view fraction = text.substr(kPattern.size(), text.size() - kPattern.size() - 1);
  std::int64_t unit_ns = 1'000'000'000;
  std::int64_t fraction_ns = 0;
  if (!fraction.empty()) {
    if (fraction.front() != '.' || fraction.size() < 2) return false;
    fraction.remove_prefix(1);
    for (const char c : fraction) {
      if (!is_digit(c)) return false;
      unit_ns /= 10;
      fraction_ns += unit_ns * (c - '0');
    }
  }
  namespace chr = std::chrono;
  const chr::year_month_day day{chr::year(fields[0]), chr::month(static_cast<unsigned>(fields[1])),
                                chr::day(static_cast<unsigned>(fields[2]))};
  // Nanoseconds since 1970 in 64 bits reach from 1678 to 2262.
  if (!day.ok() || fields[0] < 1700 || fields[0] > 2200) return false;
  if (fields[3] > 23 || fields[4] > 59 || fields[5] > 60) return false;
  const std::int64_t seconds = chr::sys_days(day).time_since_epoch().count() * std::int64_t{86400} +
                               fields[3] * 3600 + fields[4] * 60 + fields[5];
  out = {seconds * 1'000'000'000 + fraction_ns,
         static_cast<double>(std::max<std::int64_t>(unit_ns, 1))};
  return true;
}

// "about, usb, ring_full" as our exporter writes it; other words are passed over.
Gap gap_from_words(std::string_view words) {
  Gap gap;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(", "));
    words.remove_prefix(std::min(word.size() + 2, words.size()));
    if (word == "about") gap.is_exact = false;
    for (int bit = 0; bit < kGapReasonCount; ++bit)
      if (word == gap_reason_name(bit)) gap.reasons |= std::uint32_t{1} << bit;
  }
  if (gap.reasons == kGapNone) gap.reasons = kGapUnknown;
  return gap;
}

// A run of samples without a loss, from `first` on.
struct Capture {
  std::uint64_t first = 0;
  std::optional<std::uint64_t> global_index;
  std::optional<Moment> begun;
  Gap before;  // why and how exactly; how many follows from the rest
};

// Samples between the end of the one and the beginning of the next by their times; 0 where these are
// too coarse to tell.
std::uint64_t missing_by_time(const Capture& from, const Capture& to, Rational rate_hz) {
  if (!from.begun || !to.begun || rate_hz.num == 0) return 0;
  const double rate = rate_hz.value();
  const double elapsed_ns = static_cast<double>(to.begun->utc_ns - from.begun->utc_ns);
  const double missing_ns = elapsed_ns - static_cast<double>(to.first - from.first) * 1e9 / rate;
  const double blur_ns = from.begun->resolution_ns + to.begun->resolution_ns + 0.5e9 / rate;
  if (!(missing_ns > blur_ns)) return 0;
  return static_cast<std::uint64_t>(std::min(std::round(missing_ns * 1e-9 * rate), 9e15));
}

// Takes checked fields out of the metadata; the first one that is wrong is remembered.
class MetaReader {
 public:
  explicit MetaReader(const std::string& path) : path_(path) {}

  bool parse(const std::string& text) {
    try {
      meta_ = Json::parse(text);
    } catch (const Json::parse_error& error) {
      const std::uint64_t byte = std::max<std::size_t>(error.byte, 1) - 1;  // it counts from 1
      problem_ = bad_byte(path_, byte, "is not JSON here", "UTF-8 JSON").value();
      return false;
    } catch (const Json::exception&) {
      return bad("", "has a number out of range", "float64");
    }
    return true;
  }

  bool describe(Recording& out, Stored& stored) {
    const Json& global = part(meta_, "global", Json::value_t::object);
    if (!global.is_object()) return bad("global", "is missing", "an object");
    std::string type;
    if (!text(global, "core:datatype", type)) return false;
    stored = stored_type(type);
    out.dtype = stored.dtype;
    if (stored.dtype == Dtype::kUnspecified)
      return bad("global.core:datatype", "is " + in_quotes(type),
                 "ri8 ru8 ri16 ru16 ri32 rf32 rf64 with _le or _be");
    double channels = 1, rate_hz = 0;
    if (!number(global, "core:num_channels", 1, kMaxChannels, channels) ||
        !number(global, "core:sample_rate", kSlowest_hz, kFastest_hz, rate_hz) ||
        !text(global, "core:hw", out.recorder) || !text(global, "core:dataset", dataset_) ||
        !number(global, "core:trailing_bytes", 0, 1e15, trailing_bytes_))
      return false;
    if (channels != std::floor(channels))
      return bad("global.core:num_channels", "is not a whole number", "1 to 64");
    if (rate_hz > 0) out.rate_hz = rational_from(rate_hz);
    out.channels = plain_channels(static_cast<std::size_t>(channels));
    return describe_captures(out) && describe_channels(global, out);
  }

  // What lies between the captures, once the number of samples is known.
  bool find_gaps(Recording& out) {
    for (std::size_t i = 1; i < captures_.size(); ++i) {
      const Capture& from = captures_[i - 1];
      const Capture& to = captures_[i];
      if (to.first > out.scans)
        return bad("captures.core:sample_start", "is " + std::to_string(to.first),
                   "0 to " + std::to_string(out.scans));
      Gap gap = to.before;
      if (from.global_index && to.global_index) {
        const std::uint64_t between = to.first - from.first;
        if (*to.global_index < *from.global_index + between)
          return bad("captures.core:global_index",
                     "is " + std::to_string(*to.global_index) + ", before the end of another",
                     "at least " + std::to_string(*from.global_index + between));
        gap.samples = *to.global_index - *from.global_index - between;
      } else {
        gap.samples = missing_by_time(from, to, out.rate_hz);
        gap.is_exact = false;
      }
      add_gap(to.first, gap, out);
    }
    return true;
  }

  [[nodiscard]] const std::string& dataset() const noexcept { return dataset_; }
  [[nodiscard]] std::uint64_t header_bytes() const noexcept {
    return static_cast<std::uint64_t>(header_bytes_);
  }
  [[nodiscard]] std::uint64_t trailing_bytes() const noexcept {
    return static_cast<std::uint64_t>(trailing_bytes_);
  }
  [[nodiscard]] tl::unexpected<Error> problem() const { return tl::unexpected<Error>(problem_); }

 private:
  bool bad(const std::string& field, const std::string& what, std::string allowed) {
    problem_ =
        fail(Code::kInvalid,
             fmt::format("{} of {} {}", field, path_.substr(path_.find_last_of('/') + 1), what),
             fmt::format("{}: {}", path_, field), std::move(allowed))
            .value();
    return false;
  }

  // The member, or null when it is missing or of another kind.
  static const Json& part(const Json& object, const char* name, Json::value_t type) {
    static const Json none;
    if (!object.is_object()) return none;
    const auto found = object.find(name);
    return found != object.end() && found->type() == type ? *found : none;
  }

  // Leaves `out` alone when the member is missing.
  bool text(const Json& object, const std::string& name, std::string& out) {
    const auto found = object.find(name);
    if (found == object.end()) return true;
    if (!found->is_string() || !is_clean(found->get_ref<const std::string&>()))
      return bad(name, "is not clean text", "up to 256 bytes of UTF-8 without control characters");
    out = *found;
    return true;
  }
  bool index(const Json& object, const std::string& name, std::optional<std::uint64_t>& out) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
    const auto found = object.find(name);
    if (found == object.end()) return true;
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kMost)
      return bad("captures." + name,
                 "is " + in_quotes(found->dump(-1, ' ', true, Json::error_handler_t::replace)),
                 fmt::format("a whole number from 0 to {}", kMost));
    out = found->get<std::uint64_t>();
    return true;
  }
  bool number(const Json& object, const std::string& name, double least, double most, double& out) {
    const auto found = object.find(name);
    if (found == object.end()) return true;
    const double value = found->is_number() ? found->get<double>() : kUnknown;
    if (!(value >= least && value <= most))
      return bad(name,
                 "is " + in_quotes(found->dump(-1, ' ', true, Json::error_handler_t::replace)),
                 fmt::format("{} to {}", least, most));
    out = value;
    return true;
  }

  // Behind the last sample nothing is captured; before the first nothing is missing.
  static void add_gap(std::uint64_t scan, const Gap& gap, Recording& out) {
    const bool breaks = gap.samples > 0 || (gap.reasons & kGapNewRecord) != 0;
    if (!breaks || scan == 0 || scan == out.scans) return;
    if (!out.gaps.empty() && out.gaps.back().scan == scan) {
      out.gaps.back().gap.add(gap);
    } else {
      out.gaps.push_back({scan, gap});
    }
  }

  bool describe_captures(Recording& out) {
    const Json& captures = part(meta_, "captures", Json::value_t::array);
    for (const Json& said : captures) {
      Capture capture;
      if (!describe_capture(said, capture)) return false;
      if (!captures_.empty() && capture.first < captures_.back().first)
        return bad("captures.core:sample_start", "goes back", "in the order of the samples");
      captures_.push_back(capture);
    }
    if (captures_.empty() || !captures_[0].begun) return true;
    const auto [utc_ns, resolution_ns] = *captures_[0].begun;
    // Of the sample that the first capture begins with.
    const double ahead_s =
        out.rate_hz.num == 0 ? 0 : static_cast<double>(captures_[0].first) / out.rate_hz.value();
    out.start_utc_ns = utc_ns - std::llround(std::min(ahead_s, 1e9) * 1e9);
    out.start_sigma_ns = resolution_ns / std::sqrt(12.0);  // evenly spread within a step
    return true;
  }

  bool describe_capture(const Json& said, Capture& capture) {
    if (!said.is_object()) return bad("captures", "holds something else than objects", "objects");
    double bytes = 0;
    if (!number(said, "core:header_bytes", 0, 1e15, bytes)) return false;
    if (!captures_.empty() && bytes > 0)
      return bad("captures.core:header_bytes", "is given within the samples",
                 "in the first capture only");
    header_bytes_ += bytes;
    std::optional<std::uint64_t> first;
    std::string when, words;
    if (!index(said, "core:sample_start", first) ||
        !index(said, "core:global_index", capture.global_index) ||
        !text(said, "core:datetime", when) || !text(said, "acqd:reasons", words))
      return false;
    if (!first && !captures_.empty())
      return bad("captures.core:sample_start", "is missing", "the number of a sample");
    capture.first = first.value_or(0);
    capture.before = gap_from_words(words);
    if (when.empty()) return true;
    Moment moment;
    if (!to_moment(when, moment))
      return bad("captures.core:datetime", "is " + in_quotes(when),
                 "ISO 8601 with Z, 1700 to 2200");
    capture.begun = moment;
    return true;
  }

  bool describe_channels(const Json& global, Recording& out) {
    const auto found = global.find("acqd:channels");
    if (found == global.end()) return true;
    if (!found->is_array() || found->size() != out.channels.size())
      return bad("global.acqd:channels", "does not fit core:num_channels",
                 fmt::format("a list of {}", out.channels.size()));
    for (std::size_t i = 0; i < out.channels.size(); ++i)
      if (!describe_channel((*found)[i], out.channels[i])) return false;
    return true;
  }

  bool describe_channel(const Json& said, Channel& channel) {
    constexpr double kMost = std::numeric_limits<float>::max();
    double bits = 0;
    if (!said.is_object())
      return bad("global.acqd:channels", "holds something else than objects", "objects");
    const bool is_good = text(said, "id", channel.id) && text(said, "label", channel.label) &&
                         text(said, "quantity", channel.quantity) &&
                         text(said, "unit", channel.unit) &&
                         number(said, "scale", -kMost, kMost, channel.scale) &&
                         number(said, "offset", -kMost, kMost, channel.offset) &&
                         number(said, "range_min", -kMost, kMost, channel.range_min) &&
                         number(said, "range_max", -kMost, kMost, channel.range_max) &&
                         number(said, "significant_bits", 0, 64, bits);
    channel.significant_bits = static_cast<int>(bits);
    return is_good;
  }

  const std::string& path_;
  Json meta_;
  Error problem_;
  std::string dataset_;
  std::vector<Capture> captures_;
  double header_bytes_ = 0;
  double trailing_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<SampleFile>> open_sigmf(const std::string& path) {
  const std::string base = path.substr(0, path.rfind(".sigmf-"));
  const std::string meta_path = base + ".sigmf-meta";
  const Result<File> meta_file = File::open(meta_path);
  if (!meta_file) return tl::unexpected<Error>(meta_file.error());
  const Result<std::string> text = meta_file->read_text(kMostMetaBytes);
  if (!text) return tl::unexpected<Error>(text.error());
  MetaReader meta(meta_path);
  Recording recording;
  Stored stored;
  if (!meta.parse(*text) || !meta.describe(recording, stored)) return meta.problem();

  std::string data_path = base + ".sigmf-data";
  if (!meta.dataset().empty()) {
    if (meta.dataset().find('/') != std::string::npos) {
      return fail(Code::kInvalid, "core:dataset names another folder", meta_path,
                  "a file beside the metadata");
    }
    data_path = base.substr(0, base.find_last_of('/') + 1) + meta.dataset();
  }
  Result<File> data = File::open(data_path);
  if (!data) return tl::unexpected<Error>(data.error());
  const std::uint64_t around = meta.header_bytes() + meta.trailing_bytes();
  if (around > data->size())
    return bad_byte(data_path, data->size(),
                    fmt::format("is shorter than its {} header and trailing bytes", around));
  const std::size_t stored_bytes = size_of(stored.dtype);
  const Result<std::uint64_t> scans = whole_scans(*data, meta.header_bytes(), data->size() - around,
                                                  stored_bytes * recording.channels.size());
  if (!scans) return tl::unexpected<Error>(scans.error());
  recording.scans = *scans;
  if (!meta.find_gaps(recording)) return meta.problem();
  const RawLayout layout{meta.header_bytes(), stored_bytes, stored.is_big_endian};
  return open_raw(std::move(*data), std::move(recording), layout);
}

}  // namespace acq::replay
