#include "dicom/store_status.h"

#include <cstdio>

#include "dicom/error_codes.h"

namespace gateway::dicom {
namespace {

enum class Meaning { stored, warning, duplicate, busy, not_now, class_refused, refused };

Meaning MeaningOfGeneral(unsigned status) {
  switch (status) {
    case 0x0000:
      return Meaning::stored;
    case 0x0001:  // optional attributes are not supported
    case 0x0107:  // attribute list error
    case 0x0116:  // attribute value out of range
      return Meaning::warning;
    case 0x0111:
      return Meaning::duplicate;
    case 0x0213:  // resource limitation
      return Meaning::busy;
    case 0x0110:  // processing failure
    case 0x0124:  // not authorised
    case 0x0210:  // duplicate invocation
    case 0x0211:  // unrecognised operation
    case 0x0212:  // mistyped argument
      return Meaning::not_now;
    case 0x0118:  // no such SOP class
    case 0x0122:  // SOP class not supported
      return Meaning::class_refused;
    default:
      break;
  }
  const unsigned group = status >> 8;
  return group == 0x01 || group == 0x02 ? Meaning::refused : Meaning::not_now;
}

Meaning MeaningOf(unsigned status) {
  switch (status >> 12) {
    case 0xA:
      return Meaning::busy;
    case 0xB:
      return Meaning::warning;
    case 0xC:
      return Meaning::refused;
    default:
      return MeaningOfGeneral(status);
  }
}

}  // namespace

Result<unsigned> CheckStatus(unsigned status, bool in_doubt) {
  char text[24];
  std::snprintf(text, sizeof(text), "status %04X", status);
  switch (MeaningOf(status)) {
    case Meaning::duplicate:
      return in_doubt ? 0x0000U : status;
    case Meaning::stored:
    case Meaning::warning:
      return status;
    case Meaning::busy:
      return Transient(codes::kPacsBusy, text);
    case Meaning::not_now:
      return Transient(codes::kPacsNotNow, text);
    case Meaning::class_refused:
      return Permanent(codes::kSopClassRefused, text);
    case Meaning::refused:
      break;
  }
  return Permanent(codes::kPacsRefused, text);
}

bool IsNoFinalAnswer(unsigned status) {
  return status >> 8 == 0xFE || status >> 8 == 0xFF;
}

}  // namespace gateway::dicom
