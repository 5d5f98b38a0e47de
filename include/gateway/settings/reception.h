// Section `reception`.
#pragma once

#include <cstdint>

#include "gateway/time.h"

namespace gateway {

// Limits how much of our disk mails may take while they wait in quarantine. The oldest mail goes
// first.
struct QuarantineLimits {
  unsigned mails = 1000;
  std::uint64_t bytes = 1'000'000'000;
  Milliseconds age{2'592'000'000};  // 30 days
};

// Says what becomes of an instance whose SOP Instance UID came before with other content: it goes
// to the PACS, or waits for a person.
enum class OnChange { forward, quarantine };

// Limits the messages that wait because some of their fragments have not come yet.
struct FragmentLimits {
  unsigned messages = 1000;
  std::uint64_t bytes = 20'000'000'000;
};

// Says how long the inbound pipeline waits for missing parts, and how it treats mails and instances
// that came before.
struct ReceptionSettings {
  Milliseconds set_overdue_after{1'800'000};  // a set with gaps that gets no new part for this long raises an alarm
  Milliseconds fragments_expire_after{172'800'000};  // fragments without the rest then go to quarantine, with an alarm
  Milliseconds document_timeout{600'000};            // a non-DICOM part waits this long for an instance of its study
  // If the same signed mail comes again under the same Message-ID within this time, a mail server
  // repeated it. After this time it is a replay.
  Milliseconds duplicate_window{432'000'000};
  Milliseconds signature_max_age{31'536'000'000};  // older signatures are not believed; 0: no limit
  QuarantineLimits strangers;                      // limits for all senders together who are no partners
  // Limits for the mails in the name of one partner; age 0 means no limit.
  QuarantineLimits each_partner{10'000, 20'000'000'000, Milliseconds{0}};
  FragmentLimits fragments;                         // limits for the fragments in the name of one partner
  Milliseconds automatic_answers{604'800'000};      // out-of-office notes and the like are deleted after this time
  OnChange changed_attributes = OnChange::forward;  // the attributes differ, the pixels are the same
  OnChange changed_pixels = OnChange::quarantine;   // the decoded pixels differ, or cannot be compared
};

}  // namespace gateway
