// Every size and count limit of what enters the process, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace acq::limits {

// A crafted protobuf message grows 40-fold in memory when parsed: 64 KiB stays below 3 MiB.
inline constexpr std::size_t kControlBytes = 64 * 1024;
// A reply tells of everything in the daemon at once (status, all topics, all settings).
inline constexpr std::size_t kReplyBytes = 1024 * 1024;
// protobuf's own limit of 100 levels is far beyond the schema's depth.
inline constexpr int kNesting = 8;
// A reply nests values in settings in descriptions.
inline constexpr int kReplyNesting = 32;
// The largest sensible hand-written configuration, with room.
inline constexpr std::size_t kConfigBytes = 256 * 1024;
// Instruments (each has a thread), pipelines, blocks and sources of one pipeline, addresses to
// bind: more than one machine serves, few enough to check and to show whole.
inline constexpr std::size_t kInstruments = 64;
inline constexpr std::size_t kPipelines = 256;
inline constexpr std::size_t kBlocks = 64;
inline constexpr std::size_t kSources = 16;
// Standing recordings: each has a thread.
inline constexpr std::size_t kRecordings = 8;
inline constexpr std::size_t kEndpoints = 16;
// Largest frame a client accepts: bounds what a false publisher can make it allocate.
inline constexpr std::size_t kFrameBytes = 64 * 1024 * 1024;
// Header of a frame: bounded by the counts below.
inline constexpr std::size_t kHeaderBytes = 64 * 1024;
// Labels, names and sentences: what fits a line on a screen.
inline constexpr std::size_t kStringBytes = 256;
// One segment of a topic: [a-z0-9_-]{1,64}.
inline constexpr std::size_t kNameBytes = 64;
// Topics one peer may subscribe to: bounds the subscription tree.
inline constexpr std::size_t kTopicsPerPeer = 64;
// Dimensions, axes of a frame.
inline constexpr std::size_t kDimensions = 4;
inline constexpr std::size_t kAxes = 4;
// Positions of an explicit axis, told in descriptions: 64 KiB of a reply that has all topics.
inline constexpr std::size_t kAxisValues = 8192;
// Token bucket per control peer: an interactive client needs far less.
inline constexpr double kRequestsPerSecond = 50;
inline constexpr double kRequestBurst = 100;
// Assignments in one set: more is a configuration, not a change.
inline constexpr std::size_t kAssignments = 256;
// Items of one list or table in a request: a long filter's taps.
inline constexpr std::size_t kListItems = 8192;

}  // namespace acq::limits
