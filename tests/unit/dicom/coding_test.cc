// Lossless coding of instances, and the tools and libraries of others that read what was coded.
#include "base/files.h"
#include "coding_fixture.h"
#include "dicom/header_reader.h"

namespace gateway::dicom {
namespace {

using Path = std::filesystem::path;
using Form = std::vector<std::string>;

constexpr std::array kOfFrames{Coding::jpeg_ls, Coding::jpeg2000_lossless, Coding::jpeg_lossless, Coding::rle};

// The tool that decodes what one of these wrote. gdcmconv reads all of them.
std::vector<std::string> DecoderOf(Coding coding) {
  switch (coding) {
    case Coding::jpeg_ls:
      return {"dcmdjpls"};
    case Coding::jpeg_lossless:
      return {"dcmdjpeg", "+cn"};
    case Coding::rle:
      return {"dcmdrle"};
    case Coding::deflated:
      return {"dcmconv", "+te"};
    default:
      return {"gdcmconv", "--raw"};
  }
}

struct Kind {
  const char* name;
  Form form;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

class KindsOfImages : public CodingTest, public testing::WithParamInterface<Kind> {};

TEST_P(KindsOfImages, AreCodedExactlyAndReadByOthers) {
  const Path original = Image(GetParam().form);
  const std::string pixels = PixelsOf(original);
  for (const Coding coding : kOfFrames) {
    const Coded coded = Code(original, coding);
    ASSERT_TRUE(coded.is_coded()) << NameOf(coding) << coded.outcome.why;
    const bool planes = coding != Coding::rle;
    ExpectSameElements(original, coded.file, planes ? Form{"PlanarConfiguration"} : Form{});
    EXPECT_EQ(CompareDecoded(original, coded.file), Difference::none) << NameOf(coding);
    EXPECT_EQ(PixelsOf(Made(DecoderOf(coding), coded.file)), pixels) << NameOf(coding);
    EXPECT_EQ(PixelsOf(Made({"gdcmconv", "--raw"}, coded.file)), pixels) << "gdcm, " << NameOf(coding);

    const Coded decoded = Code(coded.file, Coding::uncompressed);
    ASSERT_TRUE(decoded.is_coded()) << NameOf(coding) << decoded.outcome.why;
    EXPECT_EQ(ExpectSameElements(coded.file, decoded.file, {"PlanarConfiguration"}), "1.2.840.10008.1.2.1");
    EXPECT_EQ(CompareDecoded(original, decoded.file), Difference::none) << NameOf(coding);
  }
}

TEST_P(KindsOfImages, AreDeflated) {
  const Path original = Image(GetParam().form);
  const Coded coded = Code(original, Coding::deflated);
  if (GetParam().name == std::string("Deflated")) {
    EXPECT_EQ(coded.outcome.why, "it is deflated already");
    return;
  }
  ASSERT_TRUE(coded.is_coded()) << coded.outcome.why;
  ExpectSameElements(original, coded.file);
  EXPECT_EQ(PixelsOf(Made({"dcmconv", "+te"}, coded.file)), PixelsOf(original));
  const Coded inflated = Code(coded.file, Coding::uncompressed);
  ASSERT_TRUE(inflated.is_coded()) << inflated.outcome.why;
  ExpectSameElements(original, inflated.file);
  EXPECT_EQ(CompareDecoded(original, inflated.file), Difference::none);
}

INSTANTIATE_TEST_SUITE_P(
    , KindsOfImages,
    testing::Values(Kind{"Grey8", {"allocated=8", "stored=8"}}, Kind{"Grey12", {}},
                    Kind{"Grey16", {"stored=16", "content=noise"}}, Kind{"Signed12", {"representation=1"}},
                    Kind{"Signed16", {"representation=1", "stored=16"}},
                    Kind{"Odd", {"rows=31", "columns=17", "allocated=8", "stored=8"}},
                    Kind{"OneRow", {"rows=1", "columns=64"}}, Kind{"OneColumn", {"rows=64", "columns=1"}},
                    Kind{"Flat", {"content=flat"}}, Kind{"Rgb", {"samples=3", "allocated=8", "stored=8"}},
                    Kind{"RgbPlanes", {"samples=3", "allocated=8", "stored=8", "planar=1"}},
                    Kind{"RgbOdd", {"samples=3", "allocated=8", "stored=8", "rows=3", "columns=5"}},
                    Kind{"YbrFull", {"samples=3", "allocated=8", "stored=8", "photometric=YBR_FULL"}},
                    Kind{"Palette", {"allocated=8", "stored=8", "photometric=PALETTE COLOR"}},
                    Kind{"Monochrome1", {"photometric=MONOCHROME1"}}, Kind{"MultiFrame", {"frames=5"}},
                    Kind{"RgbMultiFrame",
                         {"samples=3", "allocated=8", "stored=8", "frames=3", "planar=1", "rows=7", "columns=9"}},
                    Kind{"Private", {"extra=1"}}, Kind{"Implicit", {"extra=1", "syntax=implicit"}},
                    Kind{"ImplicitSigned", {"extra=1", "representation=1", "syntax=implicit"}},
                    Kind{"BigEndian", {"syntax=big"}}, Kind{"BigEndian8", {"allocated=8", "stored=8", "syntax=big"}},
                    Kind{"Deflated", {"frames=2", "extra=1", "syntax=deflated"}}),
    [](const auto& kind) { return kind.param.name; });

using Coding_ = CodingTest;

TEST_F(Coding_, OpjDecompressReadsTheSameValues) {
  for (const auto& [form, extension] : {std::pair(Form{"stored=12"}, "rawl"), std::pair(Form{"stored=16"}, "rawl"),
                                        std::pair(Form{"allocated=8", "stored=8", "frames=2"}, "raw")}) {
    const Path original = Image(form);
    const Coded coded = Code(original, Coding::jpeg2000_lossless);
    ASSERT_TRUE(coded.is_coded()) << coded.outcome.why;
    const Path codestream = directory_ / "frame.j2k";
    const Path native = directory_ / "frame.native";
    const Path raw = directory_ / (std::string("frame.") + extension);
    ExpectSameElements(original, coded.file, {"codestream=" + codestream.string(), "native=" + native.string()});
    const Finished run = RunTool({"opj_decompress", "-i", codestream, "-o", raw});
    ASSERT_EQ(run.exit_code, 0) << run.output;
    EXPECT_EQ(ReadAll(raw), ReadAll(native));
  }
}

TEST_F(Coding_, WhatPydicomBringsIsCodedOrTravelsAsItCame) {
  int coded_files = 0;
  for (const Path& file : ReadablePydicomFiles()) {
    for (const Coding coding : kOfFrames) {
      const Coded coded = Code(file, coding);
      EXPECT_NE(coded.is_coded(), !coded.outcome.why.empty()) << file;
      if (!coded.is_coded()) continue;
      ++coded_files;
      EXPECT_EQ(CompareDecoded(file, coded.file), Difference::none) << file << NameOf(coding);
      // gdcmconv does not write all of these as native pixels.
      if (coding == Coding::jpeg2000_lossless) continue;
      EXPECT_EQ(PixelsOf(Made(DecoderOf(coding), coded.file)), PixelsOf(file)) << file << NameOf(coding);
    }
  }
  EXPECT_GT(coded_files, 50);
}

TEST_F(Coding_, WhatPydicomBringsCompressedIsDecoded) {
  for (const char* name :
       {"JPEG2000.dcm", "MR_small_jp2klossless.dcm", "J2K_pixelrep_mismatch.dcm", "693_J2KI.dcm", "GDCMJ2K_TextGBR.dcm",
        "JPEG-lossy.dcm", "JPGExtended.dcm", "MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm",
        "SC_rgb_dcmtk_+eb+cr.dcm", "SC_rgb_dcmtk_+eb+cy+s4.dcm", "SC_rgb_gdcm_KY.dcm", "SC_rgb_jpeg_dcmtk.dcm",
        "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_rle_16bit_2frame.dcm", "SC_rgb_rle_32bit_2frame.dcm", "rtdose_rle.dcm",
        "SC_rgb_small_odd_jpeg.dcm", "image_dfl.dcm"}) {
    const Path file = PydicomFile(name);
    const Coded decoded = Code(file, Coding::uncompressed);
    ASSERT_TRUE(decoded.is_coded()) << name << ": " << decoded.outcome.why;
    EXPECT_EQ(decoded.outcome.header->transfer_syntax_uid, "1.2.840.10008.1.2.1") << name;
    EXPECT_EQ(CompareDecoded(file, decoded.file), Difference::none) << name;
  }
}

TEST_F(Coding_, WhatCannotBeCodedExactlyTravelsAsItCame) {
  const auto why = [this](const Form& form, Coding coding) {
    const Coded coded = Code(Image(form), coding);
    EXPECT_FALSE(coded.is_coded());
    return coded.outcome.why;
  };
  for (const Coding coding : kOfFrames) {
    EXPECT_EQ(why({"allocated=1", "stored=1", "rows=16", "columns=16"}, coding),
              "its pixels are stored in a way that is not coded");
    EXPECT_EQ(why({"pixels=float"}, coding), "it has no pixels");
    EXPECT_EQ(why({"pixels=double"}, coding), "it has no pixels");
  }
  EXPECT_EQ(why({"content=overlay"}, Coding::jpeg2000_lossless),
            "bits outside its values are used, which JPEG 2000 would lose");
  EXPECT_EQ(why({"allocated=8", "stored=1", "content=noise"}, Coding::jpeg2000_lossless), "OpenJPEG cannot code it");
  EXPECT_EQ(why({"high=15"}, Coding::jpeg2000_lossless), "its values do not stand in the low bits");
  EXPECT_EQ(why({"allocated=32", "stored=32"}, Coding::jpeg_ls), "its samples have neither 8 nor 16 bits");
  EXPECT_EQ(why({"samples=3", "allocated=8", "stored=8", "photometric=HSV"}, Coding::jpeg_ls),
            "its colours are not coded");
  EXPECT_EQ(why({}, Coding::uncompressed), "it is not compressed");
}

// JPEG-LS, JPEG lossless and RLE keep the whole words.
TEST_F(Coding_, OverlaysInUnusedBitsAreKept) {
  for (const Form& form : {Form{"content=overlay"}, Form{"high=15"}, Form{"high=15", "representation=1"}}) {
    const Path original = Image(form);
    for (const Coding coding : {Coding::jpeg_ls, Coding::jpeg_lossless, Coding::rle}) {
      const Coded coded = Code(original, coding);
      ASSERT_TRUE(coded.is_coded()) << coded.outcome.why;
      const Coded decoded = Code(coded.file, Coding::uncompressed);
      ASSERT_TRUE(decoded.is_coded()) << decoded.outcome.why;
      EXPECT_EQ(DatasetOf(decoded.file), DatasetOf(original)) << NameOf(coding);
    }
  }
}

TEST_F(Coding_, ThereAndBackIsTheSameByteForByte) {
  for (const Form& form : {Form{"extra=0"}, Form{"samples=3", "allocated=8", "stored=8"}, Form{"frames=3"}}) {
    const Path original = Image(form);
    for (const Coding coding :
         {Coding::jpeg_ls, Coding::jpeg2000_lossless, Coding::jpeg_lossless, Coding::rle, Coding::deflated}) {
      const Coded coded = Code(original, coding);
      ASSERT_TRUE(coded.is_coded()) << coded.outcome.why;
      EXPECT_EQ(DatasetOf(Code(coded.file, Coding::uncompressed).file), DatasetOf(original)) << NameOf(coding);
    }
  }
}

TEST_F(Coding_, OneCodingBecomesAnother) {
  const Path original = Image({"frames=3"});
  const Path rle = Code(original, Coding::rle).file;
  for (const Coding coding : {Coding::jpeg_ls, Coding::jpeg2000_lossless, Coding::jpeg_lossless}) {
    const Coded coded = Code(rle, coding);
    ASSERT_TRUE(coded.is_coded()) << coded.outcome.why;
    EXPECT_EQ(CompareDecoded(original, coded.file), Difference::none) << NameOf(coding);
    EXPECT_EQ(Code(coded.file, coding).outcome.why, "it has this coding already");
    EXPECT_EQ(Code(coded.file, Coding::deflated).outcome.why, "it is compressed already");
    EXPECT_EQ(Code(coded.file, Coding::best).outcome.why, "it is compressed already");
  }
  const Coded lossy = Code(PydicomFile("SC_rgb_jpeg_dcmtk.dcm"), Coding::jpeg_ls);
  EXPECT_EQ(lossy.outcome.why, "it was compressed with loss, or in an unknown way");
}

TEST_F(Coding_, FramesInSeveralFragmentsAreFound) {
  const Path original = Image({"frames=3", "stored=16", "content=noise", "rows=64", "columns=64"});
  for (const Form& tool :
       {Form{"dcmcjpls", "+fs", "1"}, Form{"dcmcjpls", "+fs", "1", "-ot"}, Form{"dcmcjpeg", "+e1", "+fs", "1"},
        Form{"dcmcjpeg", "+e1", "+fs", "1", "-ot"}, Form{"dcmcrle", "+fs", "1"}}) {
    const Coded decoded = Code(Made(tool, original), Coding::uncompressed);
    ASSERT_TRUE(decoded.is_coded()) << testing::PrintToString(tool) << decoded.outcome.why;
    EXPECT_EQ(PixelsOf(decoded.file), PixelsOf(original)) << testing::PrintToString(tool);
  }
}

TEST_F(Coding_, TheTableOfOffsetsIsRight) {
  const Coded coded = Code(Image({"frames=3"}), Coding::rle);
  const Finished checked = RunTool({"/usr/bin/python3", "-B", "-W", "ignore", "-c",
                                    "import pydicom, sys\n"
                                    "from pydicom.filebase import DicomBytesIO\n"
                                    "from pydicom.encaps import get_frame_offsets, decode_data_sequence\n"
                                    "value = pydicom.dcmread(sys.argv[1]).PixelData\n"
                                    "stream = DicomBytesIO(value)\n"
                                    "stream.is_little_endian = True\n"
                                    "has, offsets = get_frame_offsets(stream)\n"
                                    "frames = decode_data_sequence(value)\n"
                                    "at = [sum(8 + len(f) for f in frames[:i]) for i in range(len(frames))]\n"
                                    "assert has and offsets == at, (offsets, at)\n",
                                    coded.file});
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
}

TEST_F(Coding_, CutAndSpoiltFilesTravelAsTheyCame) {
  for (const char* name : {"CT_small.dcm", "MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "image_dfl.dcm",
                           "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_dcmtk.dcm"}) {
    const std::string whole = ReadAll(PydicomFile(name));
    for (const std::size_t size : {whole.size() - 600, whole.size() / 2, whole.size() - 1}) {
      const Path cut = directory_ / std::to_string(++made_);
      WriteFile(cut, whole.substr(0, size));
      for (const Coding coding : {Coding::jpeg_lossless, Coding::uncompressed, Coding::deflated}) {
        const Coded coded = Code(cut, coding);
        EXPECT_NE(coded.is_coded(), !coded.outcome.why.empty()) << name << size;
        if (coded.is_coded()) {
          EXPECT_EQ(size, whole.size() - 1) << name << NameOf(coding);
        }
      }
    }
  }
}

// NumberOfFrames says how much there would be before anything is decoded.
TEST_F(Coding_, MoreThanFourGigabytesAreRefused) {
  const Path rle = Code(Image({"frames=2", "rows=4096", "columns=256", "content=flat"}), Coding::rle).file;
  const Path many = Made({"/usr/bin/python3", "-B", "-W", "ignore", "-c",
                          "import pydicom, sys\n"
                          "from pydicom.encaps import decode_data_sequence, encapsulate\n"
                          "image = pydicom.dcmread(sys.argv[1])\n"
                          "frame = decode_data_sequence(image.PixelData)[0]\n"
                          "image.NumberOfFrames = 2049\n"
                          "image.PixelData = encapsulate([frame] * 2049)\n"
                          "image.save_as(sys.argv[2])\n"},
                         rle);
  EXPECT_EQ(Code(many, Coding::uncompressed).outcome.why, "it would have more than 4 GB");
}

}  // namespace
}  // namespace gateway::dicom
