// Decides what a coding means for one instance. Private to src/dicom.
#pragma once

#include <string>
#include <string_view>

#include "dicom/sample_hash.h"
#include "gateway/coding.h"

namespace gateway::dicom {

struct CodingPlan {
  enum class Work {
    none,     // the instance travels as it came
    frames,   // its frames are coded by `coding`, or decoded
    deflate,  // all of its data set is deflated
    inflate
  };
  Work work = Work::none;
  Coding coding = Coding::as_it_came;  // never Coding::best
  std::string transfer_syntax;         // of the copy
  const char* why = "";                // for Work::none

  [[nodiscard]] bool decodes() const { return coding == Coding::uncompressed; }
};

// `form` says what the attributes of the instance tell.
CodingPlan PlanFor(Coding coding, std::string_view transfer_syntax, const ImageForm& form);

}  // namespace gateway::dicom
