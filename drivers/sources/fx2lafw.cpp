// fx2lafw: a logic analyser around a Cypress FX2, with sigrok's fx2lafw firmware.
//
// Delivers  one stream `logic`: 8 or 16 channels, packed into u8 or u16
// Params    the table below
// Stamps    host arrival of the transfer that brought the sample, less the samples behind it in the
//           transfer; monotonic, uncertainty unknown
// Loss      the board samples until its FIFO of 2 KiB is full, then stops without a word, and numbers
//           nothing. When nothing comes for 120 ms and four transfers it is started again. The gap
//           has the length that the clock tells, and is not exact: `device` for that, `usb` for what a
//           fault on the wire or a transfer that ended early may have cost
// Unplug    kDisconnected until the board is back, with firmware loaded again where it lost it; also
//           after 20 vain starts (3 s or more). The port names the board, as most have no number
// Errors    kInvalid: a rate it cannot make, more channels than the board has, several boards;
//           kNotFound: no firmware file; kUnsupported: another firmware; kOverflow: a packet
//           without room for one scan
// Checked   tests/drivers/fx2lafw_test.cpp
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "drivers/driver.h"
#include "drivers/fx2lafw/board.h"
#include "drivers/restart.h"
#include "drivers/transport/usb_reader.h"

namespace acq {
namespace {

constexpr std::int64_t kMillisecond_ns = 1'000'000;
constexpr std::int64_t kSecond_ns = 1'000 * kMillisecond_ns;
constexpr std::int64_t kStart_ns = 200 * kMillisecond_ns;
constexpr std::int64_t kQuiet_ns = 100 * kMillisecond_ns;
constexpr int kQuietTransfers = 4;
constexpr std::int64_t kGrace_ns = 20 * kMillisecond_ns;
constexpr int kMostStarts = 20;

constexpr ParamSpec kParams[] = {
    {.name = "usb",
     .type = ParamType::kText,
     .text = "which board: vendor:product, or a port such as 1-2.4; the only one when not given",
     .live = false},
    {.name = "rate",
     .unit = "Hz",
     .min = 19'519,
     .max = 24'000'000,
     .fallback = "1 MHz",
     .text =
         "sample rate: 48 MHz or 30 MHz divided by 1 to 1537, up to 24 MHz (16 channels: 12 MHz)",
     .live = false},
    {.name = "channels",
     .type = ParamType::kInteger,
     .min = 8,
     .max = 16,
     .fallback = "8",
     .text = "8 or 16",
     .live = false},
    {.name = "names",
     .type = ParamType::kText,
     .text = "names of the channels from the first on, with commas between them: \"clk,data\"",
     .live = false},
    {.name = "firmware",
     .type = ParamType::kText,
     .fallback = "/usr/share/sigrok-firmware",
     .text = "folder of sigrok-firmware-fx2lafw, or a file (raw or Intel hex)",
     .live = false},
    {.name = "load_unbranded",
     .type = ParamType::kFlag,
     .fallback = "false",
     .text = "load firmware into a board that has only the chip maker's id, 04b4:8613",
     .live = false},
};

std::string given(const Params& params, std::string_view name) {
  return params.has(name) ? params.text(name) : std::string();
}

Result<std::vector<Channel>> describe_channels(int count, std::string_view names) {
  std::vector<Channel> channels;
  for (int c = 0; c < count; ++c) {
    channels.push_back({.id = "d" + std::to_string(c),
                        .label = "D" + std::to_string(c),
                        .quantity = "logic",
                        .range_min = 0,
                        .range_max = 1,
                        .significant_bits = 1});
  }
  for (std::size_t c = 0; !names.empty(); ++c) {
    const std::string_view name = names.substr(0, names.find(','));
    names.remove_prefix(std::min(name.size() + 1, names.size()));
    if (c == channels.size()) {
      return fail(Code::kInvalid, "there are more names than channels", "names",
                  "at most " + std::to_string(count) + " names");
    }
    if (!name.empty()) channels[c].label = name;
  }
  return channels;
}

class Fx2Lafw final : public Driver {
 public:
  explicit Fx2Lafw(const Clock& clock) : clock_(clock) {}

