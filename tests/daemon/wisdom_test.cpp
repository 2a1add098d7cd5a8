#include "daemon/wisdom.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "dsp/math/fft.h"

namespace {

// What was asked of the disk, in order, and what it is to refuse.
struct Disk {
  std::vector<std::string> calls;
  std::string refuses;
  int ask(const std::string& call) {
    calls.push_back(call);
    if (call != refuses) return 0;
    errno = EIO;
    return -1;
  }
} disk;

}  // namespace

// In place of the C library's.
extern "C" int fsync(int file) {
  struct stat facts{};
  if (fstat(file, &facts) != 0) return -1;
  return disk.ask(S_ISDIR(facts.st_mode) ? "sync folder"
                  : facts.st_size > 0    ? "sync file"
                                         : "sync empty file");
}

extern "C" int rename(const char* from, const char* to) noexcept {
  return disk.ask("rename") == 0 ? renameat(AT_FDCWD, from, AT_FDCWD, to) : -1;
}

namespace acq {
namespace {

namespace fs = std::filesystem;

class WisdomTest : public testing::Test {
 protected:
  WisdomTest() {
    char pattern[] = "/tmp/acq-wisdom-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  ~WisdomTest() override { fs::remove_all(folder_); }

  static void learn(std::size_t size) {
    ASSERT_TRUE(RealFft<float>::plan(size, {PlanEffort::kMeasure, 0.2}));
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

  std::string folder_;
};

using Wisdom = WisdomTest;

TEST_F(Wisdom, IsThereAgainInTheNextRun) {
  const pid_t first_run = fork();
  if (first_run == 0) {
    WisdomFile file(folder_);
    const bool is_new = file.load().has_value();  // no file is no error
    learn(1000);
    _exit(is_new && file.save() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(first_run, &status, 0), first_run);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(files(), 1U) << "something is left beside the file";
  const std::string before = learnt_wisdom();
  const auto loaded = WisdomFile(folder_).load();
  EXPECT_TRUE(loaded) << to_string(loaded.error());
  EXPECT_NE(learnt_wisdom(), before) << "nothing was learnt from the file";
}

TEST_F(Wisdom, IsWrittenOnlyWhenSomethingWasLearnt) {
  WisdomFile file(folder_);
  learn(1024);
  ASSERT_TRUE(file.save());
  fs::remove(file.path());
  ASSERT_TRUE(file.save());
  EXPECT_EQ(files(), 0U) << "the same was written again";
  learn(1100);
  ASSERT_TRUE(file.save());
  EXPECT_EQ(files(), 1U);
}

TEST_F(Wisdom, NamesTheVersionAndTheProcessorInItsFile) {
  const std::string name = fs::path(WisdomFile(folder_).path()).filename();
  EXPECT_TRUE(name.starts_with(fft_version())) << name;
  EXPECT_TRUE(name.ends_with(".wisdom")) << name;
  EXPECT_EQ(name.size(), fft_version().size() + 1 + 16 + 7) << name;
  EXPECT_EQ(fft_version().find('/'), std::string::npos);
}

TEST_F(Wisdom, OfADamagedFileIsRefusedWithItsNameAndReplaced) {
  WisdomFile file(folder_);
  learn(1200);
  ASSERT_TRUE(file.save());
  fs::resize_file(file.path(), fs::file_size(file.path()) / 2);
  WisdomFile next(folder_);
  const auto loaded = next.load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kInvalid);
  EXPECT_EQ(loaded.error().where, file.path());
  ASSERT_TRUE(next.save());
  EXPECT_TRUE(WisdomFile(folder_).load());
}

TEST_F(Wisdom, IsOnTheDiskBeforeItTakesTheNameOfTheOld) {
  WisdomFile file(folder_);
  learn(1300);
  disk.calls.clear();
  ASSERT_TRUE(file.save());
  EXPECT_EQ(disk.calls, (std::vector<std::string>{"sync file", "rename", "sync folder"}));
}

TEST_F(Wisdom, OfBeforeIsKeptWhenTheDiskRefusesTheNew) {
  WisdomFile file(folder_);
  learn(1400);
  ASSERT_TRUE(file.save());
  const auto before = fs::file_size(file.path());
  learn(1500);
  for (const char* refused : {"sync file", "rename"}) {
    disk.refuses = refused;
    const auto saved = file.save();
    disk.refuses.clear();
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code, Code::kIo);
    EXPECT_NE(saved.error().sentence.find("Input/output error"), std::string::npos);
    EXPECT_EQ(fs::file_size(file.path()), before) << refused;
    EXPECT_EQ(files(), 1U) << "something is left beside the file";
  }
  ASSERT_TRUE(file.save());
  EXPECT_GT(fs::file_size(file.path()), before);
}

TEST_F(Wisdom, WithoutAFolderIsNotKept) {
  WisdomFile none("");
  EXPECT_TRUE(none.load());
  EXPECT_TRUE(none.save());
  EXPECT_EQ(WisdomFile(folder_ + "/gone").save().error().code, Code::kIo);
}

}  // namespace
}  // namespace acq
