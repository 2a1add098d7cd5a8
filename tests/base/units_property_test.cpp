// Properties of quantities over random doubles of every magnitude. RapidCheck prints the seed.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <string>

#include "dsp/base/units.h"

namespace acq {
namespace {

// Every finite double is as likely as any other: magnitudes from 5e-324 to 1.8e308.
double finite_double() {
  const auto finite = rc::gen::suchThat(
      rc::gen::arbitrary<std::uint64_t>(),
      [](std::uint64_t bits) { return std::isfinite(std::bit_cast<double>(bits)); });
  return std::bit_cast<double>(*finite);
}

// Magnitudes that people write: 1e-14 to 1e17.
double usual_double() {
  const auto digits = *rc::gen::inRange<std::int64_t>(-9'999'999'999, 9'999'999'999);
  const int exponent = *rc::gen::inRange(-14, 8);
  return static_cast<double>(digits) * std::pow(10.0, exponent);
}

void check_round_trip(double value) {
  const auto unit = *rc::gen::element<std::string>("Hz", "s", "V", "B", "bit", "1", "", "dB", "deg",
                                                   "%", "samples", "counts", "Ohm", "m", "K");
  const std::string text = format_quantity(value, unit);
  const Result<double> back = parse_quantity(text, unit);
  RC_LOG() << text << "\n";
  RC_ASSERT(back.has_value());
  RC_ASSERT(std::bit_cast<std::uint64_t>(*back) == std::bit_cast<std::uint64_t>(value));
}

RC_GTEST_PROP(QuantityProperty, AnyFiniteDoubleComesBackBitForBit, ()) {
  check_round_trip(finite_double());
}

RC_GTEST_PROP(QuantityProperty, AUsualDoubleComesBackBitForBit, ()) {
  check_round_trip(usual_double());
}

RC_GTEST_PROP(QuantityProperty, AnyTextIsReadOrRefusedWithASentence, (const std::string& text)) {
  const auto unit = *rc::gen::element<std::string>("Hz", "B", "", "1", "counts");
  const Result<double> value = parse_quantity(text, unit);
  if (value) {
    RC_ASSERT(std::isfinite(*value));
  } else {
    RC_ASSERT(!value.error().sentence.empty());
  }
}

// Text made of the words that mean something reaches deeper than any text.
RC_GTEST_PROP(QuantityProperty, AnyMixtureOfNumbersAndUnitsIsReadOrRefused, ()) {
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "1", "0", ".", "e", "-", "+", "5", "inf", "nan", " ", "k", "Ki", "m", "Hz", "B", "%",
      "\u00b5", "1e308", "1e-308", "min", "\t", "x"));
  std::string text;
  for (const std::string& word : words) text += word;
  const Result<double> value = parse_quantity(text, *rc::gen::element<std::string>("Hz", "B", "1"));
  if (value) {
    RC_ASSERT(std::isfinite(*value));
  } else {
    RC_ASSERT(value.error().code == Code::kInvalid);
  }
}

}  // namespace
}  // namespace acq
