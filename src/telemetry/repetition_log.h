// Strangers can make some things happen as often as they like, and these must not fill the log. The
// first ones of a kind get lines of their own. Repetitions are counted, and each minute a line says
// how many there were. A kind that was quiet for a minute is forgotten, and then the next one is a
// first one again.
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
  static constexpr std::size_t kKinds = 100;  // how many kinds are counted one by one
  static constexpr unsigned kDetailed = 8;    // how many kinds of one source and `what` are counted with their details
  static constexpr std::string_view kOthers = "others";

  struct Kind {
    std::string source;
    std::string what;
    std::vector<std::string> details;  // empty: stands for many that differ in these
    auto operator<=>(const Kind&) const = default;
  };
  // Writes the line about `times` more of a kind, besides those that had lines of their own.
  // `source` may be kOthers.
  using Say = std::function<void(const Kind& kind, std::uint64_t times)>;

  // `lines` says how many of a kind get lines of their own until the kind was quiet for a minute.
  explicit RepetitionLog(Say say, unsigned lines = 1) : say_(std::move(say)), lines_(lines) {}
  // Writes the lines that are still due.
  ~RepetitionLog();
  RepetitionLog(const RepetitionLog&) = delete;
  RepetitionLog& operator=(const RepetitionLog&) = delete;

  // Returns true if the caller is to write a line of its own.
  [[nodiscard]] bool Note(const Kind& kind, Clock::time_point now = Clock::now());
  // Writes the lines that are due because a minute is over. The owner must call it every few
  // seconds.
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
