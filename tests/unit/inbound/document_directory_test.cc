#include "inbound/document_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
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
  std::string Check(const std::string& name, const std::string& content, const std::vector<std::string>& kinds = {}) {
    const std::filesystem::path file = directory_ / "document";
    std::ofstream(file, std::ios::binary) << content;
    const Result<void> checked = CheckDocumentKind(name, kinds, file);
    return checked ? "" : checked.error().code;
  }
};

TEST_F(Kinds, AreThoseOfFindingsAndLetters) {
  EXPECT_EQ(Check("a.pdf", "%PDF-"), "");
  EXPECT_EQ(Check("a.PDF", "%PDF-"), "");
  for (const char* name : {"a.exe", "a.lnk", "a.hta", "a.html", "a.scf", "a.pdf.exe", "a"}) {
    EXPECT_EQ(Check(name, "x"), "document-kind") << name;
  }
  EXPECT_EQ(Check("a.stl", "x", {"stl"}), "");
  EXPECT_EQ(Check("a.pdf", "x", {"stl"}), "document-kind");
}

TEST_F(Kinds, AreNoProgramsWhateverTheyAreCalled) {
  for (const std::string content : {"MZ\x90",
                                    "\x7F"
                                    "ELF",
                                    "#!/bin/sh", "<!DOCTYPE html><HTML>", "  <script>"}) {
    EXPECT_EQ(Check("a.pdf", content), "document-kind") << content;
  }
}

std::string Utf16(const std::string& text, bool little) {
  std::string wide;
  for (const char c : text) wide += little ? std::string{c, '\0'} : std::string{'\0', c};
  return wide;
}

