#include "base/trusted_path.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/random_text.h"

namespace gateway {
namespace {

class TrustedPath : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(directory_);
    EXPECT_EQ(::chmod(directory_.c_str(), 0755), 0);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path Write(const std::string& content, ::mode_t mode = 0600) {
    const std::filesystem::path file = directory_ / RandomHex(8);
    std::ofstream(file, std::ios::binary) << content;
    EXPECT_EQ(::chmod(file.c_str(), mode), 0);
    return file;
  }
  std::filesystem::path MakeDirectory(const std::string& name, ::mode_t mode) {
    std::filesystem::create_directories(directory_ / name);
    EXPECT_EQ(::chmod((directory_ / name).c_str(), mode), 0);
    return directory_ / name;
  }
  std::filesystem::path Link(const std::filesystem::path& link, const std::filesystem::path& target) {
    std::filesystem::create_symlink(target, link);
    return link;
  }

  const std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("trusted-" + RandomHex(8));
};

std::string CodeOf(const Result<void>& result) {
  return result ? "" : result.error().code;
}
bool Names(const Result<void>& result, const std::string& words) {
  return !result && result.error().detail.find(words) != std::string::npos;
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

// What this user of the machine is told: 0 good, 1 writable by others, 2 anything else.
int ToldAs(::uid_t user, const std::filesystem::path& file, TrustedAs as = TrustedAs::configuration) {
  return ExitOf([&] {
    if (user != 0 && (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0)) return 9;
    const std::string code = CodeOf(CheckTrustedFile(file, as));
    return code.empty() ? 0 : code == "writable-by-others" ? 1 : 2;
  });
}

TEST_F(TrustedPath, WhatDecidesWhomWeTrustIsNotForEverybodyToWrite) {
  for (const ::mode_t mode : {0602U, 0646U, 0666U}) {
    EXPECT_EQ(CodeOf(CheckTrustedFile(Write("x", mode))), "writable-by-others") << mode;
  }
  for (const ::mode_t mode : {0400U, 0644U, 0640U}) EXPECT_EQ(CodeOf(CheckTrustedFile(Write("x", mode))), "") << mode;
}

TEST_F(TrustedPath, NorAreTheDirectoriesAboveItWhereAnotherFileCouldTakeItsPlace) {
  const std::filesystem::path above = directory_ / "above";
  const std::filesystem::path below = above / "below";
  std::filesystem::create_directories(below);
  std::filesystem::rename(Write("x", 0644), below / "x");
  std::filesystem::create_symlink(below / "x", directory_ / "link");
  for (const std::filesystem::path& writable : {above, below}) {
    for (const ::mode_t mode : {0777U, 0703U}) {
      EXPECT_EQ(::chmod(writable.c_str(), mode), 0);
      const Result<void> checked = CheckTrustedFile(below / "x");
      EXPECT_EQ(CodeOf(checked), "writable-by-others") << mode;
      EXPECT_NE(checked.error().detail.find(writable.string() + ","), std::string::npos) << checked.error().detail;
      EXPECT_EQ(CodeOf(CheckTrustedFile(directory_ / "link")), "writable-by-others") << mode;
    }
    EXPECT_EQ(::chmod(writable.c_str(), 01777), 0);
    EXPECT_EQ(CodeOf(CheckTrustedFile(below / "x")), "") << "only owners take files away";
    EXPECT_EQ(::chmod(writable.c_str(), 0755), 0);
  }
}

TEST_F(TrustedPath, AGroupThatMayWriteItMustBeRootsOrOurs) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  const std::filesystem::path file = Write("x", 0664);
  EXPECT_EQ(::chmod(directory_.c_str(), 0755), 0);
  const auto code_with = [&file](::gid_t owner) {
    EXPECT_EQ(::chown(file.c_str(), 0, owner), 0);
    return ExitOf([&file] {
      const ::gid_t also = 2002;
      if (::setgroups(1, &also) != 0 || ::setgid(2001) != 0 || ::setuid(1000) != 0) return 9;
      const std::string code = CodeOf(CheckTrustedFile(file));
      return code.empty() ? 0 : code == "writable-by-others" ? 1 : 2;
    });
  };
  EXPECT_EQ(code_with(0), 0) << "root's";
  EXPECT_EQ(code_with(2001), 0) << "the gateway's";
  EXPECT_EQ(code_with(2002), 0) << "one more of the gateway's";
  EXPECT_EQ(code_with(2003), 1) << "another";
}

TEST_F(TrustedPath, EachLinkOnTheWayAndItsDirectoryAreLookedAt) {
  const std::filesystem::path file = Write("x", 0644);
  const std::filesystem::path of_all = MakeDirectory("of-all", 0777);
  const std::filesystem::path second = Link(of_all / "second", file);
  const std::filesystem::path first = Link(directory_ / "first", second);
  EXPECT_EQ(CodeOf(CheckTrustedFile(first)), "writable-by-others");
  EXPECT_TRUE(Names(CheckTrustedFile(first), "its directory " + of_all.string() + ","));
  // The first link leads through a directory, the second one back by "..".
  std::filesystem::rename(file, MakeDirectory("of-all/inner", 0755) / "x");
  const std::filesystem::path by_directory = Link(directory_ / "by-directory", "of-all/inner");
  EXPECT_EQ(CodeOf(CheckTrustedFile(by_directory / "x")), "writable-by-others");
  EXPECT_EQ(CodeOf(CheckTrustedFile(by_directory / ".." / "inner" / "x")), "writable-by-others");
  EXPECT_EQ(::chmod(of_all.c_str(), 0755), 0);
  EXPECT_EQ(CodeOf(CheckTrustedFile(by_directory / ".." / "inner" / "x")), "");
}

TEST_F(TrustedPath, LinksWithoutEndAndMissingFilesAreTheirReadersBusiness) {
  EXPECT_EQ(CodeOf(CheckTrustedFile(Link(directory_ / "loop", directory_ / "loop"))), "");
  EXPECT_EQ(CodeOf(CheckTrustedFile(directory_ / "missing")), "");
}

TEST_F(TrustedPath, OwnersMustBeRootOrOurselves) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  const std::filesystem::path above = MakeDirectory("above", 0755);
  const std::filesystem::path file = above / "x";
  std::filesystem::rename(Write("x", 0644), file);
  for (const std::filesystem::path& owned : {above, file}) {
    EXPECT_EQ(ToldAs(1000, file), 0) << "root's";
    EXPECT_EQ(::chown(owned.c_str(), 1000, 0), 0);
    EXPECT_EQ(ToldAs(1000, file), 0) << "one's own";
    EXPECT_EQ(ToldAs(1001, file), 1) << "another's";
    EXPECT_EQ(ToldAs(0, file), 0) << "root cannot know the gateway's user";
    EXPECT_EQ(ToldAs(0, file, TrustedAs::program), 1) << "but it starts no program of somebody else";
    EXPECT_TRUE(Names(CheckTrustedFile(file, TrustedAs::program), "user 1000, who is neither root"));
    EXPECT_EQ(::chown(owned.c_str(), 0, 0), 0);
  }
}

