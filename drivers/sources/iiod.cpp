// iiod: a device of Linux's industrial I/O behind libiio's network daemon.
//
// Delivers  one stream `scan`: the chosen channels of one device, interleaved, in the smallest type
//           that holds them; I/Q samples where channels come as pairs "..._i", "..._q"
// Params    the table below
// Stamps    with a timestamp channel: the device's, as its clock is set; else host arrival of the
//           block, monotonic. Uncertainty unknown
// Loss      iio overwrites what is not read in time and tells nobody. With timestamps it is told
//           from their jumps, not exactly; without, it cannot be told
// Unplug    the connection ends, or the server breaks the protocol: kDisconnected until it is back
// Settings  are read back: rate, scale and offset are those in force
// Errors    kNotFound, kInvalid: no such device or channel, or a choice is needed; kIo: a context
//           that is none; kOverflow: a packet without room for one scan
// Checked   tests/drivers/iiod_test.cpp and tests/drivers/iiod/
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>

#include "drivers/driver.h"
#include "drivers/iiod/buffer.h"
#include "drivers/iiod/device.h"
#include "drivers/restart.h"
#include "drivers/transport/tcp.h"
#include "drivers/transport/tcp_parameters.h"

namespace acq {
namespace {

constexpr std::int64_t kSecond_ns = 1'000'000'000;
constexpr std::int64_t kOpen_ns = 5 * kSecond_ns;
constexpr std::int64_t kCommand_ns = kSecond_ns;
constexpr double kBlock_s = 0.02;
constexpr std::size_t kMostBlockBytes = std::size_t{1} << 20;

constexpr std::string_view kTimestamp = "timestamp";  // the channel

constexpr ParamSpec kAttribute[] = {
    {.name = "channel",
     .type = ParamType::kText,
     .fallback = "",
     .text = "the channel it belongs to; not given: to the device"},
    {.name = "name", .type = ParamType::kText, .required = true, .text = "as iio calls it"},
    {.name = "value", .type = ParamType::kText, .required = true, .text = "written at open"},
};

constexpr ParamSpec kParams[] = {
    tcp_host(),
    tcp_port("30431"),
    {.name = "device",
     .type = ParamType::kText,
     .text = "name or id of the device; not given: the only one with a buffer",
     .live = false},
    {.name = "channels",
     .type = ParamType::kText,
     .text = "ids of channels between spaces; not given: all that can be scanned",
     .live = false},
    {.name = "timestamps",
     .type = ParamType::kFlag,
     .fallback = "true",
     .text = "stamp with the device's own timestamp channel where it has one",
     .live = false},
    {.name = "rate",
     .unit = "Hz",
     .min = 1e-3,
     .max = 1e10,
     .text = "sample rate, written where the device has one; not given: as it is",
     .live = false},
    {.name = "trigger",
     .type = ParamType::kText,
     .text = "name of the trigger that starts scans; not given: as it is",
     .live = false},
    {.name = "attributes",
     .type = ParamType::kTables,
     .text = "attributes of the device, written in this order",
     .fields = kAttribute},
};

class Iiod final : public Driver {
 public:
  explicit Iiod(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    Result<InstrumentInfo> info = describe(params);
    if (!info) close();
    // A server that does not answer in time is as good as none.
    if (!info && info.error().code == Code::kTimeout) info.error().code = Code::kDisconnected;
    return info;
  }

