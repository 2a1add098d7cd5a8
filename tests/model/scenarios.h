// Small cases of every lock-free class, with what each of them promises.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "dsp/base/counter.h"
#include "dsp/base/time.h"
#include "tests/model/atomics.h"

namespace acq::model {

// Two slots, four values, each tried twice: what was accepted arrives once, in order, and the slots
// are never touched by both sides at once. The counters may start anywhere.
template <typename Subject, std::uint64_t kFirstIndex>
class RingScenario final : public Scenario {
 public:
  [[nodiscard]] std::size_t threads() const override { return 2; }

  void run(std::size_t thread) override {
    if (thread == 1) {
      for (int value = 1; value <= 4; ++value) {
        if (ring_.push(value) || ring_.push(value)) accepted_[accepted_count_++] = value;
      }
    } else {
      for (int look = 0; look < 4; ++look) take();
    }
  }

  void finish() override {
    while (taken_count_ < accepted_count_ && take()) {
    }
    require(taken_count_ == accepted_count_, "a value is lost");
    require(taken_ == accepted_, "a value that was not accepted");
    require(ring_.front() == nullptr, "a value came from nowhere");
    require(ring_.size() == 0, "an empty ring has a size");
  }

 private:
  bool take() {
    auto* front = ring_.front();
    if (front == nullptr) return false;
    const int value = front->get();
    ring_.pop();
    require(value != 0, "a slot that was never filled");
    require(taken_count_ == 0 || value > taken_[taken_count_ - 1], "out of order, or twice");
    // A plain look at the producer's notes is safe: all threads of the model are one.
    require(taken_count_ < accepted_count_, "more than was accepted");
    taken_[taken_count_++] = value;
    return true;
  }

  typename Subject::template Ring<Plain<int>> ring_{2, kFirstIndex};
  std::array<int, 4> accepted_{};
  std::size_t accepted_count_ = 0;
  std::array<int, 4> taken_{};
  std::size_t taken_count_ = 0;
};

// One thread alone: a ring of two takes two values and shows both.
template <typename Subject>
class FullRingScenario final : public Scenario {
 public:
  [[nodiscard]] std::size_t threads() const override { return 1; }
  void run(std::size_t) override {
    require(ring_.push(1) && ring_.push(2), "a value is refused although there is room");
    require(!ring_.push(3), "a value is taken although there is no room");
    require(ring_.size() == 2, "the size is wrong");
  }

 private:
  typename Subject::template Ring<Plain<int>> ring_{2};
};

// Four publications of a pair (fewer never reuse a slot that was read): what is read is newer than
// before and of one piece; the newest is never lost.
template <typename Subject>
class LatestScenario final : public Scenario {
 public:
  [[nodiscard]] std::size_t threads() const override { return 2; }

  void run(std::size_t thread) override {
    if (thread == 1) {
      for (int value = 1; value <= 4; ++value) {
        Pair& draft = latest_.draft();
        draft.first.set(value);
        draft.second.set(value);
        latest_.publish();
      }
    } else {
      for (int look = 0; look < 3; ++look) read();
    }
  }

  void finish() override {
    read();
    require(last_ == 4, "the newest value is lost");
  }

 private:
  struct Pair {
    Plain<int> first;
    Plain<int> second;
  };

  void read() {
    Pair* value = latest_.read();
    if (value == nullptr) return;
    const int first = value->first.get();
    require(first == value->second.get(), "a torn value");
    require(first > last_, "an old value, or the same again");
    last_ = first;
  }

  typename Subject::template Latest<Pair> latest_;
  int last_ = 0;
};

// One thread gives back what it owns, two take whatever there is, of which one gives a node back: a
// node has one owner at a time, who sees what the last one did.
template <typename Subject>
class FreeListScenario final : public Scenario {
 public:
  FreeListScenario() {
    for (Node& node : nodes_) node.payload.set(0);
    list_.give(0);
  }

