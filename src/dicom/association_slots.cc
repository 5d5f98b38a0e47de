#include "dicom/association_slots.h"

namespace gateway::dicom {

AssociationSlots::Slot::~Slot() {
  if (slots_ != nullptr) slots_->GiveBack(host_);
}

const char* AssociationSlots::Take(const std::string& host, Slot& slot) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= all_) return "too-many-associations";
  unsigned& of_host = taken_by_[host];
  if (of_host >= per_host_) return "too-many-associations-of-host";
  ++taken_;
  ++of_host;
  slot.slots_ = this;
  slot.host_ = host;
  return nullptr;
}

void AssociationSlots::GiveBack(const std::string& host) {
  const std::lock_guard lock(mutex_);
  --taken_;
  if (--taken_by_[host] == 0) taken_by_.erase(host);
}

}  // namespace gateway::dicom
