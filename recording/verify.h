// Whether a recording is whole, told from its files alone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "recording/journal.h"
#include "recording/journal_messages.h"

namespace acq {

// Called now and then with the part done, 0 to 1.
using Progress = std::function<void(double)>;

struct StreamSum {
  std::string name;
  std::uint64_t packets = 0;
  std::uint64_t recorded = 0;  // samples per channel
  journal::Loss lost;          // named in the recording
  std::uint64_t missing = 0;   // once recorded, and not in the files any more
  std::uint64_t first_index = 0;
  std::uint64_t next_index = 0;  // behind the last sample or loss
};

struct TopicSum {
  std::string topic;
  std::uint64_t frames = 0;
  std::uint64_t lost_frames = 0;  // jumps of their sequence: the recorder was slower than the topic
};

struct Verification {
  std::vector<StreamSum> streams;
  std::vector<TopicSum> topics;
  std::uint64_t events = 0;
  std::uint64_t clock_jumps = 0;  // of UTC against the monotonic clock, more than 1 s
  // What is wrong, each in a sentence with its place. Empty: the recording is whole.
  std::vector<std::string> problems;
  // What is as it was made, and worth knowing: losses, clock jumps, calibrations that did not hold.
  std::vector<std::string> notes;

  // The verdict in one sentence.
  [[nodiscard]] std::string sentence() const;
};

// Reads everything once, in bounded memory: checksums of chunks and files, the sums
// made = recorded + lost against the accounts in the file, sequences, sample numbers, times.
Result<Verification> verify(const Journal& journal, const Progress& progress = {});

}  // namespace acq