  [[nodiscard]] std::size_t threads() const override { return 3; }

  void run(std::size_t thread) override {
    if (thread == 1) {
      for (std::uint32_t i : {1U, 2U}) {
        nodes_[i].payload.set(static_cast<int>(i));
        list_.give(i);
      }
      return;
    }
    if (thread == 2) take_all(true);
    take_all(false);
  }

  void finish() override {
    take_all(false);
    for (const Node& node : nodes_) require(node.has_owner, "a node is lost");
    require(list_.is_empty(), "a node came from nowhere");
  }

 private:
  struct Node {
    Plain<int> payload;
    bool has_owner = false;
  };

  void take_all(bool gives_one_back) {
    std::size_t seen = 0;
    list_.take_all([&](std::uint32_t i) {
      require(seen++ < nodes_.size(), "the list has no end");
      require(!nodes_[i].has_owner, "a node has two owners");
      nodes_[i].payload.set(99);
      if (gives_one_back && seen == 1) {
        list_.give(i);
      } else {
        nodes_[i].has_owner = true;
      }
    });
  }

  std::array<Node, 3> nodes_;
  typename Subject::List list_{3};
};

// Three holders read, then let go: exactly one is the last, and it sees that the others are done.
template <typename Subject>
class RefCountScenario final : public Scenario {
 public:
  RefCountScenario() { count_.share(3); }
  [[nodiscard]] std::size_t threads() const override { return 3; }

  void run(std::size_t) override {
    static_cast<void>(payload_.get());
    if (!count_.drop()) return;
    ++last_;
    payload_.set(2);
  }

  void finish() override { require(last_ == 1, "no holder, or more than one, was the last"); }

 private:
  typename Subject::Count count_;
  Plain<int> payload_;
  int last_ = 0;
};

// Two ringers with one piece of work each, a waiter that sleeps whenever it sees no work left: it
// always wakes, and signals do not pile up.
template <typename Subject>
class WakeScenario final : public Scenario {
 public:
  [[nodiscard]] std::size_t threads() const override { return 3; }

  void run(std::size_t thread) override {
    if (thread < 3) {
      work_.fetch_add(1, kRelease);
      if (!flag_.rings_first()) return;
      require(++signals_ <= arms_, "more signals than the waiter asked for");
      event_.signal();
      return;
    }
    for (int seen = 0; seen < 2;) {
      ++arms_;
      flag_.arm();
      if (work_.load(kAcquire) == seen) event_.wait();
      flag_.disarm();
      seen = work_.load(kAcquire);
    }
  }

 private:
  typename Subject::Flag flag_;
  Event event_;
  Atomic<int> work_{0};
  int arms_ = 0;
  int signals_ = 0;
};

// One slot, given back by another thread than the one that takes: the account of slots in use never
// exceeds what there is.
template <typename Subject>
class AccountScenario final : public Scenario {
 public:
  [[nodiscard]] std::size_t threads() const override { return 2; }

  void run(std::size_t thread) override {
    if (thread == 1) {
      for (int round = 0; round < 3; ++round) {
        if (pool_.take() == nullptr) continue;
        require(pool_.in_use() <= 1, "more slots are in use than there are");
        require(ring_.push(&slot_), "a ring for every slot is full");
      }
    } else {
      for (int look = 0; look < 3; ++look) {
        if (ring_.front() == nullptr) continue;
        ring_.pop();
        pool_.put_back(&slot_);
      }
    }
  }

 private:
  struct Slot {};
  Slot slot_;
  typename Subject::template Pool<Slot> pool_{&slot_, 1, 2};
  typename Subject::template Ring<Slot*> ring_{1};
};

// A source with a few packets and two consumers whose rings hold one, over the daemon's own steps:
// each consumer is given a packet, or told how many samples it lost. Whatever happens, made =
// delivered + lost + queued, and every packet comes back.
template <typename Subject, std::size_t kSlots>
class PathScenario final : public Scenario {
 public:
  PathScenario() {
    for (Feed& feed : feeds_) feed.way_back.pool = &pool_;
  }
  [[nodiscard]] std::size_t threads() const override { return 3; }