  static Result<void> check(const Params& params) {
    if (const auto usb = fx2lafw::parse_usb(given(params, "usb")); !usb)
      return tl::unexpected<Error>(usb.error());
    return Fx2Lafw(system_clock()).describe(params);
  }

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    const auto described = describe(params);
    if (!described) return tl::unexpected<Error>(described.error());
    const auto bus = usb::system_bus();
    if (!bus) return tl::unexpected<Error>(bus.error());
    auto connection = fx2lafw::connect(
        **bus, {given(params, "usb"), params.text("firmware"), params.flag("load_unbranded")},
        clock_);
    if (!connection) return tl::unexpected<Error>(connection.error());
    if (channels_ > connection->board->channels) {
      return fail(Code::kInvalid,
                  std::string(connection->board->model) + " has no " + std::to_string(channels_) +
                      " channels",
                  "channels", std::to_string(connection->board->channels));
    }
    connection_ = std::move(*connection);
    params_ = params;
    make_reader();
    const usb::DeviceInfo& device = connection_->device->info();
    return InstrumentInfo{.vendor = std::string(connection_->board->vendor),
                          .model = std::string(connection_->board->model),
                          .serial = device.serial.empty() ? device.port_path : device.serial,
                          .firmware = connection_->version,
                          .transport = "usb",
                          .streams = {info_},
                          .loss_report = LossReport::kInexact};
  }

  Result<void> start() override {
    if (!connection_) return fail(Code::kInvalid, "fx2lafw is not open");
    if (is_running_) return {};
    rest_ = {};
    pending_ = kGapNone;
    last_ns_ = 0;
    vain_starts_ = 0;
    if (const auto begun = begin(); !begun) {
      reader_->stop();
      return begun;
    }
    is_running_ = true;
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "fx2lafw is not started");
    if (packet.room(*info_) == 0)
      return fail(Code::kOverflow, "a packet of fx2lafw has no room for one scan");
    while (rest_.size() < info_->scan_bytes()) {
      if (stop.stop_requested()) return ReadOutcome::kNothing;
      const auto has_time = fetch({deadline_ns, stop});
      if (!has_time) return tl::unexpected<Error>(has_time.error());
      if (!*has_time) return ReadOutcome::kNothing;
    }
    deliver(packet);
    return ReadOutcome::kPacket;
  }

  void stop() override {
    if (is_running_) reader_->stop();  // the board stops when its FIFO is full
    is_running_ = false;
    rest_ = {};
  }

  void close() override {
    stop();
    reader_ = nullptr;
    connection_.reset();
  }

  Result<void> set(const Params& params) override {
    if (!connection_) return fail(Code::kInvalid, "fx2lafw is not open");
    if (const std::string name = what_restarts(kParams, params_, params); !name.empty())
      return fail(Code::kUnsupported, name + " of fx2lafw does not change while running", name);
    return {};
  }

 private:
  Result<void> describe(const Params& params) {
    channels_ = static_cast<int>(params.integer("channels"));
    if (channels_ != 8 && channels_ != 16)
      return fail(Code::kInvalid, "fx2lafw samples 8 or 16 channels", "channels", "8 or 16");
    const auto rate = fx2lafw::find_rate(params.number("rate"), channels_);
    if (!rate) return tl::unexpected<Error>(rate.error());
    auto channels = describe_channels(channels_, given(params, "names"));
    if (!channels) return tl::unexpected<Error>(channels.error());
    rate_ = *rate;
    info_ = std::make_shared<const StreamInfo>(StreamInfo{.name = "logic",
                                                          .dtype = packed_dtype(channels->size()),
                                                          .layout = Layout::kPacked,
                                                          .rate_hz = rate_.value(),
                                                          .channels = std::move(*channels),
                                                          .kind = Kind::kLogic});
    return {};
  }

  void make_reader() {
    const double bytes_per_second =
        rate_.value().value() * static_cast<double>(info_->scan_bytes());
    const auto ahead = usb::read_ahead_for(bytes_per_second, connection_->data.packet_bytes);
    const double transfer_s = static_cast<double>(ahead.transfer_bytes) / bytes_per_second;
    quiet_ns_ = kQuiet_ns + std::llround(kQuietTransfers * transfer_s * kSecond_ns);
    reader_ = std::make_unique<usb::Reader>(*connection_->device, connection_->data, ahead, clock_);
  }

  // Sampling begins with the first read of the endpoint, so the transfers wait for it.
  Result<void> begin() {
    is_draining_ = is_suspect_ = false;
    quiet_at_ns_ = clock_.now_ns() + quiet_ns_;
    if (const auto reading = reader_->start(); !reading) return reading;
    return fx2lafw::start_sampling(*connection_->device, rate_, channels_,
                                   {clock_.now_ns() + kStart_ns});
  }

  // One step towards the next bytes. False: the deadline has come.
  Result<bool> fetch(const Until& until) {
    Until wait = until;
    if (!is_draining_) wait.deadline_ns = std::min(until.deadline_ns, quiet_at_ns_);
    const auto arrival = reader_->read(wait);
    if (arrival && arrival->is_end) return restart();
    if (arrival) {
      take(*arrival);
      return true;
    }
    if (arrival.error().code != Code::kTimeout) return tl::unexpected<Error>(arrival.error());
    const std::int64_t now_ns = clock_.now_ns();
    const bool has_time = now_ns < until.deadline_ns && !until.stop.stop_requested();
    if (is_draining_ || now_ns < quiet_at_ns_) return has_time;
    if (!std::exchange(is_suspect_, true)) {  // or it is the host that was late
      quiet_at_ns_ = now_ns + kGrace_ns;
      return has_time;
    }
    // It has stopped: what it sent before comes with the transfers that are taken back.
    reader_->stop();
    is_draining_ = true;
    return true;
  }

