// Asks a daemon to tell or to change something, and waits for its answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acq/v1/control.pb.h"
#include "dsp/base/result.h"

namespace acq::client {

// Whether a change is made, or only tried.
enum class Mode : std::uint8_t { kApply, kDryRun };

// A connection to the control socket of a daemon.
//
// Each call sends one request and waits for its reply until the deadline. Errors: those the daemon
// answers with, in its own words (code, sentence, field in `where`, `allowed`); kDisconnected when
// nobody is there to take the request, or when the connection was cut before the reply to a change,
// which may or may not have been made (what changes nothing is asked again); kTimeout when it was
// taken and not answered; kIo for a reply that cannot be read.
// A reply that comes after its deadline is dropped. ZeroMQ connects anew when the daemon returns.
// One thread: every call from the thread that made it.
class Control {
 public:
  // kInvalid: not an endpoint. Returns at once, whether or not somebody is there.
  static Result<Control> connect(const std::string& endpoint, std::chrono::milliseconds deadline =
                                                                  std::chrono::milliseconds(2000));
  Control(Control&&) noexcept;
  Control& operator=(Control&&) noexcept;
  ~Control();

  Result<v1::HelloReply> hello(const std::string& client);
  Result<v1::ListReply> list(v1::List::What what);
  Result<v1::DescribeReply> describe(const std::string& name,
                                     std::optional<v1::List::What> kind = {});
  // No path: everything.
  Result<v1::GetReply> get(const std::vector<std::string>& paths);
  // All or nothing.
  Result<v1::SetReply> set(const std::vector<v1::Assignment>& assignments, Mode mode);
  Result<v1::SetReply> negotiate(const std::vector<v1::Assignment>& assignments);
  Result<void> start(const std::string& instrument);
  Result<void> stop(const std::string& instrument);
  // A refused configuration is no error here: the reply then lists all its problems.
  Result<v1::ConfigureReply> configure(const v1::Configure& configure);
  Result<v1::SubscribeInfoReply> subscribe_info();
  Result<v1::Status> status();
  // Done when the daemon says so, or when the connection ends instead.
  Result<void> shutdown();
  // Begins a capture; its reply has the name to read it by.
  Result<v1::CaptureReply> capture_transport(const v1::CaptureTransport& order);
  // A part of it from an offset on; nothing until it is written.
  Result<v1::CaptureReply> read_capture(const std::string& name, std::uint64_t offset);

  // One request, answered: any reply of the daemon, refusals included.
  Result<v1::Reply> ask(v1::Request request);

  // The same in two steps, for a program that waits for several things at once. send() gives the
  // id; kDisconnected when nobody is there. take() gives a reply that has come, in any order.
  Result<std::uint64_t> send(v1::Request request);
  Result<std::optional<v1::Reply>> take();
  // The ZeroMQ socket, to be waited for in zmq_poll().
  [[nodiscard]] void* native_socket() noexcept;
  [[nodiscard]] bool is_connected();

 private:
  struct Impl;
  Result<std::optional<v1::Reply>> reply_to(std::uint64_t id, std::uint64_t connection,
                                            std::chrono::steady_clock::time_point until);
  explicit Control(std::unique_ptr<Impl> impl) noexcept;
  // The reply to a request, refusals as errors.
  Result<v1::Reply> demand(v1::Request request);
  std::unique_ptr<Impl> impl_;
};

}  // namespace acq::client
