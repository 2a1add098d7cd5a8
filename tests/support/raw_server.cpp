#include "tests/support/raw_server.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <list>

#include "dsp/base/clock.h"

namespace acq::test {
namespace {

const std::int64_t kForever = INT64_MAX;

// Where a message ends: at the newline outside of a block. npos: not yet.
std::size_t message_end(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') return i;
    const bool may_start = i > 0 && (text[i - 1] == ' ' || text[i - 1] == ',');
    if (text[i] != '#' || !may_start || i + 1 >= text.size()) continue;
    if (text[i + 1] < '1' || text[i + 1] > '9') continue;
    const auto digits = static_cast<std::size_t>(text[i + 1] - '0');
    if (text.size() < i + 2 + digits) return std::string_view::npos;
    i += 1 + digits +
         static_cast<std::size_t>(std::atoll(std::string(text.substr(i + 2, digits)).c_str()));
  }
  return std::string_view::npos;
}

void pause(std::chrono::milliseconds time, const std::stop_token& stop) {
  if (time.count() <= 0) return;
  system_clock().sleep_until(system_clock().now_ns() + time.count() * 1'000'000, stop);
}

// False: the connection shall end.
bool reply_to(ByteStream& stream, const ScpiReply& reply, const std::stop_token& stop) {
  pause(reply.delay, stop);
  const std::size_t bytes = std::min(reply.cut_at.value_or(reply.text.size()), reply.text.size());
  const auto all = std::as_bytes(std::span(reply.text));
  return stream.write(all.first(bytes), {.deadline_ns = kForever, .stop = stop}) && !reply.cut_at;
}

}  // namespace

bool serve_lines(ByteStream& stream, ScpiDevice& device, const std::stop_token& stop) {
  std::string input;
  std::array<std::byte, 4096> part;
  while (!stop.stop_requested()) {
    const auto got = stream.read(part, {.deadline_ns = kForever, .stop = stop});
    if (!got) return false;
    input.append(reinterpret_cast<const char*>(part.data()), *got);
    for (std::size_t end = message_end(input); end != std::string::npos; end = message_end(input)) {
      std::string message = input.substr(0, end);
      input.erase(0, end + 1);
      if (message.ends_with('\r')) message.pop_back();
      const auto reply = device.execute(message);
      if (reply && !reply_to(stream, *reply, stop)) return true;
    }
  }
  return false;
}

RawServer::RawServer(ScpiDevice& device, std::uint16_t port)
    : device_(device),
      listener_(port),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

std::string RawServer::address() const {
  return "tcp://127.0.0.1:" + std::to_string(port());
}

void RawServer::run(const std::stop_token& stop) {
  std::list<std::jthread> sessions;
  while (!stop.stop_requested()) {
    std::shared_ptr<DescriptorStream> client =
        listener_.accept({.deadline_ns = kForever, .stop = stop});
    if (!client) break;
    ++clients_;
    sessions.emplace_back([this, client = std::move(client)](const std::stop_token& own) mutable {
      serve_lines(*client, device_, own);
      client.reset();
    });
  }
}

Pty::Pty() {
  Descriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  ACQ_CHECK(master.is_open() && ::grantpt(master.get()) == 0 && ::unlockpt(master.get()) == 0);
  path_ = ::ptsname(master.get());
  slave_ = Descriptor(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ACQ_CHECK(slave_.is_open());
  termios line{};
  ACQ_CHECK(::tcgetattr(slave_.get(), &line) == 0);
  ::cfmakeraw(&line);  // until somebody opens it, it must not echo
  ACQ_CHECK(::tcsetattr(slave_.get(), TCSANOW, &line) == 0);
  master_ = std::make_unique<DescriptorStream>(std::move(master), DescriptorStream::Kind::kTerminal,
                                               path_);
}

void Pty::unplug() noexcept {
  master_.reset();
}

PtyServer::PtyServer(ScpiDevice& device)
    : thread_([this, &device](const std::stop_token& stop) {
        serve_lines(pty_.master(), device, stop);
      }) {}

}  // namespace acq::test
