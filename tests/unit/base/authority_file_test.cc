#include "base/authority_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random_text.h"
#include "support/certificates.h"

namespace gateway {
namespace {

class AuthorityFiles : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }

  Result<AuthorityFile> Read(const std::string& text) {
    std::ofstream(file_, std::ios::binary) << text;
    return ReadAuthorityFile(file_);
  }
  std::string CodeOf(const std::string& text) {
    const Result<AuthorityFile> file = Read(text);
    return file ? "" : file.error().code;
  }

  const std::filesystem::path file_ = std::filesystem::temp_directory_path() / ("ca-" + RandomHex(8));
};

TEST_F(AuthorityFiles, TellWhatTheirCertificatesAreGoodFor) {
  const std::string text = "A comment.\n" + MakeCertificate() + "\nAnother one.\r\n" +
                           MakeCertificate({.from_days = -20, .to_days = -10}) +
                           MakeCertificate({.is_authority = false, .from_days = 1});
  const Result<AuthorityFile> file = Read(text);
  ASSERT_TRUE(file) << file.error().detail;
  EXPECT_EQ(file->certificates, 3U);
  EXPECT_EQ(file->valid_today, 1U);
  EXPECT_EQ(file->authorities, 2U);
}

TEST_F(AuthorityFiles, WithoutACertificateAreUnusable) {
  const std::string good = MakeCertificate();
  for (const std::string& text :
       {std::string(), std::string("gateway:\n"), std::string(4096, '\0'), std::string("-----BEGIN CERTIFICATE-----\n"),
        "-----BEGIN PUBLIC KEY-----\n" + good.substr(good.find('\n') + 1, 64) + "\n-----END PUBLIC KEY-----\n"}) {
    EXPECT_EQ(CodeOf(text), "tls-ca-unusable") << text.substr(0, 40);
  }
  EXPECT_EQ(CodeOf(good.substr(0, good.size() / 2)), "tls-ca-unusable") << "cut in the middle";
  EXPECT_EQ(CodeOf(good + good.substr(0, good.find('\n') + 9) + "!!!!\n-----END CERTIFICATE-----\n"), "tls-ca-unusable")
      << "one that is damaged behind a good one";
  EXPECT_EQ(ReadAuthorityFile("/nonexistent").error().code, "file-error");
}

}  // namespace
}  // namespace gateway
