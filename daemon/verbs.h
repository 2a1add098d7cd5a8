// What each control request does.
#pragma once

#include <string>

#include "acq/v1/control.pb.h"
#include "daemon/daemon.h"
#include "daemon/setting_path.h"

namespace acq {

// One request at a time; each fills the reply. Control thread.
class Verbs {
 public:
  using Assignments = google::protobuf::RepeatedPtrField<v1::Assignment>;

  explicit Verbs(Daemon& daemon) : daemon_(daemon) {}

  void hello(v1::Reply& reply) const;
  void list(const v1::List& request, v1::Reply& reply) const;
  void describe(const v1::Describe& request, v1::Reply& reply) const;
  void get(const v1::Get& request, v1::Reply& reply) const;
  // All or nothing; every value asked is answered with the value in force.
  void set(const Assignments& assignments, bool is_dry_run, v1::Reply& reply);
  // The nearest legal values, and why they differ; changes nothing.
  void negotiate(const Assignments& assignments, v1::Reply& reply);
  void start(const std::string& instrument, v1::Reply& reply);
  void stop(const std::string& instrument, v1::Reply& reply);
  void configure(const v1::Configure& request, v1::Reply& reply);
  void report(const ApplyResult& result, v1::Reply& reply) const;
  void subscribe_info(v1::Reply& reply) const;
  void capture_transport(const v1::CaptureTransport& request, v1::Reply& reply);
  void read_capture(const v1::ReadCapture& request, v1::Reply& reply) const;
  void record(const v1::Record& request, v1::Reply& reply);

 private:
  // Whether there is one of the name.
  bool find_described(const v1::Describe& request, v1::DescribeReply& out) const;

  // Every parameter that is set now, by path.
  void get_all(v1::GetReply& reply) const;

  // What an instrument itself says of its settings; empty for what is none.
  [[nodiscard]] Table told(const SettingPlace& place) const;

  Daemon& daemon_;
};

}  // namespace acq
