#include "daemon/sync_thread.h"

#include <pthread.h>

#include <utility>

namespace acq {

SyncThread::SyncThread()
    : thread_([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "sync");
        run(stop);
      }) {}

SyncThread::~SyncThread() = default;

void SyncThread::begin(OutputFile& file) {
  {
    const std::scoped_lock lock(mutex_);
    ACQ_CHECK(file_ == nullptr);
    file_ = &file;
  }
  changed_.notify_all();
}

bool SyncThread::is_done() const noexcept {
  const std::scoped_lock lock(mutex_);
  return file_ == nullptr;
}

Result<void> SyncThread::take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return file_ == nullptr; });
  return std::exchange(result_, {});
}

void SyncThread::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return file_ != nullptr; })) {
    OutputFile& file = *file_;
    lock.unlock();
    auto done = file.sync();
    lock.lock();
    result_ = std::move(done);
    file_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace acq
