#include "drivers/scpi/profile.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "drivers/scpi/profiles.h"
#include "drivers/scpi/scope.h"

namespace acq::scpi {
namespace {

double value_of(std::string_view expression, const Terms& terms = {}) {
  const auto value = evaluate(expression, terms);
  EXPECT_TRUE(value) << to_string(value.error());
  return value.value_or(NAN);
}

TEST(Expression, HasTheUsualPrecedence) {
  EXPECT_EQ(value_of("1 + 2 * 3"), 7);
  EXPECT_EQ(value_of("(1 + 2) * 3"), 9);
  EXPECT_EQ(value_of("8 / 2 / 2 - 1"), 1);
  EXPECT_EQ(value_of("-(2 - 5) * -a", {{"a", 2.0}}), -6);
  EXPECT_EQ(value_of("2.5e-3 * y_1", {{"y_1", 4.0}}), 0.01);
  EXPECT_TRUE(std::isinf(value_of("1 / 0")));
}

TEST(Expression, NamesWhatIsWrong) {
  for (const char* bad : {"", "1 +", "(1", "1)", "a b", "1 2", "nothere", "*", "1..2", "$"})
    EXPECT_EQ(evaluate(bad, {{"a", 1.0}, {"b", 1.0}}).error().code, Code::kInvalid) << bad;
  EXPECT_EQ(evaluate(std::string(1000, '(') + "1", {}).error().code, Code::kInvalid);
  EXPECT_EQ(evaluate(std::string(1000, '-') + "1", {}).error().code, Code::kInvalid);
}

TEST(NumberWithUnit, IsReadWithItsPrefix) {
  const auto reads = [](std::string_view text, double expected) {
    const auto value = parse_with_unit(text);
    return value && std::abs(*value - expected) <= 1e-12 * std::abs(expected);
  };
  EXPECT_TRUE(reads("1.00E-03", 1e-3));
  EXPECT_TRUE(reads("1.00E+00V", 1));
  EXPECT_TRUE(reads("500MSa/s", 5e8));
  EXPECT_TRUE(reads("1.00GSa/s", 1e9));
  EXPECT_TRUE(reads("14kpts", 14e3));
  EXPECT_TRUE(reads("7Mpts", 7e6));
  EXPECT_TRUE(reads("1400pts", 1400));
  EXPECT_TRUE(reads("20mV", 0.02));
  EXPECT_TRUE(reads("5.00E-04S", 5e-4));
  EXPECT_TRUE(reads("+2.5us", 2.5e-6));
  EXPECT_TRUE(reads("7M", 7e6));
  for (const char* bad : {"", "V", "***", "1 2", "1V2", "1.2.3 V"})
    EXPECT_FALSE(parse_with_unit(bad)) << bad;
}

TEST(Commands, HaveTheirPlacesFilled) {
  EXPECT_EQ(filled(":CHAN{ch}:SCAL {value}", {{"ch", "2"}, {"value", "0.5"}}), ":CHAN2:SCAL 0.5");
  EXPECT_EQ(filled("{unknown} {", {{"ch", "2"}}), "{unknown} {");
}

TEST(BuiltInProfiles, AreAllReadAndFitTheirInstruments) {
  const auto profiles = load_profiles("");
  ASSERT_TRUE(profiles) << to_string(profiles.error());
  const auto fits = [&](const char* vendor, const char* model) {
    const auto profile = choose_profile(*profiles, "", vendor, model);
    return profile ? profile->name : to_string(profile.error());
  };
  EXPECT_EQ(fits("RIGOL TECHNOLOGIES", "DS1054Z"), "rigol-ds1000z");
  EXPECT_EQ(fits("RIGOL TECHNOLOGIES", "MSO1104Z-S"), "rigol-ds1000z");
  EXPECT_EQ(fits("Siglent Technologies", "SDS1204X-E"), "siglent-sds1000");
  EXPECT_EQ(fits("Siglent Technologies", "SDS2104X Plus"), "siglent-sds");
  EXPECT_EQ(fits("Siglent Technologies", "SDS6054A"), "siglent-sds");
  EXPECT_EQ(fits("KEYSIGHT TECHNOLOGIES", "DSO-X 3024T"), "keysight-infiniivision");
  EXPECT_EQ(fits("AGILENT TECHNOLOGIES", "MSO7104B"), "keysight-infiniivision");
  EXPECT_EQ(fits("TEKTRONIX", "MSO4104"), "tektronix");
  EXPECT_EQ(fits("Rohde&Schwarz", "RTB2004"), "rohde-schwarz");
  EXPECT_EQ(fits("HAMEG", "HMO2024"), "rohde-schwarz");
  EXPECT_EQ(choose_profile(*profiles, "", "ACME", "Box").error().code, Code::kNotFound);
}

TEST(BuiltInProfiles, TakeTheCodesPerDivisionOfTheModel) {
  const auto profiles = load_profiles("");
  ASSERT_TRUE(profiles);
  const auto codes = [&](const char* model) {
    return choose_profile(*profiles, "", "Siglent Technologies", model)
        ->constants.at("codes_per_div");
  };
  EXPECT_EQ(codes("SDS2104X Plus"), 30);
  EXPECT_EQ(codes("SDS5034X"), 30);
  EXPECT_EQ(codes("SDS6054A"), 63.75);
  EXPECT_EQ(codes("SDS1104X-E"), 25);
}

std::string a_profile() {
  return std::string(built_in_profiles().front().toml);
}

TEST(Profile, SaysFileLineAndKeyOfWhatIsWrong) {
  const auto error_of = [](const std::string& from, const std::string& to) {
    std::string toml = a_profile();
    const std::size_t at = toml.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    toml.replace(at, from.size(), to);
    const auto profile = parse_profile(toml, "x.toml");
    EXPECT_FALSE(profile) << to;
    return profile ? Error{} : profile.error();
  };
  const std::string scale = "scale = \"";
  EXPECT_EQ(error_of("[capture]", "[capture]\nsurprise = 1").where.substr(0, 7), "x.toml:");
  EXPECT_NE(error_of("[capture]", "[capture]\nsurprise = 1").sentence.find("surprise"),
            std::string::npos);
  EXPECT_NE(error_of(scale, "scale = \"nothere + ").sentence.find("nothere"), std::string::npos);
  EXPECT_EQ(error_of("channels = 4", "channels = \"four\"").code, Code::kInvalid);
  EXPECT_EQ(error_of("channels = 4", "channels = 99").code, Code::kInvalid);
  EXPECT_EQ(error_of("name = ", "nam = ").code, Code::kInvalid);
  EXPECT_EQ(error_of("vendor = \"", "vendor = \"(").code, Code::kInvalid);
  EXPECT_EQ(error_of("[waveform]", "[waveform").where.substr(0, 7), "x.toml:");
}

// Cut anywhere, a profile is refused or read, and nothing worse.
TEST(Profile, SurvivesBeingCut) {
  const std::string whole = a_profile();
  for (std::size_t size = 0; size < whole.size(); size += 7)
    static_cast<void>(parse_profile(whole.substr(0, size), "x.toml"));
}

TEST(Profiles, OfAFolderReplaceThoseBuiltIn) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("acq-profiles-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::string toml = a_profile();
  toml.replace(toml.find("channels = 4"), 12, "channels = 2");
  std::ofstream(folder / "mine.toml") << toml;
  const auto profiles = load_profiles(folder.string());
  ASSERT_TRUE(profiles) << to_string(profiles.error());
  EXPECT_EQ(profiles->size(), built_in_profiles().size());
  EXPECT_EQ(profiles->front().channels, 2);
  std::ofstream(folder / "broken.toml") << "name = ";
  EXPECT_EQ(load_profiles(folder.string()).error().code, Code::kInvalid);
  std::filesystem::remove_all(folder);
  EXPECT_EQ(load_profiles(folder.string()).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace acq::scpi
