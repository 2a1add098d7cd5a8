#include "tests/support/vxi11_server.h"

#include <arpa/inet.h>

#include <algorithm>
#include <list>
#include <utility>

#include "dsp/base/clock.h"

namespace acq::test {
namespace {

constexpr std::uint32_t kMapper = 100000;
constexpr std::uint32_t kCore = 0x0607af;
constexpr std::uint32_t kAsync = 0x0607b0;
constexpr std::uint32_t kInterrupt = 0x0607b1;
constexpr std::int64_t kForever = INT64_MAX;
constexpr std::int64_t kTick_ns = 1'000'000;
constexpr std::size_t kMostRecord_bytes = 64 << 20;

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

std::string opaque(std::string_view bytes) {
  std::string out = number(static_cast<std::uint32_t>(bytes.size())) + std::string(bytes);
  out.resize((out.size() + 3) / 4 * 4);
  return out;
}

bool read_exactly(ByteStream& stream, std::string& out, std::size_t bytes, const Until& until) {
  out.assign(bytes, '\0');
  for (std::size_t have = 0; have < bytes;) {
    const auto got = stream.read(std::as_writable_bytes(std::span(out)).subspan(have), until);
    if (!got) return false;
    have += *got;
  }
  return true;
}

std::uint32_t to_number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

bool receive(ByteStream& stream, std::string& record, const std::stop_token& stop) {
  record.clear();
  const Until until{.deadline_ns = kForever, .stop = stop};
  for (bool is_last = false; !is_last;) {
    std::string mark;
    std::string part;
    if (!read_exactly(stream, mark, 4, until)) return false;
    const std::uint32_t value = to_number(mark);
    is_last = value >> 31 != 0;
    if ((value & 0x7fffffff) > kMostRecord_bytes - record.size()) return false;
    if (!read_exactly(stream, part, value & 0x7fffffff, until)) return false;
    record += part;
  }
  return true;
}

void send(ByteStream& stream, const std::string& record) {
  const std::string whole = number(0x80000000 | static_cast<std::uint32_t>(record.size())) + record;
  static_cast<void>(stream.write(std::as_bytes(std::span(whole)), {.deadline_ns = kForever}));
}

}  // namespace

// One call, its arguments read one after the other; beyond the end they are 0.
struct Vxi11Server::Call {
  explicit Call(std::string_view record) : rest(record) {
    for (std::uint32_t* field : {&transaction, &kind, &rpc, &program, &version, &procedure})
      *field = next();
    for (int i = 0; i < 2; ++i) {
      next();
      bytes();
    }
  }
  std::uint32_t next() const {
    const std::uint32_t value = rest.size() < 4 ? 0 : to_number(rest);
    rest.remove_prefix(std::min<std::size_t>(4, rest.size()));
    return value;
  }
  std::string bytes() const {
    const std::size_t size = std::min<std::size_t>(next(), rest.size());
    std::string out(rest.substr(0, size));
    rest.remove_prefix(std::min((size + 3) / 4 * 4, rest.size()));
    return out;
  }

