// Text that was not in the character set that its data set declares, in the log: a modality that is set up wrongly
// sends thousands of such instances. The first one of a sender is a line of its own; after an hour, the next one is a
// line that says how many came since.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "gateway/instance.h"

namespace gateway::dicom {

// Thread-safe.
class TextLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours kEach{1};
  static constexpr std::size_t kSenders = 1000;  // that are counted one by one; a caller may make up titles

  // `by`: "dicom", then the sender is a calling AE title; or "mail", then it is a partner.
  explicit TextLog(std::string by) : by_(std::move(by)) {}
  TextLog(const TextLog&) = delete;
  TextLog& operator=(const TextLog&) = delete;
  ~TextLog();  // says what was not said yet

  void Note(const std::string& sender, TextReading reading, Clock::time_point now = Clock::now());

 private:
  struct Count {
    std::uint64_t unsaid = 0;
    std::set<TextReading> readings;  // of these
    Clock::time_point said;
  };

  void Say(const std::string& sender, Count& count, Clock::time_point now) const;

  const std::string by_;
  std::mutex mutex_;  // guards counts_
  std::map<std::string, Count> counts_;
};

}  // namespace gateway::dicom
