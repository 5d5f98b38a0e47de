// How many associations there may be: in all, and from one host, so that a caller that runs wild leaves room for the
// others. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace gateway::dicom {

class AssociationSlots {
 public:
  AssociationSlots(unsigned all, unsigned per_host) : all_(all), per_host_(per_host) {}

  // A place among the associations, given back at the end of its life. Must not outlive the slots.
  class Slot {
   public:
    Slot() = default;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot();

   private:
    friend class AssociationSlots;
    AssociationSlots* slots_ = nullptr;
    std::string host_;
  };

  // Null: `slot` is one of host's now. Otherwise why not, for the log.
  [[nodiscard]] const char* Take(const std::string& host, Slot& slot);

 private:
  void GiveBack(const std::string& host);

  const unsigned all_;
  const unsigned per_host_;
  std::mutex mutex_;  // guards the two below
  unsigned taken_ = 0;
  std::map<std::string, unsigned> taken_by_;
};

}  // namespace gateway::dicom