  mutable std::string_view rest;
  std::uint32_t transaction = 0, kind = 0, rpc = 0, program = 0, version = 0, procedure = 0;
};

Vxi11Server::Vxi11Server(ScpiDevice& device, Options options)
    : device_(device),
      options_(std::move(options)),
      core_(options_.core_port),
      abort_(0),
      mapper_(options_.mapper_port),
      core_thread_([this](const std::stop_token& stop) { run(core_, stop); }),
      abort_thread_([this](const std::stop_token& stop) { run(abort_, stop); }),
      mapper_thread_([this](const std::stop_token& stop) { run(mapper_, stop); }),
      bell_thread_([this](const std::stop_token& stop) { ring(stop); }) {}

std::string Vxi11Server::address() const {
  return "vxi11://127.0.0.1/inst0?mapper=" + std::to_string(mapper_port());
}

std::string Vxi11Server::core_address() const {
  return "vxi11://127.0.0.1:" + std::to_string(core_port()) + "/inst0";
}

std::size_t Vxi11Server::link_count() {
  const std::lock_guard lock(mutex_);
  return links_.size();
}

void Vxi11Server::run(Listener& listener, const std::stop_token& stop) {
  std::list<std::jthread> threads;
  while (!stop.stop_requested()) {
    std::shared_ptr<ByteStream> stream = listener.accept({.deadline_ns = kForever, .stop = stop});
    if (!stream) break;
    threads.emplace_back([this, stream = std::move(stream)](const std::stop_token& own) mutable {
      serve(*stream, own);
      stream.reset();
    });
  }
}

void Vxi11Server::serve(ByteStream& stream, const std::stop_token& stop) {
  std::string record;
  while (receive(stream, record, stop)) {
    const Call call(record);
    if (call.kind != 0) return;
    const std::optional<std::string> results = execute(call, stop);
    if (!results) return;
    // Accepted, without a verifier; an empty answer stands for a procedure that is not there.
    std::string reply = number(call.transaction) + number(1) + number(0) + number(0) + number(0) +
                        number(results->empty() && call.procedure != 0 ? 3 : 0) + *results;
    if (options_.spoil) options_.spoil(reply);
    send(stream, reply);
  }
}

std::optional<std::string> Vxi11Server::execute(const Call& call, const std::stop_token& stop) {
  if (call.program == kMapper) return map_port(call);
  if (call.program == kAsync) {
    const auto session = session_of(call);
    if (!session) return number(4);
    const std::lock_guard lock(mutex_);
    session->is_aborted = true;
    return number(0);
  }
  if (call.program != kCore) return std::nullopt;
  return core(call, stop);
}

std::string Vxi11Server::map_port(const Call& call) const {
  if (call.procedure != 3) return "";
  const std::uint32_t program = call.next();
  return number(program == kCore ? core_.port() : program == kAsync ? abort_.port() : 0);
}

std::string Vxi11Server::core(const Call& call, const std::stop_token& stop) {
  switch (call.procedure) {
    case 10: return create_link();
    case 11: return write(call);
    case 12: return read(call, stop);
    case 20: return enable_calls(call);
    case 25: return open_interrupt(call);
    case 26: {
      const std::lock_guard lock(mutex_);
      interrupt_.reset();
      return number(0);
    }
    default: return simple(call);
  }
}

std::shared_ptr<Vxi11Server::Session> Vxi11Server::session_of(const Call& call) {
  const std::uint32_t id = call.next();
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : found->second;
}

std::string Vxi11Server::create_link() {
  const std::lock_guard lock(mutex_);
  if (links_.size() >= options_.links) return number(9) + number(0) + number(0) + number(0);
  links_[++last_link_] = std::make_shared<Session>();
  return number(0) + number(last_link_) + number(abort_.port()) + number(options_.most_bytes);
}

std::string Vxi11Server::write(const Call& call) {
  const auto session = session_of(call);
  if (!session) return number(4) + number(0);
  call.next();
  call.next();
  const std::uint32_t flags = call.next();
  const std::string data = call.bytes();
  longest_ = std::max(longest_.load(), data.size());
  if (data.size() > options_.most_bytes) return number(5) + number(0);
  session->input += data;
  const auto size = static_cast<std::uint32_t>(data.size());
  if ((flags & 8) == 0) return number(0) + number(size);
  std::string message = std::exchange(session->input, {});
  while (message.ends_with('\n') || message.ends_with('\r')) message.pop_back();
  if (!std::exchange(session->output, {}).empty()) device_.report(-410, "Query INTERRUPTED");
  if (auto reply = device_.execute(message)) {
    session->output = std::move(reply->text);
    session->due = std::chrono::steady_clock::now() + reply->delay;
    session->cut_at = reply->cut_at;
  }
  return number(0) + number(size);
}

std::string Vxi11Server::read(const Call& call, const std::stop_token& stop) {
  const auto session = session_of(call);
  if (!session) return number(4) + number(0) + opaque("");
  const std::uint32_t most = call.next();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(call.next());
  const auto is_aborted = [&] {
    const std::lock_guard lock(mutex_);
    return std::exchange(session->is_aborted, false);
  };
  while (session->output.empty() || std::chrono::steady_clock::now() < session->due) {
    if (is_aborted()) return number(23) + number(0) + opaque("");
    if (stop.stop_requested() || std::chrono::steady_clock::now() >= deadline)
      return number(15) + number(0) + opaque("");
    system_clock().sleep_until(system_clock().now_ns() + kTick_ns, stop);
  }
  const std::string part = session->output.substr(0, most);
  session->output.erase(0, part.size());
  return number(0) + number(session->output.empty() ? 4 : 1) + opaque(part);
}

std::string Vxi11Server::simple(const Call& call) {
  const auto session = session_of(call);
  if (!session) return call.procedure == 13 ? number(4) + number(0) : number(4);
  switch (call.procedure) {
    case 13: return number(0) + number(device_.status_byte(!session->output.empty()));
    case 14: device_.trigger(); return number(0);
    case 15: {
      device_.clear();
      session->input.clear();
      session->output.clear();
      const std::lock_guard lock(mutex_);
      session->is_aborted = false;
      return number(0);
    }
    case 16: device_.set_remote(true); return number(0);
    case 17: device_.set_remote(false); return number(0);
    case 18:
    case 19: return number(0);  // lock, unlock: one client at a time here
    case 23: {
      const std::lock_guard lock(mutex_);
      std::erase_if(links_, [&](const auto& one) { return one.second == session; });
      return number(0);
    }
    default: return "";
  }
}

std::string Vxi11Server::open_interrupt(const Call& call) {
  const std::uint32_t host = call.next();
  const auto port = static_cast<std::uint16_t>(call.next());
  const std::uint32_t program = call.next();
  in_addr address{};
  address.s_addr = htonl(host);
  char text[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &address, text, sizeof(text));
  constexpr std::int64_t kPatience_ns = 1'000'000'000;
  auto stream = connect_tcp({.host = text, .port = port},
                            {.deadline_ns = system_clock().now_ns() + kPatience_ns});
  const std::lock_guard lock(mutex_);
  if (interrupt_) return number(29);
  if (!stream || program != kInterrupt) return number(6);
  interrupt_ = std::move(*stream);
  return number(0);
}

std::string Vxi11Server::enable_calls(const Call& call) {
  const auto session = session_of(call);
  if (!session) return number(4);
  const std::uint32_t is_on = call.next();
  const std::lock_guard lock(mutex_);
  session->has_calls = is_on != 0;
  session->handle = call.bytes();
  return number(0);
}

// A service request is a call without a reply.
void Vxi11Server::ring(const std::stop_token& stop) {
  std::uint32_t transaction = 0;
  while (!stop.stop_requested()) {
    system_clock().sleep_until(system_clock().now_ns() + kTick_ns, stop);
    const std::lock_guard lock(mutex_);
    if (!interrupt_ || !device_.take_service_request()) continue;
    for (const auto& [id, session] : links_) {
      if (!session->has_calls) continue;
      send(*interrupt_, number(++transaction) + number(0) + number(2) + number(kInterrupt) +
                            number(1) + number(30) + number(0) + number(0) + number(0) + number(0) +
                            opaque(session->handle));
    }
  }
}

}  // namespace acq::test
