#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "base/random_text.h"

namespace gateway {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(directory_); }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path directory_ = std::filesystem::temp_directory_path() / ("files-" + RandomHex(8));
};

TEST_F(Files, WritesWhatItReads) {
  ASSERT_TRUE(WriteFileDurably(directory_ / "key", "secret\n"));
  EXPECT_EQ(*ReadSmallFile(directory_ / "key"), "secret\n");
}

TEST_F(Files, AreForTheirOwnerOnly) {
  ASSERT_TRUE(WriteFileDurably(directory_ / "key", "secret\n"));
  struct stat status {};
  ASSERT_EQ(::stat((directory_ / "key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(Files, ReplaceTheOldOnesWhole) {
  ASSERT_TRUE(WriteFileDurably(directory_ / "key", "a long old content"));
  ASSERT_TRUE(WriteFileDurably(directory_ / "key", "new"));
  EXPECT_EQ(*ReadSmallFile(directory_ / "key"), "new");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "key.new"));
}

// Whoever opened a FIFO would wait for its other side.
TEST_F(Files, WhatIsNoFileIsRefusedAtOnce) {
  const std::filesystem::path fifo = directory_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::filesystem::create_directory(directory_ / "directory");
  for (const std::filesystem::path& path : {fifo, directory_ / "directory", std::filesystem::path("/dev/zero")}) {
    const auto opened = OpenForReading(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, "file-error");
    EXPECT_EQ(opened.error().fault, Fault::permanent);
    EXPECT_NE(opened.error().detail.find("no regular file"), std::string::npos) << opened.error().detail;
    EXPECT_FALSE(FileSource::Open(path));
  }
  ASSERT_TRUE(WriteFileDurably(directory_ / "file", "x"));
  std::filesystem::create_symlink("file", directory_ / "link");
  EXPECT_TRUE(OpenForReading(directory_ / "link"));
}

TEST_F(Files, BareNameStandsInTheWorkingDirectory) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory_);
  EXPECT_TRUE(WriteFileDurably("bare", "content"));
  std::filesystem::current_path(before);
  EXPECT_EQ(*ReadSmallFile(directory_ / "bare"), "content");
}

TEST_F(Files, CreateRefusesWhatExists) {
  ASSERT_TRUE(CreateFile(directory_ / "once"));
  EXPECT_EQ(CreateFile(directory_ / "once").error().code, "file-error");
}

TEST_F(Files, ReadSmallFileRefusesLargeOnes) {
  ASSERT_TRUE(WriteFileDurably(directory_ / "big", std::string(2000, 'x')));
  EXPECT_EQ(ReadSmallFile(directory_ / "big", 1000).error().code, "file-too-large");
}

TEST_F(Files, ReadSmallFileTakesPipesAndNothingElseThatIsNoFile) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  ASSERT_EQ(::write(ends[1], "content", 7), 7);
  ::close(ends[1]);
  EXPECT_EQ(*ReadSmallFile("/proc/self/fd/" + std::to_string(ends[0])), "content");
  ::close(ends[0]);
  const std::filesystem::path fifo = directory_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::filesystem::create_directory(directory_ / "directory");
  for (const std::filesystem::path& path : {fifo, directory_ / "directory", std::filesystem::path("/dev/zero")}) {
    const auto read = ReadSmallFile(path);
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().code, "file-error") << path;
  }
}

TEST_F(Files, RangeIsReadAlone) {
  ASSERT_TRUE(WriteFileDurably(directory_ / "range", "0123456789"));
  Result<FileSource> source = FileSource::Open(directory_ / "range", {3, 4});
  ASSERT_TRUE(source);
  StringSink sink;
  EXPECT_EQ(*Copy(*source, sink), 4U);
  EXPECT_EQ(sink.text(), "3456");
}

TEST_F(Files, FileThatBecameShorterIsAnError) {
  ASSERT_TRUE(WriteFileDurably(directory_ / "short", "0123"));
  Result<FileSource> source = FileSource::Open(directory_ / "short", {0, 10});
  ASSERT_TRUE(source);
  StringSink sink;
  EXPECT_FALSE(Copy(*source, sink));
}

TEST_F(Files, SinkKeepsOrderAcrossItsBuffer) {
  Result<UniqueFd> fd = CreateFile(directory_ / "out");
  ASSERT_TRUE(fd);
  FdSink sink(fd->get());
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string piece(static_cast<std::size_t>(i) * 50, static_cast<char>('a' + i % 26));
    ASSERT_TRUE(sink.Write(piece));
    expected += piece;
  }
  ASSERT_TRUE(sink.Write(std::string(600'000, 'z')));
  expected += std::string(600'000, 'z');
  ASSERT_TRUE(sink.Flush());
  EXPECT_EQ(sink.written(), expected.size());
  EXPECT_EQ(*ReadSmallFile(directory_ / "out", 10'000'000), expected);
}

TEST_F(Files, FullDiskIsTransient) {
  const Error error = ErrorFromErrno(ENOSPC, "write", "somewhere");
  EXPECT_EQ(error.fault, Fault::transient);
  EXPECT_EQ(error.code, "disk-full");
}

// A file system that is mounted anew after an error: what is in hand must wait, not fail.
TEST_F(Files, ReadOnlyFileSystemIsTransient) {
  const Error error = ErrorFromErrno(EROFS, "open", "somewhere");
  EXPECT_EQ(error.code, "disk-error");
  EXPECT_EQ(error.fault, Fault::transient);
}

TEST_F(Files, CreateDirectoriesMakesParents) {
  ASSERT_TRUE(CreateDirectories(directory_ / "a" / "b" / "c"));
  ASSERT_TRUE(CreateDirectories(directory_ / "a" / "b" / "c"));
  EXPECT_TRUE(std::filesystem::is_directory(directory_ / "a" / "b" / "c"));
}

TEST_F(Files, RemoveOfMissingIsSuccess) {
  EXPECT_TRUE(RemoveFile(directory_ / "missing"));
}

}  // namespace
}  // namespace gateway