  void run(std::size_t thread) override {
    if (thread > 1) {
      for (int look = 0; look < 2; ++look) take(feeds_[thread - 2]);
      return;
    }
    const std::array<Feed*, 2> feeds{&feeds_[0], &feeds_[1]};
    for (int packet = 1; packet <= kPackets; ++packet) {
      Slot* slot = pool_.take();
      Slot& filled = slot == nullptr ? scratch_ : *slot;
      filled.payload.set(packet);
      // The device loses a sample before each packet but the first.
      filled.gap_before = {packet > 1 ? 1U : 0U, kGapDevice, true};
      filled.first_index = (packet - 1) * (kCount + 1);
      if (slot == nullptr) {
        Subject::Steps::lose(filled, feeds);
        continue;
      }
      const std::uint64_t lost_before = feeds_[0].missed + feeds_[1].missed;
      Subject::Steps::share(pool_, slot, feeds, 1);
      require(kSlots > 1 || feeds_[0].missed + feeds_[1].missed == lost_before,
              "a packet was free, and there was no room for it");
    }
  }

  void finish() override {
    constexpr std::uint64_t kMade = kPackets * kCount + (kPackets - 1);
    for (Feed& feed : feeds_) {
      while (take(feed)) {
      }
      require(feed.made.get() == kMade, "the source did not count what it made");
      require(feed.made.get() == feed.delivered.get() + feed.lost, "a loss was not counted");
      require(feed.made.get() == feed.delivered.get() + feed.told + feed.pending.samples,
              "a loss was not told");
      require(feed.pushed.get() == feed.delivered.get(), "a packet is queued for ever");
    }
    require(pool_.in_use() == 0, "a packet did not come back");
    for (std::size_t i = 0; i < kSlots; ++i) {
      Slot* slot = pool_.take();
      require(slot != nullptr && !slot->is_seen, "a packet is lost, or there twice");
      if (slot != nullptr) slot->is_seen = true;
    }
    require(pool_.take() == nullptr, "a packet came from nowhere");
  }

 private:
  static constexpr std::uint32_t kCount = 10;  // samples of a packet
  static constexpr int kPackets = 3;

  struct Slot {
    Plain<int> payload;
    std::uint32_t count = kCount;
    Gap gap_before;
    std::uint64_t first_index = 0;
    typename Subject::Count references;
    bool is_seen = false;
  };
  using Pool = typename Subject::template Pool<Slot>;
  struct Entry {
    Entry() = default;
    Entry(Slot* slot, Gap gap) : packet(slot), lost(gap) {}
    Plain<Slot*> packet;
    Plain<Gap> lost;
  };
  struct Bell {
    void ring() noexcept {}
  };
  struct WayBack {
    void release(Slot* slot) noexcept {
      is_held = false;
      pool->release(slot);
    }
    Pool* pool = nullptr;
    bool is_held = false;
  };
  // Counts as the daemon's does; what is not a hand-over between threads is no step of the model.
  struct Feed {
    void lose(const Gap& gap, std::uint64_t at_index) noexcept {
      if (gap.samples == 0) return;
      require(at_index % (kCount + 1) == ((gap.reasons & kGapDevice) != 0 ? kCount : 0),
              "a loss is told at the wrong place");
      lost += gap.samples;
      if ((gap.reasons & kGapRingFull) != 0) missed += gap.samples;
    }

