// The reasons for the quarantine that make a mail junk, or keep it from being junk. Junk may fill
// the disk, since anybody can send it, so the ledger bounds it (ledger/care/junk.h). A reason that
// is in neither list keeps a partner's mail, and lets a stranger's mail go.
//
// The last list is of reasons for which a mail may be fetched once more.
#pragma once

#include <array>

#include "base/error_codes.h"
#include "inbound/error_codes.h"
#include "ledger/error_codes.h"
#include "mime/error_codes.h"
#include "opener/error_codes.h"
#include "openpgp/error_codes.h"
#include "policy/error_codes.h"
#include "security/error_codes.h"

namespace gateway::inbound {

// Our own side failed before it knew anything about the mail.
inline constexpr std::array kOurFailures{codes::kDiskFull,   codes::kDiskError,       codes::kOutOfResources,
                                         codes::kNoWorkFile, codes::kOpenWorkerStart, codes::kOpenWorkerKilled,
                                         codes::kLedgerBusy, codes::kLedgerError};

// Nothing shows that the partner wrote the mail in whose name it came.
inline constexpr std::array kUnvouched{
    codes::kNoDicomMail,        codes::kNotEncrypted,     codes::kUnsigned,           codes::kBadSignature,
    codes::kUnknownSigner,      codes::kWrongSigner,      codes::kNotDecryptable,     codes::kOpenpgpDamaged,
    codes::kMailDamaged,        codes::kFragmentsDamaged, codes::kFragmentNested,     codes::kFragmentConflict,
    codes::kFragmentOutOfRange, codes::kFragmentsExpired, codes::kFragmentsDisplaced, codes::kNoIntegrityProtection,
    codes::kMailTooLarge,       codes::kOpenedTooLarge,   codes::kMimeTooDeep,        codes::kTooManyParts,
    codes::kOpenWorkerDied,     codes::kOpenOutOfMemory,  codes::kOpenTimeout,        codes::kOpenCpuTime,
    codes::kUnprotectedReceipt, codes::kUnmatchedReport};

// A mail looks so if its end is missing.
inline constexpr std::array kOfCutMails{codes::kOpenpgpDamaged, codes::kMailDamaged, codes::kFragmentsDamaged};

}  // namespace gateway::inbound
