#include "fixture.h"

#include <stdlib.h>

#include <algorithm>
#include <fstream>

#include "support/certificates.h"

namespace gateway::config {

ConfigTest::ConfigTest() {
  std::string name = (std::filesystem::temp_directory_path() / "gateway-config-XXXXXX").string();
  directory_ = ::mkdtemp(name.data());
  for (const char* const file : {"secret.asc", "public.asc", "password"}) Write(file, "x\n");
  static const std::string kAuthority = MakeCertificate();
  Write("ca.pem", kAuthority);
  Set("gateway", "gateway: { state_dir: state }\n");
  Set("dicom", "dicom: { ae_title: DMGW }\n");
  Set("pacs", "pacs:\n  main: { ae_title: PACS_A, host: 127.0.0.1, port: 4242 }\n");
  Set("mailboxes", "mailboxes:\n" + Mailbox("main", kSmtp, kImap, kKey));
  Set("partners",
      std::string("partners:\n  b:\n    address: gw@b.example\n    key: { file: public.asc, fingerprint: ") +
          kFingerprint + " }\n");
}

ConfigTest::~ConfigTest() {
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

void ConfigTest::Write(const std::string& name, const std::string& text) {
  std::filesystem::create_directories(Path(name).parent_path());
  std::ofstream(Path(name), std::ios::binary) << text;
  std::filesystem::permissions(Path(name), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

Loaded ConfigTest::LoadText(const std::string& text) {
  Write("gateway.yaml", text);
  return Load(file());
}

Loaded ConfigTest::LoadSections() {
  return LoadText(Text());
}

std::string ConfigTest::Text() const {
  std::string text;
  for (const auto& [section, lines] : sections_) text += lines;
  return text;
}

void ConfigTest::ExpectMistake(const std::string& part) {
  const std::string text = Text();
  const auto marked = text.find("#!");
  ASSERT_NE(marked, std::string::npos) << "no line is marked";
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(marked), '\n');
  const Loaded loaded = LoadText(text);
  EXPECT_THAT(Lines(loaded), testing::ElementsAre(testing::AllOf(testing::StartsWith(std::to_string(line) + ": "),
                                                                 testing::HasSubstr(part))))
      << text;
}

void ConfigTest::ExpectGood() {
  EXPECT_THAT(Lines(LoadSections()), testing::IsEmpty()) << Text();
}

std::vector<std::string> Lines(const Loaded& loaded) {
  std::vector<std::string> lines;
  for (const Diagnostic& mistake : loaded.mistakes) {
    lines.push_back(std::to_string(mistake.line) + ": " + mistake.message);
  }
  return lines;
}

std::string Mailbox(const std::string& name, const std::string& smtp, const std::string& imap, const std::string& key) {
  return "  " + name + ":\n    address: " + name + "@a.example\n    smtp: " + smtp + "\n    imap: " + imap +
         "\n    key: " + key + "\n";
}

}  // namespace gateway::config
