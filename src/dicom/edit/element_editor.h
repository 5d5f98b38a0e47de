// Decides about the elements of a DICOM file, one after the other, for rewriter.h. The rewriter
// knows no data dictionary: it shows each element as the file has it, and invents no VR.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/uid.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Two letters, or two zeros where there is no VR.
using VrLetters = std::array<char, 2>;

// One step down: into an item of a sequence.
struct Step {
  std::uint32_t sequence = 0;  // its tag
  std::string creator;         // the private creator of its block; empty for standard attributes
  std::uint32_t item = 0;      // number of the item, from 0
};

// Names a data set: that of the file itself, or that of an item.
struct Place {
  std::vector<Step> steps;   // empty: the data set of the file itself
  ElementEncoding encoding;  // of the elements there
  bool meta = false;         // the File Meta Information, and no data set
  [[nodiscard]] bool is_root() const { return steps.empty() && !meta; }
};

enum class Form {
  value,
  sequence,
  // It has no VR or is UN, and its value begins as a sequence does.
  maybe_sequence,
  fragments,  // encapsulated pixel data
};

class ElementView {
 public:
  virtual ~ElementView() = default;

  std::uint32_t tag = 0;
  VrLetters vr{};            // as the file gives it
  std::uint32_t length = 0;  // 0xFFFFFFFF: undefined
  Form form = Form::value;
  std::string creator = {};  // the private creator of its block, as the data set or item names it

  // Returns the value's bytes as they stand. Returns nullopt if there are more than `limit`, or if
  // the length is undefined.
  [[nodiscard]] virtual Result<std::optional<std::string>> Value(std::size_t limit) const = 0;
  // Returns all bytes of the element, with its head and with everything in it, or nullopt if there
  // are more than `limit`.
  [[nodiscard]] virtual Result<std::optional<std::string>> Bytes(std::size_t limit) const = 0;
};

struct Decision {
  enum class Act {
    keep,     // byte for byte, with everything in it
    remove,   //
    replace,  // by `value`
    descend,  // into each item; otherwise as keep. Only for Form::sequence and maybe_sequence.
  };
  Act act = Act::keep;
  // The bytes in the encoding of the place. The rewriter pads them to an even length. For a
  // sequence these are complete items.
  std::string value = {};
  // Says how `value` is padded. In explicit VR it is also the VR of an element that has none in the
  // file; the VR of the file stays otherwise.
  VrLetters vr{};

  static Decision Keep() { return {}; }
  static Decision Remove() { return {Act::remove}; }
  static Decision Descend() { return {Act::descend}; }
  static Decision Replace(std::string value, VrLetters vr) { return {Act::replace, std::move(value), vr}; }
};

// An element that is not in the file. Its VR is written in explicit VR only.
struct NewElement {
  std::uint32_t tag = 0;
  VrLetters vr{};
  std::string value;  // as in Decision
};

// The calls come in the order of the file. An error of any of them ends the work.
class ElementEditor {
 public:
  virtual ~ElementEditor() = default;

  // A data set or an item begins.
  virtual Result<void> Enter(const Place& /*place*/) { return {}; }
  virtual Result<Decision> Decide(const Place& place, const ElementView& element) = 0;
  // Takes the place of descending into an element of Form::maybe_sequence that turned out to be
  // none. What the editor was asked inside it does not count.
  virtual Result<Decision> DecideUnreadable(const Place& /*place*/, const ElementView& /*element*/) {
    return Decision::Keep();
  }
  // An item stands there that belongs to no sequence. Its bytes stay, whatever they are.
  virtual Result<void> PassStrayItem(const Place& /*place*/) { return {}; }
  // The data set or item ends. Returns the elements to add to it, in ascending order. Each goes
  // before the first element with a higher tag. The caller adds none that is there.
  virtual Result<std::vector<NewElement>> Leave(const Place& /*place*/) { return std::vector<NewElement>(); }
  // A sequence ends that the editor descended into. `place` is where the sequence stands. Returns
  // the bytes of complete items that go behind its last one.
  virtual Result<std::string> AppendItems(const Place& /*place*/, std::uint32_t /*sequence*/) { return std::string(); }
};

}  // namespace gateway::dicom
