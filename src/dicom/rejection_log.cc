#include "dicom/rejection_log.h"

#include "telemetry/events.h"

namespace gateway::dicom {
namespace {

void Say(const RepetitionLog::Kind& kind, std::uint64_t times) {
  const auto title = [&](std::size_t index) { return kind.details.empty() ? std::string() : kind.details.at(index); };
  events::AssociationsRejected(title(0), title(1), kind.source, kind.what, times);
}

}  // namespace

RejectionLog::RejectionLog() : repetitions_(Say) {}

void RejectionLog::Note(const RejectedAssociation& rejected, Clock::time_point now) {
  const auto& [calling_ae, called_ae, host, reason, detail] = rejected;
  if (!repetitions_.Note({host, reason, {calling_ae, called_ae, detail}}, now)) return;
  events::AssociationRejected(calling_ae, called_ae, host, reason, detail);
}

}  // namespace gateway::dicom
