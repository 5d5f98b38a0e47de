#include "ledger/store/sqlite/wal_check.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/files.h"
#include "policy/error_codes.h"

namespace gateway::ledger {
namespace {

namespace fs = std::filesystem;

// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t kHeaderSize = 32;
constexpr std::size_t kChecked = 24;  // bytes, before the two checksums
constexpr std::uint32_t kMagic = 0x377F0682;

fs::path Beside(const fs::path& ledger, const char* suffix) {
  fs::path result = ledger;
  result += suffix;
  return result;
}

fs::path Mark(const fs::path& ledger) {
  return Beside(ledger, "-open");
}

Result<bool> Exists(const fs::path& file) {
  std::error_code error;
  const bool exists = fs::exists(file, error);
  if (error) return ErrorFromErrno(error.value(), "stat", file);
  return exists;
}

using Header = std::array<char, kHeaderSize>;

std::uint32_t BigEndian(const Header& header, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(header.at(at + i));
  return value;
}

std::uint32_t LittleEndian(const Header& header, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i > 0; --i) value = value << 8U | static_cast<unsigned char>(header.at(at + i - 1));
  return value;
}

// A header of zeros is sound: the file was made just before the power failed, and holds nothing
// yet.
bool IsSound(const Header& header) {
  if (std::all_of(header.begin(), header.end(), [](char c) { return c == 0; })) return true;
  const std::uint32_t magic = BigEndian(header, 0);
  if ((magic & ~1U) != kMagic) return false;
  const auto word = (magic & 1U) != 0 ? BigEndian : LittleEndian;
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  for (std::size_t at = 0; at < kChecked; at += 8) {
    first += word(header, at) + second;
    second += word(header, at + 4) + first;
  }
  return first == BigEndian(header, kChecked) && second == BigEndian(header, kChecked + 4);
}

Result<bool> BeginsSoundly(const fs::path& wal) {
  GATEWAY_ASSIGN(FileSource source, FileSource::Open(wal));
  Header header{};
  if (source.size() < header.size()) return true;  // it counts as empty
  GATEWAY_ASSIGN(const std::size_t count, ReadFully(source, std::span(header)));
  return count < header.size() || IsSound(header);
}

}  // namespace

Result<void> CheckWal(const fs::path& ledger) {
  const fs::path wal = Beside(ledger, "-wal");
  GATEWAY_ASSIGN(const bool has_wal, Exists(wal));
  if (!has_wal) {
    GATEWAY_ASSIGN(const bool in_use, Exists(Mark(ledger)));
    // A daemon that is just starting makes the -wal before its mark, so look once more.
    GATEWAY_ASSIGN(const bool made_meanwhile, Exists(wal));
    if (!in_use || made_meanwhile) return {};
    return ConfigError(codes::kLedgerDamaged,
                       ledger.string() +
                           " was not closed, and its -wal, with what was written last, is missing. Where "
                           "sqlite3 was run on it since, it has put that into the ledger, which is whole; "
                           "so is a backup made by sqlite3: remove " +
                           Mark(ledger).string() + ". Otherwise restore both");
  }
  GATEWAY_ASSIGN(const bool sound, BeginsSoundly(wal));
  if (sound) return {};
  return ConfigError(codes::kLedgerDamaged, wal.string() +
                                                ", with what was written last, cannot be read: restore it "
                                                "together with the ledger; it is never made anew");
}

Result<void> MarkOpen(const fs::path& ledger) {
  return WriteFileDurably(Mark(ledger), "");
}

Result<void> MarkClosed(const fs::path& ledger) {
  GATEWAY_TRY(RemoveFile(Mark(ledger)));
  return SyncDirectory(ledger.parent_path());
}

}  // namespace gateway::ledger
