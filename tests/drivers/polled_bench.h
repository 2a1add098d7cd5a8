// A driver of the polled kind against its emulated instrument.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "drivers/driver.h"
#include "dsp/base/packet_pool.h"
#include "tests/support/emulators/scpi_instrument.h"

namespace acq::test {

struct PolledBench {
  PolledBench(const char* driver_name, const char* family)
      : entry(find_driver(driver_name)), emulator(family) {}

  Result<InstrumentInfo> open(const Table& more = {}) {
    given = {{"address", emulator.address()}, {"period", 1e-3}, {"timeout", 0.3}};
    for (const auto& [name, value] : more) given[name] = value;
    driver = entry->make(system_clock());
    return driver->open(*Params::check(entry->params, given, ""));
  }
  void start(const Table& more = {}) {
    const auto opened = open(more);
    ASSERT_TRUE(opened) << to_string(opened.error());
    ASSERT_TRUE(driver->start());
  }
  Result<void> set(const std::string& name, const Value& value) {
    given[name] = value;
    return driver->set(*Params::check(entry->params, given, ""));
  }
  Result<ReadOutcome> read(std::int64_t wait_ns = 5'000'000'000) {
    packet->clear();
    return driver->read(*packet, system_clock().now_ns() + wait_ns, {});
  }
  [[nodiscard]] double value(std::size_t channel = 0) const {
    double out = 0;
    std::memcpy(&out, packet->samples + channel * sizeof out, sizeof out);
    return out;
  }

  const DriverEntry* entry;
  ScpiInstrument emulator;
  PacketPool pool{1, 64};
  Packet* packet = pool.take();
  Table given;
  std::unique_ptr<Driver> driver;
};

}  // namespace acq::test
