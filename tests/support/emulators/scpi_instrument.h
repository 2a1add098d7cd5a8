// Emulated instruments behind raw TCP: oscilloscopes of five families with their commands, coercion,
// scaling, limits and traps, meters and sources;
// and faults on demand.
//
// What their channels see is known: see scope_volts(). Validated by programs that are not ours, in
// tests/drivers/scpi/sigrok_scope_test.cpp, tests/system/test_scope_peers.py and test_meter_peers.py.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/emulators/loopback_server.h"
#include "tests/support/emulators/scpi_model.h"

namespace acq::test {

class ScpiInstrument {
 public:
  struct Options {
    std::uint16_t port = 0;
    std::size_t depth = 600'000;  // samples of the whole memory
    // Between two captures at most so many a second; 0: as fast as they are asked for.
    int looks_until_trigger = 1;
    int answer_delay_ms = 0;  // before every answer
    // Instead of its own, for programs that know only some makers' instruments.
    std::string identity = {};
  };
  // family: rigol, siglent_old, siglent, keysight, tektronix, rohde_schwarz, multimeter, supply,
  // generator, counter, counter_hp, counter_pendulum
  ScpiInstrument(std::string_view family, Options options);
  explicit ScpiInstrument(std::string_view family) : ScpiInstrument(family, Options()) {}

  [[nodiscard]] std::uint16_t port() const noexcept { return server_->port(); }
  [[nodiscard]] std::string address() const { return "tcp://127.0.0.1:" + std::to_string(port()); }
  void unplug() { server_->unplug(); }
  void plug() { server_->plug(); }
  // Never triggers until `holds` is false again.
  void hold(bool holds);
  // The next answer this can happen to is spoiled.
  void spoil(ScpiFault fault, int times = 1);
  // Faults that have happened.
  [[nodiscard]] int spoilt() const;

  // What it was told, for tests that look at one: "CHAN1:SCAL" and its like.
  [[nodiscard]] double number(const std::string& header) const;
  [[nodiscard]] std::string word(const std::string& header) const;
  [[nodiscard]] bool is_running() const;
  // Messages it did not know.
  [[nodiscard]] std::vector<std::string> unknown() const;
  [[nodiscard]] std::vector<std::string> log() const;
  void list_commands(std::ostream& out) const;

 private:
  void serve(Peer& peer);

  const int answer_delay_ms_;
  mutable std::mutex mutex_;
  std::unique_ptr<ScpiModel> model_;
  std::unique_ptr<LoopbackServer> server_;  // last: its threads use the rest
};

}  // namespace acq::test
