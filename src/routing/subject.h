// Says what a criterion asks for, and finds the values that an instance has for it.
#pragma once

#include <string>
#include <vector>

#include "attributes/data_dictionary.h"
#include "gateway/attribute.h"
#include "gateway/settings/conditions.h"

namespace gateway::routing {

// One of our own keys, or an attribute of DICOM by its path.
struct Subject {
  const RuleAttribute* attribute = nullptr;  // nullptr: the path counts
  AttributePath path;
  std::string name;  // our key, or the path as attributes::Text() writes it

  static Subject Of(const Criterion& criterion);
  // Says how values are compared. It is Comparison::text for a VR that nobody knows.
  [[nodiscard]] attributes::Comparison comparison() const;
  [[nodiscard]] bool IsPersonName() const;
  // Returns whether the attribute stands in the meta header, which names the transfer syntax.
  [[nodiscard]] bool IsOfMetaHeader() const;
};

// The values of one subject, for one instance. The texts are in Unicode normalisation form C,
// without padding.
struct SubjectValues {
  bool known = false;  // false: nobody can tell, because it was not read or does not exist here
  AttributeValue::State state = AttributeValue::State::absent;
  Vr vr = Vr::none;
  std::vector<std::string> values;
  // Besides the values: all of them in one text, and each form of a name that means the same.
  std::vector<std::string> forms;
};
SubjectValues ValuesOf(const Subject& subject, const RuleFacts& facts);

// Returns the text as texts are compared: in normalisation form C, without padding.
std::string Comparable(std::string_view text);

}  // namespace gateway::routing
