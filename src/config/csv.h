// Reads tables in CSV (RFC 4180), as spreadsheets write them: with commas, or with semicolons if
// the first line has more of these; with quotes around values that need them; in UTF-8, with or
// without a byte order mark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/result.h"

namespace gateway::config {

struct CsvRow {
  int line = 0;  // from 1, where the row begins
  std::vector<std::string> cells;
};

// Empty lines are left out. Error: config "bad-table". The detail begins with the line.
Result<std::vector<CsvRow>> ParseCsv(std::string_view text);

}  // namespace gateway::config
