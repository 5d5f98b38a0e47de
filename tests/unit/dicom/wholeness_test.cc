// Files that were cut, and files that are only odd.
#include "dicom/wholeness.h"

#include "base/files.h"
#include "dicom/digest_maker.h"
#include "dicom/header_reader.h"
#include "dicom/implicit_source.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

using Path = std::filesystem::path;
using std::string_literals::operator""s;

const std::string kPixelTag = "\xE0\x7F\x10\x00"s;
const std::string kZeroPreamble(128, '\0');

class Wholeness : public testing::Test {
 protected:
  Result<InstanceHeader> Read(const std::string& content) {
    const Path file = directory_ / std::to_string(++made_);
    WriteFile(file, content);
    const UniqueFd fd = OpenForReading(file).value();
    return ReadWholeHeader(fd.get());
  }

  // "": it is whole; else what is wrong.
  std::string Fault(const std::string& content) {
    const auto header = Read(content);
    return header ? "" : header.error().code + ": " + header.error().detail;
  }

  // What a PACS that takes nothing but implicit VR gets, or the error.
  std::string Implicit(const std::string& content) {
    const Path file = directory_ / std::to_string(++made_);
    WriteFile(file, content);
    const UniqueFd fd = OpenForReading(file).value();
    const InstanceHeader header = ReadHeader(fd.get()).value();
    const auto source = MakeImplicit(fd.get(), header.dataset_offset, header.transfer_syntax_uid);
    std::string implicit;
    std::string piece(4096, '\0');
    while (true) {
      const Result<std::size_t> count = (*source)->Read(piece);
      if (!count) return count.error().code + ": " + count.error().detail;
      if (*count == 0) return implicit;
      implicit += piece.substr(0, *count);
    }
  }

  std::string Digest(const std::string& content) {
    const Path file = directory_ / std::to_string(++made_);
    WriteFile(file, content);
    const UniqueFd fd = OpenForReading(file).value();
    const Result<std::string> digest = MakeDigest(fd.get(), ReadHeader(fd.get()).value());
    return digest ? *digest : digest.error().code + ": " + digest.error().detail;
  }

  std::string Made(std::vector<std::string> tool, const Path& file) {
    const Path made = directory_ / std::to_string(++made_);
    tool.push_back(file);
    tool.push_back(made);
    const Finished run = RunTool(tool);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return ReadAll(made);
  }

  std::string Modified(const std::string& content, const std::vector<std::string>& options) {
    const Path file = directory_ / std::to_string(++made_);
    WriteFile(file, content);
    std::vector<std::string> tool{"dcmodify", "-nb", "-imt"};
    tool.insert(tool.end(), options.begin(), options.end());
    tool.push_back(file);
    const Finished run = RunTool(tool);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return ReadAll(file);
  }

  // What its deflated data set inflates to, and what the Python expression `more` says, deflated
  // anew.
  std::string Inflated(const std::string& content, const std::string& more) {
    const Path file = directory_ / std::to_string(++made_);
    WriteFile(file, content);
    const Finished run = RunTool({"/usr/bin/python3", "-c",
                                  "import sys, zlib; data = open(sys.argv[1], 'rb').read(); "
                                  "at = 144 + int.from_bytes(data[140:144], 'little'); "
                                  "whole = zlib.decompressobj(-15).decompress(data[at:]) + " +
                                      more +
                                      "; made = zlib.compressobj(wbits=-15); open(sys.argv[1], 'wb').write(data[:at] + "
                                      "made.compress(whole) + made.flush())",
                                  file});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return ReadAll(file);
  }

  [[nodiscard]] std::string Inserted(std::size_t at, const std::string& more) const {
    return mr_.substr(0, at) + more + mr_.substr(at);
  }
  static std::string Many(std::size_t count, char c) { return std::string(count, c); }

  const std::string mr_ = ReadAll(PydicomFile("MR_small.dcm"));
  TempDirectory directory_;
  int made_ = 0;
};

TEST_F(Wholeness, PydicomsFilesAreWhole) {
  for (const Path& file : ReadablePydicomFiles()) {
    EXPECT_EQ(Fault(ReadAll(file)), "") << file;
  }
  for (const char* cut : {"MR_truncated.dcm", "rtplan_truncated.dcm"}) {
    EXPECT_EQ(Fault(ReadAll(PydicomFile(cut))).substr(0, 13), "dicom-damaged") << cut;
  }
}

