#include "dicom/edit/element_walk.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include "dicom/edit/element_bytes.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::uint32_t kUndefined = 0xFFFFFFFF;
constexpr std::size_t kLongestCreator = 64;
constexpr std::uint32_t kSopClassUid = Tag(0x0008, 0x0016);
constexpr std::uint32_t kItemHead = 8;  // bytes
// UN holds Implicit VR Little Endian, or explicit VR if its first element has a VR.
constexpr ElementReader::State kUnknown{{.explicit_vr = false}, true};
// Other programs fill files up with these bytes (wholeness.h).
constexpr std::string_view kFillers("\0\xFF\x1A\r\n ", 6);

Error Damaged(std::string why) {
  return Corrupt(codes::kDicomDamaged, std::move(why));
}

std::uint16_t GroupOf(std::uint32_t tag) {
  return static_cast<std::uint16_t>(tag >> 16);
}
std::uint16_t NumberOf(std::uint32_t tag) {
  return static_cast<std::uint16_t>(tag & 0xFFFF);
}
bool IsPrivate(std::uint32_t tag) {
  return GroupOf(tag) % 2 == 1;
}
bool IsPixels(std::uint32_t tag) {
  return tag >= kFloatPixelData && tag <= kPixelData;
}
bool IsDelimiter(std::uint32_t tag) {
  return GroupOf(tag) == 0xFFFE;
}

}  // namespace

class ElementWalk::View : public ElementView {
 public:
  View(ElementWalk& walk, std::uint64_t start) : walk_(walk), start_(start), value_at_(walk.input_.position()) {}

  [[nodiscard]] Result<std::optional<std::string>> Value(std::size_t limit) const override {
    if (length == kUndefined || length > limit) return std::optional<std::string>();
    return Read(value_at_, length);
  }

  [[nodiscard]] Result<std::optional<std::string>> Bytes(std::size_t limit) const override {
    const ElementReader::State state = walk_.reader_.state();
    const Result<void> skipped = walk_.reader_.SkipValue({tag, vr, length});
    walk_.reader_.Restore(state);
    const std::uint64_t size = walk_.input_.position() - start_;
    walk_.input_.Seek(value_at_);
    if (!skipped) return skipped.error();
    if (size > limit) return std::optional<std::string>();
    return Read(start_, size);
  }

 private:
  [[nodiscard]] Result<std::optional<std::string>> Read(std::uint64_t at, std::uint64_t size) const {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    walk_.input_.Seek(at);
    const Result<std::size_t> count = walk_.input_.Read(bytes);
    walk_.input_.Seek(value_at_);
    if (!count) return count.error();
    if (*count < bytes.size()) return Damaged("an element is longer than the file");
    return std::optional(std::move(bytes));
  }

  ElementWalk& walk_;
  const std::uint64_t start_;
  const std::uint64_t value_at_;
};

ElementWalk::ElementWalk(const FileInput& input, ElementEncoding encoding, bool meta, ElementEditor& editor,
                         Patches& patches)
    : input_(input), reader_(input_, encoding), editor_(editor), patches_(patches), meta_(meta), end_(input.size()) {}

Place ElementWalk::PlaceNow() const {
  return {.steps = steps_, .encoding = reader_.encoding(), .meta = meta_};
}

Result<void> ElementWalk::Run() {
  Level root;
  root.outer = reader_.state();
  levels_.push_back(std::move(root));
  GATEWAY_TRY(editor_.Enter(PlaceNow()));
  while (true) {
    GATEWAY_TRY(CloseEnded());
    const std::uint64_t start = input_.position();
    const Result<bool> more = Next();
    if (!more) {
      // Behind complete pixel data nothing is missing, whatever follows.
      const bool forgiven = levels_.size() == 1 && has_pixels_ && Is(more.error(), codes::kDicomDamaged) && !asked_;
      if (!forgiven) return more.error();
      end_ = start;
    }
    if (more && *more) continue;
    if (levels_.size() > 1) return Damaged("ends within a sequence");
    return CloseLevel(end_);
  }
}

// Closes the sequences and items that end here because of their length.
Result<void> ElementWalk::CloseEnded() {
  while (levels_.size() > 1 && levels_.back().end && input_.position() >= *levels_.back().end) {
    if (input_.position() > *levels_.back().end) return Damaged("an element is longer than what it stands in");
    GATEWAY_TRY(CloseLevel(input_.position()));
  }
  return {};
}

