#include "inspect/fragments.h"

#include <charconv>
#include <map>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "base/files.h"
#include "inspect/header_checks.h"
#include "inspect/lines.h"
#include "mime/gmime_values.h"
#include "mime/header_values.h"
#include "mime/mail_format.h"

namespace gateway::inspect {
namespace {

struct Fragment {
  std::string sender;  // two senders may use one id
  std::string id;
  unsigned number = 0;
  unsigned total = 0;  // 0: not given
};

unsigned ParseNumber(const std::string& text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

// Returns nullopt if it is unclear where the fragment belongs.
std::optional<Fragment> Parse(const mime::HeaderBlock& header, const mime::ContentType& type, Findings& findings,
                              const std::string& place) {
  Fragment fragment;
  fragment.sender = mime::OnlyAddress(header, "From");
  fragment.id = type.Parameter("id");
  fragment.number = ParseNumber(type.Parameter("number"));
  fragment.total = ParseNumber(type.Parameter("total"));
  const bool impossible = (type.parameters.contains("total") && fragment.total == 0) ||
                          (fragment.total != 0 && fragment.number > fragment.total);
  if (!fragment.id.empty() && fragment.number != 0 && !impossible) return fragment;
  findings.Add(rules::kPartialParameters, place);
  return std::nullopt;
}

bool SameMail(const Fragment& a, const Fragment& b) {
  return a.sender == b.sender && a.id == b.id;
}

bool HasTelemedicineFields(const mime::HeaderBlock& header) {
  for (std::size_t i = 0; i < header.count(); ++i) {
    if (LowerCase(header.field(i).name).starts_with("x-telemedicine-")) return true;
  }
  return false;
}

Result<void> CheckBody(int fd, const mime::HeaderBlock& header, Findings& findings, const std::string& place) {
  const std::string encoding = LowerCase(mime::Trim(header.Value("Content-Transfer-Encoding").value_or("7bit")));
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  FdSource body(fd, {header.size(), size - header.size()});
  GATEWAY_ASSIGN(const Lines lines, CountLines(body));
  if (encoding != "7bit" || lines.has_8bit) findings.Add(rules::kPartialEncoding, place);
  return {};
}

// Returns the total, or 0 if it is not known. The last fragment must say the total, and all
// fragments that say it must agree.
unsigned TotalOf(const std::map<unsigned, Fragment>& fragments, Findings& findings) {
  unsigned total = 0;
  for (const auto& [number, fragment] : fragments) {
    if (fragment.total == 0) continue;
    if (total != 0 && total != fragment.total) findings.Add(rules::kPartialParameters, "the totals differ");
    total = fragment.total;
  }
  const bool last_is_here = total != 0 && fragments.contains(total);
  if (total == 0 || (last_is_here && fragments.at(total).total == 0)) findings.Add(rules::kPartialTotal);
  return total;
}

}  // namespace

bool IsFragment(const mime::HeaderBlock& header) {
  return mime::ParseContentType(header.Value("Content-Type").value_or("")).type == "message/partial";
}

Result<Fragments> InspectFragments(const std::vector<int>& files, Findings& findings) {
  std::map<unsigned, Fragment> fragments;
  std::map<unsigned, int> descriptors;
  bool one_mail = true;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string place = "file " + std::to_string(i + 1);
    GATEWAY_ASSIGN(const std::uint64_t size, FileSize(files[i]));
    GATEWAY_ASSIGN(const mime::HeaderBlock header, mime::HeaderBlock::Read(files[i], {0, size}, 1 << 20));
    DescribeHeader(header, findings.structure.Open("fragment"));
    CheckMailHeader(header, findings, place);
    CheckSubject(header, findings, place);
    const mime::ContentType type = mime::ParseContentType(header.Value("Content-Type").value_or(""));
    const bool partial = type.type == "message/partial";
    if (partial) GATEWAY_TRY(CheckBody(files[i], header, findings, place));
    if (partial && HasTelemedicineFields(header)) findings.Add(rules::kPartialSet, place);
    const std::optional<Fragment> fragment = partial ? Parse(header, type, findings, place) : std::nullopt;
    const bool of_others =
        !partial || (fragment && !fragments.empty() && !SameMail(*fragment, fragments.begin()->second));
    if (of_others) findings.Add(rules::kPartialOthers, place);
    one_mail = one_mail && fragment && !of_others;
    if (!fragment || of_others) continue;
    if (!fragments.emplace(fragment->number, *fragment).second) findings.Add(rules::kPartialTwice, place);
    descriptors.emplace(fragment->number, files[i]);
  }
  Fragments result;
  if (!one_mail || fragments.empty()) return result;
  if (fragments.size() == 1 && fragments.begin()->second.total != 1) {
    findings.Add(rules::kPartialOne);
    return result;
  }
  const unsigned total = TotalOf(fragments, findings);
  const unsigned last = total == 0 ? fragments.rbegin()->first : total;
  for (const auto& [number, fd] : descriptors) result.in_order.push_back(fd);
  result.complete = fragments.size() == last && fragments.rbegin()->first == last;
  if (!result.complete) {
    findings.Add(rules::kPartialMissing,
                 std::to_string(fragments.size()) + " of " + std::to_string(last) + " are there");
  }
  return result;
}

}  // namespace gateway::inspect
