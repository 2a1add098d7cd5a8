// One NumPy array; lost samples are NaN, or 255 in logic. What it cannot tell (times, units, why
// samples are lost), NPZ can.
#include <optional>

#include "recording/export/array.h"
#include "recording/export/draft.h"
#include "recording/export/formats.h"
#include "recording/export/npy_header.h"

namespace acq::exports {
namespace {

class NpyExporter final : public Exporter {
 public:
  explicit NpyExporter(const std::string& path) : path_(path) {}

  Result<void> begin(const Description& description) override {
    auto file = Draft::create(path_);
    if (!file) return tl::unexpected<Error>(file.error());
    file_ = std::move(*file);
    topic_ = description.topic;
    is_continuous_ = description.is_continuous();
    array_.emplace(description);
    return file_.append(std::string(kNpyHeaderBytes, ' '));
  }

  Result<void> append(const Piece& piece) override {
    const auto bytes = array_->take(piece);
    if (!bytes) return tl::unexpected<Error>(bytes.error());
    return file_.append(*bytes);
  }

  Result<void> gap(const Gap& gap) override {
    const bool is_filled = gap.samples > 0 && gap.is_exact && !gap.is_new_epoch;
    if (is_continuous_ && is_filled) return {};
    return fail(Code::kUnsupported,
                topic_ + " has a gap in front of row " + std::to_string(gap.position) + " (" +
                    gap_text(gap) + ") that a single array cannot show",
                topic_, "npz, or a part without it by --from and --to");
  }

  Result<void> event(const Event& /*event*/) override { return {}; }

  Result<void> end() override {
    return file_.rewrite(0, npy_header(npy_type(array_->element()), array_->shape()));
  }

  Result<std::vector<std::string>> finish() override {
    if (auto done = file_.finish(); !done) return tl::unexpected<Error>(done.error());
    return std::vector<std::string>{path_};
  }

 private:
  const std::string path_;
  std::string topic_;
  bool is_continuous_ = true;
  Draft file_;
  std::optional<GrowingArray> array_;
};

}  // namespace

std::unique_ptr<Exporter> make_npy(const std::string& path) {
  return std::make_unique<NpyExporter>(with_extension(path, "npy"));
}

}  // namespace acq::exports
