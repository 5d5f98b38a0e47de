// The attributes of one instance that edits name, with what they hold, in the shape of the data
// set. Everything else of the instance is not in the tree. Private to this folder.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/edit/element_editor.h"
#include "gateway/attribute.h"
#include "gateway/edit.h"

namespace gateway::dicom {

struct TreeItem;

// An attribute that some edit names.
struct TreeElement {
  bool in_file = false;
  VrLetters letters{};  // of the file
  Vr vr = Vr::none;
  std::string bytes;     // of the file, if it can be read as text
  bool readable = true;  // false: no text, or too long
  bool sequence = false;
  std::vector<TreeItem> items;  // of a sequence that edits go into
  std::size_t items_in_file = 0;

  // The edits fill these:
  bool there = false;  // it exists
  bool changed = false;
  std::vector<std::string> values;  // UTF-8
  std::string encoded;              // at the end, if it is changed

  [[nodiscard]] bool has_value() const { return there && readable && !values.empty(); }
};

// A data set, or an item.
struct TreeItem {
  ElementEncoding encoding;
  std::string terms;  // Specific Character Set, its own or that around it
  bool has_own_terms = false;
  std::map<std::uint32_t, TreeElement> elements;
  std::map<std::uint32_t, std::string> creators;  // by tag (gggg,00bb)
  std::set<std::uint32_t> blocks;                 // that private elements use, as such tags
  std::set<std::uint32_t> new_creators;           // those that the file does not have
};

// Returns whether the element is that of the step. In paths a private element is named by its
// creator, and its block differs from file to file.
bool IsOfStep(const PathStep& step, std::uint32_t tag, const std::string& creator);
// Returns whether the first steps of the path lead into `place`, which must not be longer.
bool LeadsInto(const AttributePath& path, const Place& place);

// A path that edits read or write.
struct NamedPath {
  AttributePath path;
  Vr vr = Vr::none;  // what the configuration says about a private attribute
};
std::vector<NamedPath> PathsOf(const std::vector<Edit>& edits);

// Reads a tree from the file: give it to EditedFile::Visit().
class TreeReader : public ElementEditor {
 public:
  // The paths must outlive it.
  TreeReader(const std::vector<NamedPath>& paths, TreeItem& root) : paths_(paths), root_(root) {}

  Result<void> Enter(const Place& place) override;
  Result<Decision> Decide(const Place& place, const ElementView& element) override;
  Result<Decision> DecideUnreadable(const Place& place, const ElementView& element) override;

 private:
  [[nodiscard]] TreeItem* ItemAt(const Place& place);
  Result<void> Take(const ElementView& element, TreeElement& taken);
  static Result<void> NoteTerms(const ElementView& element, TreeItem& item);
  static Result<void> NoteBlock(const ElementView& element, TreeItem& item);

  const std::vector<NamedPath>& paths_;
  TreeItem& root_;
};

// Reads the texts of all elements, in the character sets of their items.
// `default_set` is that of TextConverter.
void DecodeTree(TreeItem& item, std::string_view default_set);

}  // namespace gateway::dicom
