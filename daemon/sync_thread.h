// The thread that waits for the disk, so that the recorder need not.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "recording/files.h"

namespace acq {

// Threads: public calls on one, the recorder's; the file's sync() on one of its own.
class SyncThread final : public Syncer {
 public:
  SyncThread();
  // What was begun has been taken.
  ~SyncThread() override;

  void begin(OutputFile& file) override;
  [[nodiscard]] bool is_done() const noexcept override;
  Result<void> take() override;

 private:
  void run(const std::stop_token& stop);

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  OutputFile* file_ = nullptr;  // being synced
  Result<void> result_;
  std::jthread thread_;  // the last: it uses the others
};

}  // namespace acq
