// calibrate: instrument values to physical values, by gain and offset or by a polynomial.
//
// In       (channels, samples) float32, any unit; waveform or record without results
// Out      (channels, samples) float32, the new unit, same rate; marked calibrated. Each channel
//          tells its certificate, the dates, and a hash of its coefficients: FNV-1a, 64 bit, of
//          c0, c1 ... as little-endian float64. Behind another calibrate the hash goes on from
//          there, and both certificates count: they are told in their order, "K-17; K-20", with
//          the later date and the earlier due
// Params   gain          new units per old unit, -1e30 to 1e30, 1
//          offset        new unit, -1e30 to 1e30, 0
//          coefficients  c0, c1 ... of c0 + c1 x + c2 x^2 ..., 2 to 16 numbers, instead of gain
//                        and offset
//          unit          the new unit, that of the input
//          quantity      what is measured, that of the input
//          certificate   of the calibration, its number as the laboratory wrote it, none
//          date          of the calibration, YYYY-MM-DD, none
//          due           last day that it is good for, YYYY-MM-DD, none
//          channels      another calibration for single channels, a list of {id, gain, offset,
//                        coefficients, unit, quantity, certificate, date, due}, none
// Latency  0 samples
// Cost     1 multiply-add a sample; a polynomial one float64 multiply-add for each coefficient
// Errors   kInvalid: a spectrum, results before it, unknown or repeated channel id, gain or offset
//          together with coefficients, too few or many coefficients, a date that the calendar has
//          not, due before date
// Numerics gain and offset in float32, rounded once with FMA: error below 1 ulp of |gain x| +
//          |offset|; polynomials in float64; NaN and infinities go through sample by sample
// Source   own derivation; Horner's rule
// Checked  tests/dsp/calibrate_test.cpp, closed form; tests/validation, numpy.polynomial
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

#include "dsp/base/hash.h"
#include "dsp/pointwise.h"

