#include "inspect/header_checks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "base/ascii.h"
#include "mime/entity_walker.h"
#include "mime/gmime_values.h"
#include "mime/header_values.h"
#include "mime/mail_format.h"

namespace gateway::inspect {
namespace {

constexpr std::size_t kMostFields = 60;  // that are printed at most

// These fields may occur only once by RFC 5322 section 3.6, RFC 2045, RFC 8098 and the
// recommendation.
constexpr std::array<std::string_view, 20> kOnce{"From",
                                                 "Sender",
                                                 "Reply-To",
                                                 "To",
                                                 "Cc",
                                                 "Bcc",
                                                 "Message-ID",
                                                 "In-Reply-To",
                                                 "References",
                                                 "Subject",
                                                 "Date",
                                                 "MIME-Version",
                                                 "Content-Type",
                                                 "Content-Transfer-Encoding",
                                                 "Disposition-Notification-To",
                                                 "Auto-Submitted",
                                                 mime::kSetIdField,
                                                 mime::kSetPartField,
                                                 mime::kSetTotalField,
                                                 mime::kStudyIdField};

constexpr std::array<std::string_view, 12> kPrinted{"From",
                                                    "To",
                                                    "Cc",
                                                    "Reply-To",
                                                    "Return-Path",
                                                    "Subject",
                                                    "Date",
                                                    "Message-ID",
                                                    "Auto-Submitted",
                                                    "Content-Type",
                                                    "Content-Transfer-Encoding",
                                                    "Disposition-Notification-To"};

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualIgnoringCase(text.substr(0, prefix.size()), prefix);
}

bool IsTelemedicine(std::string_view name) {
  return StartsWith(name, "X-TELEMEDICINE-");
}

bool IsTag(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == ',' || c == '-';
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_good);
}

bool IsCount(std::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits && !text.empty() && text.size() < 9 && text.find_first_not_of('0') != std::string_view::npos;
}

std::string Joined(std::string_view place, std::string_view what) {
  return std::string(place) + (place.empty() ? "" : ": ") + std::string(what);
}

bool IsGenericSubject(std::string_view subject) {
  constexpr std::string_view kSubject = "DICOM-eMail";
  if (!StartsWith(subject, kSubject)) return false;
  const std::string_view rest = mime::Trim(subject.substr(kSubject.size()));
  return rest.find_first_not_of("(/) 0123456789") == std::string_view::npos;
}

// Finds "name*=" or "name*0*=" whose value lacks the two apostrophes.
bool HasMalformedExtension(std::string_view value) {
  for (std::size_t at = value.find("*="); at != std::string_view::npos; at = value.find("*=", at + 2)) {
    const std::string_view name = value.substr(0, at);
    const std::size_t digit = name.find_last_not_of("0123456789");
    const bool continued = digit != std::string_view::npos && digit + 1 < name.size() && name[digit] == '*' &&
                           name.substr(digit + 1) != "0";
    std::string_view text = value.substr(at + 2);
    text = text.substr(0, text.find(';'));
    if (!continued && std::count(text.begin(), text.end(), '\'') < 2) return true;
  }
  return false;
}

}  // namespace

void DescribeHeader(const mime::HeaderBlock& header, Section& section) {
  std::size_t printed = 0;
  for (std::size_t i = 0; i < header.count() && printed < kMostFields; ++i) {
    const mime::HeaderBlock::Field field = header.field(i);
    const bool wanted = IsTelemedicine(field.name) ||
                        std::any_of(kPrinted.begin(), kPrinted.end(),
                                    [&](std::string_view name) { return EqualIgnoringCase(name, field.name); });
    if (!wanted) continue;
    ++printed;
    std::string value(field.raw.substr(field.name.size() + 1));
    value.erase(std::remove_if(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n'; }), value.end());
    section.Add(field.name, mime::Trim(value));
  }
}

void CheckMailHeader(const mime::HeaderBlock& header, Findings& findings, std::string_view place) {
  if (mime::OnlyAddress(header, "From").empty()) findings.Add(rules::kFromMissing, place);
  if (!mime::IsDate(header.Value("Date").value_or(""))) findings.Add(rules::kDateMissing, place);
  if (mime::MessageIdOf(header).empty()) findings.Add(rules::kMessageIdMissing, place);
  if (header.Count("To") == 0) findings.Add(rules::kToMissing, place);
  if (header.Count("MIME-Version") == 0) findings.Add(rules::kMimeVersionMissing, place);
  for (const std::string_view name : kOnce) {
    if (header.Count(name) > 1) findings.Add(rules::kFieldRepeated, Joined(place, name));
  }
  CheckBytes(header, findings, place);
}

void CheckBytes(const mime::HeaderBlock& header, Findings& findings, std::string_view place) {
  const std::string_view raw = header.raw_fields();
  const bool has_8bit = std::any_of(raw.begin(), raw.end(), [](char c) { return (c & 0x80) != 0; });
  if (has_8bit) findings.Add(rules::kHeader8Bit, place);
}

void CheckSubject(const mime::HeaderBlock& header, Findings& findings, std::string_view place) {
  if (!IsGenericSubject(header.Value("Subject").value_or(""))) findings.Add(rules::kSubject, place);
}

void CheckTags(const mime::HeaderBlock& header, Findings& findings, std::string_view place) {
  for (const std::string_view name : {mime::kSetIdField, mime::kStudyIdField, mime::kPgpReceiptKeyIdField}) {
    const auto value = header.Value(name);
    if (value && !IsTag(*value)) findings.Add(rules::kTag, Joined(place, name));
  }
  for (const std::string_view name : {mime::kSetPartField, mime::kSetTotalField}) {
    const auto value = header.Value(name);
    if (value && !IsCount(*value)) findings.Add(rules::kTag, Joined(place, name));
  }
  const std::optional<TelemedicineSet> set = mime::ParseSet(header);
  if (set && set->part > set->total) findings.Add(rules::kSetPart, Joined(place, Format(*set)));
}

void CheckParameters(const mime::HeaderBlock& header, Findings& findings, std::string_view place) {
  for (const char* name : {"Content-Type", "Content-Disposition"}) {
    const std::string value = header.Value(name).value_or("");
    const std::size_t word = value.find("=?");
    if (word != std::string::npos && value.find("?=", word + 2) != std::string::npos) {
      findings.Add(rules::kEncodedWord, Joined(place, name));
    }
    if (HasMalformedExtension(value)) findings.Add(rules::kRfc2231, Joined(place, name));
  }
}

bool AsksForReceipt(const mime::HeaderBlock& header, Findings& findings) {
  if (header.Count("Disposition-Notification-To") == 0) return false;
  const std::string to = mime::OnlyAddress(header, "Disposition-Notification-To");
  const std::string from = mime::OnlyAddress(header, "From");
  if (to.empty()) {
    findings.Add(rules::kReceiptAddress);
  } else if (!from.empty() && to != from) {
    findings.Add(rules::kReceiptElsewhere);
  }
  return true;
}

std::string Format(const TelemedicineSet& set) {
  return set.id + " part " + std::to_string(set.part) + " of " + std::to_string(set.total);
}

}  // namespace gateway::inspect
