#include "dicom/refusals.h"

#include <algorithm>

namespace gateway::dicom {
namespace {

constexpr std::size_t kMost = 512;  // four associations full of them

}  // namespace

void Refusals::Note(const SyntaxPair& pair, const Error& error, Moment now) {
  Forget(pair);
  if (refusals_.size() >= kMost) refusals_.erase(refusals_.begin());
  refusals_.push_back({pair, error, now});
}

void Refusals::Forget(const SyntaxPair& pair) {
  std::erase_if(refusals_, [&](const Refusal& refusal) { return refusal.pair == pair; });
}

std::optional<Error> Refusals::Find(const SyntaxPair& pair, Moment now) const {
  const auto found =
      std::find_if(refusals_.begin(), refusals_.end(), [&](const Refusal& refusal) { return refusal.pair == pair; });
  if (found == refusals_.end() || now - found->noted >= kRemembered) return std::nullopt;
  return found->error;
}

}  // namespace gateway::dicom
