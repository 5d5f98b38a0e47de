// De-identifies a DICOM file by PS3.15 annex E (docs/deidentification.md). The input is hostile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "dicom/deidentify/deidentifier.h"
#include "dicom/deidentify/pixel_rules.h"
#include "dicom/deidentify/pseudonyms.h"
#include "dicom/edit/rewriter.h"
#include "gateway/instance.h"
#include "gateway/recipe.h"
#include "gateway/result.h"
#include "gateway/settings/deidentify.h"

namespace gateway::dicom {

// Writes the instance in `from` into the empty file `to` without compression, and returns its
// header there. Returns nullopt if it cannot.
using Decoder = std::function<Result<std::optional<InstanceHeader>>(int from, const InstanceHeader& header, int to)>;

// Holds what a rule asks for. It is made of the configuration once and never changes, and any
// thread may use it.
class Deidentification {
 public:
  // Errors: config "bad-pattern", "deidentify-secret-short".
  static Result<Deidentification> Create(DeidentifySettings settings);
  Deidentification(Deidentification&&) = default;

  // Writes the de-identified copy of `in` to `out`, an empty file that may be read and written.
  // `header` is that of `in`. The caller reads the new header from `out`. Returns what was
  // replaced.
  //
  // `decode` is asked only if regions of compressed pixels must be blanked. It may be empty.
  //
  // Errors: permanent "deidentify-burned-in", "deidentify-content", "deidentify-patient-unknown",
  // "deidentify-pixels", "deidentify-unknown"; those of EditedFile and of the file system. After an
  // error the caller throws `out` away.
  [[nodiscard]] Result<std::set<ReplacedIdentifier>> Apply(int in, const InstanceHeader& header,
                                                           const NewFile& new_file, int out,
                                                           const Decoder& decode = {}) const;

 private:
  Result<std::set<ReplacedIdentifier>> Write(const EditedFile& file, const ImageFacts& facts,
                                             const PixelTreatment& treatment, int out) const;
  Deidentification(std::unique_ptr<const DeidentifySettings> settings, PixelRules pixels);

  std::unique_ptr<const DeidentifySettings> settings_;  // rules_ refers to it
  std::unique_ptr<const DeidentifyRules> rules_;
  PixelRules pixels_;
};

}  // namespace gateway::dicom
