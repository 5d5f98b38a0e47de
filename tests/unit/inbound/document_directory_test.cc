#include "inbound/document_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/files.h"
#include "base/random_text.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "inbound/document_kinds.h"

namespace gateway::inbound {
namespace {

using testing::UnorderedElementsAre;

class Placing : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(target_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Result<void> Place(const std::string& name, const std::string& content, const std::string& key = "abc") {
    const std::filesystem::path file = directory_ / "document";
    std::ofstream(file, std::ios::binary) << content;
    StringSource source(content);
    return PlaceFile(target_, {file, name, *Sha256Hex(source), key});
  }

  [[nodiscard]] std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(target_)) names.insert(entry.path().filename());
    return names;
  }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("place-" + RandomHex(8));
  std::filesystem::path target_ = directory_ / "target";
};

TEST(SafeFileName, KeepsAUsualName) {
  EXPECT_EQ(SafeFileName("2024.1", "Befund M\xC3\xBCller.pdf", ""), "2024.1_Befund M\xC3\xBCller.pdf");
}

TEST(SafeFileName, IsNeverAPath) {
  EXPECT_EQ(SafeFileName("../..", "../../etc/passwd", ""), "_._.._passwd");
  EXPECT_EQ(SafeFileName("N1", "C:\\Temp\\a.txt", ""), "N1_a.txt");
  EXPECT_EQ(SafeFileName("N1", "a/..", "application/pdf"), "N1_document.pdf");
}

TEST(SafeFileName, HasNothingThatAFileSystemMinds) {
  EXPECT_EQ(SafeFileName("N1", "a:b*c?\"<>|\n\x7F.pdf", ""), "N1_a_b_c_______.pdf");
  EXPECT_EQ(SafeFileName("N1", "Befund\xFCr.pdf", ""), "N1_Befund_r.pdf");
  EXPECT_EQ(SafeFileName(".N1", "a", ""), "_N1_a");
}

TEST(SafeFileName, IsReadAsItIs) {
  EXPECT_EQ(SafeFileName("N1",
                         "a\xE2\x80\xAE"
                         "fdp.exe",
                         ""),
            "N1_a_fdp.exe");
  EXPECT_EQ(SafeFileName("N1", "a\xC2\x9B\xE2\x80\x8B.pdf", ""), "N1_a__.pdf");
}

TEST(SafeFileName, NamesTheNameless) {
  EXPECT_EQ(SafeFileName("N1", "", "image/png"), "N1_document.png");
  EXPECT_EQ(SafeFileName("N1", " . .", "application/x-unknown"), "N1_document.bin");
}

TEST(SafeFileName, IsShortAndKeepsItsEnding) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string name(shift, 'a');
    for (int i = 0; i < 300; ++i) name += "\xE2\x82\xAC";
    const std::string safe = SafeFileName(std::string(500, '7'), name + ".pdf", "");
    EXPECT_LE(safe.size(), 150U);
    EXPECT_TRUE(safe.ends_with("\xE2\x82\xAC.pdf")) << safe;
    EXPECT_EQ(ValidUtf8Prefix(safe), safe.size());
  }
}

