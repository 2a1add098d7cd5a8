#include "drivers/discovery/found.h"

#include <gtest/gtest.h>

namespace acq::discovery {
namespace {

TEST(Found, NamesAreWhatAConfigurationTakes) {
  EXPECT_EQ(name_from("DS1104Z"), "ds1104z");
  EXPECT_EQ(name_from("MSO-X 3024T"), "mso_x_3024t");
  EXPECT_EQ(name_from("34461A"), "a");
  EXPECT_EQ(name_from("\xff\xfe \n"), "instrument");
  EXPECT_LE(name_from(std::string(500, 'x')).size(), 64U);
}

TEST(Found, NoTwoHaveOneName) {
  std::vector<Found> all(3, Found{.name = "Scope"});
  all.push_back({.name = "scope_2"});
  make_names_unique(all);
  EXPECT_EQ(all[0].name, "scope");
  EXPECT_EQ(all[1].name, "scope_2");
  EXPECT_EQ(all[2].name, "scope_3");
  EXPECT_EQ(all[3].name, "scope_2_2");
}

TEST(Found, WhatADeviceSaysCannotLeaveItsCommentOrItsString) {
  const Found found{.way = "usb",
                    .place = "1-1",
                    .title = "evil\n[instrument.x]",
                    .kind = "k",
                    .name = "a",
                    .driver = "scope",
                    .entries = {{"address", "x\"\n[y]\\"}},
                    .stream = "wave",
                    .identity = "A\n[z]"};
  const std::string text = snippet(found);
  EXPECT_EQ(text,
            "# usb 1-1: evil?[instrument.x], k\n# it says it is A?[z]\n[instrument.a]\ndriver = "
            "\"scope\"\n"
            "address = \"x\\\"\\u000a[y]\\\\\"\n\n[pipeline.a]\nfrom = [\"a/wave\"]\n");
}

TEST(Found, WithoutADriverThereIsNothingButARemark) {
  const Found found{.way = "usb", .place = "1-1", .title = "t", .kind = "k", .remark = "r"};
  EXPECT_EQ(snippet(found), "# usb 1-1: t, k\n# r\n");
}

}  // namespace
}  // namespace acq::discovery
