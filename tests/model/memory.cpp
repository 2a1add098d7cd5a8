#include "tests/model/memory.h"

#include <algorithm>

#include "dsp/base/result.h"

namespace acq::model {

void Memory::reset() {
  messages_.assign(1, Message{});
  locations_.resize(kMaxLocations);
  for (auto& order : locations_) order.clear();
  location_count_ = 0;
  threads_ = {};
  for (std::size_t i = 0; i < kMaxThreads; ++i) {
    threads_[i].current.times[i] = threads_[i].acquirable.times[i] = 1;
  }
  fenced_ = light_fenced_ = heavy_fenced_ = {};
}

void Memory::join_views(View& to, const View& from) const {
  for (std::size_t i = 0; i < location_count_; ++i) {
    // Message 0 has position 0 and stands for "none".
    if (from.seen[i] != 0 &&
        (to.seen[i] == 0 || messages_[from.seen[i]].position > messages_[to.seen[i]].position)) {
      to.seen[i] = from.seen[i];
    }
  }
  for (std::size_t i = 0; i < kMaxThreads; ++i) to.times[i] = std::max(to.times[i], from.times[i]);
}

std::uint16_t Memory::add_location(std::size_t thread, std::uint64_t initial) {
  ACQ_CHECK(location_count_ < kMaxLocations);
  const auto location = static_cast<std::uint16_t>(location_count_++);
  publish(thread, insert(location, 0, initial), {});
  return location;
}

std::uint16_t Memory::insert(std::uint16_t location, std::size_t position, std::uint64_t value) {
  ACQ_CHECK(messages_.size() < kMaxMessages);
  const auto message = static_cast<std::uint16_t>(messages_.size());
  messages_.push_back(
      {.value = value, .location = location, .position = static_cast<std::uint16_t>(position)});
  auto& order = locations_[location];
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(position), message);
  for (std::size_t i = position + 1; i < order.size(); ++i) ++messages_[order[i]].position;
  return message;
}

// The message carries what an acquiring reader may build on; its writer has seen it.
void Memory::publish(std::size_t thread, std::uint16_t message, Order order) {
  Thread& self = threads_[thread];
  const std::uint16_t location = messages_[message].location;
  self.current.seen[location] = self.acquirable.seen[location] = message;
  View& carried = messages_[message].view;
  join_views(carried, order.releases ? self.current : self.released);
  carried.seen[location] = message;
  tick(thread);  // what comes now did not happen before this write
}

void Memory::tick(std::size_t thread) {
  Thread& self = threads_[thread];
  self.acquirable.times[thread] = ++self.current.times[thread];
}

std::uint16_t Memory::first_visible(std::size_t thread, std::uint16_t location) const {
  const std::uint16_t seen = threads_[thread].current.seen[location];
  return seen == 0 ? std::uint16_t{0} : messages_[seen].position;
}

void Memory::see(std::size_t thread, std::uint16_t message, Order order) {
  Thread& self = threads_[thread];
  const View carried = messages_[message].view;
  join_views(self.acquirable, carried);
  View own;
  own.seen[messages_[message].location] = message;
  join_views(self.current, order.acquires ? carried : own);
}

std::uint64_t Memory::load(std::size_t thread, std::uint16_t location, Order order) {
  const auto& messages = locations_[location];
  const auto options =
      static_cast<std::uint32_t>(messages.size() - first_visible(thread, location));
  const std::uint32_t age = chooser_.choose(options);
  has_read_old_ = age > 0;
  const std::uint16_t message = messages[messages.size() - 1 - age];
  see(thread, message, order);
  return messages_[message].value;
}

bool Memory::is_free_behind(std::uint16_t location, std::size_t position) const {
  const auto& messages = locations_[location];
  return position + 1 >= messages.size() || !messages_[messages[position + 1]].is_bound;
}

void Memory::store(std::size_t thread, std::uint16_t location, std::uint64_t value, Order order) {
  std::array<std::size_t, kMaxMessages> places{};
  std::uint32_t options = 0;
  for (std::size_t i = locations_[location].size(); i-- > first_visible(thread, location);) {
    if (is_free_behind(location, i)) places[options++] = i + 1;
  }
  const std::size_t place = places[chooser_.choose(options)];
  publish(thread, insert(location, place, value), order);
}

std::uint16_t Memory::pick_source(std::size_t thread, std::uint16_t location) {
  std::array<std::uint16_t, kMaxMessages> sources{};
  std::uint32_t options = 0;
  const auto& messages = locations_[location];
  for (std::size_t i = messages.size(); i-- > first_visible(thread, location);) {
    if (is_free_behind(location, i)) sources[options++] = messages[i];
  }
  return sources[chooser_.choose(options)];
}

void Memory::write_behind(std::size_t thread, std::uint16_t location, std::uint16_t source,
                          std::uint64_t value, Order order) {
  see(thread, source, order);
  const std::uint16_t message = insert(location, messages_[source].position + 1U, value);
  messages_[message].is_bound = true;
  // A read-modify-write of whatever order carries on the release it read from (release sequence).
  messages_[message].view = messages_[source].view;
  publish(thread, message, order);
}

Update Memory::compare_exchange(std::size_t thread, std::uint16_t location, std::uint64_t expected,
                                std::uint64_t desired, Order success, Order failure) {
  std::array<std::uint16_t, kMaxMessages> sources{};
  std::uint32_t options = 0;
  const auto& messages = locations_[location];
  for (std::size_t i = messages.size(); i-- > first_visible(thread, location);) {
    const bool is_equal = messages_[messages[i]].value == expected;
    if (!is_equal || is_free_behind(location, i)) sources[options++] = messages[i];
  }
  const std::uint16_t source = sources[chooser_.choose(options)];
  const std::uint64_t before = messages_[source].value;
  if (before != expected) {
    see(thread, source, failure);
    return {before, false};
  }
  write_behind(thread, location, source, desired, success);
  return {before, true};
}

// Coherence only: fences alone make nothing happen before anything.
void Memory::see_fenced(std::size_t thread, const View& fenced) {
  for (View* view : {&threads_[thread].current, &threads_[thread].acquirable}) {
    const Times times = view->times;
    join_views(*view, fenced);
    view->times = times;
  }
}

void Memory::fence(std::size_t thread) {
  Thread& self = threads_[thread];
  self.current = self.acquirable;
  join_views(fenced_, self.current);
  see_fenced(thread, fenced_);
  self.released = self.current;
  tick(thread);
}

void Memory::light_fence(std::size_t thread) {
  see_fenced(thread, heavy_fenced_);
  join_views(light_fenced_, threads_[thread].current);
}

void Memory::heavy_fence(std::size_t thread) {
  see_fenced(thread, light_fenced_);
  see_fenced(thread, heavy_fenced_);
  fence(thread);
  join_views(heavy_fenced_, threads_[thread].current);
}

void Memory::fork(std::size_t thread) {
  learn(thread, threads_[0].current);
  tick(0);
}

void Memory::join(std::size_t thread) {
  learn(0, threads_[thread].current);
}

void Memory::learn(std::size_t thread, const View& view) {
  join_views(threads_[thread].current, view);
  join_views(threads_[thread].acquirable, view);
}

}  // namespace acq::model
