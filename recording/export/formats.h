// What the formats share, and how each is made: one line here and one in registry.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "recording/export/exporter.h"

namespace acq::exports {

std::unique_ptr<Exporter> make_datalab(const std::string& path);
std::unique_ptr<Exporter> make_nexus(const std::string& path);
std::unique_ptr<Exporter> make_csv(const std::string& path);
std::unique_ptr<Exporter> make_sigmf(const std::string& path);
std::unique_ptr<Exporter> make_wav(const std::string& path);
std::unique_ptr<Exporter> make_vcd(const std::string& path);
std::unique_ptr<Exporter> make_sigrok(const std::string& path);
std::unique_ptr<Exporter> make_npy(const std::string& path);
std::unique_ptr<Exporter> make_npz(const std::string& path);
std::unique_ptr<Exporter> make_mat(const std::string& path);

// "2026-11-29T08:15:00.250000000Z".
std::string iso_time(std::int64_t utc_ns);
// From the first row to this one.
double seconds_of(std::uint64_t row, Rational rate_hz) noexcept;
// To each row of a piece that is no frame.
void row_times(const Description& description, const Piece& piece, std::vector<double>& seconds);
// The reasons, and "about" where nobody can tell how many, "new epoch" where the stream began anew.
std::string gap_text(const Gap& gap);
// "12 samples lost (usb)"; "begins anew (new_record)" where nothing is known lost.
std::string break_text(const Gap& gap);

}  // namespace acq::exports