TEST_F(Kinds, AreNoPagesWhateverTheyAreCalled) {
  const std::vector<std::string> pages{"<!DOCTYPE html>\n<body onload=x()>",
                                       "<!doctype html><title>x",
                                       "<iframe src=x>",
                                       "<svg onload=x()>",
                                       "<svg:svg xmlns:svg='x'>",
                                       "<!-- c --><script>",
                                       "</p><img src=x onerror=y>",
                                       "<b>x",
                                       "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>",
                                       std::string(2000, ' ') + "<html>",
                                       std::string(200'000, '\n') + "<body>"};
  for (const std::string& page : pages) {
    for (const std::string& text : {page, "\xEF\xBB\xBF" + page, "\xFF\xFE" + Utf16(page, true),
                                    "\xFE\xFF" + Utf16(page, false), Utf16(page, true), Utf16(page, false)}) {
      EXPECT_EQ(Check("a.txt", text), "document-kind") << page.substr(0, 80);
      EXPECT_EQ(Check("a.pdf", text), "document-kind") << page.substr(0, 80);
    }
  }
}

TEST_F(Kinds, AreTextsThatOnlySpeakOfPages) {
  for (const std::string text : {"Die Seite beginnt mit <html>, dann folgt <script>.", "<3 mm grosser Herd", "<", "",
                                 "<dr.mueller@praxis.example> schrieb:", "< 5 mm", "Befund: o.B."}) {
    EXPECT_EQ(Check("a.txt", text), "") << text;
  }
}

TEST_F(Kinds, OfPagesAndOfXmlMayBeginWithTags) {
  EXPECT_EQ(Check("a.xml", "<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'>"), "");
  EXPECT_EQ(Check("a.cda", "\xFF\xFE" + Utf16("<ClinicalDocument/>", true)), "");
  EXPECT_EQ(Check("a.xml", "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>"), "document-kind");
  EXPECT_EQ(Check("a.xml", "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>"), "document-kind");
  EXPECT_EQ(Check("a.html", "<html>", {"html"}), "");
  EXPECT_EQ(Check("a.pdf", "<html>", {"html", "pdf"}), "document-kind");
}

TEST_F(Kinds, OfXmlAreNoPagesWhereverThatShows) {
  const std::string start = "<?xml version='1.0'?><Befund xmlns='urn:x'>";
  EXPECT_EQ(Check("a.xml", start + "a &amp; b &#228; &#60;3 mm &"), "");
  for (const std::string& sign :
       {std::string("<h:b xmlns:h='http://www.w3.org/1999/xhtml' onload='x()'/>"), std::string("<script>x()</script>"),
        std::string("<h:b xmlns:h='http://www.w3.org/1999/&#x78;html'/>"), std::string("<x:Script/>"),
        std::string("<g xmlns='http://www.w3.org/2000/svg'/>"), std::string("&#60;script&#0062;"),
        "<b c='&#" + std::string(70, '0') + "120;html'/>",
        std::string("<m xmlns='http://www.w3.org/1998/Math/MathML'/>")}) {
    for (const std::size_t before : {0U, 5000U, 65'536U - 60U, 65'536U - 43U, 65'536U - 5U, 200'000U}) {
      const std::string text = start + std::string(before, 'x') + sign + std::string(100, 'x') + "</Befund>";
      for (const char* name : {"a.xml", "a.cda", "a.hl7"}) {
        EXPECT_EQ(Check(name, text), "document-kind") << before << sign;
      }
      EXPECT_EQ(Check("a.xml", "\xFF\xFE" + Utf16(text, true)), "document-kind") << before << sign;
    }
  }
  for (const std::string doctype : {"<!DOCTYPE x [<!ENTITY e '&#60;script>'>]>", "<?xml-stylesheet href='a.xsl'?>",
                                    "<!DOCTYPE x [<!ATTLIST x y CDATA 'z'>]>"}) {
    EXPECT_EQ(Check("a.xml", "<?xml version='1.0'?>" + std::string(5000, '\n') + doctype + "<x/>"), "document-kind");
  }
}

TEST_F(Kinds, AreTextsThatBeginWithATagOfTheirOwn) {
  for (const std::string text : {"<Befund>\nFraktur\n</Befund>", "<Patient> M.", "<section>", "<befund:text/>",
                                 "<Anamnese>", "<hr", "<pre-op>", "<!ACHTUNG>", "<?>"}) {
    for (const char* name : {"a.txt", "a.csv"}) EXPECT_EQ(Check(name, text), "") << text;
    EXPECT_EQ(Check("a.txt", "\xEF\xBB\xBF \r\n" + text), "") << text;
  }
  for (const std::string name : {"HTML", "head", "SCRIPT", "iframe", "h1", "div", "font", "table", "a", "style",
                                 "title", "b", "body", "br", "p"}) {
    for (const char* end : {" ", ">", "\n", "/>"})
      EXPECT_EQ(Check("a.txt", " \n<" + name + end), "document-kind") << name;
  }
  for (const std::string text : {"<!-- x", "<!DOCTYPE HTML", "<?xml version='1.0'?><Befund/>"}) {
    EXPECT_EQ(Check("a.txt", text), "document-kind") << text;
  }
}

TEST_F(Kinds, AreTextsThatBeginAsProgramsDo) {
  EXPECT_EQ(Check("a.txt", "MZA Radiologie Befund: o.B."), "");
  EXPECT_EQ(Check("a.txt", "MZA Radiologie\r\n" + std::string(200, 'x')), "");
  EXPECT_EQ(Check("a.txt", "MZ\xC3\xBC Befund"), "");
  // As compilers make them, and one whose header is made to look like text: it points to 0x20202020
  // or less.
  std::string program = "MZ" + std::string(58, '\0') + std::string("\x40\0\0\0", 4) + "PE";
  EXPECT_EQ(Check("a.txt", program), "document-kind");
  program = "MZ" + std::string(58, ' ') + "    ";
  EXPECT_EQ(Check("a.txt", program), "");
  const std::filesystem::path file = directory_ / "document";
  std::filesystem::resize_file(file, 0x20202020 + 2);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(0x20202020) << "PE";
  EXPECT_EQ(CheckDocumentKind("a.txt", {}, file).error().code, "document-kind");
}

// The first bytes of a file of each kind.
std::map<std::string, std::string> Samples() {
  const std::string compound = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 x";
  return {{"pdf", "%PDF-1.4\n"},
          {"rtf", "{\\rtf1 Befund}"},
          {"doc", compound},
          {"xls", compound},
          {"docx", "PK\x03\x04 x"},
          {"odt", "PK\x03\x04 x"},
          {"xlsx", "PK\x03\x04 x"},
          {"jpg", "\xFF\xD8\xFF\xE0 x"},
          {"jpeg", "\xFF\xD8\xFF\xE0 x"},
          {"png", "\x89PNG\r\n\x1A\n x"},
          {"gif", "GIF89a x"},
          {"bmp", "BM x"},
          {"tif", std::string("II*\0 x", 6)},
          {"tiff", std::string("MM\0* x", 6)},
          {"dcm", std::string(128, '\0') + "DICM x"},
          {"txt", "Befund: o.B."},
          {"csv", "a;b\n1;2\n"},
          {"hl7", "\x0BMSH|^~\\&|RIS\r\x1C\r"},
          {"xml", "<?xml version='1.0' encoding='UTF-8'?><Befund/>"},
          {"cda", "\n<ClinicalDocument xmlns='urn:hl7-org:v3'/>"}};
}

TEST_F(Kinds, BeginAsTheirEndingsSay) {
  const auto samples = Samples();
  for (const auto& [kind, content] : samples) EXPECT_EQ(Check("a." + kind, content), "") << kind;
  for (const auto& [kind, ignored] : samples) {
    for (const std::string& content :
         {std::string("\x1F\x8B\x08\0 x", 6), std::string("MSCF\0\0\0\0", 8), std::string("ITSF\x03\0\0\0", 8),
          std::string("7z\xBC\xAF\x27\x1C\0", 7), std::string("\xFE\xED\xFA\xCE\0\0", 6),
          std::string("\xFE\xED\xFA\xCF\0\0", 6), std::string("\xCA\xFE\xBA\xBE\0\0\0\x34", 8),
          std::string("\xCA\xFE\xBA\xBF\0\0", 6), std::string("dex\n035\0", 8), std::string("\0asm\1\0\0\0", 8),
          std::string("L\0\0\0\x01\x14\x02\0", 8), std::string("@ECHO OFF\r\ndel x\r\n"),
          std::string("\xEF\xBB\xBF[InternetShortcut]\nURL=x\n"), std::string("[INTERNETSHORTCUT]\nURL=x\n"),
          std::string("[{000214A0-0000-0000-C000-000000000046}]\r\nProp3=19,2\r\n[InternetShortcut]\r\nURL=x\r\n"),
          "\xFF\xFE" + Utf16("[InternetShortcut]\nURL=x\n", true), std::string("[Desktop Entry]\nExec=x\n"),
          std::string("\xEF\xBB\xBF\xEF\xBB\xBF<html>x"), std::string("<ht\x1B(Bml>")}) {
      EXPECT_EQ(Check("a." + kind, content), "document-kind") << kind << " " << content;
    }
  }
  const std::string mhtml = "MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>";
  for (const char* name : {"a.doc", "a.pdf", "a.rtf", "a.docx", "a.jpg", "a.dcm"}) {
    EXPECT_EQ(Check(name, mhtml), "document-kind") << name;
    EXPECT_EQ(Check(name, ""), "document-kind") << name;
  }
}

TEST_F(Kinds, MayBeCalledByAnEndingOfTheSameFamily) {
  EXPECT_EQ(Check("a.jpg", "\x89PNG\r\n\x1A\n x"), "");
  EXPECT_EQ(Check("a.doc", "{\\rtf1 Befund}"), "");
  EXPECT_EQ(Check("a.doc", "PK\x03\x04 x"), "");
  EXPECT_EQ(Check("a.docx", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 x"), "") << "it has a password";
  EXPECT_EQ(Check("a.pdf", "\xEF\xBB\xBF\r\n%PDF-1.7\n"), "");
  // Programs that show a PDF find its first line anywhere in the first 1024 bytes.
  EXPECT_EQ(Check("a.pdf", "\x1B%-12345X@PJL JOB\r\n%PDF-1.7\n"), "");
  EXPECT_EQ(Check("a.pdf", std::string(1019, 'x') + "%PDF-1.7\n"), "");
  EXPECT_EQ(Check("a.pdf", std::string(1020, 'x') + "%PDF-1.7\n"), "document-kind");
  for (const char* before : {"<html>", "#!/bin/sh\n", "MZ\x90",
                             "\x7F"
                             "ELF",
                             "[InternetShortcut]\n"}) {
    EXPECT_EQ(Check("a.pdf", before + std::string("%PDF-1.7\n")), "document-kind") << before;
  }
  EXPECT_EQ(Check("a.jpg", std::string("RIFF\x10\0\0\0WEBPVP8 ", 16)), "");
  for (const std::string& other :
       {std::string("RIFF\x10\0\0\0WAVEfmt ", 16), std::string("RIFF\x10\0\0\0AVI LIST", 16), std::string("RIFF")}) {
    EXPECT_EQ(Check("a.jpg", other), "document-kind");
  }
  // Nothing is known about the content of other kinds.
  EXPECT_EQ(Check("a.stl", std::string("solid\0x", 7), {"stl"}), "");
  EXPECT_EQ(Check("a.stl", std::string("\xFE\xED\xFA\xCE\0\0", 6), {"stl"}), "document-kind");
}

TEST_F(Kinds, OfTextHoldText) {
  const std::string german = "Befund: Pneumonie rechts, M\xC3\xBCller\r\n";
  for (const std::string& text : {german, std::string("Befund M\xFCller \x80 50\n"),
                                  "\xFF\xFE" + Utf16("Befund\r\n", true), "\xFE\xFF" + Utf16("Befund\r\n", false),
                                  std::string("Seite 1\f\tSeite 2\x1A"), std::string(70'001, 'x') + "\n"}) {
    EXPECT_EQ(Check("a.txt", text), "") << text.substr(0, 40);
  }
  for (const std::string& bytes :
       {std::string("Befund\0", 7), Utf16("Befund", true), std::string(70'000, 'x') + "\x01",
        "\xFF\xFE" + Utf16("Befund", true) + "x", "\xFF\xFE" + Utf16("a\x02", true), std::string("PK\x03\x04")}) {
    EXPECT_EQ(Check("a.txt", bytes), "document-kind");
    EXPECT_EQ(Check("a.hl7", bytes), "document-kind");
  }
}

// What one program reads as words may be tags for another.
TEST_F(Kinds, OfXmlAreInACharacterSetWithoutShifts) {
  const auto with_set = [](const std::string& set) {
    return "<?xml version=\"1.0\" encoding=\"" + set + "\"?><Befund/>";
  };
  for (const char* set :
       {"UTF-8", "utf-8", "US-ASCII", "ISO-8859-1", "iso-8859-15", "windows-1252", "Shift_JIS", "GB18030", "KOI8-R"}) {
    EXPECT_EQ(Check("a.xml", with_set(set)), "") << set;
  }
  for (const char* set : {"iso-2022-jp", "ISO-2022-JP-2", "iso-2022-kr", "iso-2022-cn", "hz-gb-2312", "utf-7",
                          "x-unicode20utf8", "cp037", "ibm500", "utf-32", "cp1047", "scsu", "x-user-defined"}) {
    EXPECT_EQ(Check("a.xml", with_set(set)), "document-kind") << set;
    EXPECT_EQ(Check("a.hl7", with_set(set)), "document-kind") << set;
  }
  EXPECT_EQ(Check("a.xml", "\xFF\xFE" + Utf16(with_set("UTF-16"), true)), "");
  // Programs that store XML in another form may leave its declaration, or write no byte order mark.
  EXPECT_EQ(Check("a.xml", with_set("UTF-16") + "<!-- M\xC3\xBCller -->"), "");
  EXPECT_EQ(Check("a.xml", with_set("UTF-16") + "<!-- M\xFCller -->"), "document-kind");
  EXPECT_EQ(Check("a.xml", with_set("UTF-16") + "<!-- \x1B(B -->"), "document-kind");
  for (const bool little : {true, false}) {
    EXPECT_EQ(Check("a.cda", Utf16(with_set("UTF-16"), little)), "");
    EXPECT_EQ(Check("a.cda", Utf16("<ClinicalDocument/>", little)), "");
    EXPECT_EQ(Check("a.xml", Utf16(with_set("iso-2022-jp"), little)), "document-kind");
    EXPECT_EQ(Check("a.xml", Utf16(with_set("UTF-16"), little) + "x"), "document-kind");
    EXPECT_EQ(Check("a.xml", Utf16(with_set("UTF-16") + "<script>", little)), "document-kind");
  }
  const std::string start = "<?xml version='1.0'?><Befund>";
  EXPECT_EQ(Check("a.xml", start + "M\xC3\xBCller</Befund>"), "");
  for (const std::string& text :
       {start + "M\xFCller</Befund>", start + "x\x1B(By</Befund>", start + "x\x01</Befund>",
        start + std::string(65'500, 'x') + "\xC0\xBCscript", std::string("Befund"), std::string()}) {
    EXPECT_EQ(Check("a.xml", text), "document-kind") << text.substr(0, 60);
  }
  // A character that lies across two pieces of the file.
  for (const std::size_t before : {65'536U - 31U, 65'536U - 30U, 65'536U - 29U}) {
    EXPECT_EQ(Check("a.xml", start + std::string(before, 'x') + "\xE2\x82\xAC</Befund>"), "");
  }
}

TEST_F(Kinds, OfXmlLoadAndStartNothing) {
  for (const std::string text :
       {"<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'/>",
        "<window xmlns='http://www.mozilla.org/keymaster/gatekeeper/there.is.only.xul'/>",
        "<?xml version='1.0'?><?mso-application progid='Word.Document'?><x/>",
        "<w:wordDocument xmlns:w='http://schemas.microsoft.com/office/word/2003/wordml'/>",
        "<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>",
        "<x xmlns:i='http://www.w3.org/2001/XInclude'><i:include href='file:///etc/passwd'/></x>",
        "<!DOCTYPE x SYSTEM 'http://x.example/a.dtd'><x/>",
        "<!DOCTYPE x PUBLIC '-//X' 'http://x.example/a.dtd'><x/>"}) {
    EXPECT_EQ(Check("a.xml", text), "document-kind") << text;
    EXPECT_EQ(Check("a.cda", "<?xml version='1.0'?>\n" + text), "document-kind") << text;
  }
  for (const std::size_t blanks : {200U, 240U, 300U, 70'000U}) {
    const std::string between(blanks, ' ');
    EXPECT_EQ(Check("a.xml", "<!DOCTYPE x" + between + "SYSTEM \"http://x.example/a.dtd\"><x/>"), "document-kind");
    EXPECT_EQ(Check("a.xml", "<!DOCTYPE" + between + "x SYSTEM 'http://x.example/a.dtd'><x/>"), "document-kind");
    EXPECT_EQ(Check("a.xml", "<?xml version='1.0'?>" + std::string(65'400, ' ') + "<!DOCTYPE x SYSTEM" + between +
                                 "'http://x.example/a.dtd'><x/>"),
              "document-kind");
  }
  EXPECT_EQ(Check("a.xml", "<!DOCTYPE ClinicalDocument" + std::string(100, ' ') + "><ClinicalDocument/>"), "");
  EXPECT_EQ(Check("a.xml", "<!DOCTYPE ClinicalDocument><ClinicalDocument/>"), "");
  EXPECT_EQ(Check("a.xml", "<?xml version='1.0'?><!-- a 'b' --><Befund a='b'/>"), "");
}

TEST_F(Placing, IsNotDoneToWhatIsNotWhatCame) {
  const std::filesystem::path file = directory_ / "document";
  std::ofstream(file, std::ios::binary) << "changed";
  StringSource source("what came");
  EXPECT_EQ(PlaceFile(target_, {file, "a.pdf", *Sha256Hex(source), "abc"}).error().code, "document-changed");
  EXPECT_TRUE(Names().empty());
}

}  // namespace
}  // namespace gateway::inbound
