#include "mime/splitter.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "base/files.h"
#include "mime/error_codes.h"
#include "mime/header_writer.h"

namespace gateway::mime {
namespace {

constexpr std::uint64_t kBlock = 4096;

Result<std::string> ReadBlock(int fd, ByteRange range) {
  std::string text(range.length, '\0');
  FdSource source(fd, range);
  GATEWAY_ASSIGN([[maybe_unused]] const std::size_t filled, ReadFully(source, text));
  return text;
}

// Returns whether text[cut] begins a line that is not blank, and whose previous line is not blank
// either. Mail servers add and remove blank lines at the end of a body, so a seam keeps away from
// them.
bool IsGoodCut(std::string_view text, std::size_t cut) {
  if (text[cut] == '\r' || text[cut] == '\n') return false;
  const std::string_view before = text.substr(0, cut - 1);  // without the LF
  return !before.ends_with("\n") && !before.ends_with("\n\r");
}

// Returns the best line start in (begin, target], as late as possible. Returns `begin` if there is
// none.
Result<std::uint64_t> FindCut(int fd, std::uint64_t begin, std::uint64_t target) {
  std::uint64_t second_best = begin;
  std::uint64_t end = target;  // line starts after it have been looked at
  while (end > begin) {
    const std::uint64_t first = end - begin > kBlock ? end - kBlock : begin;
    const std::uint64_t context = std::min<std::uint64_t>(first, 3);
    // This reads one byte beyond the last candidate, because SplitMessage() never asks for a cut at
    // the file's end.
    GATEWAY_ASSIGN(const std::string text, ReadBlock(fd, {first - context, end - first + context + 1}));
    for (std::size_t cut = text.size() - 1; cut > context; --cut) {
      if (text[cut - 1] != '\n') continue;
      const std::uint64_t position = first - context + cut;
      if (IsGoodCut(text, cut)) return position;
      // A cut beside a blank line is better than none.
      if (second_best == begin) second_best = position;
    }
    end = first;
  }
  return second_best;
}

class FragmentSource : public Source {
 public:
  FragmentSource(Result<std::string> header, int fd, ByteRange range) : header_(std::move(header)), body_(fd, range) {}

  Result<std::size_t> Read(std::span<char> buffer) override {
    if (!header_) return header_.error();
    if (position_ == header_->size()) return body_.Read(buffer);
    const std::size_t count = std::min(buffer.size(), header_->size() - position_);
    std::memcpy(buffer.data(), header_->data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  Result<std::string> header_;
  FdSource body_;
  std::size_t position_ = 0;
};

Result<std::string> HeaderText(const FragmentHeader& fragment) {
  OuterHeader outer = fragment.outer;
  outer.in_reply_to.clear();
  outer.subject += " (" + std::to_string(fragment.number) + "/" + std::to_string(fragment.total) + ")";
  GATEWAY_ASSIGN(std::string header, CommonHeader(outer));
  if (!IsQuotable(fragment.partial_id, 200)) return Permanent(codes::kHeaderNotWritable, "id of message/partial");
  header += "Content-Type: message/partial;\r\n id=\"" + fragment.partial_id +
            "\";\r\n number=" + std::to_string(fragment.number) + "; total=" + std::to_string(fragment.total) +
            "\r\n\r\n";
  if (header.size() > kLargestFragmentHeader) return Permanent(codes::kHeaderNotWritable, "the header is too long");
  return header;
}

}  // namespace

Result<std::vector<ByteRange>> SplitMessage(int message, std::uint64_t max_size) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(message));
  if (size <= max_size) return std::vector<ByteRange>{{0, size}};
  if (max_size <= kLargestFragmentHeader)
    return Permanent(codes::kLineTooLong, "no line fits beside a fragment's header");
  const std::uint64_t step = max_size - kLargestFragmentHeader;
  std::vector<ByteRange> ranges;
  std::uint64_t begin = 0;
  while (size - begin > step) {
    GATEWAY_ASSIGN(const std::uint64_t cut, FindCut(message, begin, begin + step));
    if (cut == begin) return Permanent(codes::kLineTooLong, "a line is longer than a fragment may be");
    ranges.push_back({begin, cut - begin});
    begin = cut;
  }
  ranges.push_back({begin, size - begin});
  return ranges;
}

std::unique_ptr<Source> OpenFragment(const FragmentHeader& header, int message, ByteRange range) {
  return std::make_unique<FragmentSource>(HeaderText(header), message, range);
}

}  // namespace gateway::mime
