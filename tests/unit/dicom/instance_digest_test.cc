// Instances of one SOP Instance UID that are, or are not, the same.
#include "base/instance_digest.h"

#include "base/files.h"
#include "dicom/coding/codecs.h"
#include "dicom/coding/decoded_digest.h"
#include "dicom/digest_maker.h"
#include "dicom/header_reader.h"
#include "dicom/rle_decoder.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

using Path = std::filesystem::path;

class Digests : public testing::Test {
 protected:
  static void SetUpTestSuite() { LoadCodecs(); }

  static InstanceDigest DigestOf(const Path& file, bool decoded = false) {
    const UniqueFd fd = OpenForReading(file).value();
    const auto header = ReadHeaderWithoutHash(fd.get());
    EXPECT_TRUE(header) << file;
    const auto text = decoded ? MakeDecodedDigest(fd.get(), *header) : MakeDigest(fd.get(), *header);
    EXPECT_TRUE(text || decoded) << file << text.error().detail;
    const auto digest = InstanceDigestFrom(text ? *text : std::string());
    return digest.value_or(InstanceDigest{});
  }

  // As the gateway does: what is compressed is decoded where that is needed.
  static Difference CompareFiles(const Path& one, const Path& other) {
    InstanceDigest first = DigestOf(one);
    InstanceDigest second = DigestOf(other);
    const Difference quick = Compare(first, second);
    EXPECT_EQ(Compare(second, first), quick);
    if (quick != Difference::unknown) return quick;
    if (first.form != kSamplesForm) first = DigestOf(one, true);
    if (second.form != kSamplesForm) second = DigestOf(other, true);
    return first.form.empty() || second.form.empty() ? quick : Compare(first, second);
  }

  static std::string Changed(const Path& one, const Path& other) {
    return NamesOfChanged(DigestOf(one), DigestOf(other));
  }

  // A copy of `file`, made by a tool of DCMTK.
  Path Made(std::vector<std::string> tool, const Path& file) {
    const Path made = directory_ / std::to_string(++made_);
    tool.push_back(file);
    tool.push_back(made);
    const Finished run = RunTool(tool);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return made;
  }

  Path Varied(const Path& file, const std::string& how) {
    const Path varied = directory_ / std::to_string(++made_);
    const Finished run = RunTool(
        {"/usr/bin/python3", "-B", "-W", "ignore", REPOSITORY_DIR "/tests/unit/dicom/vary.py", file, varied, how});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return varied;
  }

  Path Modified(const Path& file, const std::string& modification) {
    const Path changed = directory_ / std::to_string(++made_);
    std::filesystem::copy_file(file, changed);
    const Finished run = RunTool({"dcmodify", "-nb", "-imt", "-i", modification, changed});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return changed;
  }

  // With one bit of the pixels turned over.
  Path Spoilt(const Path& file, std::size_t from_end = 1000) {
    std::string content = ReadAll(file);
    content[content.size() - from_end] ^= 1;
    const Path spoilt = directory_ / std::to_string(++made_);
    WriteFile(spoilt, content);
    return spoilt;
  }

  const Path ct_ = PydicomFile("CT_small.dcm");
  TempDirectory directory_;
  int made_ = 0;
};

TEST_F(Digests, AnotherTransferSyntaxWithoutLossIsTheSameInstance) {
  for (const std::vector<std::string>& tool : std::vector<std::vector<std::string>>{{"dcmconv", "+ti"},
                                                                                    {"dcmconv", "+tb"},
                                                                                    {"dcmconv", "+te", "+e", "+g"},
                                                                                    {"dcmconv", "+td"},
                                                                                    {"dcmcrle"},
                                                                                    {"dcmcjpeg", "+e1"},
                                                                                    {"dcmcjpeg", "+el"},
                                                                                    {"dcmcjpls"}}) {
    EXPECT_EQ(CompareFiles(ct_, Made(tool, ct_)), Difference::none) << testing::PrintToString(tool);
  }
  EXPECT_EQ(CompareFiles(Made({"dcmcrle"}, ct_), Made({"dcmcjpls"}, ct_)), Difference::none);
}

TEST_F(Digests, SoIsWhatOtherSoftwareWrote) {
  const Path mr = PydicomFile("MR_small.dcm");
  for (const char* name : {"MR_small_RLE.dcm", "MR_small_bigendian.dcm", "MR_small_expb.dcm", "MR_small_implicit.dcm",
                           "MR_small_jpeg_ls_lossless.dcm", "MR_small_padded.dcm"}) {
    EXPECT_EQ(CompareFiles(mr, PydicomFile(name)), Difference::none) << name;
  }
}

