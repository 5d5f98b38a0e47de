#include "dicom/study_reference.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "dicom/character_set.h"
#include "dicom/dataset_walk.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"
#include "dicom/memory_input.h"
#include "dicom/tags.h"
#include "dicom/uid.h"

namespace gateway::dicom {
namespace {

constexpr std::size_t kMaxValue = 4096;
constexpr std::size_t kMaxSequence = 65'536;
constexpr std::size_t kMaxItems = 16;

constexpr std::uint32_t kStudyDate = Tag(0x0008, 0x0020);
constexpr std::uint32_t kStudyTime = Tag(0x0008, 0x0030);
constexpr std::uint32_t kOtherPatientIds = Tag(0x0010, 0x1002);  // a sequence
constexpr std::uint32_t kStudyId = Tag(0x0020, 0x0010);          // the last one

struct Copied {
  std::uint32_t tag;
  std::string_view vr;
  bool always;  // type 2: the attribute must be there, even without a value
};

constexpr std::array kCopied{
    Copied{Tag(0x0008, 0x0020), "DA", true},   // Study Date
    Copied{Tag(0x0008, 0x0030), "TM", true},   // Study Time
    Copied{Tag(0x0008, 0x0050), "SH", true},   // Accession Number
    Copied{Tag(0x0008, 0x0090), "PN", true},   // Referring Physician's Name
    Copied{Tag(0x0008, 0x0201), "SH", false},  // Timezone Offset From UTC
    Copied{Tag(0x0008, 0x1030), "LO", false},  // Study Description
    Copied{Tag(0x0010, 0x0010), "PN", true},   // Patient's Name
    Copied{Tag(0x0010, 0x0020), "LO", true},   // Patient ID
    Copied{Tag(0x0010, 0x0021), "LO", false},  // Issuer of Patient ID
    Copied{Tag(0x0010, 0x0022), "CS", false},  // Type of Patient ID
    Copied{Tag(0x0010, 0x0030), "DA", true},   // Patient's Birth Date
    Copied{Tag(0x0010, 0x0032), "TM", false},  // Patient's Birth Time
    Copied{Tag(0x0010, 0x0040), "CS", true},   // Patient's Sex
    Copied{Tag(0x0010, 0x1000), "LO", false},  // Other Patient IDs
    Copied{Tag(0x0010, 0x1001), "PN", false},  // Other Patient Names
    Copied{Tag(0x0010, 0x1010), "AS", false},  // Patient's Age
    Copied{Tag(0x0010, 0x1020), "DS", false},  // Patient's Size
    Copied{Tag(0x0010, 0x1030), "DS", false},  // Patient's Weight
    Copied{kStudyInstanceUid, "UI", true},    Copied{kStudyId, "SH", true},
};

// These are copied of an item of the Other Patient IDs Sequence.
constexpr std::array kCopiedOfOtherId{
    Copied{Tag(0x0010, 0x0020), "LO", true},
    Copied{Tag(0x0010, 0x0021), "LO", false},
    Copied{Tag(0x0010, 0x0022), "CS", true},
};

template <std::size_t size>
const Copied* Find(const std::array<Copied, size>& list, std::uint32_t tag) {
  const auto found = std::find_if(list.begin(), list.end(), [tag](const Copied& copied) { return copied.tag == tag; });
  return found == list.end() ? nullptr : &*found;
}

class ReferenceReading {
 public:
  Result<void> Take(const Element& element, ElementReader& reader) {
    whole_ = whole_ || element.tag > kStudyId;
    // If an element is there twice, the first one counts.
    if (Seen(element.tag)) return reader.SkipValue(element);
    if (element.tag == kOtherPatientIds) return TakeOtherIds(element, reader);
    const Copied* copied = Find(kCopied, element.tag);
    if (copied == nullptr && element.tag != kSpecificCharacterSet) return reader.SkipValue(element);
    GATEWAY_ASSIGN(const std::string whole, reader.Value(element, kMaxValue));
    const std::string value(TrimPadding(whole));
    if (element.tag == kSpecificCharacterSet) reference_.character_set = value;
    if (element.tag == kStudyDate) reference_.study_date = value;
    if (element.tag == kStudyTime) reference_.study_time = value;
    if (copied == nullptr) return {};
    Put(reference_.attributes, *copied, value);
    seen_.push_back(copied->tag);
    return {};
  }

