#include "dicom/deidentify/deidentify.h"

#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "base/error_codes.h"
#include "dicom/deidentify/blanking.h"
#include "dicom/deidentify/image_facts.h"
#include "dicom/error_codes.h"
#include "dicom/header_reader.h"

namespace gateway::dicom {
namespace {

// Whoever guesses the secret can find out who is behind a pseudonym, by trying all Patient IDs.
constexpr std::size_t kShortestSecret = 16;
constexpr std::size_t kPreamble = 128;

// The preamble may hold anything, such as the header of a TIFF file.
Result<void> ClearPreamble(int fd) {
  const std::array<char, kPreamble> zeros{};
  const ssize_t written = ::pwrite(fd, zeros.data(), zeros.size(), 0);
  if (written != static_cast<ssize_t>(zeros.size())) {
    return Transient(codes::kFileError, "the changed copy cannot be written");
  }
  return {};
}

// Notes what is no identifier, but what a result must get back beside those.
void NoteForResults(const ImageFacts& facts, const Pseudonyms& pseudonyms, bool shifted,
                    std::set<ReplacedIdentifier>& replaced) {
  if (facts.patient.id.empty()) return;
  constexpr std::size_t kDate = 8;
  if (facts.birth_date.size() == kDate) replaced.insert({"birth-date", facts.birth_date, pseudonyms.patient_id()});
  if (facts.study_date.size() == kDate) {
    replaced.insert({"study-date", facts.study_date, pseudonyms.Uid(facts.patient.study_instance_uid)});
  }
  if (shifted) replaced.insert({"days", std::to_string(pseudonyms.ShiftDays()), pseudonyms.patient_id()});
}

}  // namespace

Deidentification::Deidentification(std::unique_ptr<const DeidentifySettings> settings, PixelRules pixels)
    : settings_(std::move(settings)),
      rules_(std::make_unique<const DeidentifyRules>(*settings_)),
      pixels_(std::move(pixels)) {}

Result<Deidentification> Deidentification::Create(DeidentifySettings settings) {
  if (settings.secret.size() < kShortestSecret) return ConfigError(codes::kDeidentifySecretShort);
  GATEWAY_ASSIGN(PixelRules pixels, PixelRules::Create(settings));
  return Deidentification(std::make_unique<const DeidentifySettings>(std::move(settings)), std::move(pixels));
}

Result<std::set<ReplacedIdentifier>> Deidentification::Apply(int in, const InstanceHeader& header,
                                                             const NewFile& new_file, int out,
                                                             const Decoder& decode) const {
  GATEWAY_ASSIGN(const EditedFile file, EditedFile::Open(in, header, new_file));
  GATEWAY_ASSIGN(const ImageFacts facts, ReadImageFacts(file, header));
  GATEWAY_ASSIGN(const PixelTreatment treatment, pixels_.TreatmentOf(facts));
  if (treatment.regions.empty()) return Write(file, facts, treatment, out);
  const auto possible = CheckCanBlank(facts, header);
  if (possible) return Write(file, facts, treatment, out);
  if (!facts.pixels_are_encapsulated || !decode) return possible.error();
  GATEWAY_ASSIGN(const UniqueFd decoded, new_file());
  GATEWAY_ASSIGN(const std::optional<InstanceHeader> decoded_header, decode(in, header, decoded.get()));
  if (!decoded_header) return Permanent(codes::kDeidentifyPixels, "its pixel data cannot be decoded");
  return Apply(decoded.get(), *decoded_header, new_file, out);
}

Result<std::set<ReplacedIdentifier>> Deidentification::Write(const EditedFile& file, const ImageFacts& facts,
                                                             const PixelTreatment& treatment, int out) const {
  Pseudonyms pseudonyms(*settings_);
  GATEWAY_TRY(pseudonyms.SetPatient(facts.patient));
  Deidentifier editor(*rules_, pseudonyms, {facts.sop_class, treatment.cleaned});
  GATEWAY_TRY(file.Rewrite(editor, out, EditedFile::Trailing::drop));
  GATEWAY_TRY(ClearPreamble(out));
  if (!treatment.regions.empty()) {
    GATEWAY_ASSIGN(const InstanceHeader changed, ReadHeaderWithoutHash(out));
    GATEWAY_TRY(BlankRegions(out, changed, facts, treatment.regions));
  }
  std::set<ReplacedIdentifier> replaced = editor.replaced();
  NoteForResults(facts, pseudonyms, settings_->Has(DeidentifyOption::retain_longitudinal_modified_dates), replaced);
  return replaced;
}

}  // namespace gateway::dicom
