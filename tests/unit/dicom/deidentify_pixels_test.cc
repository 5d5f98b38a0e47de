// Text that is burned into pixels: what is blanked, and what is refused.
#include <optional>

#include "base/files.h"
#include "deidentify_kit.h"
#include "dicom/header_reader.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

using testing::Contains;
using testing::Pair;
using Option = DeidentifyOption;

constexpr char kUltrasound[] = "1.2.840.10008.5.1.4.1.1.6.1";
constexpr char kSecondaryCapture[] = "1.2.840.10008.5.1.4.1.1.7";

struct Image {
  std::string photometric = "MONOCHROME2";
  std::uint16_t samples = 1, rows = 4, columns = 6, bits = 8, planar = 0;
  int frames = 1;
  std::string burned_in = {};
  std::optional<std::string> number_of_frames = {};  // if it does not say what `frames` is
};

std::string ElementsOf(const Image& image, char fill = '\x55') {
  const std::size_t size = std::size_t{image.samples} * image.rows * image.columns * (image.bits / 8) *
                           static_cast<std::size_t>(image.frames);
  std::string elements = ElementOf(Tag(0x0008, 0x0008), "CS", "ORIGINAL\\PRIMARY") +
                         ElementOf(Tag(0x0008, 0x0070), "LO", "GE Healthcare") +
                         ElementOf(Tag(0x0008, 0x1090), "LO", "LOGIQ E9") +
                         ElementOf(Tag(0x0010, 0x0020), "LO", "4711");
  elements += ElementOf(Tag(0x0028, 0x0002), "US", U16(image.samples));
  elements += ElementOf(Tag(0x0028, 0x0004), "CS", image.photometric);
  if (image.samples > 1) elements += ElementOf(Tag(0x0028, 0x0006), "US", U16(image.planar));
  elements += ElementOf(Tag(0x0028, 0x0008), "IS", image.number_of_frames.value_or(std::to_string(image.frames)));
  elements += ElementOf(Tag(0x0028, 0x0010), "US", U16(image.rows));
  elements += ElementOf(Tag(0x0028, 0x0011), "US", U16(image.columns));
  elements += ElementOf(Tag(0x0028, 0x0100), "US", U16(image.bits));
  elements += ElementOf(Tag(0x0028, 0x0101), "US", U16(image.bits));
  if (!image.burned_in.empty()) elements += ElementOf(Tag(0x0028, 0x0301), "CS", image.burned_in);
  return elements + ElementOf(kPixelData, image.bits > 8 ? "OW" : "OB", std::string(size, fill));
}

DeidentifySettings Blanking(std::vector<PixelRegion> regions) {
  PixelRule rule;
  rule.manufacturer = "~^GE";
  rule.model = "LOGIQ E9";
  rule.act = PixelRule::Act::blank;
  rule.regions = std::move(regions);
  DeidentifySettings settings = WithOptions({Option::clean_pixel_data});
  settings.pixels = {rule};
  return settings;
}

TEST_F(DeidentifyTest, BlanksRegionsInEachFrame) {
  const Image image{.frames = 2, .burned_in = "YES"};
  const auto values = Deidentified(kUltrasound, ElementsOf(image), Blanking({{1, 1, 2, 2}, {5, 3, 100, 100}}));
  std::string frame(24, '\x55');
  for (const std::size_t at : {7, 8, 13, 14, 23}) frame[at] = '\0';
  EXPECT_EQ(values.at("7FE00010"), (frame + frame).substr(0, 47));  // the reader takes the last NUL for padding
  EXPECT_EQ(values.at("00280301"), "NO");
  EXPECT_THAT(values, Contains(Pair("00120064[1].00080100", "113101")));
}

