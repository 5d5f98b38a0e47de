// A new data set in Explicit VR Little Endian (PS3.5 section 7.1), or with encapsulated pixel data
// (section A.4). One element of it is streamed. Private to this folder.
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

// The one element whose value is too large to keep in memory.
struct BulkElement {
  std::uint32_t tag = 0;
  std::string_view vr;       // a VR with a 32-bit length
  std::uint64_t length = 0;  // bytes; an odd value gets a zero byte of padding
  std::function<Result<void>(Sink&)> write;
  bool encapsulated = false;  // the value becomes the only fragment of encapsulated pixel data
};

class NewObject {
 public:
  // Puts text as it stands, with padding. If it is too long for a 16-bit length, the element stays
  // empty.
  void Put(std::uint32_t tag, std::string_view vr, std::string value);
  // Puts the element only if its value is not empty.
  void PutIfAny(std::uint32_t tag, std::string_view vr, std::string value);
  void PutU16(std::uint32_t tag, unsigned value);
  void PutU32(std::uint32_t tag, std::uint32_t value);
  void PutSequence(std::uint32_t tag, const std::vector<NewObject>& items);
  void Add(const NewObject& other) { elements_.insert(other.elements_.begin(), other.elements_.end()); }

  [[nodiscard]] bool empty() const { return elements_.empty(); }

  // Writes all elements in ascending order, with `bulk` in its place.
  Result<void> Write(const BulkElement& bulk, Sink& sink) const;

 private:
  [[nodiscard]] std::string Encoded() const;

  std::map<std::uint32_t, std::string> elements_;  // each encoded, with its tag
};

}  // namespace gateway::dicom
