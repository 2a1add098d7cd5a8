// modbus: registers of devices behind Modbus TCP or on a serial line (RTU), polled.
//
// Delivers  one stream `registers`: one channel for each register, in the type they share, else f64
// Params    the table below, and drivers/modbus/register_fields.h for a row of `registers`
// Stamps    host arrival of the last answer of a poll, monotonic, uncertainty unknown
// Loss      exact: every poll that was due and did not succeed. `late`: the host came too late;
//           `device`: it was not answered, or refused; `reconnect`: there was no connection
// Unplug    the connection ends, or three polls in a row get no answer: kDisconnected
// Errors    kInvalid registers that contradict each other; kNotFound, kUnsupported, kBusy, kIo as
//           the device refuses; kTimeout a poll without an answer; kOverflow: a packet without room
// Checked   tests/drivers/modbus_test.cpp and tests/drivers/modbus/
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "drivers/driver.h"
#include "drivers/modbus/poller.h"
#include "drivers/modbus/register_fields.h"
#include "drivers/modbus/registers.h"
#include "drivers/restart.h"
#include "drivers/transport/serial.h"
#include "drivers/transport/tcp.h"
#include "drivers/transport/tcp_parameters.h"

namespace acq {
namespace {

constexpr double kSecond_ns = 1e9;
constexpr std::int64_t kConnect_ns = 3'000'000'000;
constexpr int kMostSilent = 3;  // polls in a row

constexpr std::string_view kTransports[] = {"tcp", "rtu"};
constexpr std::string_view kParities[] = {"none", "even", "odd"};

constexpr ParamSpec kParams[] = {
    {.name = "transport",
     .type = ParamType::kChoice,
     .fallback = "tcp",
     .text = "network, or serial line",
     .choices = kTransports,
     .live = false},
    tcp_host("tcp: name or address"),
    tcp_port("502", "tcp: port"),
    {.name = "device",
     .type = ParamType::kText,
     .text = "rtu: the serial port, such as /dev/ttyUSB0",
     .live = false},
    {.name = "baud",
     .type = ParamType::kInteger,
     .min = 50,
     .max = 4'000'000,
     .fallback = "19200",
     .text = "rtu: bits per second",
     .live = false},
    {.name = "parity",
     .type = ParamType::kChoice,
     .fallback = "even",
     .text = "rtu: parity bit",
     .choices = kParities,
     .live = false},
    {.name = "stop_bits",
     .type = ParamType::kInteger,
     .min = 1,
     .max = 2,
     .fallback = "1",
     .text = "rtu: stop bits",
     .live = false},
    {.name = "period",
     .unit = "s",
     .min = 1e-3,
     .max = 86'400,
     .fallback = "1 s",
     .text = "from one poll to the next",
     .live = false},
    {.name = "timeout",
     .unit = "s",
     .min = 1e-3,
     .max = 60,
     .fallback = "500 ms",
     .text = "how long a poll may take"},
    {.name = "registers",
     .type = ParamType::kTables,
     .required = true,
     .text = "what is polled",
     .fields = modbus::kRegisterFields,
     .live = false},
};

class Modbus final : public Driver {
 public:
  explicit Modbus(const Clock& clock) : clock_(clock) {}

