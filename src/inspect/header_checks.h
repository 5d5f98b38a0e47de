// Prints the header of a mail, and compares it with RFC 5322, RFC 8098 and the recommendation.
#pragma once

#include <optional>
#include <string>

#include "gateway/telemedicine_set.h"
#include "inspect/findings.h"
#include "mime/header_block.h"

namespace gateway::inspect {

// Adds the fields that matter to `section`.
void DescribeHeader(const mime::HeaderBlock& header, Section& section);

// Checks the header of a mail, or of a fragment, by RFC 5322.
void CheckMailHeader(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Checks the subject of a mail that is, or will be, encrypted.
void CheckSubject(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Checks that the whole header is ASCII.
void CheckBytes(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Checks the X-TELEMEDICINE fields by their grammar, in the header of a mail or inside the
// encryption.
void CheckTags(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Checks Content-Type and Content-Disposition by RFC 2047 and 2231.
void CheckParameters(const mime::HeaderBlock& header, Findings& findings, std::string_view place);

// Returns whether the mail asks for a receipt, and checks how it does.
bool AsksForReceipt(const mime::HeaderBlock& header, Findings& findings);

// Returns a text such as "20130612.1 part 3 of 120".
std::string Format(const TelemedicineSet& set);

}  // namespace gateway::inspect
