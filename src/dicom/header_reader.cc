#include "dicom/header_reader.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/files.h"
#include "base/sha256.h"
#include "dicom/asked_attributes.h"
#include "dicom/byte_input.h"
#include "dicom/character_set.h"
#include "dicom/dataset_walk.h"
#include "dicom/element_reader.h"
#include "dicom/error_codes.h"
#include "dicom/tags.h"
#include "dicom/uid.h"
#include "gateway/rule_attributes.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kPreamble = 128;

constexpr std::uint32_t kMediaStorageSopClassUid = Tag(0x0002, 0x0002);
constexpr std::uint32_t kMediaStorageSopInstanceUid = Tag(0x0002, 0x0003);
constexpr std::uint32_t kTransferSyntaxUid = Tag(0x0002, 0x0010);
constexpr std::uint32_t kSopClassUid = Tag(0x0008, 0x0016);
constexpr std::uint32_t kSeriesInstanceUid = Tag(0x0020, 0x000E);

using Start = std::array<char, 8>;  // the first bytes of an element

std::uint16_t LittleEndian16(const char* bytes) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[0]) | static_cast<std::uint8_t>(bytes[1]) << 8);
}

// The bytes are zeros if the file is shorter.
Result<Start> Peek(FileInput& ahead, std::uint64_t offset) {
  Start start{};
  ahead.Seek(offset);
  GATEWAY_TRY(ahead.Read(start));
  return start;
}

Result<Start> Peek(const FileInput& input) {
  FileInput ahead = input;
  return Peek(ahead, input.position());
}

bool IsExplicit(const Start& start) {
  return IsVr(start[4], start[5]);
}

// Guesses the transfer syntax of a data set that does not name it, from its first element. Group
// 0008 (or a lower one) comes first, so a large group number is a small one in the other byte
// order.
std::string GuessTransferSyntax(const Start& start) {
  if (!IsExplicit(start)) return kImplicitLittleEndian;
  return start[0] == 0 && start[1] != 0 ? kExplicitBigEndian : kExplicitLittleEndian;
}

// Returns whether an element of group 0008 or 0002 starts here, as far as eight bytes can tell.
// Bare data sets are recognised by this alone, so text and other formats must fail it.
bool LooksLikeElement(const Start& start, std::uint64_t file_size) {
  const bool big_endian = start[0] == 0;
  const char group = big_endian ? start[1] : start[0];
  const std::uint16_t element =
      big_endian
          ? static_cast<std::uint16_t>(static_cast<std::uint8_t>(start[2]) << 8 | static_cast<std::uint8_t>(start[3]))
          : LittleEndian16(&start[2]);
  if ((big_endian ? start[0] : start[1]) != 0 || (group != 8 && group != 2) || element > 0x0018) return false;
  if (IsExplicit(start)) return true;
  const std::uint64_t length = LittleEndian16(&start[4]) | std::uint64_t{LittleEndian16(&start[6])} << 16;
  return !big_endian && group == 8 && length <= kMaxValue && length + start.size() <= file_size;
}

Result<bool> HasPrefix(FileInput input) {
  std::array<char, 4> magic{};
  input.Seek(kPreamble);
  GATEWAY_TRY(input.Read(magic));
  return magic == std::array{'D', 'I', 'C', 'M'};
}

// No C-STORE-RQ can carry a longer UID (PS3.5 section 9.1). The UIDs of study and series stand only
// in the data set. They may be somewhat longer, because PACS accept them.
constexpr std::size_t kLongestUid = 64;
constexpr std::size_t kLongestForeignUid = 128;

// Returns an empty text if there is no UID, or one that must not be passed on.
std::string UidFrom(std::string_view value, std::size_t longest = kLongestUid) {
  const std::string_view uid = TrimPadding(value);
  return IsUid(uid, longest) ? std::string(uid) : std::string();
}

// Returns the reason why UidFrom() is empty for an element that is needed.
Error UnusableUid(const std::string& name, std::string_view value, std::size_t longest) {
  const std::string_view uid = TrimPadding(value);
  if (uid.empty()) return Corrupt(codes::kDicomIncomplete, "no " + name);
  if (uid.size() > longest && IsUid(uid, uid.size())) {
    return Corrupt(codes::kUidTooLong, "the " + name + " has " + std::to_string(uid.size()) + " characters; " +
                                           std::to_string(longest) + " are the most");
  }
  return Corrupt(codes::kDicomIncomplete, "the " + name + " is no UID");
}