TEST_F(Wholeness, ACutNativeImageIsDamaged) {
  const Path file = PydicomFile("MR_small_expb.dcm");
  const std::string within = "dicom-damaged: the file ends within its pixel data";
  for (const std::vector<std::string>& tool :
       std::vector<std::vector<std::string>>{{"dcmconv", "+te"}, {"dcmconv", "+ti"}, {"dcmconv", "+tb"}}) {
    const std::string padded = Made(tool, file);
    EXPECT_EQ(Fault(padded), "");
    const std::string whole =
        padded.substr(0, padded.rfind(tool[1] == "+tb" ? "\xFF\xFC\xFF\xFC"s : "\xFC\xFF\xFC\xFF"s));
    EXPECT_EQ(Fault(whole), "");
    EXPECT_EQ(Fault(whole.substr(0, whole.size() - 1)), within);
    EXPECT_EQ(Fault(whole.substr(0, whole.size() / 2)), within);
  }
  const std::size_t pixels = mr_.find(kPixelTag);
  EXPECT_EQ(Fault(mr_.substr(0, pixels)), "") << "as an image without pixels, which PACS take";
  for (const std::size_t more : {2, 4, 6, 9}) {
    EXPECT_EQ(Fault(mr_.substr(0, pixels + more)), "dicom-damaged: ends within an element") << more;
  }
  EXPECT_EQ(Fault(mr_.substr(0, pixels - 3)), "dicom-damaged: an element is longer than the file");
}

TEST_F(Wholeness, ACutCompressedImageIsDamaged) {
  for (const std::vector<std::string>& tool :
       std::vector<std::vector<std::string>>{{"dcmcrle"}, {"dcmcjpeg", "+e1"}, {"dcmcjpls"}}) {
    const std::string whole = Made(tool, PydicomFile("CT_small.dcm"));
    const std::string image = whole.substr(0, whole.rfind("\xFE\xFF\xDD\xE0"s) + 8);
    EXPECT_EQ(Fault(whole), "");
    EXPECT_EQ(Fault(image), "");
    EXPECT_EQ(Fault(image.substr(0, image.size() - 8)),
              "dicom-damaged: the file ends before the end of its compressed pixel data");
    EXPECT_EQ(Fault(image.substr(0, image.size() - 5)),
              "dicom-damaged: the file ends before the end of its compressed pixel data");
    EXPECT_EQ(Fault(image.substr(0, image.size() - 200)),
              "dicom-damaged: the file ends within its compressed pixel data");
  }
}

TEST_F(Wholeness, ACutDeflatedImageIsDamaged) {
  const std::string whole = Made({"dcmconv", "+td"}, PydicomFile("CT_small.dcm"));
  EXPECT_EQ(Fault(whole), "");
  EXPECT_EQ(Fault(whole.substr(0, whole.size() * 2 / 3)).substr(0, 13), "dicom-damaged");
}

// The stream itself says where it ends: what was inflated until there may look whole.
TEST_F(Wholeness, ADeflatedDataSetIsWholeWithTheEndOfItsStreamOnly) {
  int between_elements = 0;
  const std::string cut = "dicom-damaged: the file ends within its deflated data set";
  for (const char* level : {"1", "6", "9"}) {
    for (const char* name : {"CT_small.dcm", "test-SR.dcm"}) {
      std::string whole = Made({"dcmconv", "+td", "+cl", level}, PydicomFile(name));
      EXPECT_EQ(Fault(whole), "") << name;
      EXPECT_EQ(Fault(whole + '\0'), "") << "an even length, PS3.5 section A.5";
      EXPECT_EQ(Fault(whole + std::string(1000, '\0')), "");
      EXPECT_EQ(Fault(whole + "\r\n"), "");
      EXPECT_EQ(Fault(whole + whole), "dicom-damaged: something follows its deflated data set");
      if (whole.back() == '\0') whole.pop_back();  // a pad byte, or the last of the stream
      for (std::size_t lost = 1; lost <= 8; ++lost) {
        EXPECT_EQ(Fault(whole.substr(0, whole.size() - lost)).substr(0, 13), "dicom-damaged") << level << name << lost;
      }
      for (std::size_t size = whole.size() / 2; size < whole.size(); size += 1 + whole.size() / 500) {
        const std::string fault = Fault(whole.substr(0, size));
        EXPECT_EQ(fault.substr(0, 13), "dicom-damaged") << level << name << size;
        between_elements += fault == cut ? 1 : 0;
      }
    }
  }
  EXPECT_GT(between_elements, 0);
}

