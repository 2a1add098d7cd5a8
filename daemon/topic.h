// The hand-over between a worker and the publisher, one for each published name.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "dsp/base/counter.h"
#include "dsp/base/doorbell.h"
#include "dsp/base/frame_pool.h"
#include "dsp/base/spsc_ring.h"

namespace acq {

// Lives as long as the name is in use, over all changes of its pipeline.
// Threads: one worker pushes, the publisher pops; `subscribers` is written by the publisher.
struct Topic {
  Topic(std::string topic_name, std::size_t slots, std::shared_ptr<Doorbell> publisher)
      : name(std::move(topic_name)), ring(slots), publisher_bell(std::move(publisher)) {}

  const std::string name;  // "d/instrument/output"
  SpscRing<Frame*> ring;
  std::shared_ptr<Doorbell> publisher_bell;
  std::atomic<std::uint32_t> subscribers{0};

  // Worker.
  Counter frames;
  Counter bytes;
  Counter dropped_frames;  // no free frame, or no room in the ring
  Counter dropped_samples;

  // Publisher.
  std::uint64_t sequence = 0;
  std::uint64_t described = 0;  // descriptor_id last sent
  Counter sent_frames;
  Counter send_errors;
};

}  // namespace acq
