#include "mime/entity_walker.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "mime/error_codes.h"

namespace gateway::mime {
namespace {

constexpr std::uint32_t kMostParts = 10'000'000;
constexpr std::size_t kLongestId = 128;
// This is longer than the 70 of RFC 2046, for senders who do not count, and short enough for a
// DashLine.
constexpr std::size_t kLongestBoundary = 900;

bool IsTagCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == ',' || c == '-';
}

bool IsTag(std::string_view text) {
  if (text.empty() || text.size() > kLongestId) return false;
  for (const char c : text) {
    if (!IsTagCharacter(c)) return false;
  }
  return true;
}

std::optional<std::uint32_t> ParsePart(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < 1 || number > kMostParts) return std::nullopt;
  return number;
}

std::string StudyIdOf(const HeaderBlock& header) {
  std::string id = header.Value(kStudyIdField).value_or("");
  return IsTag(id) ? id : std::string();
}

ContentType TypeOf(const HeaderBlock& header) {
  const auto value = header.Value("Content-Type");
  return value ? ParseContentType(*value) : ContentType();
}

// Of several fields, one that says "attachment" counts, because some program shows it as one.
ContentDisposition DispositionOf(const HeaderBlock& header) {
  ContentDisposition all;
  for (std::size_t i = 0; i < header.count(); ++i) {
    if (!EqualIgnoringCase(header.field(i).name, "Content-Disposition")) continue;
    ContentDisposition one = ParseContentDisposition(header.ValueAt(i));
    all.attachment = all.attachment || one.attachment;
    if (all.filename.empty()) all.filename = std::move(one.filename);
  }
  return all;
}

}  // namespace

std::optional<TelemedicineSet> ParseSet(const HeaderBlock& header) {
  const auto id = header.Value(kSetIdField);
  const auto part = ParsePart(header.Value(kSetPartField).value_or(""));
  const auto total = ParsePart(header.Value(kSetTotalField).value_or(""));
  if (!id || !IsTag(*id) || !part || !total) return std::nullopt;
  return TelemedicineSet{*id, *part, *total};
}

EntityWalker::EntityWalker(int fd, std::uint64_t size, const ReadLimits& limits, Messages messages, Watcher watcher)
    : fd_(fd),
      size_(size),
      limits_(limits),
      messages_(messages),
      watcher_(std::move(watcher)),
      scanner_(fd, {0, size}) {}

Result<std::optional<Leaf>> EntityWalker::Next() {
  while (true) {
    if (at_entity_) {
      GATEWAY_ASSIGN(auto leaf, Enter());
      if (leaf) return leaf;
      continue;
    }
    if (frames_.empty()) {
      GATEWAY_TRY(LookBehind());
      AddGap(size_);
      position_ = size_;
      return std::optional<Leaf>();
    }
    GATEWAY_ASSIGN(const auto delimiter, FindDelimiter());
    AddGap(delimiter ? delimiter->line.start : size_);
    Pass(delimiter);
  }
}

Result<void> EntityWalker::LookBehind() {
  if (closed_.empty()) return {};
  for (std::uint64_t from = position_; !has_parts_behind_;) {
    GATEWAY_ASSIGN(const auto line, scanner_.Next(from));
    if (!line) break;
    LookBehind(*line);
    from = line->next;
  }
  return {};
}

void EntityWalker::LookBehind(const DashLine& line) {
  if (closed_.empty()) return;
  std::string_view text = line.text.substr(2);
  text = text.substr(0, text.find_last_not_of(" \t\r") + 1);
  has_parts_behind_ = has_parts_behind_ || text == closed_;
}

void EntityWalker::AddGap(std::uint64_t end) {
  if (end > position_) gaps_.push_back({position_, end - position_});
}

Result<HeaderBlock> EntityWalker::ReadHeader() {
  const auto is_delimiter = [this](std::string_view text) { return Match({0, 0, text, DashLine::lf, 0}).has_value(); };
  GATEWAY_ASSIGN(HeaderBlock header,
                 HeaderBlock::Read(fd_, {position_, size_ - position_}, limits_.header_size, is_delimiter));
  position_ += header.size();
  return header;
}

Leaf EntityWalker::Describe(const HeaderBlock& header) {
  Leaf leaf;
  leaf.type = TypeOf(header);
  // RFC 2046 section 5.1.5
  if (leaf.type.type.empty() && !frames_.empty() && frames_.back().type == "multipart/digest") {
    leaf.type.type = "message/rfc822";
  }
  leaf.encoding = ParseTransferEncoding(header.Value("Content-Transfer-Encoding").value_or(""));
  ContentDisposition disposition = DispositionOf(header);
  leaf.attachment = disposition.attachment;
  leaf.name = disposition.filename.empty() ? leaf.type.Parameter("name") : std::move(disposition.filename);
  leaf.study_id = StudyIdOf(header);
  if (const auto id = header.Value("Content-ID")) leaf.content_id = id->empty() ? "<>" : *id;
  leaf.depth = static_cast<unsigned>(frames_.size());
  for (const Frame& frame : frames_) leaf.in_encrypted |= frame.type == "multipart/encrypted";
  if (frames_.empty()) return leaf;
  Frame& parent = frames_.back();
  leaf.parent = parent.type;
  leaf.parent_number = parent.number;
  leaf.alternative = parent.alternative;
  if (leaf.study_id.empty()) {
    leaf.study_id = parent.study_id;
    leaf.study_id_is_of_wrapper = parent.study_id_is_of_wrapper || parent.type == "multipart/signed";
  }
  // Only the first part of a multipart/signed is signed.
  leaf.unsigned_part = parent.unsigned_part || (parent.type == "multipart/signed" && parent.children > 0);
  ++parent.children;
  return leaf;
}