TEST_F(Wholeness, WhatHasNoPixelsIsReadToItsEnd) {
  for (const char* name : {"rtplan.dcm", "reportsi.dcm", "test-SR.dcm"}) {
    const std::string whole = ReadAll(PydicomFile(name));
    EXPECT_EQ(Fault(whole), "") << name;
    EXPECT_EQ(Fault(whole + std::string(512, '\0')), "") << name;
    EXPECT_EQ(Fault(whole + "\r\n"), "") << name;
    EXPECT_EQ(Fault(whole.substr(0, whole.size() - 1)).substr(0, 13), "dicom-damaged") << name;
    EXPECT_EQ(Fault(whole.substr(0, whole.size() - 20)).substr(0, 13), "dicom-damaged") << name;
  }
}

TEST_F(Wholeness, OneRuleTellsPaddingOfEachKindInEachSyntax) {
  const std::vector<std::string> paddings{"\0"s,
                                          "\n"s,
                                          "\x1A"s,
                                          " "s,
                                          "\r\n"s,
                                          "\0\r\n"s,
                                          "\r\n\r\n\r\n"s,
                                          "\r\n\r\n\r\n\r\n"s,
                                          "\r\n\x1A"s,
                                          Many(16, '\0'),
                                          Many(16, '\xFF'),
                                          Many(16, ' '),
                                          Many(16, '\x1A'),
                                          Many(9000, ' '),
                                          Many(9000, '\xFF')};
  for (const char* name : {"MR_small_expb.dcm", "test-SR.dcm", "rtplan.dcm"}) {
    for (const char* syntax : {"+te", "+ti", "+tb", "+td"}) {
      const std::string whole = Made({"dcmconv", syntax}, PydicomFile(name));
      for (const std::string& padding : paddings) {
        // In big endian one zero may be the first byte of a tag.
        if (syntax == "+tb"s && padding.size() == 1 && padding[0] == 0 && name != "MR_small_expb.dcm"s) continue;
        EXPECT_EQ(Fault(whole + padding), "") << name << syntax << testing::PrintToString(padding);
      }
    }
  }
}

TEST_F(Wholeness, WhateverWalksADataSetLeavesItsPaddingOut) {
  const std::vector<std::string> paddings{"\0"s,         "\n"s,           "\x1A"s,          "\r\n"s,
                                          Many(3, '\0'), Many(512, '\0'), Many(16, '\xFF'), Many(80, ' '),
                                          "\0\0\0\n"s,   "\0\0\xFF"s,     "\r\n\x1A"s};
  for (const char* name : {"CT_small.dcm", "MR_small_expb.dcm", "test-SR.dcm", "rtplan.dcm"}) {
    const bool image = name[1] == 'T' || name[0] == 'M';
    for (const std::string syntax : {"+te", "+tb", "+td", "+ti"}) {
      const std::string whole = Made({"dcmconv", syntax}, PydicomFile(name));
      const std::string implicit = syntax == "+ti" ? "" : Implicit(whole);
      EXPECT_NE(implicit.substr(0, 5), "dicom") << name << syntax;
      const std::string digest = Digest(whole);
      std::vector<std::string> padded;
      for (const std::string& padding : paddings) padded.push_back(whole + padding);
      if (image && syntax != "+td") padded.push_back(whole + "hello world, and more");
      if (syntax == "+td") {
        for (const char* more : {"b'\\xff' * 16", "b' ' * 80", "bytes(1)"}) padded.push_back(Inflated(whole, more));
      }
      for (const std::string& file : padded) {
        const std::string what = name + syntax + testing::PrintToString(file.substr(whole.size() - 1).substr(0, 20));
        if (!Fault(file).empty()) {
          EXPECT_TRUE(syntax == "+tb" && !image) << what << "; there one zero may begin a tag";
          continue;
        }
        if (syntax != "+ti") {
          EXPECT_TRUE(Implicit(file) == implicit) << what << Implicit(file).substr(0, 80);
        }
        EXPECT_EQ(Digest(file), digest) << what;
      }
    }
  }
}

// Only then the walk for the header comes as far as the padding.
TEST_F(Wholeness, AHeaderWithoutSeriesIsReadDespiteItsPadding) {
  const std::string whole = Modified(ReadAll(PydicomFile("test-SR.dcm")), {"-e", "(0020,000E)"});
  EXPECT_EQ(Fault(whole), "");
  for (const std::string& padding : {"\n"s, Many(16, '\xFF'), Many(80, ' '), Many(5, '\0')}) {
    EXPECT_EQ(Fault(whole + padding), "") << testing::PrintToString(padding);
  }
  EXPECT_EQ(Fault(whole + "\x55\0more").substr(0, 13), "dicom-damaged");
}

