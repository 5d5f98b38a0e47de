// Reads the attributes of an AttributeQuery. Private to this folder.
#pragma once

#include <string_view>

#include "dicom/attribute_query.h"
#include "gateway/instance.h"
#include "gateway/result.h"

namespace gateway::dicom {

// Fills header.asked, and lets header.text_reading follow. The header says where the data set is.
// `default_set` is that of TextConverter.
// A value of more than 4 KB is unreadable, and so is every value beyond 24 KB together. What stands
// behind damage is unreadable too. Error: transient "file-error".
Result<void> ReadAsked(int fd, const AttributeQuery& query, std::string_view default_set, InstanceHeader& header);

}  // namespace gateway::dicom