  StudyReference Finish(const std::string& study_instance_uid) {
    for (const Copied& copied : kCopied) {
      if (copied.always && !Seen(copied.tag)) reference_.attributes.Put(copied.tag, copied.vr, {});
    }
    reference_.attributes.Put(kStudyInstanceUid, "UI", study_instance_uid);
    if (!other_ids_.empty()) reference_.attributes.PutSequence(kOtherPatientIds, other_ids_);
    return std::move(reference_);
  }

  // Returns whether everything was read, if the elements are in order.
  [[nodiscard]] bool whole() const { return whole_; }

 private:
  void Put(NewObject& object, const Copied& copied, const std::string& value) {
    if (!IsPlainAscii(value)) reference_.plain_ascii = false;
    if (copied.always) {
      object.Put(copied.tag, copied.vr, value);
    } else {
      object.PutIfAny(copied.tag, copied.vr, value);
    }
  }

  [[nodiscard]] bool Seen(std::uint32_t tag) const { return std::find(seen_.begin(), seen_.end(), tag) != seen_.end(); }

  // Sequences of defined length are read from memory, and those of undefined length from the file.
  // So the end of the input and the delimiter mean the same.
  Result<void> TakeOtherIds(const Element& element, ElementReader& reader) {
    // UN of undefined length has an encoding of its own (PS3.5 section 6.2.2).
    const bool unknown = element.vr == std::array{'U', 'N'};
    if (unknown || (!element.undefined_length() && element.length > kMaxSequence)) return reader.SkipValue(element);
    if (element.undefined_length()) return TakeItems(reader);
    GATEWAY_ASSIGN(const std::string value, reader.Value(element, kMaxSequence));
    MemoryInput input(value);
    ElementReader items(input, reader.encoding());
    return TakeItems(items);
  }

  Result<void> TakeItems(ElementReader& reader) {
    while (true) {
      GATEWAY_ASSIGN(const std::optional<Element> item, reader.Next());
      if (!item || item->tag == Tag(0xFFFE, 0xE0DD)) return {};
      if (item->tag != Tag(0xFFFE, 0xE000)) return Corrupt(codes::kDicomDamaged, "a sequence is not made of items");
      if (item->undefined_length()) {
        GATEWAY_TRY(TakeItem(reader));
        continue;
      }
      GATEWAY_ASSIGN(const std::string value, reader.Value(*item, kMaxValue));
      MemoryInput input(value);
      ElementReader elements(input, reader.encoding());
      GATEWAY_TRY(TakeItem(elements));
    }
  }

  Result<void> TakeItem(ElementReader& reader) {
    NewObject id;
    while (true) {
      GATEWAY_ASSIGN(const std::optional<Element> element, reader.Next());
      if (!element || element->tag == Tag(0xFFFE, 0xE00D)) break;
      const Copied* copied = Find(kCopiedOfOtherId, element->tag);
      if (copied == nullptr) {
        GATEWAY_TRY(reader.SkipValue(*element));
        continue;
      }
      GATEWAY_ASSIGN(const std::string value, reader.Value(*element, kMaxValue));
      Put(id, *copied, std::string(TrimPadding(value)));
    }
    if (!id.empty() && other_ids_.size() < kMaxItems) other_ids_.push_back(std::move(id));
    return {};
  }

  StudyReference reference_;
  std::vector<std::uint32_t> seen_;
  std::vector<NewObject> other_ids_;
  bool whole_ = false;
};

Error Unusable(const Error& error) {
  if (error.fault == Fault::transient) return error;
  return Corrupt(codes::kReferenceUnusable, error.code + " " + error.detail);
}

}  // namespace

Result<StudyReference> ReadStudyReference(int fd) {
  const auto header = ReadHeaderWithoutHash(fd);
  if (!header) return Unusable(header.error());
  ReferenceReading reading;
  const FileInput dataset(fd, header->dataset_offset, header->file_size);
  const auto walked =
      WalkDataset(dataset, header->transfer_syntax_uid,
                  [&reading](const Element& element, ElementReader& reader) { return reading.Take(element, reader); });
  // Damage behind the last element that is needed does no harm.
  if (!walked && (walked.error().fault != Fault::corrupt || !reading.whole())) return Unusable(walked.error());
  return reading.Finish(header->study_instance_uid);
}

}  // namespace gateway::dicom
