// Runs one emulated instrument until its standard input ends or says "quit".
//
//   acq_emulator iiod|modbus|modbus_rtu|rtl_tcp [PORT]
//   acq_emulator sound_card|soapy_radio            the file to find it by instead of a port
//   acq_emulator scpi FAMILY [PORT [IDENTITY]]      see scpi_instrument.h
//   acq_emulator meter NAME [PAUSE_MS [REPEATS]]    see drivers/dmm/meters.cpp
//
// Prints "port N", or the name of a serial line, once it can be reached. Lines on standard input:
// unplug, plug, hold, go, commands (what it was told so far), frames (what a meter shows),
// unknown (messages that a SCPI instrument did not know).
#include <cstdlib>
#include <iostream>
#include <string>

#include "tests/support/emulators/iiod_server.h"
#include "tests/support/emulators/meter.h"
#include "tests/support/emulators/modbus_server.h"
#include "tests/support/emulators/rtl_tcp_server.h"
#include "tests/support/emulators/scpi_instrument.h"
#include "tests/support/emulators/soapy_radio.h"
#include "tests/support/emulators/sound_card.h"

namespace {

template <typename Emulator>
void print_address(const Emulator& emulator) {
  std::cout << "port " << emulator.port() << std::endl;
}
void print_address(const acq::test::ModbusServer& emulator) {
  if (emulator.port() != 0) {
    std::cout << "port " << emulator.port() << std::endl;
  } else {
    std::cout << "port " << emulator.device() << std::endl;
  }
}

void print_address(const acq::test::MeterEmulator& emulator) {
  std::cout << "port " << emulator.path() << std::endl;
}
void print_address(const acq::test::SoundCard& card) {
  std::cout << "port " << card.configuration() << std::endl;
}
void print_address(const acq::test::SoapyRadio& radio) {
  std::cout << "port " << radio.control() << std::endl;
}

template <typename Emulator>
int run(Emulator& emulator) {
  print_address(emulator);
  for (std::string line; std::getline(std::cin, line) && line != "quit";) {
    if (line == "unplug") emulator.unplug();
    if (line == "plug") emulator.plug();
    if (line == "hold") emulator.hold(true);
    if (line == "go") emulator.hold(false);
    if constexpr (requires { emulator.list_commands(std::cout); })
      if (line == "commands") emulator.list_commands(std::cout);
    if constexpr (requires { emulator.unknown(); })
      if (line == "unknown")
        for (const std::string& message : emulator.unknown()) std::cout << message << "\n";
    if constexpr (requires { emulator.list_frames(std::cout); })
      if (line == "frames") emulator.list_frames(std::cout);
    std::cout << "done " << line << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  const auto port = static_cast<std::uint16_t>(argc > 2 ? std::atoi(argv[2]) : 0);
  if (name == "rtl_tcp") {
    acq::test::RtlTcpServer server({.port = port});
    return run(server);
  }
  if (name == "iiod") {
    acq::test::IiodServer server({.port = port});
    return run(server);
  }
  if (name == "modbus") {
    acq::test::ModbusServer server({.port = port});
    return run(server);
  }
  if (name == "modbus_rtu") {
    acq::test::ModbusServer server({.is_serial = true});
    return run(server);
  }
  if (name == "sound_card") {
    acq::test::SoundCard card;
    return run(card);
  }
  if (name == "soapy_radio") {
    acq::test::SoapyRadio radio;
    return run(radio);
  }
  const std::string kind = argc > 2 ? argv[2] : "";
  const int number = argc > 3 ? std::atoi(argv[3]) : 0;
  const int repeats = argc > 4 ? std::atoi(argv[4]) : 0;
  if (name == "scpi") {
    acq::test::ScpiInstrument instrument(
        kind, {.port = static_cast<std::uint16_t>(number), .identity = argc > 4 ? argv[4] : ""});
    return run(instrument);
  }
  if (const acq::dmm::Meter* meter = acq::dmm::find_meter(kind); name == "meter" && meter) {
    acq::test::MeterEmulator emulator(
        *meter, {.pause_ms = number > 0 ? number : 10, .repeats = repeats > 0 ? repeats : 10});
    return run(emulator);
  }
  std::cerr << "acq_emulator: unknown instrument '" << name
            << "'; allowed: iiod meter modbus modbus_rtu rtl_tcp scpi soapy_radio sound_card\n";
  return 2;
}
