// Header fields as we write them: validated, so that nothing from the configuration or from a partner can start a field
// of its own (CR and LF, controls, 8-bit bytes), and none longer than RFC 5322 allows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/result.h"
#include "gateway/telemedicine_set.h"
#include "mime/mail_writer.h"

namespace gateway::mime {

// What the header of any fragment fits into: the bounds on its values add up to less.
inline constexpr std::size_t kLargestFragmentHeader = 2048;

inline constexpr std::size_t kLongestOwnId = 200;
// Of mails from outside (RFC 5322: a line holds 998 characters).
inline constexpr std::size_t kLongestForeignId = 900;

// Each appends one field with its CRLF. permanent "header-not-writable", without the value in the detail.
Result<void> AppendAddress(std::string& header, std::string_view name, std::string_view address);
// `<id>`, as Message-ID, In-Reply-To, Content-ID and others have it.
Result<void> AppendId(std::string& header, std::string_view name, std::string_view id,
                      std::size_t longest = kLongestOwnId);
Result<void> AppendSubject(std::string& header, const std::string& subject);
Result<void> AppendSet(std::string& header, const TelemedicineSet& set);
Result<void> AppendTag(std::string& header, std::string_view name, std::string_view value);
Result<void> AppendDate(std::string& header, Time date);

// From, To, Date, Message-ID, Subject, MIME-Version and Auto-Submitted: what every mail of ours begins with.
Result<std::string> CommonHeader(const OuterHeader& outer);

// "; name=value" on a line of its own: between quotation marks, or by RFC 2231 (UTF-8, several lines) where that cannot
// be. `value`: UTF-8 without controls, at most `longest` bytes.
Result<void> AppendParameter(std::string& header, std::string_view name, const std::string& value, std::size_t longest);

// Whether `text` may stand between quotation marks in a parameter as it is.
bool IsQuotable(std::string_view text, std::size_t longest);
// local-part as dot-atom, domain as name or address literal: what needs neither quotes nor encoding.
bool IsAddress(std::string_view address);
bool IsMediaType(std::string_view text);

// Cannot occur in base64, and by chance nowhere else: 192 random bits.
std::string NewBoundary();

}  // namespace gateway::mime
