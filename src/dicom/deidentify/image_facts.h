// Collects what de-identification must know of an instance before it changes the first element.
#pragma once

#include <cstdint>
#include <string>

#include "dicom/deidentify/pseudonyms.h"
#include "dicom/edit/rewriter.h"
#include "gateway/result.h"

namespace gateway::dicom {

struct ImageFacts {
  PatientKey patient;
  std::string sop_class;
  std::string birth_date, study_date;  // as they stand there
  // For the rules about pixels, in UTF-8.
  std::string manufacturer, model, modality, image_type;
  std::string burned_in_annotation;
  std::string photometric_interpretation;
  std::uint32_t rows = 0, columns = 0, samples = 1, bits_allocated = 0, bits_stored = 0;
  std::uint32_t planar_configuration = 0;
  std::uint32_t frames = 1;  // 0 if Number of Frames is no positive number
  bool has_pixels = false;
  bool pixels_are_floats = false;
  bool pixels_are_encapsulated = false;
  // An overlay stands in the unused bits of the pixels (retired since 2004).
  bool has_overlay_in_pixels = false;
};

// Errors: those of EditedFile::Visit(), and permanent "deidentify-unknown" if one of these
// attributes, or pixel data of any kind, stands there twice, because readers do not agree on which
// one counts.
Result<ImageFacts> ReadImageFacts(const EditedFile& file, const InstanceHeader& header);

}  // namespace gateway::dicom
