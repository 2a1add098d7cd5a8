// The running program: one thread that steers, and everything it starts.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/control.h"
#include "daemon/daemon.h"
#include "daemon/service/http_page.h"
#include "daemon/service/log.h"
#include "daemon/service/notify.h"
#include "daemon/service/watchdog.h"
#include "daemon/wisdom.h"

namespace acq {

struct ProgramOptions {
  std::string config_file;       // empty: the embedded default
  std::string runtime_folder;    // where the sockets go when the configuration names none
  std::string state_folder;      // what is kept from run to run; empty: nothing is
  bool is_reproducible = false;  // see Daemon
};

// Reads the file (or the embedded default) and fills in the endpoints it does not name.
ConfigText load_config(const ProgramOptions& options, std::vector<Problem>& problems);

// From start to orderly stop. One thread.
class Program {
 public:
  explicit Program(ProgramOptions options);
  ~Program();

  // The exit status: 0 after an orderly stop, 78 (EX_CONFIG) for a configuration that is refused.
  int run();

 private:
  bool start();
  void loop();
  void take_signals();
  void take_events();
  void tick();
  void report_status();
  void tell_ready();
  void save_wisdom();
  void tidy(std::int64_t now_ns);
  ApplyResult reload(bool is_dry_run);
  [[nodiscard]] std::int64_t next_tick_ns();

  ProgramOptions options_;
  const Clock& clock_;
  Notify notify_;
  Health health_;
  std::shared_ptr<Beat> beat_;
  Daemon daemon_;
  StatusReport report_;
  Control control_;
  Watchdog watchdog_;
  WisdomFile wisdom_;
  Doorbell events_bell_;
  std::atomic<bool> has_lost_subscriber_{false};
  std::int64_t tidy_at_ns_ = 0;  // 0: not asked for
  std::int64_t last_tidy_ns_ = 0;
  std::int64_t keeps_again_at_ns_ = 0;
  std::unique_ptr<HttpPage> page_;
  int signals_ = -1;
  bool has_to_stop_ = false;
  bool is_ready_told_ = false;
  std::int64_t last_status_ns_ = 0;
  std::int64_t last_watchdog_ns_ = 0;
  std::uint64_t status_sequence_ = 0;
  std::uint64_t event_sequence_ = 0;
  std::string status_line_;
  LineLimit loss_lines_;
  std::uint64_t losses_logged_ = 0;
  std::uint64_t wisdom_revision_ = 0;  // the last one whose plans are saved

  std::mutex metrics_mutex_;
  std::string metrics_;
};

}  // namespace acq