TEST_F(Digests, SoAreColoursHoweverTheyAreStored) {
  const Path colours = PydicomFile("SC_rgb_small_odd.dcm");
  for (const std::vector<std::string>& tool :
       std::vector<std::vector<std::string>>{{"dcmcrle"}, {"dcmcjpls"}, {"dcmcjpeg", "+e1"}, {"dcmconv", "+ti"}}) {
    EXPECT_EQ(CompareFiles(colours, Made(tool, colours)), Difference::none) << tool[0];
  }
  EXPECT_EQ(CompareFiles(colours, Varied(colours, "planes")), Difference::none);
  EXPECT_EQ(CompareFiles(Varied(colours, "planes"), Made({"dcmcrle"}, colours)), Difference::none);
}

TEST_F(Digests, BitsThatAreNoPartOfTheValueDoNotCount) {
  const Path plain = Varied(ct_, "twelve bits");
  const Path noisy = Varied(ct_, "bits beyond");
  EXPECT_EQ(CompareFiles(plain, noisy), Difference::none);
  EXPECT_EQ(CompareFiles(Made({"dcmcrle"}, noisy), plain), Difference::none);
  EXPECT_EQ(CompareFiles(ct_, plain), Difference::pixels) << "signed values became unsigned ones";
}

TEST_F(Digests, TextCountsAndNotItsCharacterSet) {
  const Path latin = Varied(ct_, "latin-1");
  const Path utf8 = Varied(ct_, "utf-8");
  EXPECT_EQ(CompareFiles(latin, utf8), Difference::none);
  EXPECT_EQ(CompareFiles(latin, Made({"dcmconv", "+ti"}, utf8)), Difference::none);
  EXPECT_EQ(Changed(utf8, Modified(utf8, "(0008,1030)=Hals")), "StudyDescription");
  EXPECT_EQ(Changed(utf8, Varied(utf8, "nested")), "RequestAttributesSequence");
  EXPECT_EQ(CompareFiles(ct_, Varied(ct_, "thumbnail")), Difference::none);
}

TEST_F(Digests, ChangedAttributesAreNamed) {
  const Path changed = Modified(ct_, "(0010,0020)=KA-1");
  EXPECT_EQ(CompareFiles(ct_, changed), Difference::attributes);
  EXPECT_EQ(Changed(ct_, changed), "PatientID");
  EXPECT_EQ(Changed(changed, Modified(ct_, "(0008,0050)=A1")), "AccessionNumber, PatientID");
  EXPECT_EQ(Changed(ct_, Modified(ct_, "(0018,9999)=A1")), "other attributes");
  EXPECT_EQ(CompareFiles(ct_, Made({"dcmcrle"}, changed)), Difference::attributes);
  EXPECT_EQ(CompareFiles(Made({"dcmconv", "+ti"}, ct_), changed), Difference::attributes);
  EXPECT_EQ(Changed(Made({"dcmconv", "+tb"}, ct_), changed), "PatientID");
  const Path jpeg2000 = PydicomFile("JPEG2000.dcm");
  EXPECT_EQ(CompareFiles(jpeg2000, Modified(jpeg2000, "(0010,0020)=KA-1")), Difference::attributes);
}

TEST_F(Digests, ChangedPixelsAreTold) {
  EXPECT_EQ(CompareFiles(ct_, Spoilt(ct_)), Difference::pixels);
  EXPECT_EQ(CompareFiles(Made({"dcmcrle"}, ct_), Spoilt(ct_)), Difference::pixels);
  EXPECT_EQ(CompareFiles(Made({"dcmcrle"}, ct_), Made({"dcmcjpls"}, Spoilt(ct_))), Difference::pixels);
  EXPECT_EQ(CompareFiles(ct_, Modified(Spoilt(ct_), "(0010,0020)=KA-1")), Difference::pixels);
  EXPECT_EQ(CompareFiles(ct_, Varied(ct_, "monochrome1")), Difference::pixels);
  EXPECT_EQ(CompareFiles(ct_, Varied(ct_, "no pixels")), Difference::pixels);
  EXPECT_EQ(Changed(ct_, Spoilt(ct_)), "");
}

TEST_F(Digests, Jpeg2000IsTheSameAsNative) {
  const Path jpeg2000 = PydicomFile("MR_small_jp2klossless.dcm");
  EXPECT_EQ(CompareFiles(jpeg2000, jpeg2000), Difference::none);
  EXPECT_EQ(CompareFiles(PydicomFile("MR_small.dcm"), jpeg2000), Difference::none);
  EXPECT_EQ(CompareFiles(PydicomFile("MR_small_RLE.dcm"), jpeg2000), Difference::none);
  EXPECT_EQ(CompareFiles(jpeg2000, Spoilt(jpeg2000, 2500)), Difference::pixels);
  EXPECT_EQ(CompareFiles(Spoilt(PydicomFile("MR_small.dcm")), jpeg2000), Difference::pixels);
}

