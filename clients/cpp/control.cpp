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

  bool wait(short event, Steady::time_point until);
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

// Waits through signals: a reply that is on its way is worth more than a quick end.
bool Control::Impl::wait(short event, Steady::time_point until) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now());
    zmq_pollitem_t item{connection->socket().handle(), 0, event, 0};
    const int ready = zmq_poll(&item, 1, left.count() > 0 ? left.count() : 0);
    if (ready > 0) return true;
    if (ready == 0 || zmq_errno() != EINTR) return false;
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
  if (!impl_->wait(ZMQ_POLLOUT, until)) {
    return tl::unexpected(no_answer(Code::kDisconnected, endpoint, impl_->deadline));
  }
  const auto id = send(std::move(request));
  if (!id) return tl::unexpected(id.error());
  while (impl_->wait(ZMQ_POLLIN, until)) {
    auto reply = take();
    if (!reply) return tl::unexpected(reply.error());
    if (*reply && (*reply)->id() == *id) return std::move(**reply);
  }
  return tl::unexpected(no_answer(Code::kTimeout, endpoint, impl_->deadline));
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

Result<v1::DescribeReply> Control::describe(const std::string& name) {
  v1::Request request;
  request.mutable_describe()->set_name(name);
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

}  // namespace acq::client
