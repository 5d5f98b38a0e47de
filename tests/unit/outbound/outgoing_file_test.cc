#include "outbound/outgoing_file.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "base/files.h"
#include "dicom/header_reader.h"
#include "dicom/toolkit.h"

namespace gateway::outbound {
namespace {

namespace fs = std::filesystem;

class OutgoingFileTest : public testing::Test {
 protected:
  OutgoingFileTest() {
    std::string name = (fs::temp_directory_path() / "outgoing-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    directory_ = name;
    GatewaySettings settings;
    settings.state_dir = directory_ / "state";
    fs::create_directories(settings.state_dir / "spool" / "work");
    spool_ = spool::Spool::View(settings.state_dir);
    EXPECT_TRUE(dicom::StartToolkit(false));
  }
  ~OutgoingFileTest() override { fs::remove_all(directory_); }

  fs::path Write(const std::string& name, const std::string& content) {
    std::ofstream(directory_ / name, std::ios::binary) << content;
    return directory_ / name;
  }
  std::string TypeOf(const std::string& name, const std::string& content) {
    const auto taken = TakeFile(Write(name, content), *spool_);
    return taken && taken->document ? taken->document->content_type : "none";
  }
  std::string ErrorOf(const fs::path& file) {
    const auto taken = TakeFile(file, *spool_);
    return taken ? "taken" : taken.error().code;
  }

  fs::path directory_;
  std::unique_ptr<spool::Spool> spool_;
};

// A data set of three UIDs, Implicit VR Little Endian.
std::string BareDataSet() {
  const auto element = [](std::string_view tag, std::string_view value) {
    return std::string(tag) + static_cast<char>(value.size()) + std::string(3, '\0') + std::string(value);
  };
  return element({"\x08\0\x16\0", 4}, {"1.2.840.10008.5.1.4.1.1.2\0", 26}) +
         element({"\x08\0\x18\0", 4}, {"1.2.3.45", 8}) + element({"\x20\0\x0D\0", 4}, {"1.2.3\0", 6});
}

TEST_F(OutgoingFileTest, ABareDataSetBecomesAPart10File) {
  const auto taken = TakeFile(Write("IM1", BareDataSet()), *spool_);
  ASSERT_TRUE(taken && taken->header);
  EXPECT_FALSE(taken->document);
  const std::string copy = ReadSmallFile(taken->copy->path()).value();
  EXPECT_EQ(copy.substr(128, 4), "DICM");
  EXPECT_TRUE(copy.ends_with(BareDataSet()));
  const InstanceHeader again = dicom::ReadHeader(taken->copy->path()).value();
  EXPECT_TRUE(again.has_meta_header && taken->header->has_meta_header);
  EXPECT_EQ(again.study_instance_uid, "1.2.3");
  EXPECT_EQ(taken->header->dataset_sha256, again.dataset_sha256);
  EXPECT_EQ(taken->header->dataset_offset, again.dataset_offset);
  EXPECT_EQ(taken->header->file_size, copy.size());
}

TEST_F(OutgoingFileTest, APart10FileIsTakenAsItIs) {
  const auto first = TakeFile(Write("IM1", BareDataSet()), *spool_);
  ASSERT_TRUE(first);
  const std::string whole = ReadSmallFile(first->copy->path()).value();
  const auto taken = TakeFile(Write("IM2.pdf", whole), *spool_);
  ASSERT_TRUE(taken && taken->header);
  EXPECT_EQ(ReadSmallFile(taken->copy->path()).value(), whole);
}

TEST_F(OutgoingFileTest, ADocumentIsDescribed) {
  const auto taken = TakeFile(Write("Brief.PDF", "%PDF-1.4 abc"), *spool_);
  ASSERT_TRUE(taken && taken->document);
  EXPECT_FALSE(taken->header);
  EXPECT_EQ(taken->document->content_type, "application/pdf");
  EXPECT_EQ(taken->document->name, "Brief.PDF");
  EXPECT_EQ(taken->document->size, 12U);
  EXPECT_EQ(taken->document->sha256, "fbbd78ac134cb95d752e79844b9419b78ba99009e8dfac26934b9b0d3b73634c");
}

TEST_F(OutgoingFileTest, TheRootElementMakesACda) {
  EXPECT_EQ(
      TypeOf("a.xml", "<?xml version='1.0'?><!-- x --><ClinicalDocument xmlns='urn:hl7-org:v3'></ClinicalDocument>"),
      "application/hl7-cda+xml");
  EXPECT_EQ(TypeOf("b.cda", "<ClinicalDocument xmlns='urn:hl7-org:v3'></ClinicalDocument>"), "application/hl7-cda+xml");
  EXPECT_EQ(TypeOf("c.xml", "<list><ClinicalDocument/></list>"), "text/xml");
}

TEST_F(OutgoingFileTest, CopiesGoWhenTheyAreNotKept) {
  {
    const auto taken = TakeFile(Write("a.txt", "x"), *spool_);
    ASSERT_TRUE(taken);
    EXPECT_TRUE(fs::exists(taken->copy->path()));
  }
  EXPECT_TRUE(fs::is_empty(directory_ / "state" / "spool" / "work"));
}

TEST_F(OutgoingFileTest, WhatCannotBeReadIsRefused) {
  ASSERT_EQ(::mkfifo((directory_ / "fifo").c_str(), 0600), 0);
  for (const char* name : {"missing", "fifo", "state", "state/spool/none/x"}) {
    EXPECT_EQ(ErrorOf(directory_ / name), "file-not-readable") << name;
  }
  EXPECT_EQ(ErrorOf(Write("empty", "")), "file-empty");
  EXPECT_TRUE(fs::is_empty(directory_ / "state" / "spool" / "work"));
}

TEST(MediaType, ComesFromTheExtension) {
  EXPECT_EQ(MediaTypeOf("/x.d/a.b.JPG"), "image/jpeg");
  EXPECT_EQ(MediaTypeOf("a.jpeg"), "image/jpeg");
  EXPECT_EQ(MediaTypeOf("a.png"), "image/png");
  EXPECT_EQ(MediaTypeOf("a.txt"), "text/plain");
  EXPECT_EQ(MediaTypeOf("/x.pdf/a"), "application/octet-stream");
  EXPECT_EQ(MediaTypeOf(".pdf"), "application/octet-stream");
}

TEST(MailableName, KeepsTheNameAsFarAsAMailCan) {
  EXPECT_EQ(MailableName("/tmp/Befund Müller.pdf"), "Befund Müller.pdf");
  EXPECT_EQ(MailableName("/tmp/a\r\nb\xFF.pdf"), "a__b_.pdf");
  std::string umlauts;
  for (int i = 0; i < 120; ++i) umlauts += "ü";
  const std::string name = MailableName("/tmp/" + umlauts + ".pdf");
  EXPECT_EQ(name, umlauts.substr(0, 196) + ".pdf");
}

}  // namespace
}  // namespace gateway::outbound
