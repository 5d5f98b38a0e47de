#include "mime/mail_origin.h"

#include <algorithm>
#include <array>
#include <string>

#include "mime/header_values.h"

namespace gateway::mime {
namespace {

std::string LowerValue(const HeaderBlock& header, std::string_view name) {
  return LowerCase(WithoutComments(header.Value(name).value_or("")));
}

// A person must read a bounce that the gateway does not understand, however it was made.
bool IsFromMailSystem(const HeaderBlock& header) {
  const std::string from = OnlyAddress(header, "From");
  return from.empty() || from.starts_with("mailer-daemon@") || from.starts_with("postmaster@");
}

// Looks for the fields of RFC 3834 section 5 and RFC 2919, and for those that were in use before
// and beside them.
bool SaysSo(const HeaderBlock& header) {
  if (const std::string submitted = LowerValue(header, "Auto-Submitted"); !submitted.empty()) {
    if (!submitted.starts_with("no")) return true;
  }
  static constexpr std::array kPrecedences{"bulk", "junk", "list", "auto_reply"};
  const std::string precedence = LowerValue(header, "Precedence");
  if (std::find(kPrecedences.begin(), kPrecedences.end(), precedence) != kPrecedences.end()) return true;
  static constexpr std::array kFields{"List-Id",     "List-Unsubscribe", "X-Auto-Response-Suppress",
                                      "X-Autoreply", "X-Autorespond",    "X-Autoresponder",
                                      "X-Auto-Reply"};
  if (std::any_of(kFields.begin(), kFields.end(), [&](const char* name) { return header.Count(name) > 0; })) {
    return true;
  }
  return LowerValue(header, "Content-Class").find("calendarmessage") != std::string::npos;
}

struct Parts {
  bool invitation = false;
  // There is nothing that somebody may miss: no DICOM in the clear, no S/MIME, no attachment.
  bool only_words = true;
};

Parts PartsOf(int fd, const ReadLimits& limits) {
  Parts found;
  const auto look = [&found](const LeafPart& part) -> Result<Sink*> {
    const std::string& type = part.content_type;
    found.invitation = found.invitation || type == "text/calendar";
    found.only_words = found.only_words && (type.starts_with("text/") || type == "application/ics");
    return static_cast<Sink*>(nullptr);
  };
  if (!ReadInnerEntity(fd, limits, look)) return {false, false};
  return found;
}

// Recognises a text that Microsoft Exchange hands out if it cannot convert a mail for IMAP or POP3.
bool IsRetrievalFailure(const HeaderBlock& header) {
  const std::string subject = LowerValue(header, "Subject");
  return subject.starts_with("retrieval using the ") && subject.find("protocol failed") != std::string::npos;
}

}  // namespace

MailOrigin OriginOf(int fd, const HeaderBlock& header, const ReadLimits& limits) {
  // Every mail that came by SMTP has such a field (RFC 5321 section 4.4).
  if (header.Count("Received") == 0) {
    return IsRetrievalFailure(header) ? MailOrigin::mail_server : MailOrigin::perhaps_mail_server;
  }
  if (IsFromMailSystem(header)) return MailOrigin::anybody;
  // Gateways and the software of partners also say that they are programs (Auto-Submitted), so the
  // parts must be looked at. Without a Content-Type a mail is text (RFC 2045 section 5.2).
  const Parts parts = header.Count("Content-Type") == 0 ? Parts{} : PartsOf(fd, limits);
  return parts.only_words && (SaysSo(header) || parts.invitation) ? MailOrigin::automatic : MailOrigin::anybody;
}

}  // namespace gateway::mime
