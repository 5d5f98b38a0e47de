#include "mime/joiner.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "base/files.h"
#include "mime/error_codes.h"
#include "mime/fragment_bodies.h"
#include "mime/header_block.h"

namespace gateway::mime {
namespace {

constexpr std::size_t kFirstRead = 16'384;

Error Damaged(std::string_view detail) {
  return Corrupt(codes::kFragmentsDamaged, std::string(detail));
}

// Fills `text` up to `size` bytes or the end. Returns whether it met the end.
Result<bool> FillUp(Source& source, std::size_t size, std::string& text) {
  const std::size_t filled = text.size();
  text.resize(std::max(filled, size));
  const std::size_t wanted = text.size();
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, std::span(text).subspan(filled)));
  text.resize(filled + count);
  return text.size() < wanted;
}

// Reads the header of the enclosed message, which a cut may have divided. rest() is what was read
// beyond it.
Result<HeaderBlock> ReadEnclosedHeader(Source& bodies, std::uint64_t limit) {
  std::string text;
  std::size_t wanted = kFirstRead;
  while (true) {
    GATEWAY_ASSIGN(const bool complete, FillUp(bodies, wanted, text));
    if (auto header = HeaderBlock::Parse(text, complete)) return std::move(*header);
    if (wanted >= limit) return Damaged("the enclosed header is larger than the limit");
    wanted = std::min<std::size_t>(wanted * 2, limit);
  }
}

// These fields belong to the fragment only, by rules 2 and 3 of RFC 2046 section 5.2.2.1.
bool IsOfFragmentOnly(std::string_view name) {
  for (const std::string_view other : {"Subject", "Message-ID", "Encrypted", "MIME-Version"}) {
    if (EqualIgnoringCase(name, other)) return true;
  }
  return EqualIgnoringCase(name.substr(0, 8), "Content-");
}

Result<void> WriteHeader(const HeaderBlock& outer, const HeaderBlock& enclosed, Sink& sink) {
  // Hostile headers have many fields, so there is no search through all of them for each field.
  std::set<std::string> names;
  for (std::size_t i = 0; i < enclosed.count(); ++i) names.insert(LowerCase(enclosed.field(i).name));
  for (std::size_t i = 0; i < outer.count(); ++i) {
    const HeaderBlock::Field field = outer.field(i);
    if (IsOfFragmentOnly(field.name) || names.contains(LowerCase(field.name))) continue;
    GATEWAY_TRY(sink.Write(field.raw));
    if (!field.raw.ends_with('\n')) GATEWAY_TRY(sink.Write("\r\n"));
  }
  GATEWAY_TRY(sink.Write(enclosed.raw_fields()));
  if (!enclosed.raw_fields().ends_with('\n')) GATEWAY_TRY(sink.Write("\r\n"));
  return sink.Write("\r\n");
}

}  // namespace

Result<void> JoinFragments(const std::vector<int>& fragments, const ReadLimits& limits, Sink& sink) {
  GATEWAY_ASSIGN(FragmentBodies bodies, FragmentBodies::Open(fragments, limits));
  GATEWAY_ASSIGN(const HeaderBlock enclosed, ReadEnclosedHeader(bodies, limits.header_size));
  if (enclosed.empty()) return Damaged("no enclosed message");
  GATEWAY_TRY(WriteHeader(bodies.first_header(), enclosed, sink));
  GATEWAY_TRY(sink.Write(enclosed.rest()));
  if (auto copied = Copy(bodies, sink); !copied) return copied.error();
  return {};
}

}  // namespace gateway::mime
