// Chooses what is done about text that is burned into the pixels of an image, and which instances
// must not leave at all.
#pragma once

#include <string>
#include <vector>

#include "base/pattern.h"
#include "dicom/deidentify/image_facts.h"
#include "gateway/result.h"
#include "gateway/settings/deidentify.h"

namespace gateway::dicom {

struct PixelTreatment {
  std::vector<PixelRegion> regions;  // to blank; empty: the pixels stay
  bool cleaned = false;              // after that no text is burned in, as far as the site's table says
};

// The table of one configuration. Immutable; any thread may use it.
class PixelRules {
 public:
  // Error: config "bad-pattern".
  static Result<PixelRules> Create(const DeidentifySettings& settings);

  // Errors: permanent "deidentify-burned-in", "deidentify-content" (it has a voice).
  [[nodiscard]] Result<PixelTreatment> TreatmentOf(const ImageFacts& facts) const;

 private:
  struct Rule {
    std::vector<Pattern> manufacturer, model, modality, sop_class, image_type;  // none or one each
    PixelRule settings;
  };
  [[nodiscard]] const PixelRule* Find(const ImageFacts& facts) const;

  std::vector<Rule> rules_;
  bool must_be_cleaned_ = false;  // the option clean-pixel-data
};

}  // namespace gateway::dicom
