// The model's atomics and plain variables, to be put in place of the real ones.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "tests/model/execution.h"

namespace acq::model {

// What the classes under test call an order; StdAtomics has the standard's in its place.
inline constexpr Order kRelaxed{};
inline constexpr Order kAcquire{.acquires = true};
inline constexpr Order kRelease{.releases = true};
inline constexpr Order kAcqRel{.acquires = true, .releases = true};

// Stands for std::atomic<T>.
template <typename T>
class Atomic {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));

 public:
  Atomic() : Atomic(T{}) {}
  Atomic(T initial)  // NOLINT(google-explicit-constructor): as std::atomic
      : location_(memory().add_location(execution().thread(), bits(initial))) {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  T load(Order order) const {
    execution().step();
    const std::uint64_t value = memory().load(execution().thread(), location_, order);
    trace("load", value, memory().read_old() ? " (old)" : "");
    return from_bits(value);
  }
  void store(T value, Order order) {
    execution().step();
    memory().store(execution().thread(), location_, bits(value), order);
    trace("store", bits(value));
  }
  T exchange(T value, Order order) {
    return update("exchange", order, [&](T) { return value; });
  }
  T fetch_add(T value, Order order) {
    return update("fetch_add", order, [&](T before) { return static_cast<T>(before + value); });
  }
  T fetch_sub(T value, Order order) {
    return update("fetch_sub", order, [&](T before) { return static_cast<T>(before - value); });
  }
  bool compare_exchange_weak(T& expected, T desired, Order success, Order failure) {
    execution().step();
    const Update result = memory().compare_exchange(execution().thread(), location_, bits(expected),
                                                    bits(desired), success, failure);
    trace(result.is_done ? "exchanged" : "not exchanged", result.before);
    expected = from_bits(result.before);
    return result.is_done;
  }

 private:
  static Execution& execution() { return Execution::current(); }
  static Memory& memory() { return Execution::current().memory(); }
  static std::uint64_t bits(T value) {
    std::uint64_t out = 0;
    std::memcpy(&out, &value, sizeof value);
    return out;
  }
  static T from_bits(std::uint64_t in) {
    T value{};
    std::memcpy(&value, &in, sizeof value);
    return value;
  }

  template <typename Change>
  T update(const char* what, Order order, const Change& change) {
    execution().step();
    const std::uint64_t before =
        memory().update(execution().thread(), location_, order,
                        [&](std::uint64_t value) { return bits(change(from_bits(value))); });
    trace(what, before);
    return from_bits(before);
  }
  void trace(const char* what, std::uint64_t value, const char* remark = "") const {
    if (!execution().keeps_trace()) return;
    execution().trace("atomic " + std::to_string(location_) + " " + what + " " +
                      std::to_string(value) + remark);
  }

  std::uint16_t location_;
};

// Stands for StdAtomics.
struct ModelAtomics {
  template <typename T>
  using Atomic = model::Atomic<T>;
  static constexpr Order kRelaxed = model::kRelaxed;
  static constexpr Order kAcquire = model::kAcquire;
  static constexpr Order kRelease = model::kRelease;
  static constexpr Order kAcqRel = model::kAcqRel;

  static void fence() { step("fence").fence(thread()); }
  static void light_fence() { step("light fence").light_fence(thread()); }
  static void heavy_fence() { step("heavy fence").heavy_fence(thread()); }

 private:
  static std::size_t thread() { return Execution::current().thread(); }
  static Memory& step(const char* what) {
    Execution& execution = Execution::current();
    execution.step();
    execution.trace(what);
    return execution.memory();
  }
};

// A plain variable that notices data races: two accesses, one of them a write, neither of which
// happened before the other.
template <typename T>
class Plain {
 public:
  Plain() : Plain(T{}) {}
  Plain(T initial) : value_(initial) { note_write(); }  // NOLINT(google-explicit-constructor)
  Plain(const Plain& other) : Plain(other.get()) {}
  Plain& operator=(const Plain& other) {
    set(other.get());
    return *this;
  }

  [[nodiscard]] T get() const {
    Execution& execution = Execution::current();
    const std::size_t self = execution.thread();
    const Times& before = execution.memory().view(self).times;
    if (before[writer_] < written_at_) execution.fail("data race: a read meets a write");
    read_at_[self] = execution.memory().time(self);
    return value_;
  }
  void set(T value) {
    Execution& execution = Execution::current();
    const Times& before = execution.memory().view(execution.thread()).times;
    if (before[writer_] < written_at_) execution.fail("data race: a write meets a write");
    for (std::size_t i = 0; i < kMaxThreads; ++i) {
      if (before[i] < read_at_[i]) execution.fail("data race: a write meets a read");
    }
    value_ = value;
    note_write();
  }

 private:
  void note_write() {
    Execution& execution = Execution::current();
    writer_ = execution.thread();
    written_at_ = execution.memory().time(writer_);
  }

  T value_;
  std::size_t writer_ = 0;
  std::uint16_t written_at_ = 0;
  mutable Times read_at_{};
};

// Stands for an eventfd: a count that one thread waits for. The kernel orders its calls.
class Event {
 public:
  void signal() {
    Execution& execution = Execution::current();
    execution.step();
    join(execution);
    is_set_ = true;
    execution.trace("signal");
  }
  void wait() {
    Execution& execution = Execution::current();
    execution.step();
    execution.wait_for(is_set_);
    is_set_ = false;
    join(execution);
    execution.trace("woken");
  }

 private:
  // Like a lock: whoever comes later knows all that the earlier ones knew.
  void join(Execution& execution) {
    execution.memory().learn(execution.thread(), view_);
    view_ = execution.memory().view(execution.thread());
    execution.memory().tick(execution.thread());
  }

  View view_;
  bool is_set_ = false;
};

}  // namespace acq::model