struct Meta {
  bool found = false;  // any element of group 0002 was found
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;
};

// Reads group 0002 at `input` and leaves `input` at the data set. The length element of the group
// (0002,0000) is often missing and sometimes wrong, so the group ends where another one begins.
// Only before a deflated data set, whose first bytes can look like group 0002, the length decides.
Result<Meta> ReadMeta(FileInput& input) {
  Meta meta;
  std::optional<std::uint64_t> stated_end;
  // It has a buffer, which must not be filled anew for each of many elements.
  FileInput ahead = input;
  while (true) {
    GATEWAY_ASSIGN(const Start start, Peek(ahead, input.position()));
    if (LittleEndian16(start.data()) != 0x0002) break;
    if (input.position() == stated_end && EncodingOf(meta.transfer_syntax_uid).deflated) break;
    ElementReader reader(input, {.explicit_vr = IsExplicit(start)});
    GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
    if (!element) break;
    GATEWAY_ASSIGN(const std::string value, reader.Value(*element, kMaxValue));
    meta.found = true;
    if (element->tag == Tag(0x0002, 0x0000) && value.size() == 4) {
      stated_end = input.position() + LittleEndian16(&value[0]) + (std::uint64_t{LittleEndian16(&value[2])} << 16);
    }
    if (element->tag == kMediaStorageSopClassUid) meta.sop_class_uid = UidFrom(value);
    if (element->tag == kMediaStorageSopInstanceUid) meta.sop_instance_uid = UidFrom(value);
    if (element->tag == kTransferSyntaxUid) meta.transfer_syntax_uid = UidFrom(value);
  }
  return meta;
}

// The raw values of a data set, before they are checked and converted.
struct Values {
  std::string character_set, sop_class, sop_instance, study, series;
  std::array<std::string, kRuleAttributes.size()> of_rules;  // those that are texts of the instance

  // Returns null if the attribute is not needed.
  std::string* Slot(std::uint32_t tag) {
    switch (tag) {
      case kSpecificCharacterSet:
        return &character_set;
      case kSopClassUid:
        return &sop_class;
      case kSopInstanceUid:
        return &sop_instance;
      case kStudyInstanceUid:
        return &study;
      case kSeriesInstanceUid:
        return &series;
      default:
        break;
    }
    for (std::size_t i = 0; i < kRuleAttributes.size(); ++i) {
      if (kRuleAttributes[i].tag == tag && IsTextOfInstance(kRuleAttributes[i])) return &of_rules[i];
    }
    return nullptr;
  }
};

// The PACS finds errors behind the attributes that must be there. Nothing else is searched for with
// such effort.
bool HasAllUids(const Values& values) {
  return !values.sop_class.empty() && !values.sop_instance.empty() && !values.study.empty() && !values.series.empty();
}

Result<Values> ReadDataset(const FileInput& input, const std::string& transfer_syntax) {
  Values values;
  const auto walked =
      WalkDataset(input, transfer_syntax, [&values](const Element& element, ElementReader& reader) -> Result<void> {
        std::string* slot = values.Slot(element.tag);
        // If an element stands there twice, the first one counts, as in DCMTK.
        if (slot == nullptr || !slot->empty()) return reader.SkipValue(element);
        GATEWAY_ASSIGN(*slot, reader.Value(element, kMaxValue));
        return {};
      });
  if (!walked && (walked.error().fault != Fault::corrupt || !HasAllUids(values))) return walked.error();
  return values;
}

