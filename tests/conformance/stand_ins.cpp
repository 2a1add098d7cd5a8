#include "tests/conformance/stand_ins.h"

#include <string>

#include "tests/support/emulators/iiod_server.h"
#include "tests/support/emulators/meter.h"
#include "tests/support/emulators/modbus_server.h"
#include "tests/support/emulators/rtl_tcp_server.h"
#include "tests/support/emulators/scpi_instrument.h"
#include "tests/support/emulators/soapy_radio.h"
#include "tests/support/emulators/sound_card.h"
#include "tests/support/usb/fake_bus.h"
#include "tests/support/usb/logic_board.h"

namespace acq {
namespace {

// An emulated instrument behind a TCP port.
template <typename Emulator>
class TcpStandIn : public StandIn {
 public:
  template <typename... Options>
  explicit TcpStandIn(Options&&... options) : emulator_(std::forward<Options>(options)...) {}

  [[nodiscard]] Table parameters() const override {
    return {{"host", std::string("127.0.0.1")}, {"port", static_cast<double>(emulator_.port())}};
  }
  void unplug() override { emulator_.unplug(); }
  void plug() override { emulator_.plug(); }
  void hold(bool holds) override { emulator_.hold(holds); }

 private:
  Emulator emulator_;
};

// An emulated meter on a serial line.
class MeterStandIn final : public StandIn {
 public:
  explicit MeterStandIn(std::string_view meter)
      : emulator_(*dmm::find_meter(meter), {.pause_ms = 1}) {}

  [[nodiscard]] Table parameters() const override { return {{"port", emulator_.path()}}; }
  void unplug() override { emulator_.unplug(); }
  void plug() override { emulator_.plug(); }
  void hold(bool holds) override { emulator_.hold(holds); }

 private:
  test::MeterEmulator emulator_;
};

// A silent Modbus device is one that does not answer: its time-out is longer than any wait here.
class ModbusStandIn final : public TcpStandIn<test::ModbusServer> {
 public:
  [[nodiscard]] Table parameters() const override {
    Table table = TcpStandIn::parameters();
    table["timeout"] = std::string("50 s");
    return table;
  }
};

// An emulated instrument that is reached by an address.
class ScpiStandIn final : public StandIn {
 public:
  explicit ScpiStandIn(std::string_view family) : emulator_(family, {.depth = 500}) {}

  [[nodiscard]] Table parameters() const override { return {{"address", emulator_.address()}}; }
  void unplug() override { emulator_.unplug(); }
  void plug() override { emulator_.plug(); }
  void hold(bool holds) override { emulator_.hold(holds); }

 private:
  test::ScpiInstrument emulator_;
};

// An emulated instrument that libraries find by themselves.
template <typename Emulator>
class LocalStandIn final : public StandIn {
 public:
  explicit LocalStandIn(Table parameters) : parameters_(std::move(parameters)) {}

  [[nodiscard]] Table parameters() const override { return parameters_; }
  void unplug() override { emulator_.unplug(); }
  void plug() override { emulator_.plug(); }
  void hold(bool holds) override { emulator_.hold(holds); }

 private:
  Table parameters_;
  Emulator emulator_;
};

// A logic analyser on a bus of its own, in the machine's time.
class AnalyserStandIn final : public StandIn {
 public:
  AnalyserStandIn() {
    usb::use_bus(bus_);
    bus_->add(std::make_unique<emu::LogicBoard>(emu::LogicBoard::Options{}));
  }

  [[nodiscard]] Table parameters() const override { return {}; }
  void unplug() override { bus_->unplug(0); }
  void plug() override { bus_->plug(0); }
  void hold(bool holds) override { bus_->model(0).tell(holds ? "hold" : "release"); }

 private:
  std::shared_ptr<emu::FakeBus> bus_ = std::make_shared<emu::FakeBus>(system_clock());
};

}  // namespace

std::unique_ptr<StandIn> make_stand_in(std::string_view driver) {
  if (driver == "rtl_tcp") {
    return std::make_unique<TcpStandIn<test::RtlTcpServer>>(
        test::RtlTcpServer::Options{.is_unpaced = true});
  }
  if (driver == "iiod") {
    return std::make_unique<TcpStandIn<test::IiodServer>>(
        test::IiodServer::Options{.is_unpaced = true});
  }
  if (driver == "fx2lafw") return std::make_unique<AnalyserStandIn>();
  if (driver == "modbus") return std::make_unique<ModbusStandIn>();
  if (driver == "serial_dmm") return std::make_unique<MeterStandIn>("uni-t-ut61d");
  if (driver == "scope") return std::make_unique<ScpiStandIn>("siglent_old");
  if (driver == "scpi_meter") return std::make_unique<ScpiStandIn>("multimeter");
  if (driver == "scpi_counter") return std::make_unique<ScpiStandIn>("counter");
  if (driver == "scpi_supply") return std::make_unique<ScpiStandIn>("supply");
  if (driver == "scpi_generator") return std::make_unique<ScpiStandIn>("generator");
  if (driver == "alsa")
    return std::make_unique<LocalStandIn<test::SoundCard>>(Table{{"device", std::string("card")}});
  if (driver == "soapy") return std::make_unique<LocalStandIn<test::SoapyRadio>>(Table{});
  return nullptr;
}

}  // namespace acq