  Result<InstrumentInfo> open(const Params& params) override {
    close();
    auto table = modbus::read_registers(params.tables("registers"));
    if (!table) return tl::unexpected<Error>(table.error());
    table_ = std::move(*table);
    if (const auto connected = connect(params); !connected) return gone(connected.error());
    // A register that is not there is told now.
    timeout_ns_ = std::llround(params.number("timeout") * kSecond_ns);
    const auto polled = poller_->poll({clock_.now_ns() + timeout_ns_});
    if (!polled) return gone(polled.error());
    if (!*polled) return gone({Code::kDisconnected, "no answer within the time-out", address_});
    is_back_ = is_back_ && params == params_;
    params_ = params;
    period_ns_ = std::llround(params.number("period") * kSecond_ns);
    info_ = std::make_shared<const StreamInfo>(
        StreamInfo{.name = "registers",
                   .dtype = table_.dtype,
                   .rate_hz = make_rational(1'000'000'000, static_cast<std::uint64_t>(period_ns_)),
                   .channels = table_.channels});
    return InstrumentInfo{.vendor = "Modbus",
                          .model = params.text("transport") + " device",
                          .serial = address_,
                          .transport = params.text("transport"),
                          .streams = {info_},
                          .loss_report = LossReport::kExact};
  }

  Result<void> start() override {
    if (info_ == nullptr) return fail(Code::kInvalid, "modbus is not open");
    if (is_running_) return {};
    if (!is_back_) due_ns_ = clock_.now_ns();
    is_running_ = true;
    is_polling_ = false;
    lost_ = tail_ = {};
    silent_ = 0;
    return {};
  }

  Result<ReadOutcome> read(Packet& packet, std::int64_t deadline_ns,
                           const std::stop_token& stop) override {
    if (!is_running_) return fail(Code::kInvalid, "modbus is not started");
    if (packet.room(*info_) == 0) return fail(Code::kOverflow, "no room for one poll");
    if (stop.stop_requested()) return ReadOutcome::kNothing;
    if (!is_polling_ && !begin_poll(deadline_ns, stop)) return ReadOutcome::kNothing;
    const Result<bool> polled = poller_->poll({std::min(deadline_ns, give_up_ns_), stop});
    if (!polled) return failed(polled.error());
    if (*polled) {
      deliver(packet);
      return ReadOutcome::kPacket;
    }
    if (clock_.now_ns() < give_up_ns_) return ReadOutcome::kNothing;
    poller_->abandon();
    const bool is_gone = ++silent_ == kMostSilent;
    return failed({is_gone ? Code::kDisconnected : Code::kTimeout, "no answer within the time-out",
                   address_});
  }

  void stop() override {
    if (!is_running_) return;
    is_running_ = false;
    tail_ = std::exchange(lost_, {});
  }

  void close() override {
    stop();
    poller_ = nullptr;
    info_ = nullptr;
  }

  Result<void> set(const Params& params) override {
    if (info_ == nullptr) return fail(Code::kInvalid, "modbus is not open");
    if (const std::string name = what_restarts(kParams, params_, params); !name.empty())
      return fail(Code::kUnsupported, name + " of modbus does not change while running", name);
    timeout_ns_ = std::llround(params.number("timeout") * kSecond_ns);
    params_ = params;
    return {};
  }

  [[nodiscard]] Gap tail_loss(std::uint32_t) const override { return tail_; }

 private:
  Result<void> connect(const Params& params) {
    if (params.text("transport") == "tcp") {
      const HostPort server{params.text("host"),
                            static_cast<std::uint16_t>(params.integer("port"))};
      address_ = to_string(server);
      auto stream = connect_tcp(server, {clock_.now_ns() + kConnect_ns});
      if (!stream) return tl::unexpected<Error>(stream.error());
      poller_ = std::make_unique<modbus::Poller>(std::move(*stream), modbus::Framing::kTcp,
                                                 table_.fetches, clock_);
      return {};
    }
    if (!params.has("device")) return fail(Code::kInvalid, "rtu needs a device", "device");
    address_ = params.text("device");
    SerialSettings settings{.baud = static_cast<std::uint32_t>(params.integer("baud")),
                            .stop_bits = static_cast<std::uint8_t>(params.integer("stop_bits"))};
    if (params.text("parity") == "even") settings.parity = Parity::kEven;
    if (params.text("parity") == "odd") settings.parity = Parity::kOdd;
    auto line = open_serial(address_, settings);
    if (!line) return tl::unexpected<Error>(line.error());
    // Messages are 3.5 characters of 11 bits apart; fast lines have a fixed time.
    const std::int64_t characters_ns = 38'500'000'000 / settings.baud;
    const std::int64_t quiet_ns = settings.baud > 19200 ? 1'750'000 : characters_ns;
    poller_ = std::make_unique<modbus::Poller>(std::move(*line), modbus::Framing::kRtu,
                                               table_.fetches, clock_, quiet_ns);
    return {};
  }

  // What does not answer, or has no port, may come.
  tl::unexpected<Error> gone(Error error) {
    const bool is_missing = poller_ == nullptr && error.code == Code::kNotFound;
    close();
    if (error.code == Code::kTimeout || is_missing) error.code = Code::kDisconnected;
    if (error.where.empty()) error.where = address_;
    return tl::unexpected<Error>(std::move(error));
  }

  // False: the poll is not due by the deadline.
  bool begin_poll(std::int64_t deadline_ns, const std::stop_token& stop) {
    clock_.sleep_until(std::min(due_ns_, deadline_ns), stop);
    const std::int64_t now_ns = clock_.now_ns();
    if (now_ns < due_ns_) return false;
    const std::int64_t missed = (now_ns - due_ns_) / period_ns_;
    if (missed > 0)
      lost_.add({static_cast<std::uint64_t>(missed), is_back_ ? kGapReconnect : kGapLate, true});
    due_ns_ += missed * period_ns_;
    is_back_ = false;
    is_polling_ = true;
    give_up_ns_ = now_ns + timeout_ns_;
    return true;
  }

  // The poll of this period is lost.
  tl::unexpected<Error> failed(Error error) {
    lost_.add({1, kGapDevice, true});
    end_poll();
    is_back_ = error.code == Code::kDisconnected;
    if (error.code != Code::kTimeout && error.code != Code::kDisconnected) silent_ = 0;
    return tl::unexpected<Error>(std::move(error));
  }

  void end_poll() noexcept {
    due_ns_ += period_ns_;
    is_polling_ = false;
  }

  void deliver(Packet& packet) noexcept {
    const std::size_t size = size_of(table_.dtype);
    for (std::size_t f = 0; f < table_.fetches.size(); ++f) {
      const std::span<const std::uint16_t> values = poller_->values(f);
      for (const auto& item : table_.fetches[f].items) {
        modbus::put_value(table_.registers[item.channel], values.subspan(item.offset), table_.dtype,
                          packet.samples + item.channel * size);
      }
    }
    const std::int64_t now_ns = clock_.now_ns();
    packet.stream = 0;
    packet.count = 1;
    packet.gap_before = std::exchange(lost_, {});
    packet.info = info_;
    packet.stamp = {.t0_ticks = now_ns,
                    .scale = TimeScale::kMonotonic,
                    .origin = TimeOrigin::kHostArrival,
                    .clock_state = ClockState::kFree,
                    .host_rx_ns = now_ns};
    silent_ = 0;
    end_poll();
  }

  const Clock& clock_;
  Params params_;
  modbus::RegisterTable table_;
  std::string address_;
  std::unique_ptr<modbus::Poller> poller_;  // none while closed
  std::shared_ptr<const StreamInfo> info_;  // none while closed
  std::int64_t period_ns_ = 0;
  std::int64_t timeout_ns_ = 0;
  std::int64_t due_ns_ = 0;      // of the next poll, or the one at work
  std::int64_t give_up_ns_ = 0;  // of the poll at work
  Gap lost_;                     // since the last packet
  Gap tail_;
  int silent_ = 0;
  bool is_running_ = false;
  bool is_polling_ = false;
  bool is_back_ = false;  // the polls go on where the connection was lost
};

}  // namespace

extern const DriverEntry driver_modbus;
const DriverEntry driver_modbus{
    .name = "modbus",
    .summary = "registers of devices behind Modbus TCP or on a serial line (RTU), polled",
    .params = kParams,
    .make = [](const Clock& clock) -> std::unique_ptr<Driver> {
      return std::make_unique<Modbus>(clock);
    },
    .check =
        [](const Params& params) {
          return modbus::read_registers(params.tables("registers")).map([](const auto&) {});
        },
    .example =
        [] {
          const auto row = [](const char* name, const char* kind, double address) {
            return Table{
                {"name", std::string(name)}, {"kind", std::string(kind)}, {"address", address}};
          };
          return Table{{"period", std::string("20 ms")},
                       {"registers", List{row("level", "holding", 4), row("polls", "input", 0)}}};
        },
};

}  // namespace acq