Result<void> FillUids(const Values& values, const Meta& meta, InstanceHeader& header) {
  struct Needed {
    std::string& uid;
    const char* name;
    const std::string& value;
    const std::string& otherwise;
    std::size_t longest;
  };
  const std::string none;
  for (const Needed& needed :
       {Needed{header.sop_class_uid, "SOP Class UID", values.sop_class, meta.sop_class_uid, kLongestUid},
        Needed{header.sop_instance_uid, "SOP Instance UID", values.sop_instance, meta.sop_instance_uid, kLongestUid},
        Needed{header.study_instance_uid, "Study Instance UID", values.study, none, kLongestForeignUid}}) {
    needed.uid = TrimPadding(needed.value).empty() ? needed.otherwise : UidFrom(needed.value, needed.longest);
    if (needed.uid.empty()) return UnusableUid(needed.name, needed.value, needed.longest);
  }
  header.series_instance_uid = UidFrom(values.series, kLongestForeignUid);
  return {};
}

Result<void> FillHeader(const Values& values, const Meta& meta, std::string_view default_set, InstanceHeader& header) {
  GATEWAY_TRY(FillUids(values, meta, header));
  TextConverter converter(std::string(TrimPadding(values.character_set)), default_set);
  for (std::size_t i = 0; i < kRuleAttributes.size(); ++i) {
    const RuleAttribute& attribute = kRuleAttributes[i];
    if (!IsTextOfInstance(attribute)) continue;
    const bool person_name = attribute.kind == ValueKind::person_name;
    header.*attribute.of_instance = converter.ToUtf8(TrimPadding(values.of_rules[i]), person_name);
  }
  header.text_reading = converter.reading();
  return {};
}

}  // namespace

Result<InstanceHeader> ReadHeaderWithoutHash(int fd, std::string_view default_set, const AttributeQuery& query) {
  InstanceHeader header;
  GATEWAY_ASSIGN(header.file_size, FileSize(fd));
  FileInput input(fd, 0, header.file_size);
  GATEWAY_ASSIGN(const bool has_prefix, HasPrefix(input));
  GATEWAY_ASSIGN(const bool is_dicom, LooksLikeDicom(fd));
  if (!is_dicom) return Corrupt(codes::kNotDicom, "neither DICM nor a data set");
  input.Seek(has_prefix ? kPreamble + 4 : 0);
  GATEWAY_ASSIGN(const Meta meta, ReadMeta(input));
  header.dataset_offset = input.position();
  header.transfer_syntax_uid = meta.transfer_syntax_uid;
  // A meta header that does not name the transfer syntax is of no use to others.
  header.has_meta_header = has_prefix && !meta.transfer_syntax_uid.empty();
  if (meta.transfer_syntax_uid.empty()) {
    GATEWAY_ASSIGN(const Start start, Peek(input));
    header.transfer_syntax_uid = GuessTransferSyntax(start);
  }
  GATEWAY_ASSIGN(const Values values, ReadDataset(input, header.transfer_syntax_uid));
  GATEWAY_TRY(FillHeader(values, meta, default_set, header));
  GATEWAY_TRY(ReadAsked(fd, query, default_set, header));
  return header;
}

Result<InstanceHeader> ReadHeader(int fd, std::string_view default_set, const AttributeQuery& query) {
  GATEWAY_ASSIGN(InstanceHeader header, ReadHeaderWithoutHash(fd, default_set, query));
  FdSource dataset(fd, {header.dataset_offset, header.file_size - header.dataset_offset});
  GATEWAY_ASSIGN(header.dataset_sha256, Sha256Hex(dataset));
  return header;
}

Result<InstanceHeader> ReadHeader(const std::filesystem::path& file, std::string_view default_set,
                                  const AttributeQuery& query) {
  GATEWAY_ASSIGN(const UniqueFd fd, OpenForReading(file));
  return ReadHeader(fd.get(), default_set, query);
}

Result<void> ReadAskedOf(int fd, const AttributeQuery& query, std::string_view default_set, InstanceHeader& header) {
  return ReadAsked(fd, query, default_set, header);
}

Result<bool> LooksLikeDicom(int fd) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  const FileInput input(fd, 0, size);
  GATEWAY_ASSIGN(const bool has_prefix, HasPrefix(input));
  if (has_prefix) return true;
  GATEWAY_ASSIGN(const Start start, Peek(input));
  return LooksLikeElement(start, size);
}

Result<bool> IsMeantAsDicom(int fd, std::string_view content_type) {
  if (content_type == "application/dicom") return true;
  return LooksLikeDicom(fd);
}

}  // namespace gateway::dicom
