// The readers of the sections collect here what they find in the files: the settings, the mistakes,
// and everything that can be checked only after all files are read (checks.h).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/loader.h"

namespace gateway::config {

// The kind of what send_to names.
inline constexpr const char* kPartnerOrService = "partner or service";

// A key names a thing that another section must define.
struct Reference {
  std::string kind;  // "partner", "pacs", "mailbox", "service", or kPartnerOrService
  std::string name;
  std::string from;  // the key that names it
  Place place;
};

// A section takes a value that no other section may have.
struct Claim {
  std::string what;   // "address of a partner"
  std::string value;  // in canonical form
  std::string owner;  // "partners.klinikum-b"
  Place place;
};

struct Draft {
  NamedFiles named_files = NamedFiles::must_be_usable;
  Loaded loaded;
  std::vector<Reference> references;
  std::vector<Claim> claims;
};

// Gives the reader of one YAML file access to the draft, and adds the file's name to every line.
class FileDraft {
 public:
  FileDraft(Draft& draft, std::filesystem::path file) : draft_(draft), file_(std::move(file)) {}

  void Mistake(int line, std::string message, bool may_pass = false) {
    draft_.loaded.mistakes.push_back({file_, line, std::move(message), may_pass});
  }
  // Reports a mistake in another file that the configuration names.
  void MistakeIn(const std::filesystem::path& file, int line, std::string message) {
    draft_.loaded.mistakes.push_back({file, line, std::move(message)});
  }
  // Returns the draft of another file that the configuration names.
  [[nodiscard]] FileDraft Of(std::filesystem::path file) { return {draft_, std::move(file)}; }
  void Mark(const std::string& thing, int line) { draft_.loaded.places.try_emplace(thing, Place{file_, line}); }
  void Refer(std::string kind, std::string name, std::string from, int line) {
    draft_.references.push_back({std::move(kind), std::move(name), std::move(from), {file_, line}});
  }
  void Take(std::string what, std::string value, std::string owner, int line) {
    draft_.claims.push_back({std::move(what), std::move(value), std::move(owner), {file_, line}});
  }

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  [[nodiscard]] NamedFiles named_files() const { return draft_.named_files; }
  [[nodiscard]] Settings& settings() { return draft_.loaded.settings; }

 private:
  Draft& draft_;
  std::filesystem::path file_;
};

}  // namespace gateway::config
