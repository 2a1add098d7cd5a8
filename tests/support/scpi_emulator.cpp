// Runs one emulated SCPI instrument, reached in several ways at once, until its standard input ends.
//
//   scpi_emulator [identity=TEXT] LINK...     LINK: tcp[=PORT] pty hislip[=PORT]
//                                             vxi11[=CORE_PORT[,MAPPER_PORT]]
//
// Prints the address of each link, in order, then "ready". What it can do is in scpi_device.h.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/hislip_server.h"
#include "tests/support/raw_server.h"
#include "tests/support/scpi_device.h"
#include "tests/support/vxi11_server.h"

namespace {

using acq::test::ScpiDevice;

std::uint16_t port_of(const std::string& text) {
  return static_cast<std::uint16_t>(text.empty() ? 0 : std::stoi(text));
}

// Keeps the server running; null: no such link.
std::shared_ptr<void> serve(ScpiDevice& device, const std::string& kind, const std::string& value) {
  if (kind == "tcp") {
    auto server = std::make_shared<acq::test::RawServer>(device, port_of(value));
    std::cout << server->address() << std::endl;
    return server;
  }
  if (kind == "pty") {
    auto server = std::make_shared<acq::test::PtyServer>(device);
    std::cout << server->address() << std::endl;
    return server;
  }
  if (kind == "hislip") {
    auto server = std::make_shared<acq::test::HislipServer>(device, port_of(value));
    std::cout << server->address() << std::endl;
    return server;
  }
  if (kind == "vxi11") {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string mapper = comma < value.size() ? value.substr(comma + 1) : "";
    auto server = std::make_shared<acq::test::Vxi11Server>(
        device, acq::test::Vxi11Server::Options{.core_port = port_of(value.substr(0, comma)),
                                                .mapper_port = port_of(mapper)});
    std::cout << server->address() << ' ' << server->core_address() << std::endl;
    return server;
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  std::string identity = ScpiDevice::kIdentity;
  for (const std::string& argument : arguments)
    if (argument.starts_with("identity=")) identity = argument.substr(9);
  ScpiDevice device(identity);
  std::vector<std::shared_ptr<void>> servers;
  for (const std::string& argument : arguments) {
    if (argument.starts_with("identity=")) continue;
    const std::size_t equals = std::min(argument.find('='), argument.size());
    const std::string value = equals < argument.size() ? argument.substr(equals + 1) : "";
    servers.push_back(serve(device, argument.substr(0, equals), value));
    if (servers.back()) continue;
    std::cerr << "scpi_emulator: no link '" << argument << "'; allowed: tcp pty hislip vxi11\n";
    return 2;
  }
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  return 0;
}