TEST_F(Wholeness, BehindADeflatedStreamTheSameBytesArePadding) {
  const std::string deflated = Made({"dcmconv", "+td"}, PydicomFile("CT_small.dcm"));
  for (const std::string& padding : {Many(20, '\0') + "\n", Many(20, '\0') + Many(20, '\xFF'), "\r\n\x1A"s}) {
    EXPECT_EQ(Fault(deflated + padding), "") << testing::PrintToString(padding);
  }
  const std::string follows = "dicom-damaged: something follows its deflated data set";
  for (const std::string& more : {"sixteen bytes, 16"s.substr(0, 16), Many(100, 'x'), "\0\0\0x"s}) {
    EXPECT_EQ(Fault(deflated + more), follows) << more;
  }
}

TEST_F(Wholeness, WritersLeaveATrailerBehindADeflatedStream) {
  for (const char* trailer : {"zlib.crc32(whole).to_bytes(4, 'little') + len(whole).to_bytes(4, 'little')",
                              "zlib.adler32(whole).to_bytes(4, 'big')"}) {
    const Path file = directory_ / "trailer";
    WriteFile(file, Made({"dcmconv", "+td"}, PydicomFile("CT_small.dcm")));
    const Finished run = RunTool({"/usr/bin/python3", "-c",
                                  "import sys, zlib; data = open(sys.argv[1], 'rb').read(); "
                                  "at = 144 + int.from_bytes(data[140:144], 'little'); "
                                  "stream = zlib.decompressobj(-15); whole = stream.decompress(data[at:]); "
                                  "data = data[:len(data) - len(stream.unused_data)]; "
                                  "open(sys.argv[1], 'wb').write(data + " +
                                      std::string(trailer) + ")",
                                  file});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    EXPECT_EQ(Fault(ReadAll(file)), "") << trailer;
    EXPECT_EQ(Fault(ReadAll(file) + "\0"s), "") << trailer;
    EXPECT_NE(Fault(ReadAll(file) + "x"), "") << trailer;
  }
}

TEST_F(Wholeness, PaddingWithinADeflatedDataSetIsPaddingToo) {
  for (const char* name : {"CT_small.dcm", "test-SR.dcm"}) {
    const std::string whole = Made({"dcmconv", "+td"}, PydicomFile(name));
    for (const char* more : {"b'\\xff' * 16", "b' ' * 16", "b'\\r\\n' * 4", "bytes(7)"}) {
      EXPECT_EQ(Fault(Inflated(whole, more)), "") << name << more;
    }
    EXPECT_EQ(Fault(Inflated(whole, "b'hello world, and more'")).substr(0, 13),
              name == "CT_small.dcm"s ? "" : "dicom-damaged");
  }
}

// Elements have eight bytes at least: of two places that are nearer to each other only one can be
// the end of one.
TEST_F(Wholeness, WhereverAReportIsCutOnlyAWholeElementEndsIt) {
  for (const char* syntax : {"+te", "+ti", "+tb"}) {
    const std::string whole = Made({"dcmconv", "-g", syntax}, PydicomFile("test-SR.dcm"));
    std::size_t last = 0;
    for (std::size_t size = 600; size <= whole.size(); size += size == 1800 ? whole.size() - 1900 : 1) {
      if (!Fault(whole.substr(0, size)).empty()) continue;
      EXPECT_GE(size - last, 8u) << syntax << size;
      last = size;
    }
    EXPECT_EQ(last, whole.size());
  }
}

TEST_F(Wholeness, WhatBeginsLikePaddingMayBeAnElementThatWasCut) {
  // A data set in implicit VR that ends with the series' UID.
  const std::string whole = Made({"dcmconv", "+ti"}, PydicomFile("test-SR.dcm"));
  const std::size_t series = whole.find("\x20\0\x0E\0"s);
  const std::string start = whole.substr(0, series + 8 + static_cast<unsigned char>(whole.at(series + 4)));
  EXPECT_EQ(Fault(start), "");
  EXPECT_EQ(Fault(start + "\0"s), "");
  EXPECT_EQ(Fault(start + "\n"s), "");
  EXPECT_EQ(Fault(start + "\x20"s), "dicom-damaged: ends within an element");
  EXPECT_EQ(Fault(start + "\x20\0"s), "dicom-damaged: ends within an element");
  EXPECT_EQ(Fault(start + "\x20\0\x20\0\x0A\0\0\0"s), "dicom-damaged: an element is longer than the file");
}