  Result<void> start() override {
    if (info_ == nullptr) return fail(Code::kInvalid, "iiod is not open");
    if (buffer_ != nullptr) return {};
    const Until until{clock_.now_ns() + kCommand_ns};
    auto stream = connect_tcp(server_, until);
    if (!stream) return tl::unexpected<Error>(stream.error());
    const double scans = info_->rate_hz.value() * kBlock_s;
    const double most = static_cast<double>(kMostBlockBytes / selection_.plan.scan_bytes);
    auto buffer = iiod::Buffer::open(std::move(*stream), selection_,
                                     static_cast<std::size_t>(std::clamp(scans, 1.0, most)), until);
    if (!buffer) return tl::unexpected<Error>(buffer.error());
    buffer_ = std::move(*buffer);
    rest_ = {};
    last_ns_.reset();
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (buffer_ == nullptr) return fail(Code::kInvalid, "iiod is not started");
    const std::size_t room = packet.room(*info_);
    if (room == 0) return fail(Code::kOverflow, "a packet of iiod has no room for one scan");
    if (stop.stop_requested()) return ReadOutcome::kNothing;
    if (rest_.empty()) {
      const Result<bool> whole = buffer_->receive({deadline_ns, stop});
      if (!whole) return tl::unexpected<Error>(whole.error());
      if (!*whole) return ReadOutcome::kNothing;
      rest_ = buffer_->block();
      arrival_ns_ = clock_.now_ns();
    }
    const std::size_t scans = rest_.size() / selection_.plan.scan_bytes;
    deliver(packet, count_joined(std::min(room, scans)));
    return ReadOutcome::kPacket;
  }

  void stop() override {
    buffer_ = nullptr;
    rest_ = {};
  }

  void close() override {
    stop();
    control_ = nullptr;
    info_ = nullptr;
  }

  Result<void> set(const Params& params) override {
    if (info_ == nullptr) return fail(Code::kInvalid, "iiod is not open");
    if (const std::string name = what_restarts(kParams, params_, params); !name.empty())
      return fail(Code::kUnsupported, name + " of iiod does not change while running", name);
    return change(params);
  }

  [[nodiscard]] Table in_force() const override {
    if (info_ == nullptr) return {};
    const iiod::Device& device = selection_.device;
    std::string channels;
    for (const std::size_t place : selection_.chosen) {
      const std::string& id = device.channels[place].id;
      if (id != kTimestamp) channels += (channels.empty() ? "" : " ") + id;
    }
    return {{"device", device.name.empty() ? device.id : device.name},
            {"channels", channels},
            {"timestamps", selection_.plan.timestamp.has_value()},
            {"rate", info_->rate_hz.value()}};
  }

 private:
  Result<InstrumentInfo> describe(const Params& params) {
    const Until until{clock_.now_ns() + kOpen_ns};
    server_ = {params.text("host"), static_cast<std::uint16_t>(params.integer("port"))};
    auto stream = connect_tcp(server_, until);
    if (!stream) return tl::unexpected<Error>(stream.error());
    control_ = std::make_unique<iiod::Client>(std::move(*stream));
    const auto version = control_->version(until);
    if (!version) return named(version.error());
    const auto xml = control_->context(until);
    if (!xml) return named(xml.error());
    const auto context = iiod::parse_context(*xml);
    if (!context) return tl::unexpected<Error>(context.error());
    auto selection = iiod::select(*context, params);
    if (!selection) return tl::unexpected<Error>(selection.error());
    selection_ = std::move(*selection);
    if (const auto done = iiod::configure(*control_, selection_, params, nullptr, until); !done)
      return named(done.error());
    auto info = iiod::describe(*control_, selection_, params, until);
    if (!info) return named(info.error());
    if (selection_.plan.timestamp) scale_ = iiod::timestamp_scale(*control_, selection_, until);
    info_ = std::make_shared<const StreamInfo>(std::move(*info));
    params_ = params;
    const iiod::Device& device = selection_.device;
    return InstrumentInfo{
        .vendor = "IIO",
        .model = device.name.empty() ? device.id : device.name,
        .serial = to_string(server_) + "/" + device.id,
        .firmware = "iiod " + *version,
        .transport = "tcp",
        .streams = {info_},
        .loss_report = selection_.plan.timestamp ? LossReport::kInexact : LossReport::kNotAtAll,
        .reads_settings_back = true};
  }

