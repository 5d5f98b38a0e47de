#include "config/value_table.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "attributes/value_rules.h"
#include "base/files.h"
#include "config/csv.h"
#include "config/error_codes.h"

namespace gateway::config {
namespace {

constexpr std::uint64_t kLargestFile = 64 << 20;

struct Columns {
  std::size_t from = 0;
  std::size_t to = 0;
  bool by_name = false;  // the first row has the names
};

std::optional<std::size_t> NumberFrom(const std::string& column) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(column.data(), column.data() + column.size(), number);
  if (error != std::errc() || end != column.data() + column.size() || number == 0) return std::nullopt;
  return number - 1;
}

Result<Columns> FindColumns(const std::vector<CsvRow>& rows, const std::string& from, const std::string& to) {
  const auto first = NumberFrom(from);
  const auto second = NumberFrom(to);
  if (first && second) return Columns{*first, *second, false};
  if (rows.empty()) return ConfigError(codes::kBadTable, " the file is empty, so it has no names of columns");
  Columns columns{0, 0, true};
  for (const auto& [name, column] : {std::pair{&from, &columns.from}, std::pair{&to, &columns.to}}) {
    const auto& names = rows.front().cells;
    const auto found = std::find(names.begin(), names.end(), *name);
    if (found == names.end()) {
      return ConfigError(codes::kBadTable, std::to_string(rows.front().line) + ": no column is named '" + *name + "'");
    }
    *column = static_cast<std::size_t>(found - names.begin());
  }
  return columns;
}

Result<ValueTable> TableOf(const std::vector<CsvRow>& rows, const Columns& columns, Vr vr) {
  auto table = std::make_shared<std::map<std::string, std::string, std::less<>>>();
  for (const CsvRow& row : rows) {
    if (columns.by_name && &row == &rows.front()) continue;
    const auto bad = [&row](const std::string& why) {
      return ConfigError(codes::kBadTable, std::to_string(row.line) + ": " + why);
    };
    const std::size_t needed = std::max(columns.from, columns.to) + 1;
    if (row.cells.size() < needed) {
      return bad("the row has " + std::to_string(row.cells.size()) + " columns; " + std::to_string(needed) +
                 " are needed");
    }
    const std::string& value = row.cells[columns.to];
    const std::string why = vr == Vr::none ? std::string() : attributes::WhyUnfit(vr, value);
    if (!why.empty()) return bad("the value " + why);
    const auto [known, fresh] = table->try_emplace(row.cells[columns.from], value);
    if (!fresh && known->second != value) return bad("an earlier row gives another value for the same one");
  }
  return ValueTable(std::move(table));
}

}  // namespace

Result<ValueTable> ReadValueTable(const std::filesystem::path& file, const std::string& from, const std::string& to,
                                  Vr vr) {
  const auto read = [&]() -> Result<ValueTable> {
    GATEWAY_ASSIGN(const std::string text, ReadSmallFile(file, kLargestFile));
    GATEWAY_ASSIGN(const std::vector<CsvRow> rows, ParseCsv(text));
    GATEWAY_ASSIGN(const Columns columns, FindColumns(rows, from, to));
    return TableOf(rows, columns, vr);
  };
  Result<ValueTable> table = read();
  if (table || !Is(table.error(), codes::kBadTable)) return table;
  return ConfigError(codes::kBadTable, file.string() + ":" + table.error().detail);
}

}  // namespace gateway::config
