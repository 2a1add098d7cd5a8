// serial_dmm: a multimeter on a serial line.
//
// Delivers  one stream `reading`: 1 channel, f64, in V, A, Ohm ...; what the meter shows is in its
//           quantity ("DC voltage") and label ("auto, hold"), and changes with the first reading it
//           is true for. Beyond the range: no number, flagged overrange
// Params    the table below; the meters are in drivers/dmm/meters.cpp
// Rate      nominal: meters are not punctual
// Stamps    host arrival of the last byte, monotonic, uncertainty unknown
// Loss      bytes between two readings that belong to none are told as an inexact gap
// Unplug    the port disappears, or nothing is understood for `timeout`: kDisconnected
// Errors    kInvalid the port is none; kDenied, kBusy; kOverflow a packet without room for one value
// Checked   tests/drivers/serial_dmm_test.cpp, tests/drivers/dmm/
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "drivers/dmm/meters.h"
#include "drivers/dmm/scanner.h"
#include "drivers/driver.h"
#include "drivers/transport/serial.h"

namespace acq {
namespace {

using dmm::Meter;
using dmm::Reading;

constexpr double kSecond_ns = 1e9;
constexpr std::string_view kFramings[] = {"meter", "plain"};

const ParamSpec kParameters[] = {
    {.name = "port",
     .type = ParamType::kText,
     .required = true,
     .text = "the serial line: /dev/ttyUSB0",
     .live = false},
    {.name = "meter",
     .type = ParamType::kChoice,
     .required = true,
     .text = "the model, or one that speaks the same",
     .choices = dmm::meter_names(),
     .live = false},
    {.name = "framing",
     .type = ParamType::kChoice,
     .fallback = "meter",
     .text = "meter: parity as the meter has it, checked byte by byte; plain: an adapter has taken "
             "the parity off already",
     .choices = kFramings,
     .live = false},
    {.name = "timeout",
     .unit = "s",
     .min = 0.2,
     .max = 3600,
     .fallback = "3 s",
     .text = "a meter that says nothing for so long is gone"},
};

class SerialDmm final : public Driver {
 public:
  explicit SerialDmm(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    meter_ = dmm::find_meter(params.text("meter"));
    ACQ_CHECK(meter_ != nullptr);
    params_ = params;
    set_timeout(params);
    const bool is_plain = params.text("framing") == "plain";
    scanner_.emplace(meter_->find, meter_->variant,
                     is_plain ? dmm::Framing::k8n1 : meter_->framing);
    const std::string& port = params.text("port");
    // Eight bits whatever the meter sends: the eighth is its parity, and the scanner's to check.
    auto line = open_serial(port, {.baud = static_cast<std::uint32_t>(meter_->baud),
                                   .rts = meter_->has_rts,
                                   .dtr = meter_->has_dtr});
    if (!line) return refused(line.error());
    line_ = std::move(*line);
    // What it measures is known from its first reading.
    restart();
    const Result<Reading> first = next_reading({clock_.now_ns() + timeout_ns_});
    if (!first) {
      close();
      if (first.error().code != Code::kTimeout) return tl::unexpected<Error>(first.error());
      return fail(Code::kDisconnected, silent_sentence(), "meter");
    }
    describe(*first);
    return InstrumentInfo{.vendor = std::string(meter_->vendor),
                          .model = std::string(meter_->model),
                          .serial = port,
                          .transport = "serial",
                          .streams = {info_},
                          .loss_report = LossReport::kInexact};
  }

  Result<void> start() override {
    if (line_ == nullptr) return fail(Code::kInvalid, "serial_dmm is not open");
    if (is_running_) return {};
    if (const auto dropped = line_->discard_input(); !dropped)
      return tl::unexpected<Error>(dropped.error());
    restart();
    is_running_ = true;
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "serial_dmm is not started");
    if (packet.room(*info_) == 0)
      return fail(Code::kOverflow, "a packet of serial_dmm has no room for one value");
    if (stop.stop_requested()) return ReadOutcome::kNothing;
    const Result<Reading> reading = next_reading({deadline_ns, stop});
    if (reading) {
      deliver(packet, *reading);
      return ReadOutcome::kPacket;
    }
    if (reading.error().code != Code::kTimeout) return tl::unexpected<Error>(reading.error());
    if (clock_.now_ns() - heard_ns_ > timeout_ns_)
      return fail(Code::kDisconnected, silent_sentence(), "meter");
    return ReadOutcome::kNothing;
  }

  void stop() override { is_running_ = false; }

  void close() override {
    stop();
    line_ = nullptr;
  }

  Result<void> set(const Params& params) override {
    if (line_ == nullptr) return fail(Code::kInvalid, "serial_dmm is not open");
    for (const char* name : {"port", "meter", "framing"}) {
      if (params.text(name) != params_.text(name))
        return fail(Code::kUnsupported, std::string(name) + " of serial_dmm needs a restart", name);
    }
    set_timeout(params);
    params_ = params;
    return {};
  }

