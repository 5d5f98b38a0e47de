#include "inbound/stranger_log.h"

#include "telemetry/events.h"

namespace gateway::inbound {

StrangerLog::StrangerLog()
    : fetched_([](const auto& kind, std::uint64_t times) { events::MailsFetched(kind.source, times); }, kLines),
      quarantined_(
          [](const auto& kind, std::uint64_t times) { events::MailsQuarantined(kind.source, kind.what, times); },
          kLines) {}

void StrangerLog::Fetched(const std::string& mail, const std::string& mailbox, std::uint64_t bytes,
                          Clock::time_point now) {
  if (fetched_.Note({mailbox, {}, {}}, now)) events::MailFetched(mail, mailbox, bytes);
}

void StrangerLog::Quarantined(const std::string& mail, const std::string& mailbox, const Error& reason,
                              Clock::time_point now) {
  if (quarantined_.Note({mailbox, reason.code, {}}, now)) events::MailQuarantined(mail, {}, reason, true);
}

void StrangerLog::SetAside(const std::string& mail, const std::string& mailbox, const Error& reason,
                           Clock::time_point now) {
  if (quarantined_.Note({mailbox, reason.code, {}}, now)) events::MailSetAside(mail, reason);
}

void StrangerLog::Flush(Clock::time_point now) {
  fetched_.Flush(now);
  quarantined_.Flush(now);
}

}  // namespace gateway::inbound
