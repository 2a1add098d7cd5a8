// What Linux tells of the hardware, from a folder that holds such a machine.
#include "drivers/discovery/scan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "drivers/discovery/kinds.h"
#include "drivers/driver.h"
#include "drivers/scpi/open.h"
#include "tests/support/paths.h"

namespace acq::discovery {
namespace {

namespace fs = std::filesystem;

class ScanTest : public testing::Test {
 protected:
  ScanTest() { fs::remove_all(folder); }
  ~ScanTest() override { fs::remove_all(folder); }

  void write(const std::string& path, const std::string& text) const {
    const fs::path file = folder + path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text << "\n";
  }
  void link(const std::string& path, const std::string& target) const {
    const fs::path file = folder + path;
    fs::create_directories(file.parent_path());
    fs::create_symlink(target, file);
  }
  // A device at a port of bus 1, with one interface.
  void plug(const std::string& port, const std::string& ids, const std::string& interface_class,
            const std::string& product = "", const std::string& serial = "") {
    const std::string device = "/sys/bus/usb/devices/" + port;
    write(device + "/idVendor", ids.substr(0, 4));
    write(device + "/idProduct", ids.substr(5));
    write(device + "/busnum", "1");
    write(device + "/devnum", std::to_string(++devices));
    if (!product.empty()) write(device + "/product", product);
    if (!serial.empty()) write(device + "/serial", serial);
    const std::string interface = device + "/" + port + ":1.0";
    write(interface + "/bInterfaceNumber", "00");
    write(interface + "/bInterfaceClass", interface_class.substr(0, 2));
    write(interface + "/bInterfaceSubClass", interface_class.substr(3));
  }
  std::vector<Found> usb() { return found_on_usb(usb_devices(root)); }

  const std::string folder = testing::TempDir() + "acq-scan-" + std::to_string(getpid());
  const Root root{folder};
  int devices = 0;
};
using Scan = ScanTest;

TEST_F(Scan, AUsbtmcInstrumentIsFoundByItsClass) {
  plug("1-2", "1ab1:04ce", "fe/03", "DS1000Z Series", "DS1ZA000000001");
  plug("1-3", "0403:6001", "ff/ff", "FT232R");
  ASSERT_EQ(usb().size(), 1U);
  EXPECT_EQ(usb()[0].place, "1-2");
  EXPECT_EQ(usb()[0].driver, "scope");
  EXPECT_EQ(usb()[0].entries[0].second, "usb://1ab1:04ce:DS1ZA000000001");
}

TEST_F(Scan, TheModelOrTheSerialNumberTellsTheKind) {
  plug("1-1", "aaaa:0001", "fe/03", "SDM3065X");
  plug("1-2", "aaaa:0002", "fe/03", "", "DP8C100000001");
  plug("1-3", "aaaa:0003", "fe/03", "DL3021");
  plug("1-4", "aaaa:0004", "fe/03", "Frobnicator");
  const auto all = usb();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].driver, "scpi_meter");
  EXPECT_EQ(all[1].driver, "scpi_supply");
  EXPECT_EQ(all[2].driver, "");
  EXPECT_EQ(all[3].driver, "scpi_meter");
  EXPECT_NE(all[3].remark.find("not known"), std::string::npos);
}

TEST_F(Scan, TwoThatCannotBeToldApartAreNamedByTheirPorts) {
  plug("1-1", "1ab1:04ce", "fe/03", "DS", "SAME");
  plug("1-2", "1ab1:04ce", "fe/03", "DS", "SAME");
  plug("1-3", "1ab1:04ce", "fe/03", "DS", "with space?");
  const auto all = usb();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].entries[0].second, "usb://1-1");
  EXPECT_EQ(all[1].entries[0].second, "usb://1-2");
  EXPECT_EQ(all[2].entries[0].second, "usb://1-3");
}

