#include "telemetry/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/printable.h"
#include "base/random_text.h"
#include "telemetry/events.h"

namespace gateway {
namespace {

using log::FormatLine;

TEST(Log, WritesKeysAndValues) {
  EXPECT_EQ(FormatLine(LogFormat::text, LogLevel::info, "T", "message-sent", {{"message", "M7"}, {"bytes", 12U}}),
            "T info message-sent message=M7 bytes=12");
}

// The journal has a time of its own, and takes the severity from the line's start.
TEST(Log, TellsTheJournalItsSeverities) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  struct stat status {};
  ASSERT_EQ(::fstat(pipe[1], &status), 0);
  const std::string stream = std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  const int before = ::dup(1);
  ::fflush(stdout);
  ::dup2(pipe[1], 1);
  ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
  EXPECT_TRUE(OpenLog({}));
  events::GatewayStopped();
  events::ThreadFailed("seal", "x");
  ::setenv("JOURNAL_STREAM", "1:2", 1);  // of a service whose output goes elsewhere
  EXPECT_TRUE(OpenLog({}));
  events::GatewayStopped();
  ::unsetenv("JOURNAL_STREAM");
  ::dup2(before, 1);
  ::close(before);
  ::close(pipe[1]);
  std::string text(4096, '\0');
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(pipe[0], text.data(), text.size()), 0)));
  ::close(pipe[0]);
  EXPECT_TRUE(text.starts_with("<6>info gateway-stopped\n<3>error thread-failed thread=seal what=x\n20")) << text;
  EXPECT_TRUE(text.ends_with("Z info gateway-stopped\n")) << text;
}

// A monitoring agent reads it as a member of the directory's group, whatever the unit's umask.
TEST(Log, IsReadableForItsGroup) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("log-" + RandomHex(8));
  const mode_t before = ::umask(0077);
  EXPECT_TRUE(OpenLog({.file = file.string()}));
  ::umask(before);
  EXPECT_EQ(std::filesystem::status(file).permissions(), static_cast<std::filesystem::perms>(0640));
  EXPECT_TRUE(OpenLog({}));
  std::filesystem::remove(file);
}

TEST(Log, QuotesWhatWouldBreakALine) {
  EXPECT_EQ(FormatLine(LogFormat::text, LogLevel::warning, "T", "e", {{"reply", "550 no\r\nT info gateway-stopped"}}),
            "T warning e reply=\"550 no\\x0d\\x0aT info gateway-stopped\"");
}

TEST(Log, EscapesQuotesAndBackslashes) {
  EXPECT_EQ(FormatLine(LogFormat::text, LogLevel::error, "T", "e", {{"a", R"(x"y\z)"}}), R"(T error e a="x\"y\\z")");
}

TEST(Log, LeavesEmptyTextsOut) {
  EXPECT_EQ(FormatLine(LogFormat::text, LogLevel::info, "T", "e", {{"a", ""}, {"b", 0U}}), "T info e b=0");
}

TEST(Log, JsonIsOneObjectALine) {
  const std::string line = FormatLine(LogFormat::json, LogLevel::info, "T", "e", {{"a", "x\ny"}, {"n", 3U}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["event"], "e");
  EXPECT_EQ(object["a"], "x\ny");
  EXPECT_EQ(object["n"], 3);
}

TEST(Log, JsonSurvivesBytesThatAreNoUtf8) {
  const std::string line = FormatLine(LogFormat::json, LogLevel::info, "T", "e", {{"a", "\xff\xfe"}});
  EXPECT_TRUE(nlohmann::json::accept(line));
}

// DEL, C1, an override of the direction, a tag that nobody sees: escaped, so that a program reads
// what was said.
TEST(Log, JsonHoldsNothingThatATerminalObeys) {
  const std::string said = "a\x7f\xc2\x9b\xe2\x80\xaez\xf3\xa0\x81\x81\xc3\xa4";
  const std::string line = FormatLine(LogFormat::json, LogLevel::info, "T", "e", {{"a", said}});
  EXPECT_EQ(PrintablePrefix(line), line.size());
  EXPECT_NE(line.find("a\\u007f\\u009b\\u202ez\\udb40\\udc41\xc3\xa4"), std::string::npos) << line;
  EXPECT_EQ(nlohmann::json::parse(line)["a"], said);
}

TEST(Log, FileIsOpenedAnewAfterItWasMoved) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("log-" + RandomHex(8));
  ASSERT_TRUE(OpenLog({file.string(), LogLevel::info, LogFormat::text}));
  events::GatewayStopping("first");
  std::filesystem::rename(file, file.string() + ".1");
  ReopenLog();
  events::GatewayStopping("second");
  EXPECT_NE(ReadSmallFile(file.string() + ".1")->find("signal=first"), std::string::npos);
  EXPECT_NE(ReadSmallFile(file)->find("signal=second"), std::string::npos);
  ASSERT_TRUE(OpenLog({}));
  std::filesystem::remove(file);
  std::filesystem::remove(file.string() + ".1");
}

TEST(Log, LevelKeepsLowerOnesOut) {
  const std::filesystem::path file = std::filesystem::temp_directory_path() / ("log-" + RandomHex(8));
  ASSERT_TRUE(OpenLog({file.string(), LogLevel::warning, LogFormat::text}));
  events::GatewayStopping("quiet");
  events::DiskLow(1, 2);
  const std::string text = *ReadSmallFile(file);
  EXPECT_EQ(text.find("gateway-stopping"), std::string::npos);
  EXPECT_NE(text.find("error disk-low free=1 needed=2"), std::string::npos);
  ASSERT_TRUE(OpenLog({}));
  std::filesystem::remove(file);
}

TEST(Log, FileThatCannotBeOpenedMayBeThereLater) {
  const Result<void> opened = OpenLog({"/dev/null/gateway.log", LogLevel::info, LogFormat::text});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().fault, Fault::transient);
}

TEST(Log, DirectoryThatIsMissingIsToldBeforeTheStart) {
  const Result<void> missing = CheckLogFile("/nonexistent/logs/gateway.log");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().fault, Fault::transient);
  EXPECT_EQ(missing.error().detail,
            "/nonexistent/logs/gateway.log: its directory /nonexistent/logs: No such file or directory");
}

// Whoever opens a FIFO waits for its reader, for ever.
TEST(Log, WhatIsNoFileIsRefusedAtOnce) {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("log-kinds-" + std::to_string(::getpid()));
  std::filesystem::create_directory(directory);
  ASSERT_EQ(::mkfifo((directory / "fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("fifo", directory / "link");
  std::filesystem::create_symlink("loop", directory / "loop");
  for (const std::filesystem::path& path :
       {directory / "fifo", directory / "link", directory / "loop", directory, directory / std::string(300, 'x')}) {
    const Result<void> opened = OpenLog({path.string(), LogLevel::info, LogFormat::text});
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, "log-unusable") << path;
    EXPECT_EQ(opened.error().fault, Fault::config) << path;
  }
  EXPECT_TRUE(CheckLogFile((directory / "new.log").string()));
  EXPECT_TRUE(CheckLogFile("-"));
  EXPECT_TRUE(CheckLogFile("/dev/null"));
  // Standard output of a container is a pipe with a reader.
  const int reader = ::open((directory / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  EXPECT_TRUE(CheckLogFile((directory / "fifo").string()));
  ::close(reader);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace gateway
