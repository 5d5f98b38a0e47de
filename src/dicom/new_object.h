// A new data set in Explicit VR Little Endian (PS3.5 section 7.1), or encapsulated (section A.4), with one element that
// is streamed. Private to this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"
#include "gateway/stream.h"

namespace gateway::dicom {

// The one element whose value is too large to be held.
struct BulkElement {
  std::uint32_t tag = 0;
  std::string_view vr;       // one with a 32-bit length
  std::uint64_t length = 0;  // bytes; an odd value is padded with a zero
  std::function<Result<void>(Sink&)> write;
  bool encapsulated = false;  // as the only fragment of encapsulated pixel data
};

class NewObject {
 public:
  // Text as it stands, padded; longer than a 16-bit length can tell: left empty.
  void Put(std::uint32_t tag, std::string_view vr, std::string value);
  // Only where there is something.
  void PutIfAny(std::uint32_t tag, std::string_view vr, std::string value);
  void PutU16(std::uint32_t tag, unsigned value);
  void PutU32(std::uint32_t tag, std::uint32_t value);
  void PutSequence(std::uint32_t tag, const std::vector<NewObject>& items);
  void Add(const NewObject& other) { elements_.insert(other.elements_.begin(), other.elements_.end()); }

  [[nodiscard]] bool empty() const { return elements_.empty(); }

  // All elements in ascending order, `bulk` in its place.
  Result<void> Write(const BulkElement& bulk, Sink& sink) const;

 private:
  [[nodiscard]] std::string Encoded() const;

  std::map<std::uint32_t, std::string> elements_;  // encoded, tag included
};

}  // namespace gateway::dicom
