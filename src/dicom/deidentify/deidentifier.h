// Decides about each element of an instance that is to be de-identified. What it does not know, it
// removes; what it must not remove and cannot clean, it refuses, and nothing leaves.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dicom/deidentify/known_words.h"
#include "dicom/deidentify/profile.h"
#include "dicom/deidentify/pseudonyms.h"
#include "dicom/edit/element_editor.h"
#include "gateway/recipe.h"
#include "gateway/result.h"
#include "gateway/settings/deidentify.h"

namespace gateway::dicom {

// The rules of one configuration, made once. Immutable, except that Pseudonyms are set per
// instance.
struct DeidentifyRules {
  explicit DeidentifyRules(const DeidentifySettings& of) : settings(of), profile(of), words(of.words) {}
  const DeidentifySettings& settings;  // must outlive this
  Profile profile;
  KnownWords words;
};

// For one instance. Not thread-safe. The errors of its calls, beside those of the element:
// permanent "deidentify-content" and "deidentify-unknown".
class Deidentifier : public ElementEditor {
 public:
  struct Instance {
    std::string sop_class;
    bool pixels_cleaned = false;  // the gateway knows that no text is burned into the pixels
  };
  // All references must outlive it. The patient of `pseudonyms` is that of the instance.
  Deidentifier(const DeidentifyRules& rules, const Pseudonyms& pseudonyms, Instance instance)
      : rules_(rules), pseudonyms_(pseudonyms), instance_(std::move(instance)) {}

  Result<void> Enter(const Place& place) override;
  Result<Decision> Decide(const Place& place, const ElementView& element) override;
  Result<Decision> DecideUnreadable(const Place& place, const ElementView& element) override;
  Result<void> PassStrayItem(const Place& place) override;
  Result<std::vector<NewElement>> Leave(const Place& place) override;

  // Returns what was replaced so far.
  [[nodiscard]] const std::set<ReplacedIdentifier>& replaced() const { return replaced_; }

 private:
  Result<Decision> DecideMeta(const ElementView& element);
  Result<Decision> DecidePrivate(const Place& place, const ElementView& element);
  Result<Decision> DecideStandard(const Place& place, const ElementView& element, VrLetters vr);
  Result<Decision> DecideSequence(const Place& place, const ElementView& element, Action action);
  Result<Decision> Follow(Action action, const Place& place, const ElementView& element, VrLetters vr);
  Result<Decision> Clean(const Place& place, const ElementView& element, VrLetters vr);
  Result<Decision> Shift(const Place& place, const ElementView& element, VrLetters vr);
  Result<Decision> ReplaceUids(const ElementView& element);
  Result<Decision> ReplaceByPseudonym(const Place& place, const ElementView& element, VrLetters vr);
  Result<Decision> Basic(const Place& place, const ElementView& element, VrLetters vr);
  [[nodiscard]] std::string NewUid(std::string_view uid);
  // `old_value` is UTF-8 without control characters, whatever the instance holds: it goes to the
  // daemon and into the ledger.
  void Note(const char* kind, const std::string& old_value, const std::string& new_value);
  [[nodiscard]] const std::string& CharacterSetOf(const Place& place) const;
  std::vector<NewElement> MethodElements(const ElementEncoding& encoding) const;

  const DeidentifyRules& rules_;
  const Pseudonyms& pseudonyms_;
  const Instance instance_;
  std::vector<std::string> character_sets_;  // of the data set, and of each item that the walk is in
  std::set<std::uint32_t> method_written_;   // elements of MethodElements() that replaced those of the file
  std::set<ReplacedIdentifier> replaced_;
};

}  // namespace gateway::dicom
