// Writes a recording of streams of every kind, with gaps, for the exporters: make_streams FOLDER
// [PACKETS | wide | epochs | records | pair | clocks]. exports/conftest.py knows each value.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/recording/sample_journal.h"

namespace {

using namespace acq;

std::shared_ptr<const StreamInfo> logic_stream() {
  StreamInfo info;
  info.name = "logic";
  info.kind = Kind::kLogic;
  info.dtype = Dtype::kU8;
  info.layout = Layout::kPacked;
  info.rate_hz = {1'000'000, 1};
  for (const char* name : {"clk", "cs", "mosi", "miso", "irq"})
    info.channels.push_back({.id = name});
  return std::make_shared<const StreamInfo>(info);
}

std::shared_ptr<const StreamInfo> iq_stream() {
  StreamInfo info;
  info.name = "iq";
  info.kind = Kind::kIq;
  info.dtype = Dtype::kI16;
  info.rate_hz = {48000, 1};
  info.channels = {{.id = "i", .unit = "V", .scale = 0.5}, {.id = "q", .unit = "V", .scale = 0.5}};
  return std::make_shared<const StreamInfo>(info);
}

std::shared_ptr<const StreamInfo> slow_stream(std::uint64_t rate_hz) {
  StreamInfo info;
  info.name = "slow";
  info.dtype = Dtype::kF32;
  info.layout = Layout::kPlanar;
  info.rate_hz = {rate_hz, 3};
  info.channels = {{.id = "t1", .label = "Température", .unit = "Cel"}, {.id = "t2", .unit = "K"}};
  return std::make_shared<const StreamInfo>(info);
}

// One stream that is fed with packets of numbers of any type.
class Feed {
 public:
  Feed(JournalWriter& writer, const FakeClock& clock, const std::string& instrument,
       std::shared_ptr<const StreamInfo> info)
      : writer_(writer),
        clock_(clock),
        info_(std::move(info)),
        stream_(writer.add_stream(instrument, info_->name)) {}

  template <typename T>
  void packet(const std::vector<T>& numbers, Gap gap = {}) {
    journal::PacketHead head;
    head.epoch = epoch_;
    head.lost_before.add(gap);
    index_ += gap.samples;
    head.first_index = index_;
    head.count = static_cast<std::uint32_t>(numbers.size() * sizeof(T) / info_->scan_bytes());
    const Stamp start{.t0_ticks = 1'000'000'000 + late_ns_,
                      .scale = TimeScale::kMonotonic,
                      .origin = TimeOrigin::kHardware,
                      .sigma_ns = sigma_ns_,
                      .host_rx_ns = clock_.now_ns()};
    head.stamp = shifted(start, static_cast<std::int64_t>(index_), info_->rate_hz);
    writer_.add_packet(stream_, info_, head, std::as_bytes(std::span(numbers)));
    index_ += head.count;
  }
  void lose_behind(Gap gap) { writer_.add_loss(stream_, gap); }
  // From now on the stream's samples are `seconds` later than their number says.
  void begin_anew(std::int64_t seconds) {
    ++epoch_;
    late_ns_ += seconds * 1'000'000'000;
  }
  void tell_later(std::int64_t ns) { late_ns_ += ns; }
  void tell_sigma(double ns) { sigma_ns_ = ns; }
  void change(std::shared_ptr<const StreamInfo> info) { info_ = std::move(info); }
  [[nodiscard]] std::uint64_t index() const { return index_; }

