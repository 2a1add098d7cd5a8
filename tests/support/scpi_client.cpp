// Asks an instrument, for tests from outside: what the links do in namespaces and against servers of
// others.
//
//   scpi_client ADDRESS TIMEOUT_MS MESSAGE...
//
// A message "@srq" waits for a service request, "@stb" reads the status byte beside the messages.
// Prints one line for each message: its answer, "ok" where there is none to come, or the error, with
// the time it took in ms behind a tab. The first line is about opening.
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>

#include "drivers/scpi/open.h"
#include "drivers/scpi/program.h"
#include "drivers/scpi/session.h"
#include "dsp/base/clock.h"

namespace {

using acq::system_clock;
using acq::Until;

class Stopwatch {
 public:
  void print(const std::string& line) const {
    std::cout << line << '\t' << (system_clock().now_ns() - start_ns_) / 1'000'000 << std::endl;
  }

 private:
  std::int64_t start_ns_ = system_clock().now_ns();
};

std::string asked(acq::scpi::Session& session, const std::string& message, const Until& until) {
  if (message == "@srq") {
    const auto is_called = session.link().wait_service_request(until);
    return !is_called ? to_string(is_called.error()) : *is_called ? "called" : "not called";
  }
  if (message == "@stb") {
    const auto status = session.link().status_byte(until);
    return status ? std::to_string(*status) : to_string(status.error());
  }
  const auto program = acq::scpi::check_program(message);
  if (program && program->queries == 0) {
    const auto done = session.write(message, until);
    return done ? "ok" : to_string(done.error());
  }
  const auto answer = session.query(message, until);
  return answer ? std::string(*answer) : to_string(answer.error());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: scpi_client ADDRESS TIMEOUT_MS MESSAGE...\n";
    return 2;
  }
  const std::int64_t timeout_ns = std::atoll(argv[2]) * 1'000'000;
  const auto until = [&] { return Until{.deadline_ns = system_clock().now_ns() + timeout_ns}; };
  const Stopwatch opening;
  auto link = acq::scpi::open_link(argv[1], until());
  opening.print(link ? "open" : to_string(link.error()));
  if (!link) return 1;
  acq::scpi::Session session(std::move(*link));
  for (const char* message : std::span(argv + 3, static_cast<std::size_t>(argc - 3))) {
    const Stopwatch watch;
    watch.print(asked(session, message, until()));
  }
  return 0;
}
