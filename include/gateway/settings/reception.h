// Section `reception`.
#pragma once

#include <cstdint>

#include "gateway/time.h"

namespace gateway {

// What mails may take of our disk while they wait in quarantine. The oldest goes first.
struct QuarantineLimits {
  unsigned mails = 1000;
  std::uint64_t bytes = 1'000'000'000;
  Milliseconds age{2'592'000'000};  // 30 days
};

// An instance whose SOP Instance UID came before, with other content: to the PACS, or kept for a person.
enum class OnChange { forward, quarantine };

// What may wait of messages whose fragments did not all come yet.
struct FragmentLimits {
  unsigned messages = 1000;
  std::uint64_t bytes = 20'000'000'000;
};

// What is waited for on the way in, and what is done with what came before.
struct ReceptionSettings {
  Milliseconds set_overdue_after{1'800'000};         // a set without news and with gaps is an alarm
  Milliseconds fragments_expire_after{172'800'000};  // fragments without the rest go to quarantine, with an alarm
  Milliseconds document_timeout{600'000};            // a non-DICOM part waits this long for an instance of its study
  // The same signed mail under the same Message-ID again: a mail server's repetition; after that, a replay.
  Milliseconds duplicate_window{432'000'000};
  Milliseconds signature_max_age{31'536'000'000};  // older signatures are not believed; 0: of any age
  QuarantineLimits strangers;                      // all senders that are no partners, together
  QuarantineLimits each_partner{10'000, 20'000'000'000,
                                Milliseconds{0}};   // what came in one partner's name; age 0: any
  FragmentLimits fragments;                         // in one partner's name
  Milliseconds automatic_answers{604'800'000};      // out-of-office notes and the like are deleted after this time
  OnChange changed_attributes = OnChange::forward;  // attributes differ, and the pixels are the same
  OnChange changed_pixels = OnChange::quarantine;   // the decoded pixels differ, or cannot be compared
};

}  // namespace gateway
