// Blanks regions of pixel data that are not compressed, in a file.
#pragma once

#include <cstdint>
#include <vector>

#include "dicom/deidentify/image_facts.h"
#include "gateway/result.h"
#include "gateway/settings/deidentify.h"

namespace gateway::dicom {

// Checks that BlankRegions() can do it. Error: permanent "deidentify-pixels".
Result<void> CheckCanBlank(const ImageFacts& facts, const InstanceHeader& header);

// Makes the regions black in every frame of `fd`, a file that may be written. What of a region is
// outside of the image is ignored. `header` is that of `fd`. Errors: those of CheckCanBlank(),
// permanent "deidentify-pixels" if there is more or less pixel data than the facts say, and those
// of the file system.
Result<void> BlankRegions(int fd, const InstanceHeader& header, const ImageFacts& facts,
                          const std::vector<PixelRegion>& regions);

}  // namespace gateway::dicom