TEST_F(TrustedPath, ALinkOfAnotherUserInAStickyDirectoryIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to be somebody else";
  const std::filesystem::path file = Write("x", 0644);
  const std::filesystem::path link = Link(MakeDirectory("sticky", 01777) / "link", file);
  EXPECT_EQ(ToldAs(1000, link), 0);
  EXPECT_EQ(::lchown(link.c_str(), 1001, 0), 0);
  EXPECT_EQ(ToldAs(1000, link), 1);
  EXPECT_EQ(ToldAs(1001, link), 0);
}

TEST_F(TrustedPath, AnInterpreterIsAsTrustedAsItsProgram) {
  const std::filesystem::path inner = Write("#!/bin/sh\nexit 0\n", 0755);
  const std::filesystem::path middle = Write("#!" + inner.string() + "\n", 0755);
  const std::filesystem::path program = Write("#! " + middle.string() + " -x\nexit 0\n", 0755);
  EXPECT_EQ(CodeOf(CheckTrustedProgram(program)), "");
  EXPECT_EQ(::chmod(inner.c_str(), 0757), 0);
  EXPECT_EQ(CodeOf(CheckTrustedProgram(program)), "writable-by-others");
  EXPECT_TRUE(Names(CheckTrustedProgram(program), "its interpreter " + inner.string() + ": everybody"));
  // One that is its own interpreter has an end too.
  const std::filesystem::path own = directory_ / "own";
  std::ofstream(own) << "#!" << own.string() << "\n";
  EXPECT_EQ(::chmod(own.c_str(), 0755), 0);
  EXPECT_EQ(CodeOf(CheckTrustedProgram(own)), "");
}

TEST_F(TrustedPath, FirstLinesNameTheirInterpreters) {
  EXPECT_EQ(InterpreterOf("#!/bin/sh\nexit"), "/bin/sh");
  EXPECT_EQ(InterpreterOf("#! \t/bin/sh\t-e"), "/bin/sh");
  EXPECT_EQ(InterpreterOf("#!\n/bin/sh"), "");
  EXPECT_EQ(InterpreterOf("exit 0\n#!/bin/sh"), std::nullopt);
}

}  // namespace
}  // namespace gateway
