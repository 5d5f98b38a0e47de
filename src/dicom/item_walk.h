// Goes through the items of a sequence, and through the elements of an item. Private to this
// folder.
#pragma once

#include <functional>

#include "dicom/element_reader.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Calls `each` for every element of an item. `each` must read the value or skip it. Must follow
// Next(), which returned `item`. The result says whether the end of the sequence ended the item.
using EachElement = std::function<Result<void>(const Element& element, ElementReader& reader)>;
Result<bool> ForEachElement(const Element& item, ElementReader& reader, const EachElement& each);

// Calls `each` with the number of every item, from 0. `each` must go through the item by
// ForEachElement(), and returns its result. Must follow Next(), which returned `sequence`, an
// element of VR SQ or UN. Error: corrupt "dicom-damaged".
using EachItem = std::function<Result<bool>(std::size_t number, const Element& item, ElementReader& reader)>;
Result<void> ForEachItem(const Element& sequence, ElementReader& reader, const EachItem& each);

}  // namespace gateway::dicom
