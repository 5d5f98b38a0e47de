#include "config/csv.h"

#include <algorithm>

#include "base/utf8.h"
#include "config/error_codes.h"

namespace gateway::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {
    const std::string_view first = text.substr(0, text.find('\n'));
    if (std::count(first.begin(), first.end(), ';') > std::count(first.begin(), first.end(), ',')) separator_ = ';';
  }

  Result<std::vector<CsvRow>> Read() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      GATEWAY_ASSIGN(CsvRow row, ReadRow());
      if (row.cells.size() > 1 || !row.cells.front().empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  Result<CsvRow> ReadRow() {
    CsvRow row{line_, {}};
    while (true) {
      GATEWAY_ASSIGN(std::string cell, ReadCell());
      row.cells.push_back(std::move(cell));
      if (at_ < text_.size() && text_[at_] == separator_) {
        ++at_;
        continue;
      }
      if (at_ < text_.size() && text_[at_] == '\r') ++at_;
      if (at_ == text_.size()) return row;
      if (text_[at_] != '\n') return Bad("something stands behind a closing quote");
      ++at_;
      ++line_;
      return row;
    }
  }

  Result<std::string> ReadCell() {
    if (at_ < text_.size() && text_[at_] == '"') return ReadQuoted();
    const std::size_t end = std::min(text_.find_first_of(std::string{separator_, '\r', '\n'}, at_), text_.size());
    std::string cell(text_.substr(at_, end - at_));
    at_ = end;
    if (cell.find('"') != std::string::npos) return Bad("a quote stands within a value that has none around it");
    return cell;
  }

  Result<std::string> ReadQuoted() {
    std::string cell;
    const int begin = line_;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        cell += text_[at_];
        continue;
      }
      ++at_;
      if (at_ == text_.size() || text_[at_] != '"') return cell;
      cell += '"';
    }
    line_ = begin;
    return Bad("the closing quote is missing");
  }

  [[nodiscard]] Error Bad(const std::string& why) const {
    return ConfigError(codes::kBadTable, std::to_string(line_) + ": " + why);
  }

  std::string_view text_;
  char separator_ = ',';
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

Result<std::vector<CsvRow>> ParseCsv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const std::size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(valid), '\n');
    return ConfigError(codes::kBadTable, std::to_string(line) + ": the text is no UTF-8");
  }
  return Reader(text).Read();
}

}  // namespace gateway::config