TEST_F(DeidentifyTest, BlanksEachFrameHoweverTheirNumberIsWritten) {
  std::string frame(24, '\x55');
  frame[7] = '\0';
  for (const char* const number : {"+3", " 3", "3 ", " +3 ", "003"}) {
    const Image image{.frames = 3, .number_of_frames = number};
    const auto values = Deidentified(kUltrasound, ElementsOf(image), Blanking({{1, 1, 1, 1}}));
    EXPECT_THAT(values, Contains(Pair("7FE00010", frame + frame + frame))) << number;
  }
}

// A frame that nobody blanks would leave with the text in it, and say that there is none.
TEST_F(DeidentifyTest, RefusesMoreOrFewerFramesThanTheImageSays) {
  const auto error = [&](const std::string& number, int frames) {
    return ErrorOf(kUltrasound, ElementsOf({.frames = frames, .number_of_frames = number}), Blanking({{0, 0, 1, 1}}));
  };
  for (const char* const number :
       {"", "1", "2", "4", "0", "-3", "++3", "+-3", "3.0", "3x", "3\\3", "x", "4294967299"}) {
    EXPECT_EQ(error(number, 3), "deidentify-pixels") << number;
  }
  EXPECT_EQ(error("x", 1), "deidentify-pixels");
  EXPECT_EQ(error("", 1), "no error");
  std::string absent = ElementsOf({.frames = 3});
  const std::string number = ElementOf(Tag(0x0028, 0x0008), "IS", "3");
  absent.erase(absent.find(number), number.size());
  EXPECT_EQ(ErrorOf(kUltrasound, absent, Blanking({{0, 0, 1, 1}})), "deidentify-pixels");
}

TEST_F(DeidentifyTest, TakesOneByteOfPaddingAndNoMore) {
  const Image odd{.rows = 3, .columns = 3};  // ElementOf() pads its nine bytes
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf(odd), Blanking({{0, 0, 1, 1}})), "no error");
  std::string elements = ElementsOf(odd);
  elements.resize(elements.size() - 12 - 10);
  for (const std::size_t more : {3, 9, 18}) {
    EXPECT_EQ(ErrorOf(kUltrasound, elements + ElementOf(kPixelData, "OB", std::string(9 + more, '\x55')),
                      Blanking({{0, 0, 1, 1}})),
              "deidentify-pixels")
        << more;
  }
}

TEST_F(DeidentifyTest, RefusesPixelDataThatStandThereTwice) {
  for (const std::uint32_t tag : {kPixelData, kFloatPixelData}) {
    const std::string second = ElementOf(tag, tag == kPixelData ? "OB" : "OF", std::string(24, '\x55'));
    EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({}) + second, Blanking({{0, 0, 1, 1}})), "deidentify-unknown");
  }
}

TEST_F(DeidentifyTest, BlanksColoursByPixelAndByPlane) {
  const std::vector<PixelRegion> corner = {{0, 0, 1, 1}};
  const Image by_pixel{.photometric = "RGB", .samples = 3};
  std::string expected(72, '\x55');
  expected.replace(0, 3, 3, '\0');
  const auto first = Deidentify(FileOf(kUltrasound, ElementsOf(by_pixel)), Blanking(corner));
  ASSERT_TRUE(first);
  EXPECT_TRUE(ReadAll(*first).ends_with(expected));
  const Image by_plane{.photometric = "YBR_FULL", .samples = 3, .planar = 1};
  expected.assign(72, '\x55');
  expected[0] = '\0';
  expected[24] = expected[48] = '\x80';
  const auto second = Deidentify(FileOf(kUltrasound, ElementsOf(by_plane)), Blanking(corner));
  ASSERT_TRUE(second);
  EXPECT_TRUE(ReadAll(*second).ends_with(expected));
}

TEST_F(DeidentifyTest, BlanksToBlackWhereBlackIsTheHighestValue) {
  const Image image{.photometric = "MONOCHROME1", .bits = 16};
  const auto copy = Deidentify(FileOf(kUltrasound, ElementsOf(image)), Blanking({{0, 0, 2, 1}}));
  ASSERT_TRUE(copy);
  EXPECT_TRUE(ReadAll(*copy).ends_with(std::string(4, '\xFF') + std::string(44, '\x55')));
}

