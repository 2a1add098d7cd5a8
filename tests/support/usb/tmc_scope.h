// A USBTMC instrument that looks closely at what it is sent.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/scpi_device.h"
#include "tests/support/usb/model.h"

namespace acq::emu {

// How the next answer is spoilt.
enum class Lie : std::uint8_t {
  kNone,
  kWrongTag,     // of another request
  kDamagedTag,   // the inverse does not fit
  kWrongKind,    // not DEV_DEP_MSG_IN
  kTooLong,      // announces a byte more than was asked for
  kShortHeader,  // 11 bytes
  kEmptyFirst,   // an empty transfer comes before it
  kStall,        // the endpoint halts
  kMute,         // nothing comes
};

// USBTMC and USB488 after their documents, around a SCPI device (tests/support/scpi_device.h): tags
// that repeat, padding that is missing or not zero, sizes that do not fit halt bulk-OUT and count as
// violations. Its blocks carry sequence stamps.
//
// tell(): "violations" gives their number and the last; "lie KIND" spoils the next answer;
// "refuse_clear N", "pending N" (answers before a request is done); "place" is "remote", "local" or
// "locked"; "pulses" counts indicator pulses.
class TmcScope final : public Model {
 public:
  struct Options {
    std::uint16_t vendor_id = 0x1209;
    std::uint16_t product_id = 0x7301;
    std::string serial = "SCOPE01";
    std::string product = "Scope";
    // What answers; none: a device of tests/support/scpi_device.h.
    std::shared_ptr<test::ScpiDevice> device = nullptr;
    std::string identity = test::ScpiDevice::kIdentity;
    bool is_488 = true;
    bool has_interrupt = true;
    bool takes_terminator = true;
    std::uint16_t packet_bytes = 512;
    std::size_t most_per_answer = 1U << 20U;  // payload of one transfer; the message goes on
    std::size_t most_per_request = SIZE_MAX;  // it fails when asked for more
    // One header for the whole message, in transfers of `most_per_answer`.
    bool has_one_header = false;
    // Ends its transfers short after so many bytes, in the middle of an answer; 0: it does not.
    std::size_t cut_every = 0;
    std::uint8_t interrupt_in = 0x83;
  };
  static constexpr std::uint8_t kOut = 0x01;
  static constexpr std::uint8_t kIn = 0x82;

  explicit TmcScope(const Options& options);

  Moved control(const Setup& setup, std::span<std::byte> data, std::int64_t now_ns) override;
  Moved out(std::uint8_t endpoint, std::span<const std::byte> data, std::int64_t now_ns) override;
  Moved in(std::uint8_t endpoint, std::span<std::byte> into, std::int64_t now_ns) override;
  [[nodiscard]] std::int64_t next_event_ns(std::int64_t now_ns) const override;
  void reset() override;
  std::string tell(std::string_view words) override;

  // A message cut off half-way: so many bytes of it have come.
  [[nodiscard]] std::size_t half_message_bytes() const noexcept { return message_.size(); }

 private:
  struct Request {
    std::uint8_t tag = 0;
    std::uint32_t most = 0;
    std::optional<char> terminator;
  };

  Moved violation(std::string what);
  Moved take_data(std::span<const std::byte> data, std::int64_t now_ns);
  Moved take_request(std::span<const std::byte> data);
  void execute(std::int64_t now_ns);
  void begin_transfer();
  Moved send(std::span<std::byte> into);
  Moved give_notice(std::span<std::byte> into);
  void forget();
  Moved capabilities(std::span<std::byte> data) const;
  Moved abort_in(std::uint8_t tag, std::span<std::byte> data);
  Moved abort_out(std::uint8_t tag, std::span<std::byte> data);
  Moved check(std::span<std::byte> data, bool has_data);
  Moved status_byte(std::uint8_t tag, std::span<std::byte> data);
  Moved remote(const Setup& setup, std::span<std::byte> data);
  void look_for_service_request();

  Options options_;
  std::shared_ptr<test::ScpiDevice> device_;
  std::string message_;  // so far
  std::uint8_t last_tag_ = 0;
  std::optional<Request> request_;
  std::string answer_;            // not yet sent
  bool was_header_sent_ = false;  // of the answer, when it has but one
  std::int64_t answer_at_ns_ = 0;
  std::string sending_;      // the rest of the transfer under way
  bool owes_empty_ = false;  // a transfer that filled its last packet has to end
  std::deque<std::pair<std::uint8_t, std::uint8_t>> notices_;
  Lie lie_ = Lie::kNone;
  int refusals_ = 0;
  int pending_ = 0;  // as told
  int polls_left_ = 0;
  int violations_ = 0;
  int pulses_ = 0;
  std::string last_violation_;
  std::string place_ = "local";
};

}  // namespace acq::emu
