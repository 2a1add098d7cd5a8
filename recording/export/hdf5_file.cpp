#include "recording/export/hdf5_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace acq::exports {
namespace {

constexpr unsigned kDeflate = 1;

hid_t type_of(Element element) noexcept {
  switch (element) {
    case Element::kU8: return H5T_NATIVE_UINT8;
    case Element::kF32: return H5T_NATIVE_FLOAT;
    case Element::kF64: break;
  }
  return H5T_NATIVE_DOUBLE;
}

// The innermost message of the library's stack says most.
std::string last_problem() {
  std::string text;
  const auto note = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    auto& first = *static_cast<std::string*>(out);
    if (first.empty() && error->desc != nullptr) first = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note, &text);
  // Of a failing disk it tells much beside the system's words.
  constexpr std::string_view kSystem = "error message = '";
  if (const auto start = text.find(kSystem); start != std::string::npos) {
    text.erase(0, start + kSystem.size());
    text.resize(std::min(text.find('\''), text.size()));
  }
  return text.empty() ? "HDF5 refuses" : text;
}

HdfHandle text_type() {
  HdfHandle type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.id(), H5T_VARIABLE);
  H5Tset_cset(type.id(), H5T_CSET_UTF8);
  return type;
}

}  // namespace

HdfHandle::HdfHandle(HdfHandle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}

HdfHandle& HdfHandle::operator=(HdfHandle&& other) noexcept {
  std::swap(id_, other.id_);
  return *this;
}

HdfHandle::~HdfHandle() {
  if (id_ >= 0) H5Idec_ref(id_);
}

bool HdfFile::check(bool is_good) {
  if (!is_good && problem_.empty()) problem_ = last_problem();
  return problem_.empty();
}

Result<void> HdfFile::status() const {
  if (problem_.empty()) return {};
  const bool is_full = problem_ == std::strerror(ENOSPC) || problem_ == std::strerror(EDQUOT) ||
                       problem_ == std::strerror(EFBIG);
  return fail(is_full ? Code::kOverflow : Code::kIo,
              "cannot write " + draft_.path() + ": " + problem_, draft_.path());
}

Result<void> HdfFile::create(const std::string& path) {
  auto draft = Draft::create(path);
  if (!draft) return tl::unexpected<Error>(draft.error());
  draft_ = std::move(*draft);
  // What cannot be written is not tried again at the end of the program, where the library crashes.
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const HdfHandle access(H5Pcreate(H5P_FILE_ACCESS));
  // The file is locked already, by us.
  check(H5Pset_file_locking(access.id(), 0, 1) >= 0);
  const std::string part = draft_.part_path();
  file_ = HdfHandle(H5Fcreate(part.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()));
  check(file_.id() >= 0);
  return {};
}

HdfHandle HdfFile::root() {
  HdfHandle out(check(true) ? H5Gopen2(file_.id(), "/", H5P_DEFAULT) : H5I_INVALID_HID);
  check(out.id() >= 0);
  return out;
}

HdfHandle HdfFile::group(const HdfHandle& parent, const std::string& name) {
  if (!check(true)) return {};
  HdfHandle out(H5Gcreate2(parent.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  check(out.id() >= 0);
  return out;
}

void HdfFile::write_attribute(const HdfHandle& object, const std::string& name, hid_t type,
                              const void* value) {
  if (!check(true)) return;
  const HdfHandle space(H5Screate(H5S_SCALAR));
  const HdfHandle attribute(
      H5Acreate2(object.id(), name.c_str(), type, space.id(), H5P_DEFAULT, H5P_DEFAULT));
  check(attribute.id() >= 0 && H5Awrite(attribute.id(), type, value) >= 0);
}

// An attribute that is there already is replaced.
void HdfFile::write_text(const HdfHandle& object, const std::string& name, HdfHandle space,
                         std::span<const std::string> texts, bool is_attribute) {
  if (!check(true)) return;
  const HdfHandle type = text_type();
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  if (is_attribute) {
    if (H5Aexists(object.id(), name.c_str()) > 0) H5Adelete(object.id(), name.c_str());
    const HdfHandle attribute(
        H5Acreate2(object.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT));
    check(attribute.id() >= 0 && H5Awrite(attribute.id(), type.id(), pointers.data()) >= 0);
    return;
  }
  const HdfHandle dataset(H5Dcreate2(object.id(), name.c_str(), type.id(), space.id(), H5P_DEFAULT,
                                     H5P_DEFAULT, H5P_DEFAULT));
  check(dataset.id() >= 0);
  if (!texts.empty()) {
    check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) >= 0);
  }
}