  tl::unexpected<Error> named(Error error) const {
    if (error.where.empty()) error.where = to_string(server_);
    return tl::unexpected<Error>(std::move(error));
  }

  // Writes attributes while samples come on their own connection. A change of scale is told with the
  // next packet.
  Result<void> change(const Params& params) {
    const Until until{clock_.now_ns() + kCommand_ns};
    const auto done = iiod::configure(*control_, selection_, params, &params_, until);
    if (!done) return named(done.error());
    auto info = iiod::describe(*control_, selection_, params, until);
    if (!info) return named(info.error());
    if (info->rate_hz != info_->rate_hz)
      return fail(Code::kUnsupported, "a change of the rate needs a restart", "attributes");
    if (*info != *info_) info_ = std::make_shared<const StreamInfo>(std::move(*info));
    params_ = params;
    return {};
  }

  [[nodiscard]] std::int64_t timestamp_ns(std::size_t scan) const noexcept {
    return iiod::raw_value(rest_.data() + scan * selection_.plan.scan_bytes,
                           *selection_.plan.timestamp);
  }

  // Samples of the device lost between two timestamps.
  [[nodiscard]] std::uint64_t missing(std::int64_t before_ns,
                                      std::int64_t after_ns) const noexcept {
    const double periods =
        static_cast<double>(after_ns - before_ns) * 1e-9 * info_->rate_hz.value();
    return periods < 1.5 ? 0 : static_cast<std::uint64_t>(std::min(std::round(periods) - 1, 1e15));
  }

  // How many of the next scans have no loss between them.
  [[nodiscard]] std::size_t count_joined(std::size_t most) const noexcept {
    if (!selection_.plan.timestamp) return most;
    for (std::size_t i = 1; i < most; ++i)
      if (missing(timestamp_ns(i - 1), timestamp_ns(i)) > 0) return i;
    return most;
  }

  void deliver(Packet& packet, std::size_t scans) noexcept {
    packet.stream = 0;
    packet.count = static_cast<std::uint32_t>(scans);
    packet.info = info_;
    packet.stamp = {.t0_ticks = arrival_ns_,
                    .scale = TimeScale::kMonotonic,
                    .origin = TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .host_rx_ns = arrival_ns_};
    if (selection_.plan.timestamp) {
      const std::int64_t first_ns = timestamp_ns(0);
      packet.stamp.t0_ticks = first_ns;
      packet.stamp.scale = scale_;
      packet.stamp.origin = TimeOrigin::kDeviceReported;
      const std::uint64_t lost = last_ns_ ? missing(*last_ns_, first_ns) : 0;
      if (lost > 0) packet.gap_before = {lost, kGapDevice, false};
      last_ns_ = timestamp_ns(scans - 1);
    }
    iiod::decode(selection_.plan, rest_.data(), scans, packet.samples);
    rest_ = rest_.subspan(scans * selection_.plan.scan_bytes);
  }

  const Clock& clock_;
  Params params_;
  HostPort server_;
  std::unique_ptr<iiod::Client> control_;  // attributes; none while closed
  iiod::Selection selection_;
  TimeScale scale_ = TimeScale::kUtc;
  std::shared_ptr<const StreamInfo> info_;  // none while closed
  std::unique_ptr<iiod::Buffer> buffer_;    // none while stopped
  std::span<const std::byte> rest_;         // of its block, not delivered yet
  std::int64_t arrival_ns_ = 0;
  std::optional<std::int64_t> last_ns_;  // timestamp of the last scan delivered
};

}  // namespace

extern const DriverEntry driver_iiod;
const DriverEntry driver_iiod{
    .name = "iiod",
    .summary = "device of Linux's industrial I/O behind libiio's network daemon",
    .params = kParams,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Iiod>(clock);
    },
    .example =
        [] {
          return Table{{"host", std::string("127.0.0.1")}, {"device", std::string("acq-adc")}};
        },
};

}  // namespace acq
