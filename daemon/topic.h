// The hand-over between a worker and the publisher, one for each published name.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "dsp/base/cache_line.h"
#include "dsp/base/counter.h"
#include "dsp/base/doorbell.h"
#include "dsp/base/frame_pool.h"
#include "dsp/base/spsc_ring.h"

namespace acq {

// A payload of so many bytes goes to ZeroMQ by reference; below, a copy costs the sender less
// (docs/performance.md, publication).
inline constexpr std::size_t kBytesByReference = std::size_t{64} << 10;

// Lives as long as the name is in use, over all changes of its pipeline.
// Threads: one worker pushes, the publisher pops; `subscribers` is written by the publisher.
struct Topic {
  Topic(std::string topic_name, std::size_t slots, std::shared_ptr<Doorbell> publisher,
        bool waits_for_room = false)
      : name(std::move(topic_name)),
        waits(waits_for_room),
        ring(slots),
        publisher_bell(std::move(publisher)) {}

  const std::string name;  // "d/instrument/output"
  const bool waits;        // for room, instead of dropping: acqd --reproducible
  SpscRing<Frame*> ring;
  std::shared_ptr<Doorbell> publisher_bell;
  std::atomic<std::uint32_t> subscribers{0};

  // Worker.
  alignas(kCacheLine) Counter frames;
  Counter bytes;
  Counter dropped_frames;  // no free frame, or no room in the ring
  Counter dropped_samples;

  // Publisher.
  alignas(kCacheLine) std::uint64_t sequence = 0;
  std::uint64_t described = 0;  // descriptor_id last sent
  Counter sent_frames;
  Counter send_errors;
};

}  // namespace acq
