// A driver under test, and what stands around it: the acquire stage, a clock, packets, its instrument.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/driver.h"
#include "tests/conformance/stand_ins.h"
#include "tests/support/paths.h"

namespace acq::test {

inline constexpr std::int64_t kMillisecond = 1'000'000;
inline constexpr std::int64_t kSecond = 1'000 * kMillisecond;

// A packet of any size between two guards.
class GuardedPacket {
 public:
  explicit GuardedPacket(std::size_t bytes) : memory_(bytes + 2 * kGuardBytes, kGuard) {
    packet.samples = memory_.data() + kGuardBytes;
    packet.capacity_bytes = bytes;
  }
  [[nodiscard]] bool is_intact() const {
    const auto is_guard = [](std::byte b) { return b == kGuard; };
    return std::all_of(memory_.begin(), memory_.begin() + kGuardBytes, is_guard) &&
           std::all_of(memory_.end() - kGuardBytes, memory_.end(), is_guard);
  }
  Packet packet;

 private:
  static constexpr std::ptrdiff_t kGuardBytes = 256;
  static constexpr std::byte kGuard{0xa5};
  std::vector<std::byte> memory_;
};

// The test's own time; the machine's for a driver whose instrument is a program beside it.
class SuiteClock final : public Clock {
 public:
  explicit SuiteClock(bool is_real) : is_real_(is_real) {}
  [[nodiscard]] bool is_real() const noexcept { return is_real_; }
  [[nodiscard]] std::int64_t now_ns() const noexcept override { return chosen().now_ns(); }
  [[nodiscard]] std::int64_t utc_ns() const noexcept override { return chosen().utc_ns(); }
  void sleep_until(std::int64_t deadline_ns, const std::stop_token& stop) const noexcept override {
    chosen().sleep_until(deadline_ns, stop);
  }
  void advance(std::int64_t duration_ns) const { sleep_until(now_ns() + duration_ns, {}); }
  // The longest that a call may take which was given so long: a fifth more, and what a loaded
  // machine may add.
  [[nodiscard]] std::int64_t limit_ns(std::int64_t wait_ns) const {
    constexpr std::int64_t kLoad_ns = 300 * kMillisecond;
    return wait_ns * 6 / 5 + (is_real_ ? kLoad_ns : 0);
  }

 private:
  [[nodiscard]] const Clock& chosen() const noexcept {
    return is_real_ ? system_clock() : static_cast<const Clock&>(own_);
  }
  const bool is_real_;
  FakeClock own_;
};

// A driver with its example parameters, and the acquire stage as far as it can tell.
class DriverTest : public testing::TestWithParam<const DriverEntry*> {
 protected:
  // Examples name files from the root of the sources.
  void SetUp() override { std::filesystem::current_path(ACQ_SOURCE_DIR); }

  [[nodiscard]] const DriverEntry& entry() const { return *GetParam(); }
  [[nodiscard]] bool declares(std::string_view name) const {
    return std::any_of(entry().params.begin(), entry().params.end(),
                       [&](const ParamSpec& spec) { return spec.name == name; });
  }
  // The example with some parameters replaced, those the driver has.
  [[nodiscard]] Table example(const Table& more = {}) const {
    Table table = entry().example();
    for (const auto& [name, value] : more)
      if (declares(name)) table[name] = value;
    return reaching(std::move(table));
  }
  // The parameters with those that lead to the stand-in.
  [[nodiscard]] Table reaching(Table table) const {
    if (stand_in != nullptr)
      for (const auto& [name, value] : stand_in->parameters()) table[name] = value;
    return table;
  }
  [[nodiscard]] Params checked(const Table& table) const {
    const Result<Params> params = Params::check(entry().params, table, "");
    EXPECT_TRUE(params) << to_string(params.error());
    return params ? *params : Params();
  }
  InstrumentInfo open(const Table& table) {
    driver = entry().make(clock);
    const Result<InstrumentInfo> info = driver->open(checked(table));
    EXPECT_TRUE(info) << to_string(info.error());
    return info ? *info : InstrumentInfo{};
  }
  InstrumentInfo start(const Table& table) {
    InstrumentInfo info = open(table);
    const Result<void> started = driver->start();
    EXPECT_TRUE(started) << to_string(started.error());
    return info;
  }
  Result<ReadOutcome> read(Packet& packet, std::int64_t wait_ns = kSecond) {
    packet.clear();
    return driver->read(packet, clock.now_ns() + wait_ns, {});
  }
  // Reads until a packet comes; errors and waiting are failures.
  void expect_packet(Packet& packet) {
    const Result<ReadOutcome> outcome = read(packet, 60 * kSecond);
    ASSERT_TRUE(outcome) << to_string(outcome.error());
    ASSERT_EQ(*outcome, ReadOutcome::kPacket);
    ASSERT_GE(packet.count, 1U);
    ASSERT_NE(packet.info, nullptr);
    ASSERT_LE(packet.size_bytes(), packet.capacity_bytes);
  }

  // Started with nothing to read: so slow and so patient, or silent, that read() has to wait.
  void start_waiting() {
    if (stand_in == nullptr) {
      start(example({{"rate", 10.0}, {"latency", std::string("60 s")}}));
      return;
    }
    start(example());  // some are known only by what they send
    stand_in->hold(true);
    GuardedPacket guarded(1 << 20);
    for (int reads = 0; reads < 1000; ++reads) {
      const auto outcome = read(guarded.packet, 200 * kMillisecond);
      if (!outcome || *outcome == ReadOutcome::kNothing) return;
    }
    FAIL() << "a silent instrument goes on sending";
  }

  const std::unique_ptr<StandIn> stand_in = make_stand_in(entry().name);
  SuiteClock clock{stand_in != nullptr};
  std::unique_ptr<Driver> driver;
};

}  // namespace acq::test
