#include "drivers/iiod/context.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/emulators/iiod_server.h"

namespace acq::iiod {
namespace {

TEST(IiodFormat, IsReadAsIioWritesIt) {
  EXPECT_EQ(parse_format("le:s12/16>>4"), (Format{false, true, 12, 16, 4, 1}));
  EXPECT_EQ(parse_format("be:u24/32>>8"), (Format{true, false, 24, 32, 8, 1}));
  EXPECT_EQ(parse_format("le:S16/16>>0"), (Format{false, true, 16, 16, 0, 1}));
  EXPECT_EQ(parse_format("le:s64/64>>0"), (Format{false, true, 64, 64, 0, 1}));
  EXPECT_EQ(parse_format("le:s16/16X4>>0"), (Format{false, true, 16, 16, 0, 4}));
  EXPECT_EQ(parse_format("le:u8/8"), (Format{false, false, 8, 8, 0, 1}));
}

TEST(IiodFormat, IsRefusedWhenItContradictsItself) {
  for (const char* text : {"", "le:", "le:s12", "le:x12/16>>4", "me:s12/16>>4", "le:s12/16>>5",
                           "le:s17/16>>0", "le:s0/16>>0", "le:s12/12>>0", "le:s12/16>>-1",
                           "le:s-4/16>>0", "le:s12/16>>4 ", "le:s12/16X0>>4", "le:s12/16X65>>4",
                           "le:s65/64>>0", "le:s12/16>>2147483647", "le:s99999999999/16>>0"}) {
    const auto format = parse_format(text);
    ASSERT_FALSE(format) << text;
    EXPECT_EQ(format.error().code, Code::kIo);
  }
}

TEST(IiodContext, NamesDevicesChannelsAndAttributes) {
  const auto context = parse_context(test::IiodServer::context_xml());
  ASSERT_TRUE(context) << to_string(context.error());
  ASSERT_EQ(context->devices.size(), 3U);
  const Device& adc = context->devices[0];
  EXPECT_EQ(adc.id, "iio:device0");
  EXPECT_EQ(adc.name, "acq-adc");
  EXPECT_EQ(adc.attributes,
            (std::vector<std::string>{"sampling_frequency", "current_timestamp_clock"}));
  ASSERT_EQ(adc.channels.size(), 5U);
  EXPECT_EQ(adc.channels[1].id, "voltage1");
  EXPECT_EQ(adc.channels[1].scan->index, 1U);
  EXPECT_EQ(adc.channels[1].scan->format, (Format{true, true, 24, 32, 8, 1}));
  EXPECT_EQ(adc.channels[1].attributes, (std::vector<std::string>{"raw", "scale", "offset"}));
  const Device& dac = context->devices[2];
  EXPECT_TRUE(dac.channels[0].is_output);
  EXPECT_FALSE(dac.channels[0].scan);
}

TEST(IiodContext, TakesAChannelOfNegativeIndexForOneThatCannotBeScanned) {
  const auto context = parse_context(
      "<context><device id='d'><channel id='c' type='input'><scan-element "
      "index='-1' format='x'/></channel></device></context>");
  ASSERT_TRUE(context) << to_string(context.error());
  EXPECT_FALSE(context->devices[0].channels[0].scan);
}

TEST(IiodContext, RefusesWhatIsNotOne) {
  const std::string many = [] {
    std::string xml = "<context>";
    for (std::size_t i = 0; i <= kMostDevices; ++i) xml += "<device id='d'/>";
    return xml + "</context>";
  }();
  const std::string nested = [] {
    std::string xml;
    for (int i = 0; i < 200'000; ++i) xml += "<a>";
    return xml;
  }();
  // An entity that grows without end must not be expanded.
  const std::string laughs =
      "<!DOCTYPE c [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><context><device id='&b;' "
      "name='x'><channel id=''/></device></context>";
  for (const std::string& xml :
       {std::string(), std::string("hello"), std::string("<contexts/>"), std::string("<context>"),
        std::string("<context><device/></context>"),
        std::string("<context><device id='two words'/></context>"),
        std::string("<context><device id='d'><channel/></device></context>"),
        std::string("<context><device id='d'><channel id='c'><scan-element index='x' "
                    "format='le:s12/16>>4'/></channel></device></context>"),
        std::string("<context><device id='d'><channel id='c'><scan-element index='0' "
                    "format='nonsense'/></channel></device></context>"),
        std::string("<context><device id='") + std::string(300, 'd') + "'/></context>", many,
        nested, laughs, std::string(kMostContextBytes + 1, ' ')}) {
    const auto context = parse_context(xml);
    ASSERT_FALSE(context) << xml.substr(0, 100);
    EXPECT_EQ(context.error().code, Code::kIo);
    EXPECT_FALSE(context.error().where.empty());
  }
}

// 5,000 contexts with bytes changed, removed and doubled: refused, or within every limit.
TEST(IiodContext, IsRefusedOrWithinItsLimitsWhateverTheDamage) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string good = test::IiodServer::context_xml();
  int taken = 0;
  for (int tries = 0; tries < 5000; ++tries) {
    std::string xml = good;
    for (std::uint32_t damage = 1 + random() % 4; damage > 0; --damage) {
      const std::size_t at = random() % xml.size();
      const std::size_t length = random() % std::min<std::size_t>(20, xml.size() - at);
      switch (random() % 3) {
        case 0: xml[at] = static_cast<char>(random()); break;
        case 1: xml.erase(at, length); break;
        default: xml.insert(at, xml.substr(random() % xml.size(), length)); break;
      }
    }
    const auto context = parse_context(xml);
    if (!context) {
      EXPECT_FALSE(context.error().sentence.empty());
      continue;
    }
    ++taken;
    for (const Device& device : context->devices) {
      EXPECT_TRUE(is_name(device.id));
      EXPECT_LE(device.channels.size(), kMostChannels);
      for (const Channel& channel : device.channels) {
        EXPECT_TRUE(is_name(channel.id));
        if (!channel.scan) continue;
        const Format& format = channel.scan->format;
        EXPECT_LE(format.shift + format.bits, format.storage_bits);
      }
    }
  }
  EXPECT_GT(taken, 0);
}

}  // namespace
}  // namespace acq::iiod