    typename Subject::template Ring<Entry> ring{1};
    WayBack way_back;
    WayBack* pool = &way_back;
    Bell bell;
    Bell* consumer_bell = &bell;
    Bell* producer_bell = &bell;
    Gap pending;
    Counter made;
    Counter pushed;
    Counter high_water;
    Counter delivered;
    std::uint64_t lost = 0;
    std::uint64_t missed = 0;
    std::uint64_t told = 0;
    int last = 0;
  };
  struct Delivery {
    void add(std::uint64_t samples) noexcept {
      require(!feed.way_back.is_held, "a packet is still held when it counts as delivered");
      feed.delivered.add(samples);
    }
    Feed& feed;
  };

  bool take(Feed& feed) {
    const Entry* entry = feed.ring.front();
    if (entry == nullptr) return false;
    Slot* slot = entry->packet.get();
    const int packet = slot->payload.get();
    require(packet > feed.last, "a packet out of order, twice, or changed while it was held");
    feed.last = packet;
    const std::uint64_t gap = entry->lost.get().samples + slot->gap_before.samples;
    require(slot->first_index == feed.told + feed.delivered.get() + gap,
            "a loss is not told where it was");
    feed.told += gap;
    feed.way_back.is_held = true;
    Delivery delivery{feed};
    Subject::Steps::finish(feed, slot, kCount, delivery);
    return true;
  }

  std::array<Slot, kSlots> slots_;
  Pool pool_{slots_.data(), kSlots, 1};
  Slot scratch_;
  std::array<Feed, 2> feeds_;
};

// A worker that lends the packets it is given to a publisher, and is done with them first, beside a
// consumer with a ring of its own: whoever holds a packet finds what was put in, no more are lent
// than may be, and each comes back once.
template <typename Subject>
class LendScenario final : public Scenario {
 public:
  [[nodiscard]] std::size_t threads() const override { return 3; }

  void run(std::size_t thread) override {
    if (thread == 1) {
      for (int packet = 1; packet <= 3; ++packet) make(packet);
    } else if (thread == 2) {
      for (int look = 0; look < 2; ++look) work();
    } else {
      for (int look = 0; look < 2; ++look) {
        read(shared_);
        read(lent_);
      }
    }
  }

  void finish() override {
    while (work() || read(shared_) || read(lent_)) {
    }
    require(pool_.in_use() == 0, "a packet did not come back");
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot* slot = pool_.take();
      require(slot != nullptr && !slot->is_seen, "a packet is lost, or there twice");
      if (slot != nullptr) slot->is_seen = true;
    }
    require(pool_.take() == nullptr, "a packet came from nowhere");
  }

 private:
  static constexpr std::size_t kMost = 1;

  struct Slot {
    Plain<int> payload;
    typename Subject::Count references;
    bool is_seen = false;
  };
  using Ring = typename Subject::template Ring<Slot*>;

  void make(int packet) {
    Slot* slot = pool_.take();
    if (slot == nullptr) return;
    slot->payload.set(packet);
    slot->references.share(2);
    require(for_work_.push(slot) && shared_.push(slot), "a ring for every slot is full");
  }

  bool work() {
    Slot** const front = for_work_.front();
    if (front == nullptr) return false;
    Slot* const slot = *front;
    if (pool_.lend(slot, kMost)) {
      require(++lent_now_ <= kMost, "more packets are lent than may be");
      require(lent_.push(slot), "a ring for every slot is full");
    }
    for_work_.pop();
    pool_.release(slot);
    return true;
  }

  bool read(Ring& ring) {
    Slot** const front = ring.front();
    if (front == nullptr) return false;
    Slot* const slot = *front;
    require(slot->payload.get() != 0, "a packet that was never filled");
    ring.pop();
    if (&ring == &lent_) --lent_now_;
    pool_.release(slot);
    return true;
  }

  std::array<Slot, 2> slots_;
  typename Subject::template Pool<Slot> pool_{slots_.data(), 2, 1};
  Ring for_work_{2};
  Ring shared_{2};
  Ring lent_{2};
  std::size_t lent_now_ = 0;
};

}  // namespace acq::model
