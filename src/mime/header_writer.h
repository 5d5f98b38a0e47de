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

// Each appends one field with its CRLF. permanent "header-not-writable", without the value in the detail.
Result<void> AppendAddress(std::string& header, std::string_view name, std::string_view address);
Result<void> AppendMessageId(std::string& header, std::string_view id);
Result<void> AppendSubject(std::string& header, const std::string& subject);
Result<void> AppendSet(std::string& header, const TelemedicineSet& set);
Result<void> AppendTag(std::string& header, std::string_view name, std::string_view value);
Result<void> AppendDate(std::string& header, Time date);

// From, To, Date, Message-ID, Subject, MIME-Version and Auto-Submitted: what every mail of ours begins with.
Result<std::string> CommonHeader(const OuterHeader& outer);

// Whether `text` may stand between quotation marks in a parameter as it is.
bool IsQuotable(std::string_view text, std::size_t longest);
bool IsMediaType(std::string_view text);

// Cannot occur in base64, and by chance nowhere else: 192 random bits.
std::string NewBoundary();

}  // namespace gateway::mime
