#include "clients/cpp/control.h"

#include <utility>

#include "clients/cpp/connection.h"
#include "proto/limits.h"
#include "proto/messages.h"

namespace acq::client {
namespace {

using Steady = std::chrono::steady_clock;

Error no_answer(Code code, const std::string& endpoint, std::chrono::milliseconds deadline) {
  const std::string within = " within " + std::to_string(deadline.count()) + " ms";
  if (code == Code::kDisconnected) {
    return {code, "no daemon answers at " + endpoint + within};
  }
  return {code, "the daemon at " + endpoint + " took the request and did not reply" + within +
                    "; a change may have been made"};
}

// Changes nothing, so that it may be asked twice.
bool is_question(const v1::Request& request) {
  switch (request.verb_case()) {
    case v1::Request::kHello:
    case v1::Request::kList:
    case v1::Request::kDescribe:
    case v1::Request::kGet:
    case v1::Request::kNegotiate:
    case v1::Request::kSubscribeInfo:
    case v1::Request::kReadCapture:
    case v1::Request::kStats: return true;
    case v1::Request::kSet: return request.set().dry_run();
    case v1::Request::kConfigure: return request.configure().dry_run();
    default: return false;
  }
}

// The part of a reply that answers the request.
template <typename Part>
Result<Part> part_of(Result<v1::Reply> reply, bool (v1::Reply::*has)() const,
                     Part* (v1::Reply::*part)()) {
  if (!reply) return tl::unexpected(std::move(reply.error()));
  if (!((*reply).*has)()) return fail(Code::kIo, "the daemon's reply does not answer the request");
  return std::move(*((*reply).*part)());
}

}  // namespace

struct Control::Impl {
  std::unique_ptr<Connection> connection;
  std::chrono::milliseconds deadline{0};
  std::uint64_t last_id = 0;