void HdfFile::set(const HdfHandle& object, const std::string& name, std::string_view text) {
  const std::string one[] = {std::string(text)};
  write_text(object, name, HdfHandle(H5Screate(H5S_SCALAR)), one, true);
}

void HdfFile::set(const HdfHandle& object, const std::string& name, double value) {
  write_attribute(object, name, H5T_NATIVE_DOUBLE, &value);
}

void HdfFile::set(const HdfHandle& object, const std::string& name, std::int64_t value) {
  write_attribute(object, name, H5T_NATIVE_INT64, &value);
}

void HdfFile::set(const HdfHandle& object, const std::string& name,
                  std::span<const std::string> texts) {
  const hsize_t size = texts.size();
  write_text(object, name, HdfHandle(H5Screate_simple(1, &size, nullptr)), texts, true);
}

void HdfFile::add_text(const HdfHandle& parent, const std::string& name, std::string_view text) {
  const std::string one[] = {std::string(text)};
  write_text(parent, name, HdfHandle(H5Screate(H5S_SCALAR)), one, false);
}

void HdfFile::add_texts(const HdfHandle& parent, const std::string& name,
                        std::span<const std::string> texts) {
  const hsize_t size = texts.size();
  write_text(parent, name, HdfHandle(H5Screate_simple(1, &size, nullptr)), texts, false);
}

void HdfFile::write_dataset(const HdfHandle& parent, const std::string& name, hid_t type,
                            const HdfSizes& sizes, const void* values) {
  if (!check(true)) return;
  const HdfHandle space(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
  const HdfHandle dataset(H5Dcreate2(parent.id(), name.c_str(), type, space.id(), H5P_DEFAULT,
                                     H5P_DEFAULT, H5P_DEFAULT));
  check(dataset.id() >= 0);
  if (values != nullptr)
    check(H5Dwrite(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
}

void HdfFile::add_numbers(const HdfHandle& parent, const std::string& name,
                          std::span<const double> values, const HdfSizes& sizes) {
  write_dataset(parent, name, H5T_NATIVE_DOUBLE, sizes, values.empty() ? nullptr : values.data());
}

void HdfFile::add_numbers(const HdfHandle& parent, const std::string& name,
                          std::span<const std::int64_t> values) {
  write_dataset(parent, name, H5T_NATIVE_INT64, {values.size()},
                values.empty() ? nullptr : values.data());
}

HdfHandle HdfFile::dataset(const HdfHandle& parent, const std::string& name, Element element,
                           const HdfSizes& chunk) {
  if (!check(true)) return {};
  const int rank = static_cast<int>(chunk.size());
  const HdfSizes none(chunk.size(), 0);
  const HdfSizes most(chunk.size(), H5S_UNLIMITED);
  const HdfHandle space(H5Screate_simple(rank, none.data(), most.data()));
  const HdfHandle creation(H5Pcreate(H5P_DATASET_CREATE));
  check(H5Pset_chunk(creation.id(), rank, chunk.data()) >= 0);
  check(H5Pset_shuffle(creation.id()) >= 0);
  check(H5Pset_deflate(creation.id(), kDeflate) >= 0);
  HdfHandle out(H5Dcreate2(parent.id(), name.c_str(), type_of(element), space.id(), H5P_DEFAULT,
                           creation.id(), H5P_DEFAULT));
  check(out.id() >= 0);
  return out;
}

void HdfFile::put(const HdfHandle& dataset, Element element, const HdfSizes& start,
                  const HdfSizes& sizes, const void* numbers) {
  if (!check(true)) return;
  HdfHandle space(H5Dget_space(dataset.id()));
  HdfSizes now(start.size());
  check(H5Sget_simple_extent_dims(space.id(), now.data(), nullptr) >= 0);
  HdfSizes wanted = now;
  for (std::size_t i = 0; i < now.size(); ++i) wanted[i] = std::max(now[i], start[i] + sizes[i]);
  if (wanted != now) {
    check(H5Dset_extent(dataset.id(), wanted.data()) >= 0);
    space = HdfHandle(H5Dget_space(dataset.id()));
  }
  const HdfHandle memory(H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
  check(H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, sizes.data(),
                            nullptr) >= 0);
  check(H5Dwrite(dataset.id(), type_of(element), memory.id(), space.id(), H5P_DEFAULT, numbers) >=
        0);
}

Result<void> HdfFile::finish() {
  if (file_.id() >= 0) check(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL) >= 0);
  file_ = HdfHandle();
  if (auto done = status(); !done) return done;
  return draft_.finish();
}

}  // namespace acq::exports
