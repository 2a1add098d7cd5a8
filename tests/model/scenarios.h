// Small cases of every lock-free class, with what each of them promises.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

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

// Two threads give back what they own, one takes (and one more does, where that is wanted): a node
// has one owner at a time, who sees what the last one did.
template <typename Subject, bool kTwoTakers = false>
class FreeListScenario final : public Scenario {
 public:
  FreeListScenario() {
    for (Node& node : nodes_) node.payload.set(0);
    list_.give(&nodes_[0]);
    if (kTwoTakers) list_.give(&nodes_[1]);
  }

  [[nodiscard]] std::size_t threads() const override { return 3; }

  void run(std::size_t thread) override {
    if (thread == 3 || (kTwoTakers && thread == 2)) {
      // What it takes it gives back once, so that nodes return to the top.
      for (int i = 0; i < 3; ++i) {
        Node* node = take();
        if (node != nullptr && i == 1) {
          list_.give(node);
        } else if (node != nullptr) {
          node->has_owner = true;
        }
      }
    } else {
      Node& mine = nodes_[thread];
      if (kTwoTakers) return;
      mine.payload.set(static_cast<int>(thread));
      list_.give(&mine);
    }
  }

  void finish() override {
    std::size_t owned = 0;
    for (const Node& node : nodes_) owned += node.has_owner ? 1 : 0;
    std::size_t left = 0;
    while (left <= nodes_.size() && take() != nullptr) ++left;
    require(owned + left == (kTwoTakers ? 2 : 3), "a node is lost, or there twice");
  }

 private:
  struct Node {
    Plain<int> payload;
    Atomic<Node*> next_free{nullptr};
    bool has_owner = false;
  };

  Node* take() {
    Node* node = list_.take();
    if (node == nullptr) return nullptr;
    require(!node->has_owner, "a node has two owners");
    node->payload.set(99);
    return node;
  }

  typename Subject::template List<Node> list_;
  std::array<Node, 3> nodes_;
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
  AccountScenario() { pool_.add(&slot_); }
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
  struct Slot {
    Atomic<Slot*> next_free{nullptr};
  };
  typename Subject::template Pool<Slot> pool_;
  Slot slot_;
  typename Subject::template Ring<Slot*> ring_{1};
};

// A source with a few packets and two consumers whose rings hold one: each consumer is given a
// packet, or told how many samples it lost. Whatever happens, made = delivered + lost + queued, and
// every packet comes back.
template <typename Subject, std::size_t kSlots>
class PathScenario final : public Scenario {
 public:
  PathScenario() {
    for (Slot& slot : slots_) pool_.add(&slot);
  }
  [[nodiscard]] std::size_t threads() const override { return 3; }

  void run(std::size_t thread) override {
    if (thread > 1) {
      for (int look = 0; look < 2; ++look) take(feeds_[thread - 2]);
      return;
    }
    for (int packet = 1; packet <= 3; ++packet) {
      Slot* slot = pool_.take();
      if (slot == nullptr) {
        Subject::Sender::lose(kCount, feeds_);
        continue;
      }
      slot->payload.set(packet);
      Subject::Sender::share(pool_, slot, kCount, feeds_);
    }
  }

  void finish() override {
    for (Feed& feed : feeds_) {
      while (feed.delivered < feed.made && take(feed)) {
      }
      require(feed.made == 3 * kCount, "the source did not count what it made");
      require(feed.made == feed.delivered + feed.told + feed.pending,
              "samples are unaccounted for");
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

  struct Slot {
    Plain<int> payload;
    typename Subject::Count references;
    Atomic<Slot*> next_free{nullptr};
    bool is_seen = false;
  };
  struct Entry {
    Entry() = default;
    Entry(Slot* slot, std::uint32_t lost) : packet(slot), lost_before(lost) {}
    Plain<Slot*> packet;
    Plain<std::uint32_t> lost_before;
  };
  struct Feed {
    typename Subject::template Ring<Entry> ring{1};
    std::uint32_t made = 0;
    std::uint32_t pending = 0;
    std::uint32_t delivered = 0;
    std::uint32_t told = 0;
    int last = 0;
  };

  bool take(Feed& feed) {
    const Entry* entry = feed.ring.front();
    if (entry == nullptr) return false;
    Slot* slot = entry->packet.get();
    feed.told += entry->lost_before.get();
    const int packet = slot->payload.get();
    require(packet > feed.last, "a packet out of order, twice, or changed while it was held");
    feed.last = packet;
    feed.delivered += kCount;
    feed.ring.pop();
    require(slot->payload.get() == packet, "a packet changed while it was held");
    pool_.release(slot);
    return true;
  }

  typename Subject::template Pool<Slot> pool_;
  std::array<Slot, kSlots> slots_;
  std::array<Feed, 2> feeds_;
};

}  // namespace acq::model