TEST_F(Digests, WhatCannotBeDecodedIsUnknown) {
  const Path jpeg2000 = PydicomFile("MR_small_jp2klossless.dcm");
  std::string other = ReadAll(jpeg2000);
  other.replace(other.find("\xFF\x4F\xFF\x51"), 4, "none");
  const Path damaged = directory_ / "damaged";
  WriteFile(damaged, other);
  EXPECT_EQ(CompareFiles(jpeg2000, damaged), Difference::unknown);
  EXPECT_EQ(CompareFiles(PydicomFile("MR_small.dcm"), damaged), Difference::unknown);
}

TEST_F(Digests, LossIsAChange) {
  const Path colours = PydicomFile("SC_rgb_jpeg_dcmtk.dcm");
  const Path decoded = Made({"dcmdjpeg"}, colours);
  EXPECT_EQ(CompareFiles(decoded, Made({"dcmcjpls"}, decoded)), Difference::none);
  EXPECT_EQ(CompareFiles(decoded, Made({"dcmcjpls", "+en", "+md", "4", "+un"}, decoded)), Difference::pixels);
}

struct Content {
  const char* tag;
  const char* words;
};

class ContentDigests : public Digests, public testing::WithParamInterface<Content> {
 protected:
  // The words have different lengths, so that numbers differ too.
  Path With(const Path& file, const char* word) {
    return Varied(file, std::string("content ") + GetParam().tag + ' ' + word);
  }
};

