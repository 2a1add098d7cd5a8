#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "drivers/transport/serial.h"

namespace acq {
namespace {

template <typename T>
using Choice = std::pair<std::string_view, T>;

constexpr std::array<Choice<Parity>, 5> kParities{{{"none", Parity::kNone},
                                                   {"even", Parity::kEven},
                                                   {"odd", Parity::kOdd},
                                                   {"mark", Parity::kMark},
                                                   {"space", Parity::kSpace}}};
constexpr std::array<Choice<FlowControl>, 3> kFlows{{{"none", FlowControl::kNone},
                                                     {"rtscts", FlowControl::kRtsCts},
                                                     {"xonxoff", FlowControl::kXonXoff}}};
constexpr std::array<Choice<bool>, 2> kLevels{{{"on", true}, {"off", false}}};

tl::unexpected<Error> refuse(std::string_view name, std::string_view value, std::string allowed) {
  return fail(Code::kInvalid, fmt::format("{} cannot be {}", name, quote(value)), std::string(name),
              std::move(allowed));
}

template <typename T, std::size_t kCount, typename Field>
Result<void> choose(const std::array<Choice<T>, kCount>& choices, std::string_view name,
                    std::string_view value, Field& field) {
  std::string allowed;
  for (const auto& [word, meaning] : choices) {
    if (word == value) {
      field = meaning;
      return {};
    }
    allowed += (allowed.empty() ? "" : " ") + std::string(word);
  }
  return refuse(name, value, std::move(allowed));
}

template <typename T>
Result<void> number(T min, T max, std::string_view name, std::string_view value, T& field) {
  T parsed{};
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc{} || stop != value.data() + value.size() || parsed < min || parsed > max)
    return refuse(name, value, fmt::format("{} to {}", min, max));
  field = parsed;
  return {};
}

}  // namespace

Result<void> set_serial_option(SerialSettings& settings, std::string_view name,
                               std::string_view value) {
  if (name == "baud") return number<std::uint32_t>(50, 4'000'000, name, value, settings.baud);
  if (name == "bits") return number<std::uint8_t>(5, 8, name, value, settings.data_bits);
  if (name == "stop") return number<std::uint8_t>(1, 2, name, value, settings.stop_bits);
  if (name == "parity") return choose(kParities, name, value, settings.parity);
  if (name == "flow") return choose(kFlows, name, value, settings.flow);
  if (name == "rts") return choose(kLevels, name, value, settings.rts);
  if (name == "dtr") return choose(kLevels, name, value, settings.dtr);
  return fail(Code::kNotFound, "a serial line has no setting " + quote(name), std::string(name),
              "baud bits parity stop flow rts dtr");
}

std::string to_string(const SerialSettings& settings) {
  constexpr std::string_view kLetters = "NEOMS";
  return fmt::format("{} {}{}{}", settings.baud, settings.data_bits,
                     kLetters[static_cast<std::size_t>(settings.parity)], settings.stop_bits);
}

}  // namespace acq