 private:
  JournalWriter& writer_;
  const FakeClock& clock_;
  std::shared_ptr<const StreamInfo> info_;
  std::size_t stream_;
  std::uint64_t index_ = 0;
  std::uint32_t epoch_ = 1;
  std::int64_t late_ns_ = 0;
  double sigma_ns_ = kUnknown;
};

std::vector<std::uint8_t> bits_at(std::uint64_t index, std::size_t count) {
  std::vector<std::uint8_t> bits(count);
  for (std::size_t i = 0; i < count; ++i) bits[i] = static_cast<std::uint8_t>((index + i) / 3 % 32);
  return bits;
}

std::vector<std::int16_t> iq_at(std::uint64_t index, std::size_t count) {
  std::vector<std::int16_t> numbers;
  for (std::size_t i = 0; i < count; ++i) {
    numbers.push_back(static_cast<std::int16_t>((index + i) % 1000));
    numbers.push_back(static_cast<std::int16_t>(-static_cast<int>((index + i) % 777)));
  }
  return numbers;
}

std::vector<float> slow_at(std::uint64_t index, std::size_t count) {
  std::vector<float> numbers;
  for (std::size_t i = 0; i < count; ++i)
    numbers.push_back(20.0F + 0.25F * static_cast<float>(index + i));
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(0.1F * static_cast<float>(index + i));
  return numbers;
}

// 64 channels of float64 and a gap that no file of 4 GiB has room for.
bool write_wide(JournalWriter& writer, const FakeClock& clock) {
  StreamInfo info;
  info.name = "wide";
  info.dtype = Dtype::kF64;
  info.rate_hz = {1000, 1};
  for (int c = 0; c < 64; ++c) info.channels.push_back({.id = "c" + std::to_string(c)});
  std::vector<double> numbers;
  for (int i = 0; i < 100; ++i) {
    for (int c = 0; c < 64; ++c) numbers.push_back(i + c / 64.0);
  }
  Feed wide(writer, clock, "daq", std::make_shared<const StreamInfo>(info));
  wide.packet(numbers);
  wide.packet(numbers, {8'500'000, kGapReconnect, true});
  return writer.close().has_value();
}

// A stream that began anew after 100 samples, 5 s later, without one being lost.
bool write_epochs(JournalWriter& writer, const FakeClock& clock) {
  Feed iq(writer, clock, "radio", iq_stream());
  iq.packet(iq_at(0, 100));
  iq.begin_anew(5);
  iq.packet(iq_at(100, 100));
  // Two gaps with nothing between them.
  Feed late(writer, clock, "late", iq_stream());
  late.packet(iq_at(0, 100));
  late.packet(iq_at(0, 0), {3, kGapUsb, true});
  late.packet(iq_at(107, 100), {4, kGapLate, false});
  return writer.close().has_value();
}

// Three records of 100 samples, the last behind a loss.
bool write_records(JournalWriter& writer, const FakeClock& clock) {
  Feed iq(writer, clock, "radio", iq_stream());
  iq.packet(iq_at(0, 100));
  iq.packet(iq_at(100, 100), {0, kGapNewRecord, true});
  iq.packet(iq_at(207, 100), {7, kGapDevice | kGapNewRecord, true});
  return writer.close().has_value();
}

std::shared_ptr<const StreamInfo> pair_stream(const char* name, double scale) {
  return std::make_shared<const StreamInfo>(
      StreamInfo{.name = name,
                 .dtype = Dtype::kI16,
                 .rate_hz = {100'000, 1},
                 .channels = {{.id = name, .unit = "V", .scale = scale}}});
}

// Two streams of one rate of one instrument, in packets of other sizes, each with a gap of its own and a
// new record; both begin anew after a second.
bool write_pair(JournalWriter& writer, FakeClock& clock) {
  Feed a(writer, clock, "daq", pair_stream("a", 1e-4));
  Feed b(writer, clock, "daq", pair_stream("b", 1e-3));
  const auto ramp = [](std::uint64_t index, std::size_t count) {
    std::vector<std::int16_t> numbers(count);
    for (std::size_t i = 0; i < count; ++i)
      numbers[i] = static_cast<std::int16_t>((index + i) * 31 % 20'011);
    return numbers;
  };
  for (int turn = 0; turn < 200; ++turn) {
    const Gap lost = turn == 50 ? Gap{500, kGapUsb, true} : Gap{};
    a.packet(ramp(a.index() + lost.samples, 1000), lost);
    clock.advance(10'000'000);
    while (b.index() < a.index()) {
      const Gap late =
          turn == 70 && b.index() + 333 >= a.index() ? Gap{40, kGapDevice, true} : Gap{};
      const Gap record = b.index() % 7 == 0 ? Gap{0, kGapNewRecord, true} : late;
      b.packet(ramp(b.index() + record.samples, 333), record);
    }
    if (turn != 100) continue;
    writer.add_event({clock.utc_ns(), "daq", "epoch", "epoch 2 began", 1});
    a.begin_anew(1);
    b.begin_anew(1);
  }
  return writer.close().has_value();
}

// One stream of each of two instruments, of one rate and in packets of other sizes. The second begins 37
// ms later, and its clock is found to be 30 us later from half of the time on.
bool write_clocks(JournalWriter& writer, FakeClock& clock) {
  Feed a(writer, clock, "scope", pair_stream("a", 1e-4));
  Feed b(writer, clock, "daq", pair_stream("b", 1e-3));
  a.tell_sigma(100);
  b.tell_sigma(100);
  b.tell_later(37'000'000);
  const auto noise = [](std::uint64_t index, std::size_t count) {
    std::vector<std::int16_t> numbers(count);
    for (std::size_t i = 0; i < count; ++i)
      numbers[i] = static_cast<std::int16_t>((index + i) * 31 % 20'011);
    return numbers;
  };
  for (int turn = 0; turn < 400; ++turn) {
    const Gap lost = turn == 50 ? Gap{500, kGapUsb, true} : Gap{};
    a.packet(noise(a.index() + lost.samples, 1000), lost);
    clock.advance(10'000'000);
    if (turn == 200) b.tell_later(30'000);
    while (b.index() + 3700 < a.index()) b.packet(noise(b.index(), 333));
  }
  return writer.close().has_value();
}

// One packet of each stream every 10 ms.
bool write_all(JournalWriter& writer, FakeClock& clock, int packets) {
  SampleFeed analog(writer, clock);
  Feed logic(writer, clock, "daq", logic_stream());
  Feed iq(writer, clock, "radio", iq_stream());
  Feed slow(writer, clock, "daq", slow_stream(10));
  for (int i = 0; i < packets; ++i) {
    analog.packet(1000, i == 40   ? Gap{500, kGapUsb, true}
                        : i == 70 ? Gap{40, kGapDevice, false}
                                  : Gap{});
    const Gap lost = i == 20 ? Gap{30'000, kGapRingFull, true} : Gap{};
    logic.packet(bits_at(logic.index() + lost.samples, 10'000), lost);
    iq.packet(iq_at(iq.index(), 480));
    if (i % 10 == 9) {
      if (i == 89) slow.change(slow_stream(20));
      slow.packet(slow_at(slow.index(), 4));
    }
    if (i == 60) writer.add_event({clock.utc_ns(), "daemon", "mark", "here, \"there\"", 1});
    if (writer.wants_flush() && !writer.flush()) return false;
  }
  iq.lose_behind({7, kGapLate, true});
  return writer.close().has_value();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string what = argc > 2 ? argv[2] : "100";
  FakeClock clock;
  JournalOptions options = sample_options(argv[1]);
  options.chunk_bytes = 200'000;
  JournalWriter writer(system_disk(), clock, options);
  if (!writer.open()) return 1;
  writer.set_config(1, "[instrument.daq]\ndriver = \"sim\"\n");
  const bool is_done = what == "wide"      ? write_wide(writer, clock)
                       : what == "epochs"  ? write_epochs(writer, clock)
                       : what == "records" ? write_records(writer, clock)
                       : what == "pair"    ? write_pair(writer, clock)
                       : what == "clocks"  ? write_clocks(writer, clock)
                                           : write_all(writer, clock, std::atoi(what.c_str()));
  return is_done ? 0 : 1;
}
