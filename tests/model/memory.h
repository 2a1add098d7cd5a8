// The C++ memory model as a machine that can be stepped: what each thread may see.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/chooser.h"

namespace acq::model {

inline constexpr std::size_t kMaxThreads = 5;     // thread 0 prepares and cleans up
inline constexpr std::size_t kMaxLocations = 24;  // atomics of one execution
inline constexpr std::size_t kMaxMessages = 512;  // changes of atomics in one execution

// Steps of each thread that happened before.
using Times = std::array<std::uint16_t, kMaxThreads>;

// What a thread knows: the newest message it must not look behind, per location, and what happened
// before.
struct View {
  std::array<std::uint16_t, kMaxLocations> seen{};
  Times times{};
};

struct Order {
  bool acquires = false;
  bool releases = false;
};

// What became of a read-modify-write.
struct Update {
  std::uint64_t before = 0;
  bool is_done = true;  // false: a comparison failed, nothing was written
};

// Operational form of the C++20 model without sequentially consistent accesses and without load
// buffering, after J. Kang, C.-K. Hur, O. Lahav, V. Vafeiadis, D. Dreyer, "A Promising Semantics
// for Relaxed-Memory Concurrency", POPL 2017 (the machine without promises): each location has a
// list of messages in modification order; a load may read any message that is not older than what
// its thread has seen; a store may enter the list at any place behind that; a read-modify-write
// enters directly behind the message it reads; messages carry views, which acquire reads join; a
// sequentially consistent fence joins the thread's view with a global one both ways. Of unequal fences
// (O. Giroux et al., P1202) the light one leaves its view for heavy ones and takes theirs, the heavy
// one takes both: what no heavy fence stands between stays unordered.
//
// Which message is read, and where one enters, is asked of the Chooser: 0 is always the newest.
class Memory {
 public:
  explicit Memory(Chooser& chooser) : chooser_(chooser) {}

  void reset();

  std::uint16_t add_location(std::size_t thread, std::uint64_t initial);
  std::uint64_t load(std::size_t thread, std::uint16_t location, Order order);
  void store(std::size_t thread, std::uint16_t location, std::uint64_t value, Order order);
  // Reads and writes `change(before)`.
  template <typename Change>
  std::uint64_t update(std::size_t thread, std::uint16_t location, Order order, Change&& change) {
    const std::uint16_t source = pick_source(thread, location);
    write_behind(thread, location, source, change(messages_[source].value), order);
    return messages_[source].value;
  }
  // Writes `desired` where it reads `expected`; where it reads something else, `failure` counts.
  Update compare_exchange(std::size_t thread, std::uint16_t location, std::uint64_t expected,
                          std::uint64_t desired, Order success, Order failure);
  // A fence pairs with fences and heavy ones, a light one with heavy ones alone.
  void fence(std::size_t thread);
  void light_fence(std::size_t thread);
  void heavy_fence(std::size_t thread);

  // `thread` begins after what thread 0 did; thread 0 goes on after what `thread` did.
  void fork(std::size_t thread);
  void join(std::size_t thread);

  // For things that synchronise in another way than atomics: a lock, a descriptor, plain memory.
  [[nodiscard]] const View& view(std::size_t thread) const { return threads_[thread].current; }
  void learn(std::size_t thread, const View& view);
  // The thread's own time, and a step of it.
  [[nodiscard]] std::uint16_t time(std::size_t thread) const {
    return threads_[thread].current.times[thread];
  }
  void tick(std::size_t thread);

  // Whether the last load read an old message: for the trace.
  [[nodiscard]] bool read_old() const { return has_read_old_; }

 private:
  struct Message {
    std::uint64_t value = 0;
    std::uint16_t location = 0;
    std::uint16_t position = 0;
    bool is_bound = false;  // a read-modify-write: nothing may come between it and its source
    View view;
  };
  struct Thread {
    View current;
    View acquirable;  // current, and what an acquire fence would add
    View released;    // what was current at the last release fence
  };

  void see_fenced(std::size_t thread, const View& fenced);
  void join_views(View& to, const View& from) const;
  [[nodiscard]] std::uint16_t first_visible(std::size_t thread, std::uint16_t location) const;
  std::uint16_t pick_source(std::size_t thread, std::uint16_t location);
  [[nodiscard]] bool is_free_behind(std::uint16_t location, std::size_t position) const;
  void see(std::size_t thread, std::uint16_t message, Order order);
  std::uint16_t insert(std::uint16_t location, std::size_t position, std::uint64_t value);
  void write_behind(std::size_t thread, std::uint16_t location, std::uint16_t source,
                    std::uint64_t value, Order order);
  void publish(std::size_t thread, std::uint16_t message, Order order);

  Chooser& chooser_;
  std::vector<Message> messages_;  // the first one is nobody's
  std::vector<std::vector<std::uint16_t>> locations_;
  std::size_t location_count_ = 0;
  std::array<Thread, kMaxThreads> threads_{};
  View fenced_;        // of all fences so far, heavy ones included
  View light_fenced_;  // of the light ones
  View heavy_fenced_;  // of the heavy ones, and what they found of the light ones
  bool has_read_old_ = false;
};

}  // namespace acq::model