Result<bool> ElementWalk::Next() {
  asked_ = false;
  const std::uint64_t start = input_.position();
  if (levels_.size() == 1) {
    GATEWAY_ASSIGN(const bool padding, IsPadding(start));
    if (padding) {
      end_ = start;
      return false;
    }
  }
  GATEWAY_ASSIGN(const std::optional<Element> element, reader_.Next());
  if (!element) return false;
  if (IsDelimiter(element->tag)) {
    GATEWAY_TRY(TakeDelimiter(*element, start));
  } else if (levels_.back().sequence) {
    return Damaged("a sequence is not made of items");
  } else {
    GATEWAY_TRY(TakeElement(*element, start));
  }
  return true;
}

// Only bytes that repeat a filler can be padding, and no element that may stand here begins with
// two fillers, except those of group 0020 in little endian (wholeness.h).
Result<bool> ElementWalk::IsPadding(std::uint64_t start) {
  if (start < not_filler_ || start >= input_.size()) return false;
  FileInput ahead = input_;
  std::array<char, 4096> piece;
  std::array<char, 4> tag{};
  GATEWAY_ASSIGN(const std::size_t some, ahead.Read(tag));
  const std::string_view begin(tag.data(), some);
  if (begin.find_first_not_of(kFillers) != std::string_view::npos) return false;
  const std::vector<Level::Mark>& highest = levels_.back().highest;
  // An element of group 0020 that may still come begins with blank and NUL.
  if (begin.starts_with(std::string_view(" \0", 2)) && (highest.empty() || GroupOf(highest.back().tag) <= 0x0020)) {
    return false;
  }
  while (true) {
    const std::uint64_t at = ahead.position();
    GATEWAY_ASSIGN(const std::size_t count, ahead.Read(piece));
    const std::size_t other = std::string_view(piece.data(), count).find_first_not_of(kFillers);
    if (other != std::string_view::npos) {
      not_filler_ = at + other;
      return false;
    }
    if (count < piece.size()) return true;
  }
}

Result<void> ElementWalk::TakeDelimiter(const Element& element, std::uint64_t start) {
  Level& level = levels_.back();
  const bool open = levels_.size() > 1 && !level.end;
  switch (element.tag) {
    case kItem:
      if (level.sequence) return OpenItem(element);
      // It belongs to nothing. Readers pass over it.
      GATEWAY_TRY(editor_.PassStrayItem(PlaceNow()));
      return element.undefined_length() ? Result<void>() : reader_.SkipValue(element);
    case kItemEnd:
      return open && !level.sequence ? CloseLevel(start) : Result<void>();
    case kSequenceEnd:
      if (!open) return {};
      if (!level.sequence) {
        GATEWAY_TRY(CloseLevel(start));
        // The sequence around an item of undefined length may have a known length.
        if (levels_.back().end) return {};
      }
      return CloseLevel(start);
    default:
      return {};
  }
}

Result<void> ElementWalk::OpenItem(const Element& element) {
  steps_.back().item = levels_.back().items++;
  Level item;
  item.length = element.length;
  item.length_at = input_.position() - sizeof element.length;
  item.outer = reader_.state();
  if (!element.undefined_length()) item.end = input_.position() + element.length;
  levels_.push_back(std::move(item));
  return editor_.Enter(PlaceNow());
}

Result<void> ElementWalk::TakeElement(const Element& element, std::uint64_t start) {
  GATEWAY_TRY(NoteElement(element, start));
  View view(*this, start);
  view.tag = element.tag;
  view.vr = element.vr;
  view.length = element.length;
  view.creator = CreatorOf(element.tag);
  GATEWAY_ASSIGN(view.form, FormOf(element));
  if (!element.undefined_length() && element.length > input_.size() - std::min(input_.size(), input_.position())) {
    return Damaged("an element is longer than the file");
  }
  asked_ = true;
  GATEWAY_ASSIGN(Decision decision, editor_.Decide(PlaceNow(), view));
  const bool descend = decision.act == Decision::Act::descend;
  if (descend && view.form == Form::maybe_sequence && !IsReadableSequence(element)) {
    GATEWAY_ASSIGN(decision, editor_.DecideUnreadable(PlaceNow(), view));
    if (decision.act == Decision::Act::descend) decision.act = Decision::Act::keep;
  }
  asked_ = false;
  const bool sequence = view.form == Form::sequence || view.form == Form::maybe_sequence;
  if (decision.act == Decision::Act::descend && sequence) {
    if (levels_.size() >= 2 * kDeepest) return Damaged("sequences in sequences are too deep");
    Descend(element, std::move(view.creator));
    return {};
  }
  GATEWAY_TRY(Follow(std::move(decision), element, start));
  has_pixels_ = has_pixels_ || (IsPixels(element.tag) && levels_.size() == 1);
  return {};
}

