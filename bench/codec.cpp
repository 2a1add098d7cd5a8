// T11: a frame header with every field of the wire, encoded and decoded; the bare protobuf message
// beside it. And the payload's checksum.
#include <benchmark/benchmark.h>

#include "acq/v1/frame.pb.h"
#include "proto/codec.h"
#include "tests/proto/sample_frames.h"

namespace {

using acq::testing::full_frame;
using acq::testing::full_topic;

// Every field of the header in use, one trigger; `results` of the four results, or none: they are
// a kind of frame of their own.
std::unique_ptr<acq::Frame> frame_with(std::uint32_t results) {
  auto frame = full_frame(full_topic());
  frame->result_count = results;
  return frame;
}

void encode(benchmark::State& state) {
  const auto frame = frame_with(static_cast<std::uint32_t>(state.range(0)));
  std::vector<std::byte> bytes(header_bound(*frame->topic));
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    frame->first_index += frame->count;
    benchmark::DoNotOptimize(acq::encode_header(*frame, ++sequence, 0xDEADBEEF, bytes));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(encode)->ArgName("results")->Arg(0)->Arg(4);

void decode(benchmark::State& state) {
  const auto frame = frame_with(static_cast<std::uint32_t>(state.range(0)));
  const std::vector<std::byte> bytes = acq::testing::encoded(*frame);
  acq::FrameHeader header;
  for (auto _ : state) {
    if (!acq::decode_header(bytes, frame->payload_bytes, header)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(header);
  }
}
BENCHMARK(decode)->ArgName("results")->Arg(0)->Arg(4);

void encode_and_decode(benchmark::State& state) {
  const auto frame = frame_with(static_cast<std::uint32_t>(state.range(0)));
  std::vector<std::byte> bytes(header_bound(*frame->topic));
  acq::FrameHeader header;
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    frame->first_index += frame->count;
    const std::size_t size = acq::encode_header(*frame, ++sequence, 0xDEADBEEF, bytes);
    if (!acq::decode_header(std::span(bytes).first(size), frame->payload_bytes, header)) {
      state.SkipWithError("refused");
    }
    benchmark::DoNotOptimize(header);
  }
}
BENCHMARK(encode_and_decode)->ArgName("results")->Arg(0)->Arg(4);

// The peer: the generated message, kept and used again, without any check.
void protobuf_encode_and_decode(benchmark::State& state) {
  const std::vector<std::byte> good =
      acq::testing::encoded(*frame_with(static_cast<std::uint32_t>(state.range(0))));
  acq::v1::FrameHeader written;
  acq::v1::FrameHeader read;
  if (!written.ParseFromArray(good.data(), static_cast<int>(good.size()))) {
    state.SkipWithError("refused");
  }
  std::vector<std::byte> bytes(good.size() + 64);
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    written.set_sequence(++sequence);
    const std::size_t size = written.ByteSizeLong();
    written.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(bytes.data()));
    if (!read.ParseFromArray(bytes.data(), static_cast<int>(size))) state.SkipWithError("refused");
    benchmark::DoNotOptimize(read);
  }
}
BENCHMARK(protobuf_encode_and_decode)->ArgName("results")->Arg(0)->Arg(4);

void checksum(benchmark::State& state) {
  const std::vector<std::byte> bytes(static_cast<std::size_t>(state.range(0)), std::byte{0x5A});
  for (auto _ : state) benchmark::DoNotOptimize(acq::crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(checksum)->ArgName("bytes")->Arg(4096)->Arg(16384)->Arg(65536);

}  // namespace

BENCHMARK_MAIN();
