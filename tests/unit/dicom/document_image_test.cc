#include <algorithm>

#include "document_kit.h"

namespace gateway::dicom {
namespace {

using testing::IsSupersetOf;
using testing::Pair;

constexpr char kSecondaryCapture[] = "1.2.840.10008.5.1.4.1.1.7";
constexpr char kExplicit[] = "1.2.840.10008.1.2.1";
constexpr char kBaseline[] = "1.2.840.10008.1.2.4.50";

std::string BigEndian16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xFF)};
}

using JpegDocument = Documents;

TEST_F(JpegDocument, BaselineIsCarriedAsItIs) {
  for (const bool colour : {false, true}) {
    const auto jpeg = Jpeg(colour, 37, 21, {});
    const auto header = Write(jpeg, DocumentKind::jpeg);
    ASSERT_TRUE(header) << header.error().detail;
    EXPECT_EQ(header->transfer_syntax_uid, kBaseline);
    EXPECT_EQ(header->sop_class_uid, kSecondaryCapture);
    std::string carried = Read().payload;
    const std::string original = ReadAll(jpeg);
    ASSERT_LE(carried.size(), original.size() + 1);
    carried.resize(original.size());
    EXPECT_EQ(carried, original);
    EXPECT_EQ(Complaints(), "");
  }
}

TEST_F(JpegDocument, BaselineIsReadByDcmtk) {
  const auto jpeg = Jpeg(false, 37, 21, {});
  ASSERT_TRUE(Write(jpeg, DocumentKind::jpeg));
  const auto plain = directory_ / "plain.dcm";
  ASSERT_EQ(RunTool({"dcmdjpeg", object(), plain}).exit_code, 0);
  const Finished pixels = RunTool({"/usr/bin/python3", "-c",
                                   "import pydicom,sys; open(sys.argv[2], 'wb').write(pydicom.dcmread(sys.argv[1])"
                                   ".PixelData[:37 * 21])",
                                   plain, directory_ / "pixels"});
  ASSERT_EQ(pixels.exit_code, 0) << pixels.output;
  EXPECT_EQ(ReadAll(directory_ / "pixels"), DecodedByDjpeg(jpeg));
}

TEST_F(JpegDocument, NamesItsColours) {
  for (const auto& [sampling, colours] : {std::pair("2x2", "YBR_FULL_422"), std::pair("1x1", "YBR_FULL")}) {
    ASSERT_TRUE(Write(Jpeg(true, 37, 21, {"-sample", sampling}), DocumentKind::jpeg));
    EXPECT_THAT(Read().values,
                IsSupersetOf({Pair("PhotometricInterpretation", colours), Pair("Rows", "21"), Pair("Columns", "37"),
                              Pair("SamplesPerPixel", "3"), Pair("LossyImageCompression", "01"),
                              Pair("LossyImageCompressionMethod", "ISO_10918_1"), Pair("Modality", "OT"),
                              Pair("ConversionType", "DI")}));
  }
}

TEST_F(JpegDocument, OthersAreDecoded) {
  for (const std::string option : {"-progressive", "-arithmetic", "-rgb"}) {
    for (const bool colour : {false, true}) {
      if (option == "-rgb" && !colour) continue;
      const auto jpeg = Jpeg(colour, 37, 21, {option});
      const auto header = Write(jpeg, DocumentKind::jpeg);
      ASSERT_TRUE(header) << option << header.error().detail;
      EXPECT_EQ(header->transfer_syntax_uid, kExplicit);
      const ReadObject read = Read();
      EXPECT_EQ(read.payload, DecodedByDjpeg(jpeg)) << option << colour;
      EXPECT_EQ(read.values.at("PhotometricInterpretation"), colour ? "RGB" : "MONOCHROME2");
      EXPECT_EQ(read.values.at("LossyImageCompression"), "01");
      EXPECT_EQ(Complaints(), "");
    }
  }
}

TEST_F(JpegDocument, LeavesBehindWhatFollowsTheImage) {
  const auto jpeg = Jpeg(false, 37, 21, {});
  const std::string original = ReadAll(jpeg);
  WriteFile(jpeg, original + "another image");
  ASSERT_TRUE(Write(jpeg, DocumentKind::jpeg));
  EXPECT_EQ(Read().payload.substr(0, original.size()), original);
  EXPECT_LE(Read().payload.size(), original.size() + 1);
}

