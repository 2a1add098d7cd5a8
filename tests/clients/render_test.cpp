// The live view without a terminal: cells as they must be.
#include "clients/tools/acqctl/watch/render.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "clients/tools/acqctl/watch/dots.h"
#include "clients/tools/acqctl/watch/plot.h"
#include "clients/tools/acqctl/watch/scale.h"

namespace acq::tool {
namespace {

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

TEST(Grid, ClipsWhatLiesOutside) {
  Grid grid(2, 3);
  grid.put(-1, 0, U'x');
  grid.put(0, 3, U'x');
  grid.text(1, 2, "abc", 10);
  grid.text(0, -1, "yz", 10);
  EXPECT_EQ(grid.str(), "z\n  a\n");
}

TEST(Grid, ShortensTextWithAnEllipsis) {
  Grid grid(2, 8);
  EXPECT_EQ(grid.text(0, 0, "µ-meter long", 6), 6);
  grid.right_text(1, 0, "abc", 6);
  EXPECT_EQ(grid.str(), "µ-met…\n   abc\n");
}

TEST(Grid, ShowsNothingThatWouldBreakItsColumns) {
  Grid grid(1, 8);
  grid.text(0, 0, "a\x1b\xE6\xBC\xA2\xCC\x81\xFFz", 8);  // escape, wide, combining, not UTF-8
  EXPECT_EQ(grid.str(), "a????z\n");
}

TEST(Grid, TurnsEverythingIntoAsciiWhereThereIsNoUtf8) {
  Grid grid(1, 12);
  grid.text(0, 0, "│─µ²…▸⣿⠉⣀é", 12);
  grid.to_ascii();
  EXPECT_EQ(grid.str(), "|-u2~>:'.?\n");
}

TEST(Dots, SetTheBitsOfBraille) {
  Grid grid(1, 2);
  Dots dots(1, 2);
  dots.vertical(0, 0, 3, {});    // left column of the first cell: dots 1 2 3 7
  dots.vertical(3, 1, 1, {});    // right column of the second: dot 5
  dots.vertical(9, 0, 3, {});    // outside
  dots.vertical(1, -5, -1, {});  // above
  dots.draw(grid, 0, 0);
  EXPECT_EQ(grid.at(0, 0).glyph, 0x2800U + 0x47U);
  EXPECT_EQ(grid.at(0, 1).glyph, 0x2800U + 0x10U);
}

// One row a channel is enough: dots on its first line are 1, on its third 0, and a column with both
// is filled from the one to the other.
TEST(Plot, LogicHasALaneARowAndSteps) {
  Picture picture;
  picture.kind = Kind::kLogic;
  picture.is_logic = true;
  picture.x.step = 1;
  picture.traces = {{.label = "clk", .unit = "1", .low = {0, 1, 1, 0}, .high = {}},
                    {.label = "data", .unit = "1", .low = {1, 1, kNothing, kNothing}, .high = {}}};
  Grid grid(4, 16);
  plot_logic(picture, {0, 0, 4, 16}, grid);
  const std::string text = grid.str();
  EXPECT_EQ(text.substr(0, text.find('\n')), "    clk ⠤⠤⠋⠉⠉⠉⠦⠤");
  EXPECT_NE(text.find("   data ⠉⠉⠉⠉┊┊┊┊"), std::string::npos) << text;
}

TEST(Plot, LogicThatDoesNotFitIsCounted) {
  Picture picture;
  picture.is_logic = true;
  picture.traces.resize(16, {.label = "d", .unit = "1", .low = {0, 1}, .high = {}});
  Grid grid(10, 40);
  plot_logic(picture, {0, 0, 10, 40}, grid);
  EXPECT_NE(grid.str().find("8 more"), std::string::npos);
}

TEST(Scale, RoundsSpansOutward) {
  EXPECT_EQ(round_span(-2.03, 2.03), (Span{-2.5, 2.5}));
  EXPECT_EQ(round_span(0, 8), (Span{0, 8}));
  EXPECT_EQ(round_span(1, 0), (Span{0, 1})) << "the order does not matter";
  const Span flat = round_span(5, 5);
  EXPECT_LT(flat.low, 5);
  EXPECT_GT(flat.high, 5);
  EXPECT_EQ(round_span(kNothing, 1), (Span{0, 1}));
}

TEST(Scale, RoundsEverySpanToAProperOneAroundIt) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(-30, 30);
  std::uniform_real_distribution<double> mantissa(-1, 1);
  for (int i = 0; i < 10000; ++i) {
    const double scale = std::pow(10, exponent(random));
    const double low = mantissa(random) * scale;
    const double high = low + std::abs(mantissa(random)) * scale;
    const Span span = round_span(low, high);
    const double slack = 1e-9 * std::max(std::abs(low), std::abs(high));
    EXPECT_LE(span.low, low + slack);
    EXPECT_GE(span.high, high - slack);
    EXPECT_GT(span.size(), 0);
  }
}

TEST(Scale, NumbersAnAxisInOneNotation) {
  EXPECT_EQ(ticks({0, 0.0499}, 3), (std::vector<double>{0, 0.02, 0.04}));
  const AxisText text = axis_text({0, 0.02, 0.04}, "s");
  EXPECT_EQ(text.labels, (std::vector<std::string>{"0", "20", "40"}));
  EXPECT_EQ(text.unit, "ms");
  EXPECT_EQ(axis_text({-0.5, 0, 0.5}, "V").labels, (std::vector<std::string>{"-500", "0", "500"}));
  EXPECT_EQ(axis_text({-2.5, 2.5}, "V").labels, (std::vector<std::string>{"-2.5", "2.5"}));
  EXPECT_TRUE(ticks({1, 1}, 3).empty());
}

Trace ramp(std::size_t count) {
  Trace trace{.label = "a", .unit = "V", .low = {}, .high = {}};
  for (std::size_t i = 0; i < count; ++i) {
    trace.low.push_back(static_cast<float>(i) / static_cast<float>(count - 1));
  }
  return trace;
}

Picture waveform(std::vector<Trace> traces) {
  Picture picture;
  picture.kind = Kind::kRecord;
  picture.x = {.name = "time", .unit = "s", .start = 0, .step = 0.001};
  picture.traces = std::move(traces);
  return picture;
}

std::string plotted(const Picture& picture, int rows, int columns, bool overlays = false) {
  Grid grid(rows, columns);
  plot_traces(picture, automatic_spans(picture, overlays), {0, 0, rows, columns}, grid);
  return grid.str();
}

TEST(Plot, DrawsARampFromCornerToCorner) {
  // 8 columns of labels; 8 cells of 2 x 4 dots: dot k lies at column k and k above the bottom.
  EXPECT_EQ(plotted(waveform({ramp(16)}), 6, 16),
            "      1├ a  V ⡠⠊\n"
            "       │    ⡠⠊\n"
            "       │  ⡠⠊\n"
            "      0├⡠⠊\n"
            "       └────────\n"
            "\n");
}

TEST(Plot, KeepsTheExtremesOfManyValuesInEachColumn) {
  Trace trace{.label = "a", .unit = "V", .low = std::vector<float>(1000, 0), .high = {}};
  trace.low[437] = 1;  // one value among many
  const std::string text = plotted(waveform({trace}), 6, 16);
  EXPECT_NE(text.find("⢸"), std::string::npos) << text;
}

TEST(Plot, DrawsTheEnvelopeBetweenLowAndHigh) {
  const Trace band{.label = "a",
                   .unit = "V",
                   .low = std::vector<float>(16, -1),
                   .high = std::vector<float>(16, 1)};
  const std::string text = plotted(waveform({band}), 6, 16);
  EXPECT_NE(text.find("│⣿⣿⣿⣿⣿⣿⣿⣿"), std::string::npos) << text;
}

TEST(Plot, LeavesAGapOpenAndMarksIt) {
  Trace trace = ramp(16);
  for (std::size_t i = 6; i < 10; ++i) trace.low[i] = kNothing;
  const std::string text = plotted(waveform({trace}), 6, 16);
  EXPECT_NE(text.find("┊┊"), std::string::npos) << text;
}

TEST(Plot, GivesEachChannelALaneOrAllOfThemOne) {
  const Picture picture = waveform({ramp(16), ramp(16), ramp(16)});
  EXPECT_EQ(automatic_spans(picture, false).size(), 3U);
  EXPECT_EQ(automatic_spans(picture, true).size(), 1U);
  const std::string lanes = plotted(picture, 14, 24);
  const std::string one = plotted(picture, 14, 24, true);
  const auto count = [](const std::string& text, const std::string& what) {
    std::size_t n = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++n;
    return n;
  };
  EXPECT_EQ(count(lanes, "├"), 6U) << lanes;
  EXPECT_EQ(count(one, "├"), 2U) << one;
}

TEST(Plot, ShowsAPowerSpectrumInDecibels) {
  EXPECT_FLOAT_EQ(decibels(100, "V2/Hz"), 20);
  EXPECT_FLOAT_EQ(decibels(100, "V"), 40);
  EXPECT_FLOAT_EQ(decibels(-30, "dB"), -30);
  EXPECT_FLOAT_EQ(decibels(-90, "deg"), -90);
  EXPECT_TRUE(std::isnan(decibels(0, "V")));
  Picture picture =
      waveform({{.label = "a", .unit = "V2/Hz", .low = {1e-6F, 1, 1e-30F}, .high = {}}});
  picture.kind = Kind::kSpectrum;
  EXPECT_EQ(automatic_spans(picture, false), (std::vector<Span>{{-100, 0}}))
      << "100 dB below the highest value";
}

TEST(Plot, TabulatesResultsByNameAndChannel) {
  Picture picture;
  picture.kind = Kind::kScalars;
  picture.channel_names = {"ch1", "ch2"};
  picture.results = {{.channel = 0, .name = "rms", .unit = "V", .value = 0.5},
                     {.channel = 1, .name = "rms", .unit = "V", .is_valid = false}};
  Grid grid(3, 44);
  plot_results(picture, {0, 0, 3, 44}, grid);
  EXPECT_EQ(grid.str(),
            "                          ch1           ch2\n"
            "rms                    500 mV             -\n"
            "\n");
}

View full_view() {
  View view;
  view.endpoint = "ipc:///run/acqd/control";
  view.software = "acqd 1.0";
  view.config_revision = 3;
  view.has_daemon = true;
  view.topics = {{.topic = "d/scope/wave", .is_active = true, .rate_hz = 20},
                 {.topic = "d/scope/psd", .is_active = false, .rate_hz = 0, .lost_samples = 12345}};
  view.picture = waveform({ramp(64)});
  view.picture.facts = "record";
  view.frame_rate_hz = 20;
  view.bytes_per_s = 322000;
  view.losses.upstream.samples = 7;
  view.latency_p50_s = 0.00052;
  view.latency_p99_s = 0.0013;
  return view;
}

std::vector<std::string> lines(const Grid& grid) {
  std::vector<std::string> out;
  std::string text = grid.str();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

TEST(Render, ShowsStreamsPictureFiguresAndKeysAt80By24) {
  const auto screen = lines(render(full_view(), 24, 80));
  ASSERT_EQ(screen.size(), 24U);
  EXPECT_EQ(screen[0],
            " acqd 1.0  configuration 3                              ipc:///run/acqd/control");
  EXPECT_EQ(screen[1], "  TOPIC       RATE  LOST│ d/scope/wave  record");
  EXPECT_EQ(screen[2].substr(0, 29), "▸ scope/wave  20/s     0│");
  EXPECT_EQ(screen[3].substr(0, 27), "  scope/psd   idle   12k│");
  EXPECT_EQ(screen[22],
            " 20/s  320 kB/s  lost upstream 7, transport 0  latency 520 µs, p99 1.3 ms");
  EXPECT_EQ(screen[23],
            " ↑↓ stream  space pause  p set  + - zoom  a auto  o overlay  ? help  q quit");
}

TEST(Render, SaysThatNoDaemonAnswers) {
  View view;
  const auto screen = lines(render(view, 24, 80));
  EXPECT_EQ(screen[0].substr(0, 27), " no daemon answers; waiting");
  EXPECT_NE(render(view, 24, 80).str().find("no stream"), std::string::npos);
}

TEST(Render, DrawsLossesInRed) {
  const Grid grid = render(full_view(), 24, 80);
  bool has_red = false;
  for (int column = 0; column < 80; ++column) {
    has_red = has_red || grid.at(22, column).style.color == Color::kRed;
  }
  EXPECT_TRUE(has_red);
}

TEST(Render, WrapsARefusalAboveThePromptSoThatAllOfItIsRead) {
  View view = full_view();
  view.is_prompting = true;
  view.overlay = Overlay::kSettings;
  view.settings = {{"pipeline.a.b.c", "1", "0 to 2"}};
  view.prompt = "pipeline.a.b.c=5";
  view.message =
      "5 is out of range (pipeline.a.b.c); allowed: 0 to 2, or anything else that is long";
  view.is_refusal = true;
  const auto screen = lines(render(view, 24, 80));
  EXPECT_EQ(screen[23], "PATH=VALUE> pipeline.a.b.c=5");
  std::string read = screen[21] + screen[22];
  std::erase(read, ' ');
  std::erase(view.message, ' ');
  EXPECT_EQ(read, view.message);
  EXPECT_NE(screen[2].find("pipeline.a.b.c"), std::string::npos);
}

TEST(Render, SurvivesEverySizeOfScreen) {
  View view = full_view();
  for (const Overlay overlay : {Overlay::kNone, Overlay::kHelp, Overlay::kSettings}) {
    view.overlay = overlay;
    view.is_prompting = overlay == Overlay::kSettings;
    for (int rows = 0; rows < 40; ++rows) {
      for (int columns = 0; columns < 130; columns += 13) render(view, rows, columns);
    }
  }
  view.overlay = Overlay::kNone;
  view.picture.kind = Kind::kSpectrum;
  for (int rows = 0; rows < 40; ++rows) render(view, rows, 80);
}

TEST(Render, SurvivesPicturesOfAnyContent) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  const float values[] = {0,
                          1,
                          -1,
                          kNothing,
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::max(),
                          std::numeric_limits<float>::denorm_min()};
  for (int round = 0; round < 300; ++round) {
    View view = full_view();
    view.picture.kind = random() % 2 == 0 ? Kind::kRecord : Kind::kSpectrum;
    view.picture.x.step = values[random() % 8];
    view.overlays = random() % 2 == 0;
    view.picture.traces.resize(random() % 9);
    const std::size_t count = random() % 200;
    for (Trace& trace : view.picture.traces) {
      for (std::size_t i = 0; i < count; ++i) trace.low.push_back(values[random() % 8]);
      if (random() % 2 == 0) trace.high = trace.low;
    }
    render(view, 24, 80);
  }
}

}  // namespace
}  // namespace acq::tool
