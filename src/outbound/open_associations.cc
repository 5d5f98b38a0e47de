#include "outbound/open_associations.h"

namespace gateway::outbound {
namespace {

constexpr Milliseconds kRemembered{24 * 3'600'000};  // the longest grace

}  // namespace

void OpenAssociations::Note(std::uint64_t association, const std::string& study_instance_uid) {
  const std::lock_guard lock(mutex_);
  if (studies_[association].insert(study_instance_uid).second) ++open_[study_instance_uid];
}

void OpenAssociations::End(std::uint64_t association, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = studies_.find(association);
  if (found == studies_.end()) return;
  std::erase_if(ended_, [&](const auto& ended) { return ended.second + kRemembered < now; });
  for (const std::string& study : found->second) {
    if (--open_[study] == 0) open_.erase(study);
    ended_[study] = now;
  }
  studies_.erase(found);
}

bool OpenAssociations::Bring(const std::string& study_instance_uid) const {
  const std::lock_guard lock(mutex_);
  return open_.contains(study_instance_uid);
}

std::optional<Time> OpenAssociations::EndedFor(const std::string& study_instance_uid) const {
  const std::lock_guard lock(mutex_);
  const auto found = ended_.find(study_instance_uid);
  return found == ended_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace gateway::outbound