TEST_F(Scan, EveryBoardOfTheTableIsFound) {
  int boards = 0;
  for (const KnownUsb& known : known_usb()) {
    if (known.kind != Kind::kLogic && known.kind != Kind::kRadio) continue;
    char ids[16];
    std::snprintf(ids, sizeof ids, "%04x:%04x", static_cast<unsigned>(known.vendor_id),
                  static_cast<unsigned>(known.product_id));
    plug("1-" + std::to_string(++boards), ids, "ff/ff");
  }
  EXPECT_EQ(usb().size(), static_cast<std::size_t>(boards));
  for (const Found& found : usb()) {
    if (found.driver.empty()) {
      EXPECT_FALSE(found.remark.empty());
    } else {
      EXPECT_NE(find_driver(found.driver), nullptr) << found.driver;
    }
    // Firmware changes the numbers of such a board, never its port.
    if (found.driver == "fx2lafw") {
      EXPECT_EQ(found.entries.at(0).second, found.place);
    }
  }
}

TEST_F(Scan, EveryBoardOfTheTableIsInTheUdevRules) {
  std::ifstream file(ACQ_SOURCE_DIR "/systemd/60-acqd.rules");
  const std::string rules((std::istreambuf_iterator<char>(file)), {});
  EXPECT_NE(rules.find(R"(ENV{ID_USB_INTERFACES}=="*:fe03*", GROUP:="acqd")"), std::string::npos);
  for (const KnownUsb& known : known_usb()) {
    if (known.kind != Kind::kLogic && known.kind != Kind::kRadio) continue;
    char rule[128];
    std::snprintf(rule, sizeof rule,
                  R"(ATTR{idVendor}=="%04x", ATTR{idProduct}=="%04x", GROUP:="acqd")",
                  static_cast<unsigned>(known.vendor_id), static_cast<unsigned>(known.product_id));
    EXPECT_NE(rules.find(rule), std::string::npos) << rule;
  }
}

TEST_F(Scan, ADeviceThatLeavesWhileItIsLookedAtIsPassedOver) {
  plug("1-2", "1ab1:04ce", "fe/03");
  fs::remove(folder + "/sys/bus/usb/devices/1-2/devnum");
  link("/sys/bus/usb/devices/1-9", "../../../devices/gone");
  EXPECT_TRUE(usb().empty());
}

TEST_F(Scan, ASerialLineIsNamedByWhatStaysTheSame) {
  write("/sys/class/tty/ttyUSB0/x", "");
  link("/sys/class/tty/ttyUSB0/device", "../../../devices/adapter/port");
  link("/sys/devices/adapter/port/driver", "../drivers/ftdi_sio");
  write("/sys/devices/adapter/product", "FT232R");
  write("/sys/class/tty/tty1/x", "");  // a virtual terminal: no device
  write("/sys/class/tty/ttyS3/type", "0");
  link("/sys/class/tty/ttyS3/device", "../../../devices/pnp");
  link("/sys/devices/pnp/driver", "../drivers/serial8250");
  link("/dev/serial/by-id/usb-FTDI_FT232R-if00-port0", "../../ttyUSB0");
  const auto all = found_on_serial(serial_ports(root));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].place, "/dev/ttyUSB0");
  EXPECT_EQ(all[0].title, "FT232R (ftdi_sio)");
  EXPECT_EQ(all[0].entries[0].second,
            "serial:///dev/serial/by-id/usb-FTDI_FT232R-if00-port0?baud=9600");
  EXPECT_TRUE(scpi::link_opener(all[0].entries[0].second));
}

TEST_F(Scan, ASoundCardIsOneThatCanCapture) {
  write("/proc/asound/card0/id", "PCH");
  write("/proc/asound/card0/pcm0c/info", "card: 0\ndevice: 0\nname: ALC257 Analog");
  write("/proc/asound/card0/pcm3p/info", "name: HDMI");
  write("/proc/asound/cards", "...");
  const auto all = found_in_audio(sound_cards(root));
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].entries[0].second, "hw:CARD=PCH,DEV=0");
  EXPECT_EQ(all[0].title, "ALC257 Analog");
}

TEST_F(Scan, NothingIsFoundWhereThereIsNothing) {
  EXPECT_TRUE(usb().empty());
  EXPECT_TRUE(serial_ports(root).empty());
  EXPECT_TRUE(sound_cards(root).empty());
}

}  // namespace
}  // namespace acq::discovery
