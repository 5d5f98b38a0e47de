#include "config/pseudonym_table.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string>

#include "base/files.h"
#include "base/unicode.h"
#include "config/csv.h"

namespace gateway::config {
namespace {

constexpr std::uint64_t kLargestTable = 64 << 20;
constexpr std::size_t kLongestId = 64;  // VR LO

struct Column {
  std::string_view name;
  std::string PatientPseudonym::*member;
  bool needed;
};
constexpr std::array kColumns{
    Column{"patient_id", &PatientPseudonym::patient_id, true}, Column{"issuer", &PatientPseudonym::issuer, false},
    Column{"new_id", &PatientPseudonym::new_id, true}, Column{"new_name", &PatientPseudonym::new_name, false}};

// A value of LO, or a name, cannot hold these characters.
bool IsUnfit(const std::string& value) {
  return value.size() > kLongestId * 3 || std::ranges::any_of(value, [](char c) {
           return c == '\\' || c == 0x7F || (static_cast<unsigned char>(c) < 0x20);
         });
}

class Reader {
 public:
  Reader(FileDraft& draft, const std::filesystem::path& file) : draft_(draft), file_(file) {}

  std::vector<PatientPseudonym> Read(const std::vector<CsvRow>& rows) {
    std::vector<PatientPseudonym> table;
    if (rows.empty() || !ReadHead(rows.front())) return table;
    for (const CsvRow& row : rows) {
      if (&row != &rows.front()) ReadRow(row, table);
    }
    return table;
  }

 private:
  void Mistake(int line, std::string message) { draft_.MistakeIn(file_, line, std::move(message)); }

  bool ReadHead(const CsvRow& row) {
    for (const std::string& cell : row.cells) {
      const auto* const column = std::ranges::find(kColumns, cell, &Column::name);
      if (column == kColumns.end()) {
        Mistake(row.line, "no column is named '" + cell.substr(0, 60) +
                              "'; the first line must name patient_id and new_id, and may name issuer and new_name");
        return false;
      }
      columns_.push_back(column);
    }
    for (const Column& column : kColumns) {
      if (!column.needed || std::ranges::find(columns_, &column) != columns_.end()) continue;
      Mistake(row.line, "the first line does not name the column " + std::string(column.name));
      return false;
    }
    return true;
  }

  void ReadRow(const CsvRow& row, std::vector<PatientPseudonym>& table) {
    if (row.cells.size() != columns_.size()) {
      return Mistake(row.line, "the line has " + std::to_string(row.cells.size()) + " values, but there are " +
                                   std::to_string(columns_.size()) + " columns");
    }
    PatientPseudonym patient;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (IsUnfit(row.cells[i])) {
        return Mistake(row.line, "the value of " + std::string(columns_[i]->name) + " does not fit its attribute");
      }
      patient.*columns_[i]->member = row.cells[i];
    }
    if (patient.patient_id.empty() || patient.new_id.empty()) {
      return Mistake(row.line, "patient_id and new_id must have a value");
    }
    // As the texts of instances.
    patient.patient_id = Nfc(patient.patient_id);
    patient.issuer = Nfc(patient.issuer);
    if (!patients_.insert({patient.patient_id, patient.issuer}).second) {
      return Mistake(row.line, "an earlier line names the same patient");
    }
    // Two patients would become one.
    if (!new_ids_.insert(patient.new_id).second) return Mistake(row.line, "an earlier line has the same new_id");
    table.push_back(std::move(patient));
  }

  FileDraft& draft_;
  const std::filesystem::path file_;
  std::vector<const Column*> columns_;
  std::set<std::pair<std::string, std::string>> patients_;
  std::set<std::string> new_ids_;
};

}  // namespace

std::vector<PatientPseudonym> ReadPseudonymTable(Section& section, std::string_view key) {
  std::filesystem::path file;
  if (!section.ReadSecretFile(key, file)) return {};
  const auto text = ReadSmallFile(file, kLargestTable);
  if (!text) {
    if (section.draft().named_files() == NamedFiles::must_be_usable) section.Mistake(key, text.error().detail);
    return {};
  }
  const auto rows = ParseCsv(*text);
  if (!rows) {
    section.Mistake(key, file.string() + ":" + rows.error().detail);
    return {};
  }
  return Reader(section.draft(), file).Read(*rows);
}

}  // namespace gateway::config