// Keeps private creators, group lengths, and the places where elements can be added.
Result<void> ElementWalk::NoteElement(const Element& element, std::uint64_t start) {
  Level& level = levels_.back();
  if (level.highest.empty() || element.tag > level.highest.back().tag) level.highest.push_back({element.tag, start});
  const std::uint16_t number = NumberOf(element.tag);
  const bool creator = IsPrivate(element.tag) && number >= 0x10 && number <= 0xFF;
  const bool group_length = number == 0 && element.length == sizeof(std::uint32_t);
  if ((!creator && !group_length) || element.length > kLongestCreator) return {};
  const std::uint64_t value_at = input_.position();
  std::string value(element.length, '\0');
  GATEWAY_ASSIGN(const std::size_t count, input_.Read(value));
  input_.Seek(value_at);
  if (count < value.size()) return {};  // its taker reports it
  if (creator) {
    level.creators.try_emplace(element.tag, TrimPadding(value));
    return {};
  }
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::size_t at = reader_.encoding().big_endian ? i : value.size() - 1 - i;
    length = length << 8 | static_cast<std::uint8_t>(value[at]);
  }
  level.group_lengths.try_emplace(GroupOf(element.tag), GroupLength{value_at, length, 0});
  return {};
}

std::string ElementWalk::CreatorOf(std::uint32_t tag) const {
  if (!IsPrivate(tag) || NumberOf(tag) < 0x1000) return {};
  const auto& creators = levels_.back().creators;
  const auto found = creators.find((tag & 0xFFFF0000) | NumberOf(tag) >> 8);
  return found == creators.end() ? std::string() : found->second;
}

Result<Form> ElementWalk::FormOf(const Element& element) {
  const bool unknown = element.vr == VrLetters{} || element.vr == VrLetters{'U', 'N'};
  if (element.vr == VrLetters{'S', 'Q'}) return Form::sequence;
  if (element.undefined_length()) {
    return IsPixels(element.tag) || !unknown ? Form::fragments : Form::sequence;
  }
  // The head of an element without VR among explicit ones has several forms.
  const bool odd = element.vr == VrLetters{} && reader_.encoding().explicit_vr;
  if (!unknown || odd || element.length < kItemHead) return Form::value;
  std::array<char, 4> begin{};
  const std::uint64_t value_at = input_.position();
  GATEWAY_TRY(input_.Read(begin));
  input_.Seek(value_at);
  // UN holds little endian wherever it stands (PS3.5 section 6.2.2), and there is no implicit big
  // endian.
  return begin == std::array{'\xFE', '\xFF', '\x00', '\xE0'} ? Form::maybe_sequence : Form::value;
}

// Looks at the items and at the elements directly in them. What is deeper is looked at when the
// walk comes there.
bool ElementWalk::IsReadableSequence(const Element& element) const {
  const std::uint64_t end = input_.position() + element.length;
  FileInput input = input_.Until(end);
  ElementReader reader(input, reader_.encoding());
  if (element.vr == VrLetters{'U', 'N'}) reader.Restore(kUnknown);
  while (input.position() < end) {
    const auto item = reader.Next();
    if (!item || !*item || (*item)->tag != kItem) return false;
    const std::uint64_t begin = input.position();
    const bool undefined = (*item)->undefined_length();
    if (!undefined && (*item)->length > end - begin) return false;
    while (undefined || input.position() < begin + (*item)->length) {
      const auto inner = reader.Next();
      if (!inner || !*inner) return false;
      if ((*inner)->tag == kItemEnd) break;
      if (IsDelimiter((*inner)->tag) || !reader.SkipValue(**inner)) return false;
    }
    if (!undefined && input.position() != begin + (*item)->length) return false;
  }
  return input.position() == end;
}

void ElementWalk::Descend(const Element& element, std::string creator) {
  Level sequence;
  sequence.sequence = true;
  sequence.tag = element.tag;
  sequence.length = element.length;
  sequence.length_at = input_.position() - sizeof element.length;
  sequence.outer = reader_.state();
  if (!element.undefined_length()) sequence.end = input_.position() + element.length;
  if (element.vr == VrLetters{'U', 'N'}) reader_.Restore(kUnknown);
  levels_.push_back(std::move(sequence));
  steps_.push_back({element.tag, std::move(creator), 0});
}