namespace acq {
namespace {

constexpr std::size_t kMaxCoefficients = 16;
constexpr double kMostGain = 1e30;  // leaves room in float32

double horner(const std::vector<double>& c, double x) noexcept {
  double sum = 0;
  for (std::size_t k = c.size(); k-- > 0;) sum = sum * x + c[k];
  return sum;
}

// The range of a channel after calibration: the extremes over a fine grid of the one before.
void map_range(const std::vector<double>& c, Channel& channel) {
  constexpr int kSteps = 256;
  const double from = channel.range_min;
  const double width = channel.range_max - from;
  channel.range_min = channel.range_max = horner(c, from);
  for (int i = 1; i <= kSteps; ++i) {
    const double y = horner(c, from + width * i / kSteps);
    channel.range_min = std::min(channel.range_min, y);
    channel.range_max = std::max(channel.range_max, y);
  }
}

PointOp op_of(const std::vector<double>& curve) {
  if (curve.size() == 2) {
    return {.gain = static_cast<float>(curve[1]), .offset = static_cast<float>(curve[0])};
  }
  return {.call =
              [](const void* what, float* x, std::size_t count) noexcept {
                polynomial(x, count, *static_cast<const std::vector<double>*>(what));
              },
          .what = &curve,
          .cost = 4 * static_cast<float>(curve.size())};
}

std::uint64_t hash_after(std::uint64_t before, const std::vector<double>& curve) {
  static_assert(std::endian::native == std::endian::little);
  const std::string_view bytes(reinterpret_cast<const char*>(curve.data()),
                               curve.size() * sizeof(double));
  return before == 0 ? hash_of(bytes) : hash_of(bytes, before);
}

// YYYY-MM-DD, a day of the calendar.
bool is_date(std::string_view text) {
  const auto part = [&](std::size_t first, std::size_t count) {
    int number = -1;
    const char* const begin = text.data() + first;
    const auto read = std::from_chars(begin, begin + count, number);
    return read.ptr == begin + count && *begin != '-' ? number : -1;
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int month = part(5, 2);
  const int day = part(8, 2);
  return part(0, 4) >= 0 && month > 0 && day > 0 &&
         std::chrono::year_month_day(std::chrono::year(part(0, 4)),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok();
}

// Of one calibration behind another: the chain is as new as its newest link, and good as long as each.
Calibration chained(const Calibration& before, const Calibration& given) {
  Calibration chain = given;
  if (before.id == given.id || given.id.empty()) {
    chain.id = before.id;
  } else if (!before.id.empty()) {
    chain.id = before.id + "; " + given.id;
  }
  chain.date =
      std::max(before.date, given.date);  // as text in the order of time; none is the least
  if (given.due.empty() || (!before.due.empty() && before.due < given.due)) chain.due = before.due;
  return chain;
}

// A falling curve turns a rising edge into a falling one.
void map_trigger(const std::vector<double>& c, TriggerMark& mark) noexcept {
  double slope = 0;
  for (std::size_t k = c.size() - 1; k > 0; --k) {
    slope = slope * mark.level + static_cast<double>(k) * c[k];
  }
  if (slope < 0) mark.is_rising = !mark.is_rising;
  mark.level = horner(c, mark.level);
}

class Calibrate final : public PointwiseBlock {
 public:
  Result<SignalInfo> configure(const SignalInfo& in, const Params& params) override {
    if ((in.kind != Kind::kWaveform && in.kind != Kind::kRecord) || !in.results.empty()) {
      return fail(Code::kInvalid, "calibrate works on samples, before anything is measured", "",
                  "a waveform or a record without results");
    }
    SignalInfo out = in;
    curves_.resize(in.channels.size());
    std::vector<bool> is_done(in.channels.size());
    const std::vector<Params>& rows = params.tables("channels");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string where = fmt::format("channels[{}]", i);
      const auto found = std::find_if(in.channels.begin(), in.channels.end(),
                                      [&](const Channel& c) { return c.id == rows[i].text("id"); });
      const auto channel = static_cast<std::size_t>(found - in.channels.begin());
      if (found == in.channels.end() || is_done[channel]) {
        return fail(Code::kInvalid,
                    fmt::format("{} channel '{}'",
                                found == in.channels.end() ? "there is no" : "a second row for",
                                rows[i].text("id")),
                    where + ".id", ids_of(in));
      }
      is_done[channel] = true;
      const auto made = calibrate(rows[i], where + ".", out.channels[channel], curves_[channel]);
      if (!made) return tl::unexpected(made.error());
    }
    for (std::size_t c = 0; c < in.channels.size(); ++c) {
      if (is_done[c]) continue;
      const auto made = calibrate(params, "", out.channels[c], curves_[c]);
      if (!made) return tl::unexpected(made.error());
    }
    for (const std::vector<double>& curve : curves_) ops_.push_back(op_of(curve));
    out.flags |= kFlagCalibrated;
    return out;
  }

  [[nodiscard]] std::span<const PointOp> ops(std::size_t channel) const noexcept override {
    return {&ops_[channel], 1};
  }

  void describe(ChunkFacts& facts) noexcept override {
    for (std::size_t i = 0; i < facts.triggers.size(); ++i) {
      triggers_[i] = facts.triggers[i];
      map_trigger(curves_[triggers_[i].channel], triggers_[i]);
    }
    facts.triggers = {triggers_.data(), facts.triggers.size()};
    facts.flags |= kFlagCalibrated;
  }

 private:
  static std::string ids_of(const SignalInfo& in) {
    std::string ids;
    for (const Channel& channel : in.channels) ids += (ids.empty() ? "" : ", ") + channel.id;
    return ids;
  }

  static Result<double> read_offset(const Params& params, const Channel& channel) {
    if (!params.has("offset")) return 0;
    auto offset =
        params.number_in("offset", params.has("unit") ? params.text("unit") : channel.unit);
    if (offset && std::abs(*offset) > kMostGain) {
      return fail(Code::kInvalid, "offset is out of range", "offset", "-1e+30 to 1e+30");
    }
    return offset;
  }

  // Reads one set of parameters, the block's own or a row's.
  static Result<void> calibrate(const Params& params, const std::string& prefix, Channel& channel,
                                std::vector<double>& curve) {
    if (params.has("coefficients")) {
      for (const char* other : {"gain", "offset"}) {
        if (params.has(other)) {
          return fail(Code::kInvalid,
                      fmt::format("{}{} and coefficients exclude each other", prefix, other),
                      prefix + other, "either gain and offset, or coefficients");
        }
      }
      curve = params.numbers("coefficients");
      if (curve.size() < 2 || curve.size() > kMaxCoefficients) {
        return fail(Code::kInvalid,
                    fmt::format("{}coefficients has {} values", prefix, curve.size()),
                    prefix + "coefficients", fmt::format("2 to {} numbers", kMaxCoefficients));
      }
    } else {
      const auto offset = read_offset(params, channel);
      if (!offset) {
        Error error = offset.error();
        error.where = prefix + error.where;
        return tl::unexpected(std::move(error));
      }
      curve = {*offset, params.has("gain") ? params.number("gain") : 1};
    }
    map_range(curve, channel);
    if (params.has("unit")) channel.unit = params.text("unit");
    if (params.has("quantity")) channel.quantity = params.text("quantity");
    channel.calibration.hash = hash_after(channel.calibration.hash, curve);
    return read_certificate(params, prefix, channel.calibration);
  }

  static Result<void> read_certificate(const Params& params, const std::string& prefix,
                                       Calibration& calibration) {
    const auto text_of = [&](const char* name) {
      return params.has(name) ? params.text(name) : std::string();
    };
    const Calibration given{.id = text_of("certificate"),
                            .date = text_of("date"),
                            .due = text_of("due"),
                            .hash = calibration.hash};
    for (const auto& [name, date] : {std::pair("date", given.date), {"due", given.due}}) {
      if (date.empty() || is_date(date)) continue;
      return fail(Code::kInvalid,
                  fmt::format("{}{} '{}' is no day of the calendar", prefix, name, date),
                  prefix + name, "YYYY-MM-DD, as in 2026-03-31");
    }
    if (!given.date.empty() && !given.due.empty() && given.due < given.date) {
      return fail(
          Code::kInvalid,
          fmt::format("{}due {} is before the calibration, {}", prefix, given.due, given.date),
          prefix + "due", "a day from " + given.date + " on");
    }
    calibration = chained(calibration, given);
    return {};
  }

  std::vector<std::vector<double>> curves_;  // coefficients for each channel
  std::vector<PointOp> ops_;
  std::array<TriggerMark, kMaxTriggers> triggers_;
};

constexpr ParamSpec kIdParam{
    .name = "id", .type = ParamType::kText, .required = true, .text = "channel"};
constexpr ParamSpec kGainParam{.name = "gain",
                               .min = -kMostGain,
                               .max = kMostGain,
                               .text = "new units per old unit; 1 when not given"};
constexpr ParamSpec kOffsetParam{.name = "offset",
                                 .min = -kMostGain,
                                 .max = kMostGain,
                                 .text = "in the new unit; 0 when not given",
                                 .in_signal_unit = true};
constexpr ParamSpec kCoefficientsParam{
    .name = "coefficients",
    .type = ParamType::kNumbers,
    .text = "c0, c1, c2 ... of a polynomial, instead of gain and offset"};
constexpr ParamSpec kUnitParam{
    .name = "unit", .type = ParamType::kText, .text = "new unit; that of the input when not given"};
constexpr ParamSpec kQuantityParam{.name = "quantity",
                                   .type = ParamType::kText,
                                   .text = "what is measured; that of the input when not given"};
constexpr ParamSpec kCertificateParam{.name = "certificate",
                                      .type = ParamType::kText,
                                      .text = "number of the calibration's certificate"};
constexpr ParamSpec kDateParam{
    .name = "date", .type = ParamType::kText, .text = "of the calibration, YYYY-MM-DD"};
constexpr ParamSpec kDueParam{
    .name = "due", .type = ParamType::kText, .text = "last day it is good for, YYYY-MM-DD"};
constexpr ParamSpec kRow[] = {kIdParam,           kGainParam, kOffsetParam,
                              kCoefficientsParam, kUnitParam, kQuantityParam,
                              kCertificateParam,  kDateParam, kDueParam};
constexpr ParamSpec kParams[] = {
    kGainParam,
    kOffsetParam,
    kCoefficientsParam,
    kUnitParam,
    kQuantityParam,
    kCertificateParam,
    kDateParam,
    kDueParam,
    {.name = "channels",
     .type = ParamType::kTables,
     .text = "another calibration for single channels",
     .fields = kRow},
};

}  // namespace

extern const BlockEntry block_calibrate;
const BlockEntry block_calibrate{
    .name = "calibrate",
    .summary = "instrument values to physical values, by gain and offset or by a polynomial",
    .params = kParams,
    .in_place = true,
    .cost = "1 multiply-add",
    .make = []() -> std::unique_ptr<Block> { return std::make_unique<Calibrate>(); },
    .example = [] { return Table{{"gain", 2.5}, {"offset", -1.0}, {"unit", "degC"}}; },
};

}  // namespace acq
