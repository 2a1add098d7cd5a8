// A SCPI instrument that is none: a model after IEEE 488.2, for every way of reaching one.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace acq::test {

// One answer, and what shall happen to it on its way.
struct ScpiReply {
  std::string text;                        // with its newline
  std::chrono::milliseconds delay{0};      // not before
  std::optional<std::size_t> cut_at = {};  // the connection ends after so many bytes
};

// Common commands, an error queue, status registers, settings with limits, blocks with sequence
// stamps, and faults on demand:
//
//   CHANnel<1-4>:SCALe 0.001..10, :LABel "text"          settings
//   DATA:BLOCk? n, DATA:INDefinite? n, DATA:NUMBers? n   n bytes (see block()), or 0,1,2 .. n-1
//   DATA:LOAD <block>, DATA:LOAD?                        keeps a block, gives it back
//   READ?                                                1, 2, 3 ... as NR3, one more each time
//   CONFigure?, MEASure, ABORt                           as multimeters have it: volts, continuous
//   TRIGger:COUNt?                                       *TRG and triggers of the link
//   SYSTem:REMote?                                       whether the link asked for remote
//   TEST:BUSY ms                                         an overlapped operation of that length
//   TEST:LATE ms, TEST:MUTE, TEST:CUT n, TEST:FLIP       faults of the next answer
//   TEST:CALL                                            a service request without a reason
//
// Any thread.
class ScpiDevice {
 public:
  static constexpr const char* kIdentity = "ACME,SIM488,000042,1.2.3";
  explicit ScpiDevice(std::string identity = kIdentity) : identity_(std::move(identity)) {}
  virtual ~ScpiDevice() = default;
  ScpiDevice(const ScpiDevice&) = delete;
  ScpiDevice& operator=(const ScpiDevice&) = delete;

  // Executes one message, without its newline, and gives what it answers.
  virtual std::optional<ScpiReply> execute(std::string_view message);

  // Beside the messages. has_answer: one waits to be read, which the device cannot know itself.
  std::uint8_t status_byte(bool has_answer);
  // Whether service is requested; true once for each reason.
  bool take_service_request();
  void trigger();
  void set_remote(bool is_remote);
  // Device clear: nothing of an answer is left, whatever the status registers hold stays.
  void clear();
  // A protocol violation seen by the link: -410 interrupted, -420 unterminated ...
  void report(int number, std::string_view text);

  // The payload of DATA:BLOCk?: 8-byte words, little endian, that count on from one block to the
  // next; `first` is the first byte's number since power-on.
  static std::string block(std::uint64_t first, std::size_t bytes);

 private:
  using Time = std::chrono::steady_clock::time_point;

  void refuse(int number, std::string_view text);
  void execute_unit(std::string_view header, std::string_view data);
  bool common(std::string_view header, std::string_view data);
  bool subsystem(const std::string& header, std::string_view data);
  bool data_system(const std::string& header, std::string_view data);
  bool test_system(const std::string& header, std::string_view data);
  bool channel_system(const std::string& header, std::string_view data);
  void answer(std::string_view text);
  std::optional<double> number(std::string_view data, double min, double max);
  void event(std::uint8_t bits);
  void settle();  // what time has brought
  [[nodiscard]] std::uint8_t summary(bool has_answer) const;

  std::mutex mutex_;
  std::string identity_;
  std::deque<std::string> errors_;
  std::map<std::string, std::string> settings_;
  std::string path_;  // of the header before, for the next one in the same message
  std::vector<std::string> answers_;
  std::string loaded_;
  std::uint64_t bytes_given_ = 0;
  std::uint64_t reads_ = 0;
  int triggers_ = 0;
  bool is_remote_ = false;
  std::uint8_t event_enable_ = 0;
  std::uint8_t event_status_ = 128;  // power on
  std::uint8_t service_enable_ = 0;
  bool was_requesting_ = false;
  bool is_requesting_ = false;
  bool is_complete_due_ = false;  // *OPC waits for the operation under way
  Time busy_until_{};
  ScpiReply faults_;
  bool is_muted_ = false;
  bool is_flipped_ = false;
};

}  // namespace acq::test
