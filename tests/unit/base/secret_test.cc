#include "base/secret.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "base/files.h"
#include "base/random_text.h"

namespace gateway {
namespace {

class Secrets : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path Write(const std::string& content, ::mode_t mode = 0600) {
    const std::filesystem::path file = directory_ / RandomHex(8);
    std::ofstream(file, std::ios::binary) << content;
    EXPECT_EQ(::chmod(file.c_str(), mode), 0);
    return file;
  }

  const std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("secrets-" + RandomHex(8));
};

std::string CodeOf(const Result<void>& result) {
  return result ? "" : result.error().code;
}

// Exit code of `child` in a process of its own.
template <typename Child>
int ExitOf(Child child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WEXITSTATUS(status);
}

TEST_F(Secrets, AreReadWhole) {
  const std::string content("a\0b\n", 4);
  EXPECT_EQ(ReadSecretFile(Write(content))->view(), content);
  EXPECT_TRUE(ReadSecretFile(Write(""))->empty());
  EXPECT_STREQ(ReadSecretFile(Write(""))->c_str(), "");
}

TEST_F(Secrets, PasswordsLoseTheirLineEndOnly) {
  EXPECT_EQ(ReadPasswordFile(Write(" pass word \r\n\n"))->view(), " pass word ");
  EXPECT_EQ(ReadPasswordFile(Write("\n"))->view(), "");
}

TEST_F(Secrets, TooLargeFilesAreRefused) {
  EXPECT_EQ(ReadSecretFile(Write("12345"), 4).error().code, "file-too-large");
  EXPECT_TRUE(ReadSecretFile(Write("1234"), 4));
}

TEST_F(Secrets, MoveWithoutACopy) {
  Secret first("secret");
  const char* const place = first.c_str();
  Secret second(std::move(first));
  first = std::move(second);
  EXPECT_EQ(first.c_str(), place);
  EXPECT_EQ(first.view(), "secret");
}

TEST_F(Secrets, TruncationWipes) {
  Secret secret("secret");
  secret.Truncate(2);
  EXPECT_EQ(secret.view(), "se");
  EXPECT_EQ(std::string_view(secret.c_str(), 7), std::string_view("se\0\0\0\0\0", 7));
}

TEST_F(Secrets, AnyAccessOfOthersIsRefused) {
  for (const ::mode_t mode : {0601U, 0602U, 0604U, 0666U}) {
    const std::filesystem::path file = Write("x", mode);
    EXPECT_EQ(CodeOf(CheckSecretFile(file)), "secret-readable-by-others") << mode;
    EXPECT_EQ(ReadSecretFile(file).error().code, "secret-readable-by-others") << mode;
  }
  for (const ::mode_t mode : {0400U, 0600U, 0640U}) EXPECT_EQ(CodeOf(CheckSecretFile(Write("x", mode))), "") << mode;
}

TEST_F(Secrets, WhatIsReadIsWhatIsChecked) {
  const std::filesystem::path file = Write("x", 0644);
  const Result<UniqueFd> opened = OpenForReading(file);
  std::filesystem::remove(file);
  std::filesystem::rename(Write("y"), directory_ / "put-in-its-place");
  std::filesystem::rename(directory_ / "put-in-its-place", file);
  EXPECT_EQ(CodeOf(CheckSecretFile(file)), "");
  EXPECT_EQ(CodeOf(CheckSecretFile(opened->get(), file)), "secret-readable-by-others");
}

TEST_F(Secrets, ThoseOfAnotherUserAreRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  const std::filesystem::path file = Write("x");
  EXPECT_EQ(::chmod(directory_.c_str(), 0755), 0);
  const auto code_as = [&file](::uid_t user) {
    return ExitOf([&file, user] {
      if (::setuid(user) != 0) return 9;
      const std::string code = CodeOf(CheckSecretFile(file));
      return code.empty() ? 0 : code == "secret-of-another-user" ? 1 : 2;
    });
  };
  EXPECT_EQ(code_as(1000), 0) << "root's";
  EXPECT_EQ(::chown(file.c_str(), 1000, 0), 0);
  EXPECT_EQ(code_as(1000), 0) << "one's own";
  EXPECT_EQ(code_as(1001), 1) << "another's";
}

TEST_F(Secrets, WipedTextIsGoneWhereverItStood) {
  std::string text(1000, 's');
  const char* const place = text.data();
  text.resize(10);
  WipeText(text);
  EXPECT_EQ(text, "");
  ASSERT_EQ(text.data(), place);  // the allocation stays, so that what was in it can be looked at
  EXPECT_EQ(std::string_view(place, 1000).find('s'), std::string_view::npos);
}

TEST(CoreDumps, AreForbidden) {
  const int exit = ExitOf([] {
    ForbidCoreDumps();
    rlimit limit{1, 1};
    return ::getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1;
  });
  EXPECT_EQ(exit, 0);
}

}  // namespace
}  // namespace gateway
