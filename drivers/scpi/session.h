// A conversation with one instrument in SCPI.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/scpi/instrument_error.h"
#include "drivers/scpi/link.h"
#include "dsp/base/clock.h"

namespace acq::scpi {

struct SessionOptions {
  std::string error_query = "SYST:ERR?";  // empty: there is no error queue
  std::size_t answer_bytes = 262144;      // the longest answer but blocks; kept allocated
};

// What *IDN? says.
struct Identity {
  std::string vendor;
  std::string model;
  std::string serial;
  std::string firmware;
};

// How to learn that an operation is over.
enum class Completion : std::uint8_t {
  kQuery,           // *OPC? answers when it is; nothing else can be asked meanwhile
  kPoll,            // *OPC, then the status byte or *ESR? now and then
  kServiceRequest,  // *OPC, and the instrument calls; kUnsupported where the link has no such thing
};

// Threads: one at a time. Commands are written without a newline; what would be more or less than
// one message is refused with kInvalid and not sent.
//
// Errors name the link and the command. After kTimeout, or an answer that makes no sense, the next
// call first brings both sides back in step: the link is cleared, *CLS sent, and where the link has
// no device clear, *IDN? and *OPC? must come back in order. After kDisconnected, open another.
//
// What is kept of an answer is bounded by answer_bytes; blocks go to the caller's buffer.
class Session {
 public:
  explicit Session(std::unique_ptr<Link> link, SessionOptions options = {},
                   const Clock& clock = system_clock());

  Result<void> write(std::string_view command, const Until& until);
  // `command`, a space and the payload as a definite block.
  Result<void> write_block(std::string_view command, std::span<const std::byte> payload,
                           const Until& until);

  // The answer without its end; valid until the next call. kOverflow: longer than answer_bytes.
  Result<std::string_view> query(std::string_view command, const Until& until);
  Result<double> query_number(std::string_view command, const Until& until);
  Result<std::int64_t> query_integer(std::string_view command, const Until& until);
  Result<bool> query_flag(std::string_view command, const Until& until);
  // A list of numbers; returns how many. kOverflow: more than there is room for.
  Result<std::size_t> query_numbers(std::string_view command, std::span<double> into,
                                    const Until& until);
  // The payload of a block, with or without words before it; returns its bytes. kOverflow: longer
  // than `into`. Blocks of indefinite length need a link that marks the end.
  Result<std::size_t> query_block(std::string_view command, std::span<std::byte> into,
                                  const Until& until);

  // Asks for *IDN?; what is missing in the answer stays empty.
  Result<Identity> identify(const Until& until);

  // Writes and asks whether the instrument accepted: its errors as one Error with their numbers and
  // texts.
  Result<void> set(std::string_view command, const Until& until);
  // Empties the error queue, oldest first; at most kMostErrors are asked for.
  Result<std::vector<InstrumentError>> drain_errors(const Until& until);
  static constexpr std::size_t kMostErrors = 64;

  // Starts an operation, waits for its end, and asks whether the instrument accepted. kTimeout: it
  // is not over.
  Result<void> run(std::string_view command, Completion how, const Until& until);

  // From the link where it can, from *STB? where not.
  Result<std::uint8_t> status_byte(const Until& until);

  // Brings both sides in step now. Other calls do it when needed.
  Result<void> resync(const Until& until);
  [[nodiscard]] bool is_in_step() const noexcept { return is_in_step_; }
  [[nodiscard]] std::uint64_t resync_count() const noexcept { return resyncs_; }
  // Bytes nobody asked for, dropped on links that do not mark the end.
  [[nodiscard]] std::uint64_t stray_bytes() const noexcept { return stray_bytes_; }
  [[nodiscard]] Link& link() noexcept { return *link_; }

 private:
  struct BlockStart {
    std::size_t used = 0;  // bytes of the buffer before the payload
    bool is_indefinite = false;
    std::size_t length = 0;
  };

  Result<void> send(std::string_view message, std::size_t queries, const Until& until);
  Result<void> ask(std::string_view command, const Until& until);
  Result<void> drop_strays(const Until& until);
  // Adds what comes next to the buffer. kOverflow when it is full.
  Result<void> receive(std::string_view command, const Until& until);
  Result<std::string_view> receive_marked(std::string_view command, const Until& until);
  Result<std::string_view> receive_line(std::string_view command, const Until& until);
  Result<BlockStart> receive_block_start(std::string_view command, std::size_t room,
                                         const Until& until);
  Result<std::size_t> receive_payload(std::string_view command, const BlockStart& start,
                                      std::span<std::byte> into, const Until& until);
  Result<void> receive_tail(std::string_view command, const Until& until);
  Result<void> expect(std::string_view command, std::string_view answer, const Until& until);
  Result<void> report(std::string_view command, const Until& until);
  Result<void> wait_for_event(std::string_view command, Completion how, const Until& until);
  Result<bool> is_event_due(Completion how, std::int64_t pause_ns, const Until& until);

  [[nodiscard]] std::string_view received() const noexcept;
  // The same error, naming link and command; the conversation is out of step from here on.
  [[nodiscard]] tl::unexpected<Error> lost_step(Error error, std::string_view command);
  [[nodiscard]] tl::unexpected<Error> named(Error error, std::string_view command) const;

  std::unique_ptr<Link> link_;
  SessionOptions options_;
  const Clock& clock_;
  std::vector<std::byte> buffer_;
  std::size_t filled_ = 0;
  bool has_ended_ = false;       // the link marked the end of what is in the buffer
  bool is_newline_due_ = false;  // the end of the last block was not waited for
  bool is_in_step_ = true;
  std::uint64_t resyncs_ = 0;
  std::uint64_t stray_bytes_ = 0;
  std::string identity_;  // the answer to *IDN?; empty before the first
};

}  // namespace acq::scpi