TEST_F(DeidentifyTest, RefusesPixelsThatItCannotBlank) {
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({.photometric = "YBR_FULL_422", .samples = 3}), Blanking({{0, 0, 1, 1}})),
            "deidentify-pixels");
  Image large;
  std::string elements = ElementsOf(large);
  elements.resize(elements.size() - 12 - 24);
  elements += ElementOf(kPixelData, "OB", "too short");
  EXPECT_EQ(ErrorOf(kUltrasound, elements, Blanking({{0, 0, 1, 1}})), "deidentify-pixels");
  const auto file = Deidentify(PydicomFile("SC_rgb_jpeg_dcmtk.dcm"), [] {
    DeidentifySettings settings = Blanking({{0, 0, 1, 1}});
    settings.pixels[0].manufacturer = settings.pixels[0].model = "";
    return settings;
  }());
  EXPECT_THAT(file, FailsWith("deidentify-pixels"));
}

TEST_F(DeidentifyTest, DecodesCompressedPixelsToBlankThem) {
  DeidentifySettings settings = Blanking({{0, 0, 1, 1}});
  settings.pixels[0].manufacturer = settings.pixels[0].model = "";
  const auto file = PydicomFile("SC_rgb_jpeg_dcmtk.dcm");
  const Decoder decode = [&](int, const InstanceHeader&, int to) -> Result<std::optional<InstanceHeader>> {
    const auto decoded = directory_ / "decoded";
    EXPECT_EQ(RunTool({"dcmdjpeg", "+cn", file, decoded}).exit_code, 0);
    FdSink sink(to);
    GATEWAY_TRY(sink.Write(ReadAll(decoded)));
    GATEWAY_TRY(sink.Flush());
    GATEWAY_ASSIGN(InstanceHeader header, ReadHeader(to));
    return std::optional(std::move(header));
  };
  const auto copy = Deidentify(file, settings, kSecret, decode);
  ASSERT_TRUE(copy) << copy.error().detail;
  EXPECT_EQ(ReadHeader(*copy)->transfer_syntax_uid, "1.2.840.10008.1.2.1");
  const Decoder cannot = [](int, const InstanceHeader&, int) -> Result<std::optional<InstanceHeader>> {
    return std::optional<InstanceHeader>();
  };
  EXPECT_THAT(Deidentify(file, settings, kSecret, cannot), FailsWith("deidentify-pixels"));
}

TEST_F(DeidentifyTest, RefusesBurnedInTextThatNoRuleBlanks) {
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({.burned_in = "YES"})), "deidentify-burned-in");
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({}), WithOptions({Option::clean_pixel_data})), "deidentify-burned-in");
  EXPECT_EQ(ErrorOf(kSecondaryCapture, ElementsOf({})), "deidentify-burned-in");
  EXPECT_EQ(ErrorOf(kSecondaryCapture, ElementsOf({.burned_in = "NO"})), "no error");
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({}) + ElementOf(Tag(0x6000, 0x0102), "US", U16(12))),
            "deidentify-burned-in");
}

TEST_F(DeidentifyTest, TakesTheFirstRuleOfTheTableThatMatches) {
  PixelRule refuse;
  refuse.image_type = "PRIMARY";
  PixelRule clean;
  clean.columns = 6;
  clean.act = PixelRule::Act::clean;
  DeidentifySettings settings = WithOptions({Option::clean_pixel_data});
  settings.pixels = {clean, refuse};
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({}), settings), "no error");
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({.burned_in = "YES"}), settings), "deidentify-burned-in");
  settings.pixels = {refuse, clean};
  EXPECT_EQ(ErrorOf(kUltrasound, ElementsOf({}), settings), "deidentify-burned-in");
  EXPECT_EQ(ErrorOf(kCt, ElementOf(Tag(0x0010, 0x0020), "LO", "4711"), settings), "no error");
}

}  // namespace
}  // namespace gateway::dicom
