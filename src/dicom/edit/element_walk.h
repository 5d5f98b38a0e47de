// Goes through all elements of a data set, asks the editor about each, and plans the changes.
// Private to this folder.
//
// Sequences and items that nothing changes in keep their bytes. Those around a change keep their
// form: a length that was known is corrected, and an undefined one stays undefined. Group lengths
// (gggg,0000) are corrected as well.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dicom/byte_input.h"
#include "dicom/edit/element_editor.h"
#include "dicom/edit/patches.h"
#include "dicom/element_reader.h"
#include "gateway/result.h"

namespace gateway::dicom {

class ElementWalk {
 public:
  // `input` stands at the start of the data set, and its size is where the data set ends. With
  // `meta` it is the File Meta Information.
  ElementWalk(const FileInput& input, ElementEncoding encoding, bool meta, ElementEditor& editor, Patches& patches);

  // May be called once. Errors: those of the editor, and corrupt "dicom-damaged" if the data set
  // cannot be read to its end. Padding behind the last element, and anything behind complete pixel
  // data that is no element, is no error: end() then says where the elements end.
  Result<void> Run();
  [[nodiscard]] std::uint64_t end() const { return end_; }

  // The UIDs that the editor gave the data set itself.
  [[nodiscard]] const std::optional<std::string>& new_sop_class_uid() const { return new_sop_class_uid_; }
  [[nodiscard]] const std::optional<std::string>& new_sop_instance_uid() const { return new_sop_instance_uid_; }

 private:
  struct GroupLength {
    std::uint64_t value_at = 0;
    std::uint32_t value = 0;
    std::int64_t delta = 0;
  };
  // A data set or item, whose `elements` are open, or a sequence, whose items are.
  struct Level {
    bool sequence = false;
    std::optional<std::uint64_t> end;  // nullopt: of undefined length
    std::uint64_t length_at = 0;       // where the four bytes of the length stand
    std::uint32_t length = 0;
    std::uint32_t tag = 0;  // of the sequence
    std::int64_t delta = 0;
    ElementReader::State outer;  // how the elements behind it are encoded
    // A data set or an item has these:
    struct Mark {
      std::uint32_t tag = 0;
      std::uint64_t offset = 0;
    };
    std::vector<Mark> highest;                      // each element with a higher tag than all before it
    std::map<std::uint32_t, std::string> creators;  // by group and block
    std::map<std::uint16_t, GroupLength> group_lengths;
    // A sequence has these:
    std::uint32_t items = 0;
  };
  class View;

  // Returns false if the data set ends here.
  Result<bool> Next();
  Result<void> CloseEnded();
  Result<void> CloseLevel(std::uint64_t content_end);
  Result<void> TakeDelimiter(const Element& element, std::uint64_t start);
  Result<void> OpenItem(const Element& element);
  Result<void> TakeElement(const Element& element, std::uint64_t start);
  Result<void> Follow(Decision decision, const Element& element, std::uint64_t start);
  void Descend(const Element& element, std::string creator);
  Result<Form> FormOf(const Element& element);
  Result<void> NoteElement(const Element& element, std::uint64_t start);
  [[nodiscard]] bool IsReadableSequence(const Element& element) const;
  Result<void> Change(std::uint32_t tag, std::uint64_t offset, std::uint64_t removed, std::string bytes);
  Result<void> AddElements(const std::vector<NewElement>& elements, std::uint64_t content_end);
  void NoteUid(std::uint32_t tag, const std::string& value);
  Result<bool> IsPadding(std::uint64_t start);
  [[nodiscard]] std::string CreatorOf(std::uint32_t tag) const;
  [[nodiscard]] Place PlaceNow() const;

  FileInput input_;
  ElementReader reader_;
  ElementEditor& editor_;
  Patches& patches_;
  const bool meta_;
  std::vector<Level> levels_;
  std::vector<Step> steps_;
  bool has_pixels_ = false;
  bool asked_ = false;            // the editor is being asked, so an error is its own
  std::uint64_t not_filler_ = 0;  // where the last search for padding found something else
  std::uint64_t end_ = 0;
  std::optional<std::string> new_sop_class_uid_;
  std::optional<std::string> new_sop_instance_uid_;
};

}  // namespace gateway::dicom
