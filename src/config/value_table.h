// Reads two columns of a CSV file as a table of values.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/edit.h"
#include "gateway/result.h"

namespace gateway::config {

// `from` and `to` are numbers of columns, from 1, or names in the first row. Values of `to` must
// fit `vr`, if it is known. Error: config "bad-table". The detail begins with the file, and the
// line if there is one.
Result<ValueTable> ReadValueTable(const std::filesystem::path& file, const std::string& from, const std::string& to,
                                  Vr vr);

}  // namespace gateway::config