  void wait(short event, Steady::time_point until);
  std::uint64_t wait_for_peer(Steady::time_point until);
};

Control::Control(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Control::Control(Control&&) noexcept = default;
Control& Control::operator=(Control&&) noexcept = default;
Control::~Control() = default;

Result<Control> Control::connect(const std::string& endpoint, std::chrono::milliseconds deadline) {
  auto opened = Connection::open(
      endpoint, {.type = zmq::socket_type::dealer, .max_message_bytes = limits::kReplyBytes});
  if (!opened) return tl::unexpected(opened.error());
  auto impl = std::make_unique<Impl>();
  impl->connection = std::move(*opened);
  impl->deadline = deadline;
  return Control(std::move(impl));
}

// Until the socket is ready, the connection comes or goes, the time is over, or a signal comes.
void Control::Impl::wait(short event, Steady::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
  zmq_pollitem_t items[] = {{connection->socket().handle(), 0, event, 0},
                            {connection->monitor(), 0, ZMQ_POLLIN, 0}};
  zmq_poll(items, 2, left.count() > 0 ? left.count() : 0);
}

// The number of a connection that takes a request now; 0: nobody came in time.
std::uint64_t Control::Impl::wait_for_peer(Steady::time_point until) {
  while (true) {
    const std::uint64_t number = connection->number();
    // Asking for the events makes the socket take note of a connection that its monitor has seen
    // end.
    const int events = connection->socket().get(zmq::sockopt::events);
    if (number != 0 && (events & ZMQ_POLLOUT) != 0 && connection->number() == number) return number;
    if (Steady::now() >= until) return 0;
    wait(number == 0 ? short{0} : ZMQ_POLLOUT, until);
  }
}

Result<std::uint64_t> Control::send(v1::Request request) {
  request.set_id(++impl_->last_id);
  if (request.deadline_ms() == 0) {
    request.set_deadline_ms(static_cast<std::uint32_t>(impl_->deadline.count()));
  }
  const std::string bytes = request.SerializeAsString();
  if (bytes.size() > limits::kControlBytes) {
    return fail(Code::kOverflow, "the request has " + std::to_string(bytes.size()) + " bytes",
                "request", "at most " + std::to_string(limits::kControlBytes) + " bytes");
  }
  try {
    const auto sent =
        impl_->connection->socket().send(zmq::buffer(bytes), zmq::send_flags::dontwait);
    if (sent) return request.id();
  } catch (const zmq::error_t& error) {
    return fail(Code::kIo, std::string("cannot send: ") + error.what());
  }
  return tl::unexpected(
      no_answer(Code::kDisconnected, impl_->connection->endpoint(), std::chrono::milliseconds(0)));
}

Result<std::optional<v1::Reply>> Control::take() {
  zmq::socket_t& socket = impl_->connection->socket();
  try {
    zmq::message_t part;
    if (!socket.recv(part, zmq::recv_flags::dontwait)) return std::nullopt;
    const bool is_single = !part.more();
    for (zmq::message_t surplus; socket.get(zmq::sockopt::rcvmore) != 0;) {
      if (!socket.recv(surplus, zmq::recv_flags::none)) break;
    }
    auto reply = decode_reply({static_cast<const std::byte*>(part.data()), part.size()});
    if (!is_single || !reply) {
      return fail(Code::kIo, "the daemon's reply cannot be read: " +
                                 (reply ? "it has several parts" : reply.error().sentence));
    }
    return std::move(*reply);
  } catch (const zmq::error_t& error) {
    return fail(Code::kIo, std::string("cannot receive: ") + error.what());
  }
}

Result<v1::Reply> Control::ask(v1::Request request) {
  const auto until = Steady::now() + impl_->deadline;
  const std::string& endpoint = impl_->connection->endpoint();
  while (true) {
    const std::uint64_t connection = impl_->wait_for_peer(until);
    if (connection == 0) {
      return tl::unexpected(no_answer(Code::kDisconnected, endpoint, impl_->deadline));
    }
    const auto id = send(request);
    if (!id && id.error().code == Code::kDisconnected) continue;  // gone since it was looked at
    if (!id) return tl::unexpected(id.error());
    auto reply = reply_to(*id, connection, until);
    if (!reply) return tl::unexpected(reply.error());
    if (*reply) return std::move(**reply);
    if (impl_->connection->number() == connection) {
      return tl::unexpected(no_answer(Code::kTimeout, endpoint, impl_->deadline));
    }
    if (request.has_shutdown()) {
      // It has left, as asked; ZeroMQ drops a reply that came with the end of the connection.
      v1::Reply gone;
      gone.set_id(*id);
      return gone;
    }
    if (!is_question(request)) {
      return fail(Code::kDisconnected, "the connection to " + endpoint +
                                           " was cut before the reply; the change may have been "
                                           "made");
    }
  }
}

// Nothing when the connection has ended or the time is over.
Result<std::optional<v1::Reply>> Control::reply_to(std::uint64_t id, std::uint64_t connection,
                                                   Steady::time_point until) {
  while (true) {
    auto reply = take();
    if (!reply) return tl::unexpected(reply.error());
    if (*reply && (*reply)->id() == id) return reply;
    if (*reply) continue;  // to a request that is no longer waited for
    if (impl_->connection->number() != connection || Steady::now() >= until) return std::nullopt;
    impl_->wait(ZMQ_POLLIN, until);
  }
}

Result<v1::Reply> Control::demand(v1::Request request) {
  auto reply = ask(std::move(request));
  if (reply && reply->code() != v1::OK) return tl::unexpected(error_of(*reply));
  return reply;
}

Result<v1::HelloReply> Control::hello(const std::string& client) {
  v1::Request request;
  request.mutable_hello()->set_client(client);
  return part_of(demand(std::move(request)), &v1::Reply::has_hello, &v1::Reply::mutable_hello);
}

Result<v1::ListReply> Control::list(v1::List::What what) {
  v1::Request request;
  request.mutable_list()->set_what(what);
  return part_of(demand(std::move(request)), &v1::Reply::has_list, &v1::Reply::mutable_list);
}

Result<v1::DescribeReply> Control::describe(const std::string& name,
                                            std::optional<v1::List::What> kind) {
  v1::Request request;
  request.mutable_describe()->set_name(name);
  if (kind) request.mutable_describe()->set_kind(*kind);
  return part_of(demand(std::move(request)), &v1::Reply::has_describe,
                 &v1::Reply::mutable_describe);
}

Result<v1::GetReply> Control::get(const std::vector<std::string>& paths) {
  v1::Request request;
  request.mutable_get()->mutable_paths()->Assign(paths.begin(), paths.end());
  return part_of(demand(std::move(request)), &v1::Reply::has_get, &v1::Reply::mutable_get);
}

Result<v1::SetReply> Control::set(const std::vector<v1::Assignment>& assignments, Mode mode) {
  v1::Request request;
  request.mutable_set()->mutable_assignments()->Assign(assignments.begin(), assignments.end());
  request.mutable_set()->set_dry_run(mode == Mode::kDryRun);
  return part_of(demand(std::move(request)), &v1::Reply::has_set, &v1::Reply::mutable_set);
}

Result<v1::SetReply> Control::negotiate(const std::vector<v1::Assignment>& assignments) {
  v1::Request request;
  request.mutable_negotiate()->mutable_assignments()->Assign(assignments.begin(),
                                                             assignments.end());
  return part_of(demand(std::move(request)), &v1::Reply::has_set, &v1::Reply::mutable_set);
}

Result<void> Control::start(const std::string& instrument) {
  v1::Request request;
  request.mutable_start()->set_instrument(instrument);
  return demand(std::move(request)).map([](const v1::Reply&) {});
}

Result<void> Control::stop(const std::string& instrument) {
  v1::Request request;
  request.mutable_stop()->set_instrument(instrument);
  return demand(std::move(request)).map([](const v1::Reply&) {});
}

Result<v1::ConfigureReply> Control::configure(const v1::Configure& configure) {
  v1::Request request;
  *request.mutable_configure() = configure;
  auto reply = ask(std::move(request));
  const bool lists_problems =
      reply && reply->has_configure() && reply->configure().problems_size() > 0;
  if (reply && reply->code() != v1::OK && !lists_problems) {
    return tl::unexpected(error_of(*reply));
  }
  return part_of(std::move(reply), &v1::Reply::has_configure, &v1::Reply::mutable_configure);
}

Result<v1::SubscribeInfoReply> Control::subscribe_info() {
  v1::Request request;
  request.mutable_subscribe_info();
  return part_of(demand(std::move(request)), &v1::Reply::has_subscribe_info,
                 &v1::Reply::mutable_subscribe_info);
}

Result<v1::Status> Control::status() {
  v1::Request request;
  request.mutable_stats();
  return part_of(demand(std::move(request)), &v1::Reply::has_stats, &v1::Reply::mutable_stats);
}

Result<void> Control::shutdown() {
  v1::Request request;
  request.mutable_shutdown();
  return demand(std::move(request)).map([](const v1::Reply&) {});
}

void* Control::native_socket() noexcept {
  return impl_->connection->socket().handle();
}
bool Control::is_connected() {
  return impl_->connection->is_connected();
}

Result<v1::CaptureReply> Control::capture_transport(const v1::CaptureTransport& order) {
  v1::Request request;
  *request.mutable_capture_transport() = order;
  return part_of(demand(std::move(request)), &v1::Reply::has_capture, &v1::Reply::mutable_capture);
}

Result<v1::CaptureReply> Control::read_capture(const std::string& name, std::uint64_t offset) {
  v1::Request request;
  request.mutable_read_capture()->set_name(name);
  request.mutable_read_capture()->set_offset(offset);
  return part_of(demand(std::move(request)), &v1::Reply::has_capture, &v1::Reply::mutable_capture);
}

}  // namespace acq::client