 private:
  void set_timeout(const Params& params) {
    timeout_ns_ = std::llround(params.number("timeout") * kSecond_ns);
  }

  // A port that is not there may come back.
  static tl::unexpected<Error> refused(Error error) {
    if (error.code == Code::kNotFound) error.code = Code::kDisconnected;
    if (error.where.empty()) error.where = "port";
    return tl::unexpected<Error>(std::move(error));
  }

  [[nodiscard]] std::string silent_sentence() const {
    return "no reading of a " + std::string(meter_->name) + " on " + params_.text("port") +
           " within " + std::to_string(timeout_ns_ / 1'000'000) +
           " ms: is it on, and is its interface?";
  }

  // Begins anew in the middle of whatever is on the line.
  void restart() noexcept {
    scanner_->clear();
    scanner_->take_discarded();
    is_synchronous_ = false;
    asked_ns_ = 0;
    heard_ns_ = clock_.now_ns();
  }

  // kTimeout: none is complete; what has come of it is kept.
  Result<Reading> next_reading(const Until& until) {
    std::array<std::byte, dmm::kLongestFrame> bytes{};
    for (;;) {
      if (const std::optional<Reading> reading = scanner_->next()) {
        heard_ns_ = clock_.now_ns();
        asked_ns_ = 0;
        return *reading;
      }
      if (const auto asked = ask(until); !asked) return tl::unexpected<Error>(asked.error());
      const Result<std::size_t> got = line_->read(bytes, until);
      if (!got) return tl::unexpected<Error>(got.error());
      ACQ_CHECK(scanner_->put(std::span(bytes).first(*got)) == *got);
    }
  }

  // Once a reading, and again when it does not come.
  Result<void> ask(const Until& until) {
    if (meter_->request.empty()) return {};
    const auto patience_ns = static_cast<std::int64_t>(3 * kSecond_ns / meter_->rate_hz);
    const std::int64_t now_ns = clock_.now_ns();
    if (asked_ns_ != 0 && now_ns - asked_ns_ < patience_ns) return {};
    asked_ns_ = now_ns;
    return line_->write(std::as_bytes(std::span(meter_->request)), until);
  }

  void describe(const Reading& reading) {
    described_ = reading;
    info_ = std::make_shared<const StreamInfo>(
        StreamInfo{.name = "reading",
                   .dtype = Dtype::kF64,
                   .rate_hz = rational_from(meter_->rate_hz),
                   .channels = {{.id = "reading",
                                 .label = dmm::label_of(reading),
                                 .quantity = dmm::quantity_of(reading),
                                 .unit = std::string(dmm::unit_of(reading.function))}}});
  }

  void deliver(Packet& packet, const Reading& reading) {
    if (reading.function != described_.function || reading.marks != described_.marks)
      describe(reading);
    const double value = dmm::value_of(reading);
    std::memcpy(packet.samples, &value, sizeof value);
    packet.count = 1;
    packet.info = info_;
    packet.overrange_high = reading.over == dmm::Over::kHigh ? 1 : 0;
    packet.overrange_low = reading.over == dmm::Over::kLow ? 1 : 0;
    packet.stamp = {.t0_ticks = heard_ns_,
                    .scale = TimeScale::kMonotonic,
                    .origin = TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .host_rx_ns = heard_ns_};
    // Before the first reading the line was joined in the middle of one.
    const std::uint64_t discarded = scanner_->take_discarded();
    if (is_synchronous_ && discarded > 0) {
      packet.gap_before = {.samples = (discarded + meter_->frame_bytes - 1) / meter_->frame_bytes,
                           .reasons = kGapDevice,
                           .is_exact = false};
    }
    is_synchronous_ = true;
  }

  const Clock& clock_;
  Params params_;
  const Meter* meter_ = nullptr;
  std::unique_ptr<ByteStream> line_;  // none while closed
  std::optional<dmm::Scanner> scanner_;
  std::shared_ptr<const StreamInfo> info_;
  Reading described_;  // what info_ says
  std::int64_t timeout_ns_ = 0;
  std::int64_t heard_ns_ = 0;  // when the last reading was complete
  std::int64_t asked_ns_ = 0;  // 0: the next reading is not asked for yet
  bool is_synchronous_ = false;
  bool is_running_ = false;
};

}  // namespace

extern const DriverEntry driver_serial_dmm;
const DriverEntry driver_serial_dmm{
    .name = "serial_dmm",
    .summary = "multimeters on serial lines: FS9721, FS9922, ES519xx, Metex, UT71, Brymen",
    .params = kParameters,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<SerialDmm>(clock);
    },
    .example =
        [] {
          return Table{{"port", std::string("/dev/ttyUSB0")},
                       {"meter", std::string("uni-t-ut61d")}};
        },
};

}  // namespace acq