TEST_P(ContentDigests, ArePartOfTheInstanceInEachTransferSyntax) {
  const Path one = With(ct_, "seen1234");
  const InstanceDigest seen = DigestOf(one);
  const InstanceDigest other = DigestOf(With(ct_, "unseen1234567890"));
  EXPECT_EQ(Compare(seen, other), Difference::content);
  EXPECT_EQ(KindsOfChangedContent(seen, other), GetParam().words);
  EXPECT_EQ(KindsOfChangedContent(DigestOf(ct_), seen), GetParam().words);
  for (const char* encoding : {"+ti", "+tb"}) {
    const InstanceDigest converted = DigestOf(Made({"dcmconv", encoding}, one));
    EXPECT_EQ(Compare(seen, converted), Difference::none) << encoding;
    EXPECT_EQ(Compare(other, converted), Difference::content) << encoding;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Elements, ContentDigests,
    testing::Values(Content{"00420011", "the encapsulated document"}, Content{"0040A730", "the content of the report"},
                    Content{"54000100", "the waveforms"}, Content{"60003000", "the overlays"},
                    Content{"60023000", "the overlays"}, Content{"00281201", "the colour palette"},
                    Content{"00281202", "the colour palette"}, Content{"00281203", "the colour palette"},
                    Content{"00281221", "the colour palette"}, Content{"00281222", "the colour palette"},
                    Content{"00281223", "the colour palette"}, Content{"56000020", "the spectroscopy data"},
                    Content{"5000200C", "the audio"}, Content{"50003000", "the curves"},
                    Content{"00700001", "the graphic annotations"}, Content{"30060039", "the contours"},
                    Content{"300A00B0", "the treatment plan"}, Content{"30040050", "the dose-volume histograms"},
                    Content{"00660002", "the surfaces"}, Content{"00700308", "the registration"}),
    [](const auto& content) { return std::string("Tag") + content.param.tag; });

TEST_F(Digests, ContentCountsWithoutPixelsToo) {
  const Path bare = Varied(ct_, "no pixels");
  const Path one = Varied(bare, "content 00420011 seen");
  const Path other = Varied(bare, "content 00420011 unseen");
  EXPECT_EQ(CompareFiles(one, other), Difference::content);
  EXPECT_EQ(CompareFiles(one, bare), Difference::content);
  EXPECT_EQ(CompareFiles(one, Made({"dcmconv", "+td"}, one)), Difference::none);
  EXPECT_EQ(CompareFiles(one, Modified(one, "(0010,0020)=KA-1")), Difference::attributes);
  EXPECT_EQ(CompareFiles(one, Modified(other, "(0010,0020)=KA-1")), Difference::content);
  EXPECT_EQ(CompareFiles(bare, Modified(bare, "(0042,0011)=")), Difference::attributes) << "an empty element has none";
  EXPECT_EQ(DigestOf(bare).content, "");
}

TEST_F(Digests, SeveralKindsOfContentAreAllNamed) {
  const Path one = Varied(Varied(ct_, "content 00420011 seen"), "content 60003000 same");
  const Path other = Varied(Varied(ct_, "content 00420011 unseen"), "content 00281201 more");
  EXPECT_EQ(KindsOfChangedContent(DigestOf(one), DigestOf(other)),
            "the encapsulated document, the overlays, the colour palette");
  EXPECT_EQ(KindsOfChangedContent(DigestOf(one), DigestOf(one)), "");
  EXPECT_EQ(CompareFiles(one, Spoilt(one)), Difference::pixels) << "they are what is told first";
}

// A decoder need not be asked.
TEST_F(Digests, ContentDiffersWhateverTheCompressedPixelsDo) {
  const Path jpeg2000 = PydicomFile("MR_small_jp2klossless.dcm");
  const Path one = Varied(jpeg2000, "content 60003000 seen");
  EXPECT_EQ(CompareFiles(one, Varied(jpeg2000, "content 60003000 unseen")), Difference::content);
  EXPECT_EQ(CompareFiles(one, Varied(PydicomFile("MR_small.dcm"), "content 60003000 unseen")), Difference::content);
  EXPECT_EQ(CompareFiles(one, Varied(PydicomFile("MR_small.dcm"), "content 60003000 seen")), Difference::none);
}

TEST_F(Digests, FloatingPointNumbersArePixels) {
  for (const char* tag : {"7FE00008", "7FE00009"}) {
    const Path one = Varied(ct_, std::string("content ") + tag + " seen1234");
    const Path other = Varied(ct_, std::string("content ") + tag + " seen1235");
    EXPECT_EQ(CompareFiles(one, other), Difference::pixels) << tag;
    EXPECT_EQ(CompareFiles(one, ct_), Difference::pixels) << tag;
    EXPECT_EQ(Changed(one, Modified(one, "(0010,0020)=KA-1")), "PatientID") << tag;
    for (const char* encoding : {"+ti", "+tb", "+te"}) {
      EXPECT_EQ(CompareFiles(one, Made({"dcmconv", encoding}, one)), Difference::none) << tag << encoding;
      EXPECT_EQ(CompareFiles(other, Made({"dcmconv", encoding}, one)), Difference::pixels) << tag << encoding;
    }
  }
}

// DCMTK decodes none of these.
TEST_F(Digests, RleOfThirtyTwoBitsIsTheSameAsNative) {
  for (const auto& [one, other] :
       {std::pair("rtdose.dcm", "rtdose_rle.dcm"), std::pair("rtdose_1frame.dcm", "rtdose_rle_1frame.dcm")}) {
    const Path native = PydicomFile(one);
    const Path rle = PydicomFile(other);
    EXPECT_EQ(CompareFiles(native, rle), Difference::none) << one;
    EXPECT_EQ(CompareFiles(Made({"dcmconv", "+te"}, native), rle), Difference::none) << one;
    EXPECT_EQ(CompareFiles(Spoilt(native, 300), rle), Difference::pixels) << one;
  }
}

TEST_F(Digests, WithoutPixelsTheAttributesAreAll) {
  for (const char* name : {"rtplan.dcm", "reportsi.dcm", "priv_SQ.dcm", "nested_priv_SQ.dcm"}) {
    const Path file = PydicomFile(name);
    const UniqueFd fd = OpenForReading(file).value();
    if (!ReadHeaderWithoutHash(fd.get())) continue;
    EXPECT_EQ(CompareFiles(file, Made({"dcmconv", "+te", "-e"}, file)), Difference::none) << name;
    const Path changed = Modified(file, "(0010,0020)=KA-1");
    EXPECT_EQ(CompareFiles(file, changed), Difference::attributes) << name;
    EXPECT_EQ(Changed(file, changed), "") << "nobody can guess them from what the ledger holds";
  }
}

TEST_F(Digests, EachReadableFileHasOneAndIsItself) {
  for (const Path& file : ReadablePydicomFiles()) {
    const UniqueFd fd = OpenForReading(file).value();
    const auto header = ReadHeader(fd.get());
    ASSERT_TRUE(header);
    const auto text = MakeDigest(fd.get(), *header);
    if (!text) {
      EXPECT_EQ(text.error().code, "dicom-damaged") << file;
      continue;
    }
    const auto digest = InstanceDigestFrom(*text);
    ASSERT_TRUE(digest) << *text;
    EXPECT_EQ(ToText(*digest), *text);
    EXPECT_EQ(Compare(*digest, *digest), Difference::none);
    const auto decoded = MakeDecodedDigest(fd.get(), *header);
    if (!decoded) {
      EXPECT_THAT(decoded, FailsWith("not-decoded")) << file;
    } else if (digest->form == kSamplesForm) {
      EXPECT_EQ(*decoded, *text) << file;
    }
  }
}

TEST(DigestText, OfOtherRulesIsNone) {
  const std::string hash(64, 'a');
  EXPECT_TRUE(InstanceDigestFrom("2 " + hash + " samples " + hash + "  "));
  EXPECT_TRUE(InstanceDigestFrom("2 " + hash + " samples " + hash + "  a" + hash + "d" + hash));
  EXPECT_FALSE(InstanceDigestFrom("1 " + hash + " samples " + hash + " ")) << "as it was before there was content";
  EXPECT_FALSE(InstanceDigestFrom("3 " + hash + " samples " + hash + "  "));
  EXPECT_FALSE(InstanceDigestFrom("2 " + hash + " nonsense " + hash + "  "));
  EXPECT_FALSE(InstanceDigestFrom("2 " + hash + " samples " + hash + " aa "));
  EXPECT_FALSE(InstanceDigestFrom("2 " + hash.substr(1) + " samples " + hash + "  "));
  EXPECT_FALSE(InstanceDigestFrom("2 " + hash + " samples " + hash + "  z" + hash));
  EXPECT_FALSE(InstanceDigestFrom("2 " + hash + " samples " + hash + "  d" + hash + "a" + hash));
  EXPECT_FALSE(InstanceDigestFrom("2 " + hash + " samples " + hash + "  a" + hash.substr(1)));
  EXPECT_FALSE(InstanceDigestFrom(""));
}

class Rle : public testing::Test {
 protected:
  // Two pixels of `samples` samples of 16 bits.
  static ImageForm FormOf(std::uint64_t samples) {
    ImageForm form;
    form.rows = 1;
    form.columns = 2;
    form.samples = samples;
    form.allocated = 16;
    form.stored = 16;
    form.high_bit = 15;
    return form;
  }

  static std::string Frame(const std::vector<std::string>& segments) {
    std::vector<std::size_t> numbers{segments.size()};
    std::string body;
    for (const std::string& segment : segments) {
      numbers.push_back(64 + body.size());
      body += segment;
    }
    numbers.resize(16);
    std::string frame;
    for (const std::size_t number : numbers)
      frame += {static_cast<char>(number & 0xFF), static_cast<char>(number >> 8), 0, 0};
    return frame + body;
  }
};

TEST_F(Rle, SegmentsAreBytesOfSamplesTheMostSignificantFirst) {
  const std::string literal = std::string("\x01", 1);
  const auto frame = UnpackRle(Frame({literal + "Aa", literal + "Bb", literal + "Cc", literal + "Dd"}), FormOf(2));
  ASSERT_TRUE(frame);
  EXPECT_EQ(*frame, "BADCbadc");
  EXPECT_EQ(*UnpackRle(Frame({"\xFFx", "\x80\xFFy"}), FormOf(1)), "yxyx");
  EXPECT_EQ(*UnpackRle(Frame({literal + "Aa" + std::string(1, '\0'), "\x81y"}), FormOf(1)), "yAya") << "padded";
}

TEST_F(Rle, WhatIsDamagedIsRefused) {
  const std::string whole = Frame({"\xFFx", "\xFFy"});
  ASSERT_TRUE(UnpackRle(whole, FormOf(1)));
  EXPECT_THAT(UnpackRle(whole, FormOf(2)), FailsWith("not-decoded"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(UnpackRle(whole.substr(0, size), FormOf(1)), FailsWith("not-decoded")) << size;
  }
  for (const std::size_t offset : {4U, 8U}) {
    for (const char value : {'\0', '\x3F', '\x7F'}) {
      std::string moved = whole;
      moved[offset] = value;
      EXPECT_THAT(UnpackRle(moved, FormOf(1)), FailsWith("not-decoded")) << offset << value;
    }
  }
  EXPECT_THAT(UnpackRle(Frame({"", "\xFFy"}), FormOf(1)), FailsWith("not-decoded"));
  EXPECT_THAT(UnpackRle(Frame({"\xFFx", "\x80\x80\x80"}), FormOf(1)), FailsWith("not-decoded"));
  EXPECT_THAT(UnpackRle(Frame({"\xFFx", std::string(2, '\0')}), FormOf(1)), FailsWith("not-decoded"));
}

}  // namespace
}  // namespace gateway::dicom
