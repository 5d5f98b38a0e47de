// Limits how many associations there may be, in all and from one host. So a caller that runs wild
// leaves room for the others. Thread-safe.
#pragma once

#include <map>
#include <mutex>
#include <string>

namespace gateway::dicom {

class AssociationSlots {
 public:
  AssociationSlots(unsigned all, unsigned per_host) : all_(all), per_host_(per_host) {}

  // A place among the associations, which is given back when the object goes. It must not outlive
  // the slots.
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

  // Takes a place of the host and returns null. Otherwise it returns the reason for the log.
  [[nodiscard]] const char* Take(const std::string& host, Slot& slot);

 private:
  void GiveBack(const std::string& host);

  const unsigned all_;
  const unsigned per_host_;
  std::mutex mutex_;  // guards taken_ and taken_by_
  unsigned taken_ = 0;
  std::map<std::string, unsigned> taken_by_;
};

}  // namespace gateway::dicom