TEST_F(JpegDocument, TruncatedIsRefused) {
  for (const std::string option : {"-baseline", "-progressive"}) {
    const auto jpeg = Jpeg(true, 64, 64, {option});
    const std::string whole = ReadAll(jpeg);
    for (std::size_t size = 2; size < whole.size(); size += 13) {
      WriteFile(jpeg, whole.substr(0, size));
      EXPECT_THAT(Write(jpeg, DocumentKind::jpeg), FailsWith("document-damaged")) << size;
      std::filesystem::remove(object());
    }
  }
}

// Cut in the middle of its scans, and closed: libjpeg by itself would fill the rest with grey.
TEST_F(JpegDocument, HalfAProgressiveImageIsRefused) {
  const auto jpeg = Jpeg(true, 64, 64, {"-progressive"});
  const std::string whole = ReadAll(jpeg);
  WriteFile(jpeg, whole.substr(0, whole.size() / 2) + "\xFF\xD9");
  EXPECT_THAT(Write(jpeg, DocumentKind::jpeg), FailsWith("document-damaged"));
}

TEST_F(JpegDocument, SurvivesDamage) {
  for (const std::string option : {"-baseline", "-progressive", "-arithmetic"}) {
    const auto jpeg = Jpeg(true, 32, 32, {option});
    const std::string whole = ReadAll(jpeg);
    for (std::size_t at = 2; at < whole.size(); at += 7) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
      WriteFile(jpeg, damaged);
      const auto header = Write(jpeg, DocumentKind::jpeg);
      EXPECT_TRUE(header || header.error().code.starts_with("document-")) << at;
      std::filesystem::remove(object());
    }
  }
}

TEST_F(JpegDocument, RefusesMoreThanAHundredMegapixels) {
  for (const std::string option : {"-baseline", "-progressive"}) {
    const auto jpeg = Jpeg(true, 32, 32, {option});
    std::string lying = ReadAll(jpeg);
    const std::size_t size = lying.find(BigEndian16(32) + BigEndian16(32));
    lying.replace(size, 4, "\xFF\xFF\xFF\xFF");
    WriteFile(jpeg, lying);
    const auto written = Write(jpeg, DocumentKind::jpeg);
    EXPECT_THAT(written, FailsWith("document-too-large"));
    EXPECT_EQ(written.error().detail, "65535 x 65535 pixels, more than 100 megapixels");
  }
}

TEST_F(JpegDocument, SaysWhatCannotBeConverted) {
  const auto jpeg = Jpeg(false, 32, 32, {"-baseline"});
  std::string lossless = ReadAll(jpeg);
  lossless[lossless.find("\xFF\xC0") + 1] = '\xC3';
  WriteFile(jpeg, lossless);
  EXPECT_THAT(Write(jpeg, DocumentKind::jpeg), FailsWith("document-not-convertible"));
}

// ISO/IEC 10918-1 allows any number of scans; a small file of many would cost hours.
TEST_F(JpegDocument, RefusesEndlessScans) {
  const auto jpeg = Jpeg(false, 32, 32, {"-progressive"});
  std::string whole = ReadAll(jpeg);
  const std::size_t scan = whole.rfind("\xFF\xDA");
  const std::string last = whole.substr(scan, whole.size() - 2 - scan);
  std::string many = whole.substr(0, scan);
  for (int i = 0; i < 1000; ++i) many += last;
  WriteFile(jpeg, many + "\xFF\xD9");
  EXPECT_THAT(Write(jpeg, DocumentKind::jpeg), FailsWith("document-damaged"));
}

TEST_F(JpegDocument, InkBecomesColour) {
  // 8 by 8 pixels of pure cyan, as ImageMagick writes CMYK.
  ASSERT_TRUE(Write(std::filesystem::path(TEST_DATA_DIR) / "documents" / "cmyk.jpg", DocumentKind::jpeg));
  const ReadObject read = Read();
  ASSERT_EQ(read.payload.size(), 8U * 8 * 3);
  EXPECT_LT(static_cast<unsigned char>(read.payload[0]), 8);
  EXPECT_GT(static_cast<unsigned char>(read.payload[1]), 247);
  EXPECT_GT(static_cast<unsigned char>(read.payload[2]), 247);
}

using PngDocument = Documents;

TEST_F(PngDocument, OfEveryKindBecomesItsPixels) {
  for (const auto& [type, depth] : std::vector<std::pair<std::string, std::string>>{{"0", "1"},
                                                                                    {"0", "2"},
                                                                                    {"0", "4"},
                                                                                    {"0", "8"},
                                                                                    {"0", "16"},
                                                                                    {"2", "8"},
                                                                                    {"2", "16"},
                                                                                    {"3", "1"},
                                                                                    {"3", "4"},
                                                                                    {"3", "8"},
                                                                                    {"4", "8"},
                                                                                    {"4", "16"},
                                                                                    {"6", "8"},
                                                                                    {"6", "16"}}) {
    for (const std::string interlaced : {"", "interlaced"}) {
      std::string pixels;
      const auto header = Write(Png({type, depth, "13", "9", interlaced}, pixels), DocumentKind::png);
      ASSERT_TRUE(header) << type << " " << depth << header.error().detail;
      EXPECT_EQ(header->sop_class_uid, kSecondaryCapture);
      EXPECT_EQ(Read().payload, pixels) << type << " " << depth << interlaced;
    }
  }
}

