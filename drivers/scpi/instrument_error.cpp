#include "drivers/scpi/instrument_error.h"

#include "drivers/scpi/values.h"

namespace acq::scpi {

Result<InstrumentError> parse_instrument_error(std::string_view answer) {
  const std::size_t comma = answer.find(',');
  const Result<std::int64_t> number = parse_integer(answer.substr(0, comma));
  if (!number) {
    return fail(Code::kInvalid, "not an entry of an error queue: " + quote(answer), {},
                "such as -113,\"Undefined header\"");
  }
  std::string_view text = comma == std::string_view::npos ? "" : trim(answer.substr(comma + 1));
  const Result<std::string> plain = parse_string(text);
  return InstrumentError{*number, plain ? *plain : std::string(text)};
}

Code code_of(std::int64_t number) noexcept {
  if (number == -113 || number == -241) return Code::kUnsupported;  // no such header or hardware
  if (number == -203) return Code::kDenied;                         // protected
  if (number == -350) return Code::kOverflow;                       // the queue was full
  return number <= -100 && number > -300 ? Code::kInvalid : Code::kIo;
}

}  // namespace acq::scpi
