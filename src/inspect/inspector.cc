#include "inspect/inspector.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/files.h"
#include "inspect/contents.h"
#include "inspect/envelope.h"
#include "inspect/error_codes.h"
#include "inspect/fragments.h"
#include "inspect/header_checks.h"
#include "inspect/opening.h"
#include "mime/entity_walker.h"
#include "mime/header_values.h"
#include "mime/joiner.h"
#include "mime/report.h"

namespace gateway::inspect {
namespace {

// Any text with a colon in its first line looks like a header. So a mail must have one of these
// fields.
Result<mime::HeaderBlock> ReadMailHeader(int fd) {
  constexpr std::array<std::string_view, 7> kOfMails{"From",       "To",       "Date",        "Subject",
                                                     "Message-ID", "Received", "Content-Type"};
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  Result<mime::HeaderBlock> header = mime::HeaderBlock::Read(fd, {0, size}, mime::ReadLimits{}.header_size);
  if (!header && header.error().fault != Fault::corrupt) return header.error();
  const bool is_mail =
      header && std::any_of(kOfMails.begin(), kOfMails.end(), [&](auto name) { return header->Count(name) > 0; });
  if (!is_mail) return Corrupt(codes::kNotAMail, "it has no header of a mail");
  return header;
}

// Checks our keys only. A partner's key is checked if it made a signature.
void CheckOwnKeys(const Keys& keys, Findings& findings) {
  for (const security::KeyFacts& key : keys.own) {
    if (key.expired || key.revoked) findings.Add(rules::kKeyExpired, key.identity);
    if (key.bits != 0 && key.bits < kFewestBits) {
      findings.Add(rules::kWeakKey, key.identity + ": " + std::to_string(key.bits) + " bits");
    }
  }
}

std::string_view NameOf(mime::ReportKind kind) {
  switch (kind) {
    case mime::ReportKind::mdn:
      return "MDN (RFC 8098)";
    case mime::ReportKind::dsn:
      return "DSN (RFC 3464)";
    case mime::ReportKind::bounce:
      return "bounce in plain text";
    case mime::ReportKind::pgp:
      return "receipt inside the encryption";
  }
  return "";
}

std::string_view NameOf(mime::Verdict verdict) {
  constexpr std::array<std::string_view, 8> kNames{"delivered",
                                                   "delivered, with a warning",
                                                   "failed, sending again may help",
                                                   "failed, sending again will not help",
                                                   "bounced",
                                                   "delayed",
                                                   "relayed",
                                                   "cannot be told"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

// Describes the receipt or bounce in `fd`, a mail or a decrypted entity. Returns false if it is
// none.
Result<bool> InspectReport(int fd, Findings& findings) {
  const Result<std::optional<mime::Report>> report = mime::ReadReport(fd, {});
  if (!report && report.error().fault != Fault::corrupt) return report.error();
  if (!report || !*report) return false;
  Section& section = findings.structure.Open("report");
  section.Add("kind", NameOf((*report)->kind));
  section.Add("verdict", NameOf((*report)->verdict));
  section.Add("words", (*report)->words);
  for (const std::string& id : (*report)->message_ids) section.Add("answers", id);
  if ((*report)->set) section.Add("set", Format(*(*report)->set));
  if ((*report)->verdict == mime::Verdict::other) findings.Add(rules::kReceiptUnread);
  if ((*report)->message_ids.empty() && !(*report)->set) findings.Add(rules::kReceiptOriginal);
  return true;
}

class Inspector {
 public:
  Inspector(const WorkFiles& files, Keys& keys, std::string_view default_set)
      : files_(files), keys_(keys), default_set_(default_set) {}

  Result<Findings> Run(const std::vector<int>& mails) {
    findings_.structure.name = "mail";
    CheckOwnKeys(keys_, findings_);
    GATEWAY_ASSIGN(const mime::HeaderBlock first, ReadMailHeader(mails.front()));
    int mail = mails.front();
    if (mails.size() > 1 || IsFragment(first)) {
      GATEWAY_ASSIGN(mail, Join(mails));
    }
    if (mail >= 0) GATEWAY_TRY(InspectMail(mail));
    return std::move(findings_);
  }

 private:
  // Returns the file of the whole mail, or -1 if there is none.
  Result<int> Join(const std::vector<int>& mails) {
    for (const int mail : mails) {
      if (const auto header = ReadMailHeader(mail); !header) return header.error();
    }
    GATEWAY_ASSIGN(const Fragments fragments, InspectFragments(mails, findings_));
    if (!fragments.complete) return -1;
    FdSink sink(files_.joined);
    if (const Result<void> joined = mime::JoinFragments(fragments.in_order, {}, sink); !joined) {
      if (joined.error().fault != Fault::corrupt) return joined.error();
      findings_.Add(rules::kMimeDamaged, joined.error().code + " " + joined.error().detail);
      return -1;
    }
    GATEWAY_TRY(sink.Flush());
    GATEWAY_ASSIGN(const mime::HeaderBlock header, ReadMailHeader(files_.joined));
    if (!IsFragment(header)) return files_.joined;
    findings_.Add(rules::kPartialNested);
    return -1;
  }

  Result<void> InspectMail(int mail) {
    GATEWAY_ASSIGN(const mime::HeaderBlock header, ReadMailHeader(mail));
    DescribeHeader(header, findings_.structure.Open("header"));
    GATEWAY_ASSIGN(Outside outside, InspectEnvelope(mail, findings_));
    CheckMailHeader(header, findings_, {});
    CheckTags(header, findings_, {});
    const std::string from = mime::OnlyAddress(header, "From");
    switch (outside.content) {
      case Content::report:
        if (auto report = InspectReport(mail, findings_); !report) return report.error();
        return {};
      case Content::plain:
        findings_.Add(outside.is_smime ? rules::kSmime : rules::kNotEncrypted);
        return {};
      case Content::unreadable:
        return {};
      case Content::encrypted:
        return InspectInside(mail, header, {mime::ParseSet(header), std::move(outside.text)}, from);
    }
    return {};
  }

  Result<void> InspectInside(int mail, const mime::HeaderBlock& header, const OutsideFacts& outside,
                             const std::string& from) {
    CheckSubject(header, findings_, {});
    const bool asks_outside = AsksForReceipt(header, findings_);
    GATEWAY_ASSIGN(const bool opened, OpenMail(mail, files_.plain, from, keys_, findings_));
    if (opened) {
      GATEWAY_ASSIGN(const bool is_report, InspectReport(files_.plain, findings_));
      if (is_report) return {};
    }
    if (!outside.set) findings_.Add(rules::kSetMissing);
    Contents contents;
    if (opened) {
      GATEWAY_ASSIGN(contents, InspectContents(files_.plain, files_.scratch, outside, default_set_, findings_));
    }
    if (!asks_outside && !contents.asks_for_receipt) findings_.Add(rules::kNoReceipt);
    return {};
  }

  const WorkFiles files_;
  Keys& keys_;
  const std::string_view default_set_;
  Findings findings_;
};

}  // namespace

Result<Findings> Inspect(const std::vector<int>& mails, const WorkFiles& files, Keys& keys,
                         std::string_view default_set) {
  return Inspector(files, keys, default_set).Run(mails);
}

}  // namespace gateway::inspect