TEST_F(PngDocument, TransparentColourIsWhite) {
  for (const auto& [type, depth] : {std::pair("0", "8"), std::pair("2", "8"), std::pair("0", "16")}) {
    std::string pixels;
    ASSERT_TRUE(Write(Png({type, depth, "13", "9", "transparent"}, pixels), DocumentKind::png));
    EXPECT_EQ(Read().payload, pixels) << type << depth;
  }
}

TEST_F(PngDocument, DescribesItsPixels) {
  std::string pixels;
  ASSERT_TRUE(Write(Png({"0", "16", "13", "9"}, pixels), DocumentKind::png));
  EXPECT_THAT(Read().values, IsSupersetOf({Pair("PhotometricInterpretation", "MONOCHROME2"), Pair("Rows", "9"),
                                           Pair("Columns", "13"), Pair("BitsAllocated", "16"), Pair("HighBit", "15")}));
  EXPECT_EQ(Complaints(), "");
  ASSERT_TRUE(Write(Png({"6", "8", "13", "9"}, pixels), DocumentKind::png));
  EXPECT_THAT(Read().values, IsSupersetOf({Pair("PhotometricInterpretation", "RGB"), Pair("SamplesPerPixel", "3"),
                                           Pair("PlanarConfiguration", "0"), Pair("BitsStored", "8")}));
  EXPECT_EQ(Complaints(), "");
}

TEST_F(PngDocument, IsShownByDcmtk) {
  std::string pixels;
  ASSERT_TRUE(Write(Png({"2", "8", "13", "9"}, pixels), DocumentKind::png));
  ASSERT_EQ(RunTool({"dcm2pnm", "+op", object(), directory_ / "shown.ppm"}).exit_code, 0);
  const std::string shown = ReadAll(directory_ / "shown.ppm");
  ASSERT_GT(shown.size(), pixels.size());
  EXPECT_EQ(shown.substr(shown.size() - pixels.size()), pixels);
}

TEST_F(PngDocument, RefusesABombByItsHeader) {
  std::string pixels;
  const auto png = Png({"6", "8", "65000", "1"}, pixels);
  std::string lying = ReadAll(png);
  lying.replace(16, 8, std::string("\0\0\xFF\xFF\0\0\xFF\xFF", 8));
  WriteFile(png, lying);
  // Its CRC lies too, so whichever is seen first.
  EXPECT_FALSE(Write(png, DocumentKind::png));
  const Finished mended = RunTool({"/usr/bin/python3", "-c",
                                   "import sys,zlib; b=bytearray(open(sys.argv[1],'rb').read());"
                                   "b[29:33]=zlib.crc32(b[12:29]).to_bytes(4,'big'); open(sys.argv[1],'wb').write(b)",
                                   png});
  ASSERT_EQ(mended.exit_code, 0) << mended.output;
  EXPECT_THAT(Write(png, DocumentKind::png), FailsWith("document-too-large"));
}

TEST_F(PngDocument, TruncatedIsRefused) {
  for (const std::string interlaced : {"", "interlaced"}) {
    std::string pixels;
    const auto png = Png({"2", "8", "40", "40", interlaced}, pixels);
    const std::string whole = ReadAll(png);
    for (std::size_t size = 8; size + 16 < whole.size(); size += 31) {
      WriteFile(png, whole.substr(0, size));
      EXPECT_THAT(Write(png, DocumentKind::png), FailsWith("document-damaged")) << size;
      std::filesystem::remove(object());
    }
  }
}

TEST_F(PngDocument, SurvivesDamage) {
  std::string pixels;
  const auto png = Png({"3", "4", "20", "20", "interlaced"}, pixels);
  const std::string whole = ReadAll(png);
  for (std::size_t at = 8; at < whole.size(); at += 3) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
    WriteFile(png, damaged);
    const auto header = Write(png, DocumentKind::png);
    EXPECT_TRUE(header || header.error().code == "document-damaged") << at;
    std::filesystem::remove(object());
  }
}

}  // namespace
}  // namespace gateway::dicom
