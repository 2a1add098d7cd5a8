// The few things of HDF5 that the exporters need.
#pragma once

#include <hdf5.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/base/result.h"
#include "recording/export/draft.h"
#include "recording/export/samples.h"

namespace acq::exports {

// An open object of an HDF5 file; closes it.
class HdfHandle {
 public:
  HdfHandle() = default;
  explicit HdfHandle(hid_t id) : id_(id) {}
  HdfHandle(HdfHandle&& other) noexcept;
  HdfHandle& operator=(HdfHandle&& other) noexcept;
  HdfHandle(const HdfHandle&) = delete;
  HdfHandle& operator=(const HdfHandle&) = delete;
  ~HdfHandle();
  [[nodiscard]] hid_t id() const noexcept { return id_; }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

using HdfSizes = std::vector<hsize_t>;

// A new file, which has its name once it is whole. The first thing that fails is remembered and told by
// status(); what is called behind it does nothing. One thread: the library has one state.
class HdfFile {
 public:
  // Of a path that cannot be created (see Draft) the error at once, else status() tells.
  Result<void> create(const std::string& path);
  HdfHandle group(const HdfHandle& parent, const std::string& name);
  HdfHandle root();

  void set(const HdfHandle& object, const std::string& name, std::string_view text);
  void set(const HdfHandle& object, const std::string& name, double value);
  void set(const HdfHandle& object, const std::string& name, std::int64_t value);
  void set(const HdfHandle& object, const std::string& name, std::span<const std::string> texts);

  void add_text(const HdfHandle& parent, const std::string& name, std::string_view text);
  void add_texts(const HdfHandle& parent, const std::string& name,
                 std::span<const std::string> texts);
  void add_numbers(const HdfHandle& parent, const std::string& name, std::span<const double> values,
                   const HdfSizes& sizes);
  void add_numbers(const HdfHandle& parent, const std::string& name,
                   std::span<const std::int64_t> values);

  // A dataset that grows with put(), in chunks, deflated.
  HdfHandle dataset(const HdfHandle& parent, const std::string& name, Element element,
                    const HdfSizes& chunk);
  void put(const HdfHandle& dataset, Element element, const HdfSizes& start, const HdfSizes& sizes,
           const void* numbers);

  // Everything is in the file, and the file on the disk. No handle of it is open any more.
  Result<void> finish();
  [[nodiscard]] Result<void> status() const;

 private:
  bool check(bool is_good);
  void write_text(const HdfHandle& object, const std::string& name, HdfHandle space,
                  std::span<const std::string> texts, bool is_attribute);
  void write_attribute(const HdfHandle& object, const std::string& name, hid_t type,
                       const void* value);
  void write_dataset(const HdfHandle& parent, const std::string& name, hid_t type,
                     const HdfSizes& sizes, const void* values);

  Draft draft_;
  std::string problem_;
  HdfHandle file_;
};

}  // namespace acq::exports
