#include "dsp/pointwise.h"

#include <algorithm>

namespace acq {
namespace {

// A block without operations takes some time, too.
constexpr double kCostOfBlock = 0.1;

}  // namespace

Yield PointwiseBlock::process(const Chunk& in, Chunk& out) noexcept {
  for (std::uint32_t c = 0; c < in.channels; ++c) {
    apply(ops(c), in.planes[c], out.planes[c], in.count);
  }
  describe(out);
  return Yield::kLast;
}

Fusion::Fusion(std::span<const std::unique_ptr<Block>> blocks, std::span<const SignalInfo> signals)
    : places_(blocks.size()) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    places_[i].end = i;
    places_[i].block = blocks[i]->pointwise();
  }
  for (std::size_t first = 0; first < blocks.size();) {
    std::size_t end = first;
    while (end < blocks.size() && places_[end].block != nullptr) ++end;
    add_run(first, end, signals[first].channels.size());
    first = std::max(end, first + 1);
  }
}

void Fusion::add_run(std::size_t first, std::size_t end, std::size_t channels) {
  for (std::size_t c = 0; c < channels; ++c) {
    std::vector<PointOp>& list = lists_.emplace_back();
    for (std::size_t i = first; i < end; ++i) {
      const std::span<const PointOp> ops = places_[i].block->ops(c);
      list.insert(list.end(), ops.begin(), ops.end());
    }
    const PointOp* at = list.data();
    for (std::size_t i = first; i < end; ++i) {
      Place& place = places_[i];
      const std::span own(at, place.block->ops(c).size());
      place.cost += kCostOfBlock;
      for (const PointOp& op : own) place.cost += static_cast<double>(op.cost);
      place.ops.push_back(own);
      at += own.size();
    }
  }
  for (std::size_t i = first; i < end; ++i) places_[i].end = end;
}

void Fusion::process(std::size_t first, std::size_t end, const Chunk& in, Chunk& out) noexcept {
  for (std::uint32_t c = 0; c < in.channels; ++c) {
    const PointOp* const from = places_[first].ops[c].data();
    const std::span<const PointOp> last = places_[end - 1].ops[c];
    apply({from, last.data() + last.size()}, in.planes[c], out.planes[c], in.count);
  }
  for (std::size_t i = first; i < end; ++i) places_[i].block->describe(out);
}

}  // namespace acq
