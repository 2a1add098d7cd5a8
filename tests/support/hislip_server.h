// The model behind HiSLIP.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/support/loopback.h"
#include "tests/support/scpi_device.h"

namespace acq::test {

// A server in synchronised mode on the loopback interface, written from IVI-6.1 without a line of
// the client's code. Each connection has its thread.
class HislipServer {
 public:
  struct Options {
    // Sees each message before it is sent, and may change its bytes; on the connection's thread.
    std::function<void(std::string& message)> spoil = {};
    std::size_t most_bytes = 16384;  // the longest message it says it takes
    bool is_overlapped = false;      // answers carry no message number
  };

  explicit HislipServer(ScpiDevice& device, std::uint16_t port = 0)
      : HislipServer(device, {}, port) {}
  HislipServer(ScpiDevice& device, Options options, std::uint16_t port = 0);

  [[nodiscard]] std::string address() const;
  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
  // The longest payload of a message a client sent.
  [[nodiscard]] std::size_t longest_payload() const noexcept { return longest_; }

 private:
  struct Message {
    int type = 0;
    int control = 0;
    std::uint32_t parameter = 0;
    std::string payload;
  };
  // What both connections of a client share.
  struct Session {
    std::uint16_t id = 0;
    std::mutex mutex;                   // for sending on async, and for what follows
    std::shared_ptr<ByteStream> async;  // none before the second connection
    std::uint64_t client_most_bytes = 256;
    bool is_clearing = false;
    bool has_answer = false;  // sent, and not known to have been read
  };

  void run(const std::stop_token& stop);
  void serve(const std::shared_ptr<ByteStream>& stream, const std::stop_token& stop);
  void serve_sync(ByteStream& stream, Session& session, const std::stop_token& stop);
  void serve_async(ByteStream& stream, Session& session, const std::stop_token& stop);
  void serve_data(ByteStream& stream, Session& session, std::string& input, const Message& message,
                  const std::stop_token& stop);
  void answer(ByteStream& stream, Session& session, std::uint32_t id, const ScpiReply& reply,
              const std::stop_token& stop);
  void serve_request(ByteStream& stream, Session& session, const Message& message);
  void acknowledge_delivery(ByteStream& stream, Session& session, const Message& message);
  bool receive(ByteStream& stream, Message& message, std::int64_t deadline_ns,
               const std::stop_token& stop);
  void send(ByteStream& stream, const Message& message);

  ScpiDevice& device_;
  Options options_;
  Listener listener_;
  std::mutex mutex_;
  std::map<std::uint16_t, std::shared_ptr<Session>> sessions_;
  std::uint16_t last_id_ = 0;
  std::atomic<std::size_t> longest_ = 0;
  std::jthread thread_;
};

}  // namespace acq::test
