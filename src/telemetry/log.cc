#include "telemetry/log.h"

#include <fcntl.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/handles.h"
#include "base/printable.h"
#include "base/time_text.h"
#include "telemetry/error_codes.h"
#include "telemetry/events.h"

namespace gateway {
namespace {

struct Log {
  std::shared_ptr<spdlog::logger> logger;
  LogSettings settings;
  // True if standard output is systemd's journal, which has its own time and wants severities.
  bool journal = false;
};

// JOURNAL_STREAM names device and inode of the stream that leads to the journal (systemd.exec(5)).
bool LeadsToJournal(int fd) {
  const char* const journal = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (journal == nullptr || ::fstat(fd, &status) != 0) return false;
  return journal == std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

// These are the severities of syslog (sd-daemon(3)).
std::string_view JournalPrefix(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "<7>";
    case LogLevel::info:
      return "<6>";
    case LogLevel::warning:
      return "<4>";
    case LogLevel::error:
      break;
  }
  return "<3>";
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      break;
  }
  return spdlog::level::err;
}

std::string_view LevelWord(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      break;
  }
  return "error";
}

// spdlog would create the file readable for everybody. An existing file keeps its mode.
void CreateForOwnerAndGroup(const std::string& file) {
  const UniqueFd created(::open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (created) {
    (void)::fchmod(created.get(), 0640);  // whatever the umask is
  } else if (errno != EEXIST) {
    // If the directory is missing, spdlog would make it, on the disk below one that is not mounted
    // yet.
    throw spdlog::spdlog_ex("cannot make " + file, errno);
  }
}

// Throws spdlog_ex if the file cannot be opened.
std::shared_ptr<const Log> MakeLog(const LogSettings& settings) {
  spdlog::sink_ptr sink;
  if (settings.file == "-") {
    sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  } else {
    CreateForOwnerAndGroup(settings.file);
    sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(settings.file);
  }
  auto logger = std::make_shared<spdlog::logger>("gateway", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(ToSpdlog(settings.level));
  logger->flush_on(spdlog::level::trace);
  return std::make_shared<const Log>(Log{std::move(logger), settings, settings.file == "-" && LeadsToJournal(1)});
}

std::atomic<std::shared_ptr<const Log>>& CurrentLog() {
  static std::atomic<std::shared_ptr<const Log>> current{MakeLog(LogSettings{})};
  return current;
}

bool NeedsQuotes(std::string_view text) {
  return text.find_first_of(" \"=\\") != std::string_view::npos || PrintablePrefix(text) < text.size();
}

void AppendText(std::string& line, std::string_view text) {
  if (!NeedsQuotes(text)) {
    line += text;
    return;
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  line += '"';
  while (!text.empty()) {
    const std::size_t printable = PrintablePrefix(text);
    for (const char c : text.substr(0, printable)) {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
    text.remove_prefix(printable);
    // If the character is longer than a byte, its other bytes are no characters by themselves, and
    // the next rounds escape them.
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text.front());
    line += "\\x";
    line += kDigits[byte >> 4];
    line += kDigits[byte & 15];
    text.remove_prefix(1);
  }
  line += '"';
}

bool IsEmpty(const log::Field& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  return text != nullptr && text->empty();
}

std::string TextLine(LogLevel level, std::string_view time, std::string_view event,
                     std::initializer_list<log::Field> fields) {
  std::string line;
  if (!time.empty()) line.append(time).append(" ");
  line.append(LevelWord(level)).append(" ").append(event);
  for (const log::Field& field : fields) {
    if (IsEmpty(field)) continue;
    line.append(" ").append(field.key).append("=");
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
      AppendText(line, *text);
    } else if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
      line += std::to_string(*number);
    } else {
      line += std::to_string(std::get<std::int64_t>(field.value));
    }
  }
  return line;
}

std::string JsonLine(LogLevel level, std::string_view time, std::string_view event,
                     std::initializer_list<log::Field> fields) {
  nlohmann::ordered_json object;
  object["time"] = time;
  object["level"] = LevelWord(level);
  object["event"] = event;
  for (const log::Field& field : fields) {
    if (IsEmpty(field)) continue;
    std::visit([&](const auto& value) { object[std::string(field.key)] = value; }, field.value);
  }
  return PrintableJson(object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

namespace log {

std::string FormatLine(LogFormat format, LogLevel level, std::string_view time, std::string_view event,
                       std::initializer_list<Field> fields) {
  return format == LogFormat::json ? JsonLine(level, time, event, fields) : TextLine(level, time, event, fields);
}

void Write(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  const std::shared_ptr<const Log> current = CurrentLog().load();
  if (!current->logger->should_log(ToSpdlog(level))) return;
  const Time now = std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
  const bool text = current->settings.format == LogFormat::text;
  std::string line =
      FormatLine(current->settings.format, level, current->journal && text ? "" : FormatTime(now), event, fields);
  if (current->journal) line.insert(0, JournalPrefix(level));
  current->logger->log(ToSpdlog(level), line);
}

}  // namespace log

namespace {

Result<void> CheckWritable(const std::filesystem::path& path, int mode, const std::string& named) {
  if (::access(path.c_str(), mode) == 0) return {};
  return Transient(codes::kLogUnusable, named + ": " + std::generic_category().message(errno));
}

}  // namespace

Result<void> CheckLogFile(const std::string& file) {
  if (file == "-") return {};
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    const std::string why = file + ": " + std::generic_category().message(errno);
    if (errno == ELOOP || errno == ENAMETOOLONG) return ConfigError(codes::kLogUnusable, why);
    // A disk that is mounted later may bring the directory.
    if (errno == ENOTDIR) return Transient(codes::kLogUnusable, why);
    const std::filesystem::path directory = std::filesystem::absolute(file).parent_path();
    return CheckWritable(directory, W_OK | X_OK, file + ": its directory " + directory.string());
  }
  GATEWAY_TRY(CheckWritable(file, W_OK, file));
  if (S_ISREG(status.st_mode) || S_ISCHR(status.st_mode)) return {};
  // Standard output may be a pipe with a reader, as /dev/stdout is in a container. Opening a FIFO
  // without one would wait for ever.
  if (S_ISFIFO(status.st_mode) && UniqueFd(::open(file.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC))) return {};
  return ConfigError(codes::kLogUnusable,
                     file + (S_ISFIFO(status.st_mode) ? " is a pipe that nobody reads" : " is no regular file"));
}

Result<void> OpenLog(const LogSettings& settings) {
  GATEWAY_TRY(CheckLogFile(settings.file));
  try {
    CurrentLog().store(MakeLog(settings));
    return {};
  } catch (const spdlog::spdlog_ex& failure) {
    return Transient(codes::kLogUnusable, failure.what());  // the disk of the log may only be late
  }
}

Result<void> log::Use(const LogSettings& settings) {
  const LogSettings now = CurrentLog().load()->settings;
  const bool same = now.file == settings.file && now.level == settings.level && now.format == settings.format;
  return same ? Result<void>() : OpenLog(settings);
}

bool log::Reopen() {
  const std::shared_ptr<const Log> current = CurrentLog().load();
  const Result<void> opened = OpenLog(current->settings);
  // If the file cannot be opened anew, the old one stays in use.
  if (!opened) events::LogNotReopened(opened.error());
  return opened.ok();
}

void ReopenLog() {
  (void)log::Reopen();
}

std::string_view ErrorPrefix() {
  return LeadsToJournal(2) ? JournalPrefix(LogLevel::error) : std::string_view();
}

void FlushLog() {
  CurrentLog().load()->logger->flush();
}

}  // namespace gateway
