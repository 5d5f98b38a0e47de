#include "operations/error_sentences.h"

#include <algorithm>
#include <array>
#include <span>

#include "attributes/error_codes.h"
#include "base/error_codes.h"
#include "config/error_codes.h"
#include "dicom/error_codes.h"
#include "inbound/error_codes.h"
#include "inspect/error_codes.h"
#include "ledger/error_codes.h"
#include "mail/error_codes.h"
#include "mime/error_codes.h"
#include "opener/error_codes.h"
#include "openpgp/error_codes.h"
#include "operations/error_codes.h"
#include "outbound/error_codes.h"
#include "policy/error_codes.h"
#include "security/error_codes.h"
#include "spool/error_codes.h"
#include "telemetry/error_codes.h"

namespace gateway::operations {

std::string_view SentenceOf(std::string_view code) {
  static constexpr std::array<std::span<const ErrorCode>, 17> kLists{
      codes::kOfAttributes, codes::kOfBase,       codes::kOfConfig,   codes::kOfDicom,  codes::kOfInbound,
      codes::kOfInspect,    codes::kOfLedger,     codes::kOfMail,     codes::kOfMime,   codes::kOfOpener,
      codes::kOfOpenpgp,    codes::kOfOperations, codes::kOfOutbound, codes::kOfPolicy, codes::kOfSecurity,
      codes::kOfSpool,      codes::kOfTelemetry};
  for (const std::span<const ErrorCode> list : kLists) {
    const auto found = std::ranges::find(list, code, &ErrorCode::name);
    if (found != list.end()) return found->sentence;
  }
  return {};
}

}  // namespace gateway::operations
