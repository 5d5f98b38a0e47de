// Writes the changed elements of a tree as bytes. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "dicom/edit/edit_tree.h"
#include "gateway/result.h"

namespace gateway::dicom {

inline constexpr std::string_view kUtf8Term = "ISO_IR 192";

// Returns whether the character sets of the items can express all changed texts.
bool CanExpress(const TreeItem& item);

// Fills TreeElement::encoded of all changed elements. With `as_utf8` all texts are in ISO_IR 192.
void EncodeTree(TreeItem& item, bool as_utf8);

// Returns the elements that the file does not have, in ascending order, with the private creators
// that they need.
Result<std::vector<NewElement>> NewElementsOf(const TreeItem& item);

// Returns the items of the sequence from `first` on, none of which the file has.
Result<std::string> NewItemsOf(const TreeElement& sequence, std::size_t first);

}  // namespace gateway::dicom
