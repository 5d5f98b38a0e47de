// Writes our header fields. All values are validated. So nothing from the configuration or from a
// partner can start a field of its own (by CR and LF, controls, 8-bit bytes), and no field is
// longer than RFC 5322 allows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/result.h"
#include "gateway/telemedicine_set.h"
#include "mime/mail_writer.h"

namespace gateway::mime {

// The header of any fragment fits into this, because the limits of its values add up to less.
inline constexpr std::size_t kLargestFragmentHeader = 2048;

inline constexpr std::size_t kLongestOwnId = 200;
// The longest id in mails from outside (RFC 5322: a line holds 998 characters).
inline constexpr std::size_t kLongestForeignId = 900;

// Each function appends one field with its CRLF. Error: permanent "header-not-writable"; its detail
// does not contain the value.
Result<void> AppendAddress(std::string& header, std::string_view name, std::string_view address);
// Writes `<id>`, as Message-ID, In-Reply-To, Content-ID and other fields have it.
Result<void> AppendId(std::string& header, std::string_view name, std::string_view id,
                      std::size_t longest = kLongestOwnId);
Result<void> AppendSubject(std::string& header, const std::string& subject);
Result<void> AppendSet(std::string& header, const TelemedicineSet& set);
Result<void> AppendTag(std::string& header, std::string_view name, std::string_view value);
Result<void> AppendDate(std::string& header, Time date);

// Returns the fields with which every mail of ours begins: From, To, Date, Message-ID, Subject,
// MIME-Version, Auto-Submitted, and those between them that `outer` asks for.
Result<std::string> CommonHeader(const OuterHeader& outer);

// Appends "; name=value" on a line of its own. The value is between quotation marks, or by RFC 2231
// (UTF-8, several lines) if it cannot be. `value` must be UTF-8 without controls and with at most
// `longest` bytes.
Result<void> AppendParameter(std::string& header, std::string_view name, const std::string& value, std::size_t longest);

// Returns whether `text` may be between quotation marks in a parameter as it is.
bool IsQuotable(std::string_view text, std::size_t longest);
// Accepts a local part that is a dot-atom, and a domain that is a name or an address literal. These
// need neither quotes nor encoding.
bool IsAddress(std::string_view address);
bool IsMediaType(std::string_view text);

// Returns a boundary that cannot occur in base64, and nowhere else by chance: it has 192 random
// bits.
std::string NewBoundary();

}  // namespace gateway::mime
