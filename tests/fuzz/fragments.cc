// Fragments of message/partial from outside, one after the other in the input, with a line of
// kSeparator between them.

#include <vector>

#include "base/files.h"
#include "fuzz.h"
#include "mime/joiner.h"
#include "mime/mail_reader.h"

namespace gateway::fuzz {
namespace {

constexpr std::string_view kSeparator = "\n%%%%\n";
constexpr std::size_t kMostFragments = 16;
constexpr mime::ReadLimits kLimits{1 << 20, 1 << 20, 8, 50, 1 << 16};

std::vector<UniqueFd> Fragments(std::string_view input) {
  std::vector<UniqueFd> fragments;
  while (fragments.size() < kMostFragments) {
    const std::size_t end = input.find(kSeparator);
    fragments.push_back(FileWith(input.substr(0, end)));
    if (end == std::string_view::npos) break;
    input.remove_prefix(end + kSeparator.size());
  }
  return fragments;
}

}  // namespace
}  // namespace gateway::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gateway::fuzz;
  const auto fragments = Fragments(Text(data, size));
  std::vector<int> descriptors;
  for (const auto& fragment : fragments) {
    descriptors.push_back(fragment.get());
    const auto envelope = gateway::mime::ReadEnvelope(fragment.get(), kLimits);
    if (!envelope || !envelope->partial) continue;
    PROMISE(envelope->partial->number >= 1);
    PROMISE(envelope->partial->total == 0 || envelope->partial->number <= envelope->partial->total);
  }
  gateway::StringSink joined;
  if (!gateway::mime::JoinFragments(descriptors, kLimits, joined)) return 0;
  // Nothing grows but by the line end after each header field that lacks one.
  PROMISE(joined.text().size() <= 2 * size + 16);
  const gateway::UniqueFd whole = FileWith(joined.text());
  static_cast<void>(gateway::mime::ReadEnvelope(whole.get(), kLimits));
  return 0;
}
