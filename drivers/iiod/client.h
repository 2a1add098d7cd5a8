// Commands and answers of an iiod server, text protocol.
//
// Source: iiod of libiio 0.x: lines out; back comes a decimal length, or a negative errno of Linux,
// on a line, then the payload and a newline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/transport/byte_stream.h"
#include "dsp/base/result.h"

namespace acq::iiod {

// The error an errno of the server stands for; `what` was attempted.
Error error_of(std::int64_t negative_errno, std::string_view what);

// One connection. number(), line() and some() lose nothing by kTimeout: the next call goes on. After
// any other failure to send or receive the connection is out of step, and of no more use.
class Client {
 public:
  explicit Client(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

  // "0.24.v0.24"
  Result<std::string> version(const Until& until);
  // The XML of the context.
  Result<std::string> context(const Until& until);
  // `channel`: "" for an attribute of the device, else "INPUT voltage0" or "OUTPUT voltage0".
  Result<std::string> read_attribute(std::string_view device, std::string_view channel,
                                     std::string_view name, const Until& until);
  Result<void> write_attribute(std::string_view device, std::string_view channel,
                               std::string_view name, std::string_view value, const Until& until);
  // Any command with a number for an answer; negative ones are errors.
  Result<std::int64_t> execute(std::string_view command, const Until& until);

  // The parts of an answer in several steps, for who waits in slices.
  Result<void> send(std::string_view command, const Until& until);
  Result<std::int64_t> number(const Until& until);
  // A line without its end; kIo when it has more than `most` bytes.
  Result<std::string> line(std::size_t most, const Until& until);
  // At least one byte, as many as there are and fit.
  Result<std::size_t> some(std::span<std::byte> into, const Until& until);

 private:
  Result<std::string> payload(std::size_t most, std::string_view what, const Until& until);
  Result<void> more(const Until& until);

  std::unique_ptr<ByteStream> stream_;
  std::vector<std::byte> ahead_;  // received and not used
};

// The channels of a device whose bits are set, as OPEN takes and READBUF gives them: words of 8
// hexadecimal digits, the most significant first.
std::string mask_text(const std::vector<std::size_t>& bits, std::size_t channels);

}  // namespace acq::iiod
