#include "ledger/act_outcome.h"

#include "ledger/error_codes.h"

namespace gateway::ledger {
namespace {

std::string_view CodeOf(WhyRefused why) {
  switch (why) {
    case WhyRefused::no_such_item:
    case WhyRefused::other_kind:
    case WhyRefused::nothing_received:
      return codes::kNoSuchItem.name;
    case WhyRefused::still_open:
      return codes::kNotClosed.name;
    case WhyRefused::files_gone:
      return codes::kFilesGone.name;
    case WhyRefused::cannot_join:
      return codes::kNoSuchStudy.name;
    case WhyRefused::not_configured:
      return codes::kDestinationNotConfigured.name;
    case WhyRefused::wrong_state:
    case WhyRefused::held_already:
    case WhyRefused::not_held:
    case WhyRefused::held_by_another:
      break;
  }
  return codes::kWrongState.name;
}

}  // namespace

NotDone::NotDone(Error failure) : code(failure.code), why_(std::move(failure)) {}
NotDone::NotDone(Refusal refusal) : code(CodeOf(refusal.why)), why_(std::move(refusal)) {}

}  // namespace gateway::ledger
