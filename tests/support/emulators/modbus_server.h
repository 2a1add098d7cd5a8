// A Modbus device made of libmodbus's own server, over TCP or a pseudo-terminal: another
// implementation of the protocol than ours at the other end. Validated by mbpoll, in
// tests/system/test_modbus.py.
//
// Its tables, of 200 values each, for every unit: holding n is 257 n, but for 100..114, which hold
// -123456.75 as float (100: high word first, 102: low word first), pi as double (104), -7654321 as
// 32 bits (108), 4000000000 as 32 bits (110), -123 as 16 bits (112). Input 0 counts the requests for
// inputs; input n is 1000 + n. Coil n is on where 3 divides n, discrete input n where n is odd.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <thread>

namespace acq::test {

class ModbusServer {
 public:
  struct Options {
    std::uint16_t port = 0;
    bool is_serial = false;
  };

  ModbusServer() : ModbusServer(Options()) {}
  explicit ModbusServer(Options options);
  ~ModbusServer();
  ModbusServer(const ModbusServer&) = delete;
  ModbusServer& operator=(const ModbusServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // The client's end of a serial line.
  [[nodiscard]] const std::string& device() const noexcept { return device_; }
  void unplug();
  void plug();
  // Does not answer.
  void hold(bool holds) { holds_ = holds; }
  // How many requests for inputs it answered.
  [[nodiscard]] unsigned polls() const noexcept { return polls_; }
  void list_commands(std::ostream& out) const { out << "polls " << polls() << "\n"; }

 private:
  struct Tables;
  class Line;

  void run_tcp(const std::stop_token& stop);
  void run_serial(const std::stop_token& stop);

  const Options options_;
  std::uint16_t port_ = 0;
  std::string device_;
  std::unique_ptr<Tables> tables_;
  std::unique_ptr<Line> line_;
  int listener_ = -1;
  std::atomic<bool> holds_ = false;
  std::atomic<unsigned> polls_ = 0;
  std::jthread thread_;
};

}  // namespace acq::test
