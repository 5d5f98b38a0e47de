// What strangers can make happen as often as they like must not fill the log: the first of a kind are lines of their
// own, the same again is counted, and each minute a line says how often. What was quiet for a minute is forgotten, and
// then the next is a first one again.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace gateway {

// Thread-safe.
class RepetitionLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kEach{60};
  static constexpr std::size_t kKinds = 100;  // that are counted one by one
  static constexpr unsigned kDetailed = 8;    // of one source, with their details
  static constexpr std::string_view kOthers = "others";

  struct Kind {
    std::string source;
    std::string what;
    std::vector<std::string> details;  // empty: of many that differ in these
    auto operator<=>(const Kind&) const = default;
  };
  // Writes the line: so many more, beside those that had lines of their own. `source` may be kOthers.
  using Say = std::function<void(const Kind& kind, std::uint64_t times)>;

  // `lines`: how many of a kind have lines of their own, until it was quiet for a minute.
  explicit RepetitionLog(Say say, unsigned lines = 1) : say_(std::move(say)), lines_(lines) {}
  ~RepetitionLog();  // says what was not said yet
  RepetitionLog(const RepetitionLog&) = delete;
  RepetitionLog& operator=(const RepetitionLog&) = delete;

  // True: the caller writes a line of its own.
  [[nodiscard]] bool Note(const Kind& kind, Clock::time_point now = Clock::now());
  // Says how often, where a minute is over. To be called every few seconds.
  void Flush(Clock::time_point now = Clock::now());

 private:
  struct Count {
    std::uint64_t unsaid = 0;
    unsigned lines = 0;
    Clock::time_point since;
  };

  [[nodiscard]] Kind KnownKind(const Kind& kind) const;

  const Say say_;
  const unsigned lines_;
  std::mutex mutex_;  // guards counts_
  std::map<Kind, Count> counts_;
};

}  // namespace gateway
