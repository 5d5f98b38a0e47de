// Logs text that was not in the character set that its data set declares. A modality with wrong
// settings sends thousands of such instances. The first one of a sender gets a line of its own.
// After an hour, the next one gets a line that says how many came since.
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
  // So many are counted one by one. There is a limit because a caller may make up titles.
  static constexpr std::size_t kSenders = 1000;

  // With the `by` "dicom", the sender is a calling AE title. With "mail", it is a partner.
  explicit TextLog(std::string by) : by_(std::move(by)) {}
  TextLog(const TextLog&) = delete;
  TextLog& operator=(const TextLog&) = delete;
  // Writes the lines that are still due.
  ~TextLog();

  void Note(const std::string& sender, TextReading reading, Clock::time_point now = Clock::now());

 private:
  struct Count {
    std::uint64_t unsaid = 0;
    std::set<TextReading> readings;  // how the counted texts were read
    Clock::time_point said;
  };

  void Say(const std::string& sender, Count& count, Clock::time_point now) const;

  const std::string by_;
  std::mutex mutex_;  // guards counts_
  std::map<std::string, Count> counts_;
};

}  // namespace gateway::dicom