TEST_F(Placing, LeavesTheWholeFileAndNothingElse) {
  ASSERT_TRUE(Place("a.pdf", "content"));
  EXPECT_THAT(Names(), UnorderedElementsAre("a.pdf"));
  EXPECT_EQ(*ReadSmallFile(target_ / "a.pdf"), "content");
  struct stat status {};
  ASSERT_EQ(::stat((target_ / "a.pdf").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST_F(Placing, OverwritesNothing) {
  ASSERT_TRUE(Place("a.b.pdf", "first"));
  ASSERT_TRUE(Place("a.b.pdf", "second"));
  ASSERT_TRUE(Place("a.b.pdf", "third"));
  EXPECT_THAT(Names(), UnorderedElementsAre("a.b.pdf", "a.b-2.pdf", "a.b-3.pdf"));
  EXPECT_EQ(*ReadSmallFile(target_ / "a.b.pdf"), "first");
  EXPECT_EQ(*ReadSmallFile(target_ / "a.b-3.pdf"), "third");
}

// After a crash between the directory and the ledger.
TEST_F(Placing, TwiceIsOnce) {
  ASSERT_TRUE(Place("a.pdf", "other"));
  ASSERT_TRUE(Place("a.pdf", "content"));
  ASSERT_TRUE(Place("a.pdf", "content"));
  EXPECT_THAT(Names(), UnorderedElementsAre("a.pdf", "a-2.pdf"));
}

TEST_F(Placing, BeginsAnewAfterACrash) {
  std::ofstream(target_ / ".abc.part") << "half of anoth";
  ASSERT_TRUE(Place("a.pdf", "content"));
  EXPECT_THAT(Names(), UnorderedElementsAre("a.pdf"));
  EXPECT_EQ(*ReadSmallFile(target_ / "a.pdf"), "content");
}

TEST_F(Placing, FollowsNoLink) {
  std::filesystem::create_symlink(directory_ / "victim", target_ / ".abc.part");
  std::filesystem::create_symlink(directory_ / "victim", target_ / "a.pdf");
  ASSERT_TRUE(Place("a.pdf", "content"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "victim"));
  EXPECT_THAT(Names(), UnorderedElementsAre("a.pdf", "a-2.pdf"));
}

TEST_F(Placing, TriesAgainWhereTheDirectoryIsAway) {
  std::filesystem::remove(target_);
  const Result<void> placed = Place("Befund Mustermann.pdf", "content");
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().fault, Fault::transient);
  EXPECT_EQ(placed.error().code, "directory-unusable");
  EXPECT_EQ(placed.error().detail.find("Mustermann"), std::string::npos);
}

TEST_F(Placing, SaysWhenTheDocumentIsGone) {
  const std::filesystem::path gone = directory_ / "gone";
  const Result<void> placed = PlaceFile(target_, {gone, "a.pdf", "", "abc"});
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().fault, Fault::permanent);
}

class Kinds : public Placing {
 protected:
  std::string Judge(const std::string& name, const std::string& content, const std::vector<std::string>& kinds = {}) {
    const std::filesystem::path file = directory_ / "document";
    std::ofstream(file, std::ios::binary) << content;
    const Result<void> judged = JudgeDocumentKind(name, kinds, file);
    return judged ? "" : judged.error().code;
  }
  std::string Scan(const std::string& script) {
    const std::filesystem::path scanner = directory_ / "scanner";
    std::ofstream(scanner) << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(scanner, std::filesystem::perms::owner_all);
    const Result<void> scanned = ScanDocument(scanner, directory_ / "document");
    return scanned ? "" : scanned.error().code;
  }
};

TEST_F(Kinds, AreThoseOfReportsAndLetters) {
  EXPECT_EQ(Judge("a.pdf", "%PDF-"), "");
  EXPECT_EQ(Judge("a.PDF", "%PDF-"), "");
  for (const char* name : {"a.exe", "a.lnk", "a.hta", "a.html", "a.scf", "a.pdf.exe", "a"}) {
    EXPECT_EQ(Judge(name, "x"), "document-kind") << name;
  }
  EXPECT_EQ(Judge("a.stl", "x", {"stl"}), "");
  EXPECT_EQ(Judge("a.pdf", "x", {"stl"}), "document-kind");
}

TEST_F(Kinds, AreNoProgramsWhateverTheyAreCalled) {
  for (const std::string content : {"MZ\x90",
                                    "\x7F"
                                    "ELF",
                                    "#!/bin/sh", "<!DOCTYPE html><HTML>", "  <script>"}) {
    EXPECT_EQ(Judge("a.pdf", content), "document-kind") << content;
  }
}

TEST_F(Kinds, AScannerIsAsked) {
  std::ofstream(directory_ / "document") << "virus";
  EXPECT_EQ(Scan("exit 0"), "");
  EXPECT_EQ(Scan("grep -q virus \"$1\" && exit 1; exit 0"), "document-infected");
  EXPECT_EQ(Scan("exit 2"), "scanner-failed");
  EXPECT_EQ(Scan("kill -9 $$"), "scanner-failed");
  EXPECT_EQ(ScanDocument(directory_ / "none", directory_ / "document").error().code, "scanner-failed");
}

}  // namespace
}  // namespace gateway::inbound
