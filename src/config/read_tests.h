// Reads what one key of a `when:` asks of its values. Private to this folder.
#pragma once

#include <string>

#include "attributes/data_dictionary.h"
#include "config/section.h"
#include "gateway/settings/conditions.h"

namespace gateway::config {

// Tells what a test gives a value for: one of our keys, or an attribute of DICOM.
struct Asked {
  const RuleAttribute* attribute = nullptr;
  Vr vr = Vr::none;
  attributes::Comparison comparison = attributes::Comparison::text;
  bool any_comparison = false;  // nobody knows the VR, as that of a private attribute

  static Asked Key(const RuleAttribute& attribute);
  static Asked Path(const AttributePath& path);
};

// A rule may not ask more than this. Aliases could multiply what a small file holds.
class Budget {
 public:
  static constexpr int kMost = 2000;
  static constexpr int kDeepest = 12;
  // Returns false, and reports it once, if the rule asks too much.
  bool Spend(FileDraft& draft, int line, int depth);

 private:
  int spent_ = 0;
};

// `path` names the key in messages. The mistakes go to the report, and the test is then of no use.
Test ReadTest(FileDraft& draft, const std::string& path, const YamlNode& node, const Asked& asked, Budget& budget,
              int depth = 0);

}  // namespace gateway::config