// Group 300A, the last one of many plans, begins with the same byte.
TEST_F(Wholeness, AFinalNewlineIsPaddingBehindEachGroup) {
  for (const char* syntax : {"+te", "+ti", "+tb", "+td"}) {
    const Path file = directory_ / "plan";
    WriteFile(file, Modified(ReadAll(PydicomFile("rtplan.dcm")),
                             {"-e", "(300c,0002)", "-e", "(300c,0060)", "-e", "(300e,0002)"}));
    const std::string plan = Made({"dcmconv", syntax}, file);
    EXPECT_EQ(plan.find("\x0E\x30\2\0"s), std::string::npos);
    EXPECT_EQ(Fault(plan), "") << syntax;
    EXPECT_EQ(Fault(plan + "\n"), "") << syntax;
    if (syntax != "+td"s) {
      EXPECT_EQ(Fault(plan + "\n\x30").substr(0, 13), "dicom-damaged") << syntax;
    }
  }
}

TEST_F(Wholeness, TheTimeGrowsWithElementsThatLookLikeASecondDataSetAndNoFaster) {
  std::string many;
  for (int i = 0; i < 100'000; ++i) many += "\x08\0\1\0SH\2\0ab\x08\0\5\0CS\0\0"s;
  EXPECT_EQ(Fault(Made({"dcmconv", "+te"}, PydicomFile("MR_small_expb.dcm")) + many), "");
}

// It took minutes when each element of the padding was looked behind anew.
TEST_F(Wholeness, TheTimeGrowsWithThePaddingAndNoFaster) {
  const Path file = PydicomFile("MR_small_expb.dcm");
  for (const char* syntax : {"+te", "+ti"}) {
    const std::string image = Made({"dcmconv", syntax}, file);
    EXPECT_EQ(Fault(image + Many(4 << 20, '\0') + Many(8, 'x')), "") << syntax;
    EXPECT_EQ(Fault(image + Many(4 << 20, '\0')), "") << syntax;
  }
}

TEST_F(Wholeness, OfAnElementThatStandsThereTwiceTheFirstValueCounts) {
  const std::size_t rows = mr_.find("\x28\0\x10\0US"s);
  const std::string many = "\x28\0\x10\0US\2\0\xFF\0"s;
  EXPECT_EQ(Fault(Inserted(rows + 10, many)), "");
  EXPECT_EQ(Fault(Inserted(rows, many)).substr(0, 13), "dicom-damaged");
  EXPECT_EQ(Fault(Inserted(rows, "\x28\0\x10\0US\0\0"s)), "") << "an empty one says nothing";
}

TEST_F(Wholeness, FewerPixelsThanTheImageHasAreDamage) {
  const auto changed = [this](const std::string& change) { return Fault(Modified(mr_, {"-i", change})); };
  const std::string fewer =
      "dicom-damaged: its pixel data have 8192 bytes, which are fewer than its rows, columns and frames need";
  EXPECT_EQ(changed("(0028,0010)=64"), "");
  EXPECT_EQ(changed("(0028,0010)=65"), fewer);
  EXPECT_EQ(changed("(0028,0010)=63"), "") << "more is padding";
  EXPECT_EQ(changed("(0028,0008)=2"), fewer);
  EXPECT_EQ(changed("(0028,0008)=0"), "");
  EXPECT_EQ(changed("(0028,0002)=3"), fewer);
  EXPECT_EQ(changed("(0028,0100)=32"), fewer);
  EXPECT_EQ(Fault(Modified(mr_, {"-i", "(0028,0100)=1", "-i", "(0028,0008)=16"})), "") << "bits, packed";
  EXPECT_EQ(Fault(Modified(mr_, {"-i", "(0028,0100)=1", "-i", "(0028,0008)=17"})), fewer);
  const std::vector<std::string> colours{"-i", "(0028,0100)=8", "-i", "(0028,0002)=3", "-i", "(0028,0010)=64"};
  const auto with = [&](const std::string& photometric) {
    std::vector<std::string> options = colours;
    options.insert(options.end(), {"-i", "(0028,0004)=" + photometric});
    return Fault(Modified(mr_, options));
  };
  EXPECT_EQ(with("YBR_FULL_422"), "") << "two samples a pixel";
  EXPECT_EQ(with("RGB"), fewer);
}

TEST_F(Wholeness, TwoFilesInOneAreDamage) {
  const std::string second = "dicom-damaged: another DICOM file follows its data set";
  EXPECT_EQ(Fault(mr_ + mr_), second);
  EXPECT_EQ(Fault(mr_ + "II*\0"s + mr_.substr(4)), second) << "a preamble of TIFF";
  const std::string plan = ReadAll(PydicomFile("rtplan.dcm"));
  EXPECT_EQ(Fault(plan + kZeroPreamble + plan.substr(128)), second);
  const std::string bare = DatasetOf(PydicomFile("MR_small_implicit.dcm"));
  EXPECT_EQ(Fault(ReadAll(PydicomFile("MR_small_implicit.dcm")) + bare),
            "dicom-damaged: another data set follows its pixel data");
}

TEST_F(Wholeness, ASecondDataSetWithoutPixelsIsDamageToo) {
  const std::string second = "dicom-damaged: another data set follows its own";
  for (const char* name : {"test-SR.dcm", "rtplan.dcm", "reportsi.dcm"}) {
    const std::string bare = DatasetOf(PydicomFile(name));
    EXPECT_EQ(Fault(bare), "") << name;
    EXPECT_EQ(Fault(bare + bare), second) << name;
    EXPECT_EQ(Fault(ReadAll(PydicomFile(name)) + bare), second) << name;
  }
  const std::string report = ReadAll(PydicomFile("test-SR.dcm"));
  const std::size_t instance = report.rfind("\x08\0\x18\0UI"s);
  const std::size_t size = 8 + static_cast<unsigned char>(report.at(instance + 6));
  EXPECT_EQ(Fault(report + report.substr(instance, size)), "") << "an element that stands there twice";
}

TEST_F(Wholeness, ASecondOneIsFoundBehindPaddingAndInEachEncoding) {
  const std::vector<std::string> paddings{
      "",           "\0"s,         "\0\0"s,         "\0\0\0"s,      Many(4, '\0'), "\r\n"s, Many(4, '\xFF'),
      Many(8, ' '), Many(9, '\0'), Many(100, '\0'), Many(512, '\0')};
  for (const char* name : {"CT_small.dcm", "test-SR.dcm", "rtplan.dcm"}) {
    for (const char* syntax : {"+te", "+ti", "+tb"}) {
      const std::string whole = Made({"dcmconv", syntax}, PydicomFile(name));
      for (const char* other : {"+te", "+ti", "+tb"}) {
        const Path second = directory_ / "second";
        WriteFile(second, Made({"dcmconv", other}, PydicomFile("CT_small.dcm")));
        const std::string file = ReadAll(second);
        for (const std::string& padding : paddings) {
          const std::string what = std::string(name) + syntax + other + testing::PrintToString(padding);
          EXPECT_EQ(Fault(whole + padding + file).substr(0, 29), "dicom-damaged: another DICOM ") << what;
          EXPECT_EQ(Fault(whole + padding + "II*\0"s + file.substr(4)).substr(0, 13), "dicom-damaged") << what;
          EXPECT_EQ(Fault(whole + padding + DatasetOf(second)).substr(0, 13), "dicom-damaged") << what;
          EXPECT_EQ(Fault(whole + padding + file.substr(132)).substr(0, 13), "dicom-damaged") << what << "no preamble";
        }
      }
    }
  }
}

TEST_F(Wholeness, PaddingAndRubbishBehindThePixelsAreNoDamage) {
  const std::string image = Made({"dcmconv", "+te"}, PydicomFile("MR_small_expb.dcm"));
  for (const std::string& tail :
       {std::string(1, '\0'), std::string(500, '\0'), std::string(3'000'000, '\0'), "\r\n"s, "hello world, and more"s,
        "\xFC\xFF\xFC\xFFOB\0\0\4\0\0\0abcd"s, "\xE1\x7F\x10\0LO\4\0abcd"s}) {
    EXPECT_EQ(Fault(image + tail), "") << tail.size();
  }
  EXPECT_EQ(Fault(image + "\xFC\xFF\xFC\xFFOB\0\0\4\0\0\0abc"s), "dicom-damaged: an element is longer than the file");
  EXPECT_EQ(Fault(image + "\xE1\x7F\x10\0LO"s), "dicom-damaged: ends within an element");
}

}  // namespace
}  // namespace gateway::dicom