  Result<bool> restart() {
    pending_ |= kGapDevice;
    if (++vain_starts_ > kMostStarts)
      return fail(Code::kDisconnected, "the board samples no more, however often it is started");
    if (const auto begun = begin(); !begun) return tl::unexpected<Error>(begun.error());
    return true;
  }

  void take(const usb::Arrival& arrival) {
    const std::size_t scan = info_->scan_bytes();
    rest_ = arrival.bytes.first(arrival.bytes.size() / scan * scan);
    const std::uint64_t samples = rest_.size() / scan;
    if (arrival.before != usb::Break::kNone) pending_ |= kGapUsb;
    gap_ = {};
    if (pending_ != kGapNone && last_ns_ != 0) {
      const double elapsed_s =
          static_cast<double>(arrival.arrived_ns - last_ns_) / static_cast<double>(kSecond_ns);
      const double missing =
          std::round(elapsed_s * info_->rate_hz.value()) - static_cast<double>(samples);
      gap_ = {static_cast<std::uint64_t>(std::max(missing, 1.0)), pending_, false};
    }
    // A board at work ends no transfer early.
    const bool is_cut = arrival.is_short && !is_draining_;
    pending_ = is_cut || rest_.size() != arrival.bytes.size() ? std::uint32_t{kGapUsb} : kGapNone;
    // What is taken back was sent long before.
    const std::int64_t length_ns =
        std::llround(static_cast<double>(samples) * kSecond_ns / info_->rate_hz.value());
    last_ns_ = is_draining_ && last_ns_ != 0 ? std::min(arrival.arrived_ns, last_ns_ + length_ns)
                                             : arrival.arrived_ns;
    is_suspect_ = false;
    quiet_at_ns_ = std::max(quiet_at_ns_, arrival.arrived_ns + quiet_ns_);
    vain_starts_ = 0;
  }

  void deliver(Packet& packet) {
    const std::size_t scan = info_->scan_bytes();
    const auto count = std::min<std::size_t>(rest_.size() / scan, packet.room(*info_));
    std::memcpy(packet.samples, rest_.data(), count * scan);
    const double behind_s =
        static_cast<double>(rest_.size() / scan) / info_->rate_hz.value();  // to the transfer's end
    // Transfers are told when the host gets to it: later ones may seem to have begun before.
    told_ns_ = std::max<std::int64_t>(told_ns_, last_ns_ - std::llround(behind_s * kSecond_ns));
    rest_ = rest_.subspan(count * scan);
    packet.stream = 0;
    packet.count = static_cast<std::uint32_t>(count);
    packet.info = info_;
    packet.gap_before = std::exchange(gap_, {});
    packet.stamp = {.t0_ticks = told_ns_,
                    .scale = TimeScale::kMonotonic,
                    .origin = TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .host_rx_ns = last_ns_};
  }

  const Clock& clock_;
  Params params_;
  int channels_ = 8;
  fx2lafw::Rate rate_;
  std::shared_ptr<const StreamInfo> info_;
  std::optional<fx2lafw::Connection> connection_;
  std::unique_ptr<usb::Reader> reader_;  // of the connection's device

  bool is_running_ = false;
  bool is_suspect_ = false;   // nothing came for so long that it may have stopped
  bool is_draining_ = false;  // the board has stopped; its last transfers are being taken back
  int vain_starts_ = 0;       // since data came last
  std::int64_t quiet_ns_ = kQuiet_ns;
  std::int64_t quiet_at_ns_ = 0;      // when it counts as stopped
  std::span<const std::byte> rest_;   // of the last transfer
  std::int64_t last_ns_ = 0;          // when that one arrived; 0: none yet
  std::int64_t told_ns_ = 0;          // the last stamp
  std::uint32_t pending_ = kGapNone;  // why samples may be missing behind the last transfer
  Gap gap_;                           // before the rest
};

}  // namespace

extern const DriverEntry driver_fx2lafw;
const DriverEntry driver_fx2lafw{
    .name = "fx2lafw",
    .summary = "logic analyser around a Cypress FX2 with sigrok's fx2lafw firmware",
    .params = kParams,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Fx2Lafw>(clock);
    },
    .check = Fx2Lafw::check,
    .example = [] { return Table{{"rate", "4 MHz"}, {"names", std::string("clk,data")}}; },
};

}  // namespace acq
