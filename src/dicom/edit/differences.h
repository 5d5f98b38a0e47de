// Says in which attributes a changed copy differs from its original, for people who try a rule.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dicom/edit/rewriter.h"
#include "gateway/attribute_difference.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Returns at most kMostDifferences, in the order of the tags. Group lengths, the File Meta
// Information and what stands in Original Attributes Sequence do not count. Texts without a usable
// character set are read in `default_set`. Errors: those of EditedFile::Visit().
inline constexpr std::size_t kMostDifferences = 2000;
Result<std::vector<AttributeDifference>> Differences(const EditedFile& original, const EditedFile& copy,
                                                     std::string_view default_set);

}  // namespace gateway::dicom
