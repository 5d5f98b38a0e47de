#include "dicom/text_log.h"

#include "dicom/character_set.h"
#include "telemetry/events.h"

namespace gateway::dicom {

TextLog::~TextLog() {
  for (auto& [sender, count] : counts_) {
    if (count.unsaid > 0) Say(sender, count, Clock::now());
  }
}

void TextLog::Note(const std::string& sender, TextReading reading, Clock::time_point now) {
  if (reading == TextReading::as_declared) return;
  const std::lock_guard lock(mutex_);
  const bool counted = counts_.contains(sender) || counts_.size() < kSenders;
  const auto [known, is_new] = counts_.try_emplace(counted ? sender : "others");
  Count& count = known->second;
  ++count.unsaid;
  count.readings.insert(reading);
  if (is_new || now - count.said >= kEach) Say(known->first, count, now);
}

void TextLog::Say(const std::string& sender, Count& count, Clock::time_point now) const {
  std::string how;
  for (const TextReading reading : count.readings) how += (how.empty() ? "" : ",") + std::string(NameOf(reading));
  events::TextMisdeclared(by_, sender, how, count.unsaid);
  count = {0, {}, now};
}

}  // namespace gateway::dicom