Result<void> ElementWalk::Follow(Decision decision, const Element& element, std::uint64_t start) {
  GATEWAY_TRY(reader_.SkipValue(element));
  const std::uint64_t size = input_.position() - start;
  if (decision.act == Decision::Act::remove) return Change(element.tag, start, size, {});
  if (decision.act != Decision::Act::replace) return {};
  NoteUid(element.tag, decision.value);
  const VrLetters vr = IsVr(element.vr[0], element.vr[1]) ? element.vr : decision.vr;
  const std::string value = Padded(std::move(decision.value), decision.vr == VrLetters{} ? vr : decision.vr);
  GATEWAY_ASSIGN(std::string bytes, EncodeElement(element.tag, vr, value, reader_.encoding()));
  return Change(element.tag, start, size, std::move(bytes));
}

Result<void> ElementWalk::Change(std::uint32_t tag, std::uint64_t offset, std::uint64_t removed, std::string bytes) {
  Level& level = levels_.back();
  const std::int64_t delta = static_cast<std::int64_t>(bytes.size()) - static_cast<std::int64_t>(removed);
  level.delta += delta;
  const auto group = level.group_lengths.find(GroupOf(tag));
  // A group length counts what follows it.
  if (group != level.group_lengths.end()) group->second.delta += NumberOf(tag) == 0 ? 0 : delta;
  if (removed > 0 && NumberOf(tag) == 0) level.group_lengths.erase(GroupOf(tag));
  return patches_.Add(offset, removed, std::move(bytes));
}

Result<void> ElementWalk::AddElements(const std::vector<NewElement>& elements, std::uint64_t content_end) {
  const std::vector<Level::Mark>& highest = levels_.back().highest;
  for (const NewElement& element : elements) {
    NoteUid(element.tag, element.value);
    GATEWAY_ASSIGN(std::string bytes,
                   EncodeElement(element.tag, element.vr, Padded(element.value, element.vr), reader_.encoding()));
    const auto behind = std::upper_bound(highest.begin(), highest.end(), element.tag,
                                         [](std::uint32_t tag, const Level::Mark& mark) { return tag < mark.tag; });
    GATEWAY_TRY(Change(element.tag, behind == highest.end() ? content_end : behind->offset, 0, std::move(bytes)));
  }
  return {};
}

// Ends the innermost level, whose content ends at `content_end`.
Result<void> ElementWalk::CloseLevel(std::uint64_t content_end) {
  if (levels_.back().sequence) {
    const Step step = std::move(steps_.back());
    steps_.pop_back();
    GATEWAY_ASSIGN(std::string items, editor_.AppendItems(PlaceNow(), step.sequence));
    if (!items.empty()) GATEWAY_TRY(Change(0xFFFFFFFF, content_end, 0, std::move(items)));
  } else {
    GATEWAY_ASSIGN(const std::vector<NewElement> added, editor_.Leave(PlaceNow()));
    GATEWAY_TRY(AddElements(added, content_end));
  }
  const Level level = std::move(levels_.back());
  levels_.pop_back();
  for (const auto& [group, length] : level.group_lengths) {
    if (length.delta == 0) continue;
    std::string value;
    Append32(value, static_cast<std::uint32_t>(length.value + length.delta), reader_.encoding());
    GATEWAY_TRY(patches_.Add(length.value_at, sizeof(std::uint32_t), std::move(value)));
  }
  // The content of an UN may have another encoding than its own length.
  if (level.sequence) reader_.Restore(level.outer);
  if (levels_.empty() || level.delta == 0) return {};
  if (level.end) {
    const std::int64_t length = static_cast<std::int64_t>(level.length) + level.delta;
    if (length >= kUndefined) return Corrupt(codes::kEditTooLarge);
    std::string bytes;
    Append32(bytes, static_cast<std::uint32_t>(length), reader_.encoding());
    GATEWAY_TRY(patches_.Add(level.length_at, sizeof(std::uint32_t), std::move(bytes)));
  }
  Level& outer = levels_.back();
  outer.delta += level.delta;
  const auto group = outer.group_lengths.find(GroupOf(level.tag));
  if (level.sequence && group != outer.group_lengths.end()) group->second.delta += level.delta;
  return {};
}

void ElementWalk::NoteUid(std::uint32_t tag, const std::string& value) {
  if (levels_.size() != 1 || meta_) return;
  if (tag == kSopClassUid) new_sop_class_uid_ = TrimPadding(value);
  if (tag == kSopInstanceUid) new_sop_instance_uid_ = TrimPadding(value);
}

}  // namespace gateway::dicom