Result<std::optional<Leaf>> EntityWalker::Enter() {
  at_entity_ = false;
  // Empty multiparts and messages cost as much time as leaves do.
  if (++entities_ > 2ULL * limits_.parts + limits_.depth) return Corrupt(codes::kTooManyParts);
  GATEWAY_ASSIGN(const HeaderBlock header, ReadHeader());
  Leaf leaf = Describe(header);
  leaf.body = {position_, size_ - position_};
  TakeSet(header, leaf);
  if (watcher_ && !watcher_(header, leaf)) {
    frames_.clear();
    closed_.clear();
    return std::optional<Leaf>();
  }
  const bool message =
      leaf.type.type == "message/rfc822" && messages_ == Messages::open && leaf.encoding == TransferEncoding::identity;
  if (leaf.type.IsMultipart() || message) {
    GATEWAY_TRY(Push(leaf));
    return std::optional<Leaf>();
  }

  if (++leaves_ > limits_.parts) return Corrupt(codes::kTooManyParts);
  const std::uint64_t start = position_;
  GATEWAY_ASSIGN(const auto delimiter, FindDelimiter());
  // If nothing stands between them, the line end of a header's blank line is also that of the
  // boundary line.
  const std::uint64_t end = std::max(start, delimiter ? EndBefore(*delimiter) : size_);
  leaf.body = {start, end - start};
  Pass(delimiter);
  return std::optional<Leaf>(std::move(leaf));
}

void EntityWalker::TakeSet(const HeaderBlock& header, const Leaf& entity) {
  if (entity.unsigned_part || (set_ && !set_is_of_wrapper_)) return;
  auto set = ParseSet(header);
  if (!set) return;
  set_ = std::move(set);
  // The header of a multipart/signed is not signed itself, so a set inside takes precedence.
  set_is_of_wrapper_ = entity.type.type == "multipart/signed";
}

Result<void> EntityWalker::Push(const Leaf& entity) {
  if (frames_.size() >= limits_.depth) return Corrupt(codes::kMimeTooDeep);
  Frame frame;
  frame.type = entity.type.type;
  frame.study_id = entity.study_id;
  frame.unsigned_part = entity.unsigned_part;
  frame.number = entities_;
  frame.alternative = entity.type.type == "multipart/alternative" ? entities_ : entity.alternative;
  frame.study_id_is_of_wrapper = entity.study_id_is_of_wrapper;
  if (entity.type.IsMultipart()) {
    frame.boundary = entity.type.Parameter("boundary");
    frame.boundary.erase(frame.boundary.find_last_not_of(" \t") + 1);
    if (frame.boundary.empty() || frame.boundary.size() > kLongestBoundary) {
      return Corrupt(codes::kMailDamaged, "a multipart without a usable boundary");
    }
  } else {
    at_entity_ = true;
  }
  frames_.push_back(std::move(frame));
  return {};
}

std::optional<EntityWalker::Delimiter> EntityWalker::Match(const DashLine& line) const {
  std::string_view text = line.text.substr(2);
  text = text.substr(0, text.find_last_not_of(" \t\r") + 1);
  // The outermost frame comes first. Otherwise a part could claim the boundary lines of its
  // surroundings for itself. It could then hand out as signed something that is outside the signed
  // range.
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const std::string& boundary = frames_[i].boundary;
    if (boundary.empty() || !text.starts_with(boundary)) continue;
    if (text.size() == boundary.size()) return Delimiter{line, i, false};
    if (text.substr(boundary.size()) == "--") return Delimiter{line, i, true};
  }
  return std::nullopt;
}

Result<std::optional<EntityWalker::Delimiter>> EntityWalker::FindDelimiter() {
  if (frames_.empty()) return std::optional<Delimiter>();
  std::uint64_t from = position_;
  while (true) {
    GATEWAY_ASSIGN(const auto line, scanner_.Next(from));
    if (!line) return std::optional<Delimiter>();
    if (auto delimiter = Match(*line)) return delimiter;
    LookBehind(*line);
    from = line->next;
  }
}

std::uint64_t EntityWalker::EndBefore(const Delimiter& delimiter) const {
  // In a mail with bare LF, a CR before the boundary line belongs to the part.
  const bool bare_lf = opened_by_lf_ && delimiter.line.end != DashLine::crlf;
  const unsigned line_end = delimiter.line.line_end_before;
  return delimiter.line.start - (bare_lf && line_end == 2 ? 1 : line_end);
}

void EntityWalker::Pass(const std::optional<Delimiter>& delimiter) {
  if (!delimiter) {
    for (const Frame& frame : frames_) {
      cut_short_ |= !frame.boundary.empty();
      may_lack_parts_ |= !frame.boundary.empty() && frame.type != "multipart/encrypted";
    }
    frames_.clear();
    position_ = size_;
    return;
  }
  // The first part is what a multipart/signed signs. It begins after the first boundary line, and
  // ends before the second one.
  if (delimiter->frame == 0 && frames_[0].children == 0) first_part_.offset = delimiter->line.next;
  if (delimiter->frame == 0 && frames_[0].children == 1)
    first_part_.length = std::max(first_part_.offset, EndBefore(*delimiter)) - first_part_.offset;
  closed_ = delimiter->closing ? frames_[delimiter->frame].boundary : std::string();
  frames_.resize(delimiter->frame + (delimiter->closing ? 0 : 1));
  position_ = delimiter->line.next;
  at_entity_ = !delimiter->closing;
  opened_by_lf_ = delimiter->line.end == DashLine::lf;
}

}  // namespace gateway::mime
