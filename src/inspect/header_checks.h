// The header of a mail, printed and held against RFC 5322, RFC 8098 and the recommendation.
#pragma once

#include <optional>
#include <string>

#include "gateway/telemedicine_set.h"
#include "inspect/findings.h"
#include "mime/header_block.h"

namespace gateway::inspect {

// Adds the fields that matter to `section`.
void DescribeHeader(const mime::HeaderBlock& header, Section& section);

// RFC 5322, of a mail, fragments too.
void CheckMailHeader(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Of a mail that is, or will be, encrypted.
void CheckSubject(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// That all of it is ASCII.
void CheckBytes(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// X-TELEMEDICINE fields, by their grammar; of a mail or of what is inside.
void CheckTags(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Content-Type and Content-Disposition by RFC 2047 and 2231.
void CheckParameters(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Whether and how a mail asks for a receipt.
bool AsksForReceipt(const mime::HeaderBlock& header, Findings& findings);

// "20130612.1 part 3 of 120"
std::string Format(const TelemedicineSet& set);

}  // namespace gateway::inspect
