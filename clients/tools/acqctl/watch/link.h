// The live view's connections: requests without waiting, and the frames of one topic.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "clients/cpp/control.h"
#include "clients/cpp/subscriber.h"
#include "clients/tools/acqctl/program.h"
#include "clients/tools/acqctl/watch/model.h"

namespace acq::tool {

// Carries between a model and a daemon that may come and go. One thread.
class Link {
 public:
  static Result<Link> open(const Options& options);

  // Waits for a key, a frame or a reply.
  void wait(std::chrono::milliseconds timeout);
  // Sends what the model asks, gives it what has come. True: something did.
  Result<bool> exchange(Model& model, std::int64_t now_ns);

 private:
  struct Pending {
    Purpose purpose;
    std::int64_t sent_ns;
  };

  explicit Link(const Options& options, client::Control control)
      : options_(options), control_(std::move(control)) {}
  void send(Model& model, std::int64_t now_ns);
  Result<bool> take_replies(Model& model, std::int64_t now_ns);
  Result<void> follow_topic(Model& model);
  Result<bool> take_frames(Model& model, std::int64_t now_ns);

  Options options_;
  client::Control control_;
  std::map<std::uint64_t, Pending> pending_;
  std::optional<client::Subscriber> subscriber_;
  std::string endpoint_;
  std::string topic_;
  client::ReceivedFrame frame_;
};

}  // namespace acq::tool
