#include "config/loader.h"

#include <algorithm>
#include <tuple>

#include "config/checks.h"
#include "config/readers.h"

namespace gateway::config {
namespace {

// Reads a file that holds `partners:` with a map of partners, or such a map itself.
void ReadPartnerFile(Draft& draft, const std::filesystem::path& file) {
  FileDraft file_draft(draft, file);
  const NodePtr root = ReadYaml(file_draft);
  if (!root) return;
  const auto entry = [&](std::string_view key) {
    return std::find_if(root->entries.begin(), root->entries.end(), [&](const Entry& e) { return e.key == key; });
  };
  if (const auto partners = entry("partners"); partners != root->entries.end()) {
    for (const Entry& other : root->entries) {
      if (other.key == "partners") continue;
      file_draft.Mistake(other.line, "unknown key '" + other.key + "'; files of partners.d hold partners only");
    }
    return ReadPartners(file_draft, *partners->value);
  }
  if (const auto address = entry("address"); address != root->entries.end()) {
    return file_draft.Mistake(address->line, "expected the name of a partner first, and its keys indented below it");
  }
  ReadPartners(file_draft, *root);
}

// Reads a file that holds `routes:` with lists of rules, or such lists themselves.
void ReadRouteFile(Draft& draft, const std::filesystem::path& file) {
  FileDraft file_draft(draft, file);
  const NodePtr root = ReadYaml(file_draft);
  if (!root) return;
  const auto routes = std::find_if(root->entries.begin(), root->entries.end(),
                                   [](const Entry& entry) { return entry.key == "routes"; });
  if (routes == root->entries.end()) return ReadMoreRoutes({file_draft, "routes.d", "routes", root.get(), 1});
  for (const Entry& other : root->entries) {
    if (other.key == "routes") continue;
    file_draft.Mistake(other.line, "unknown key '" + other.key + "'; files of routes.d hold routes only");
  }
  ReadMoreRoutes({file_draft, "routes.d", "routes", routes->value.get(), routes->line});
}

// Reads the files of a directory beside the main file, in the order of their names.
void ReadFiles(Draft& draft, const std::filesystem::path& directory,
               void (*read)(Draft& draft, const std::filesystem::path& file)) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator item(directory, error), end; !error && item != end; item.increment(error)) {
    const std::filesystem::path& path = item->path();
    if (path.filename().string().starts_with('.')) continue;  // temporary files of editors
    if (path.extension() == ".yaml" || path.extension() == ".yml") files.push_back(path);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    draft.loaded.mistakes.push_back({directory, 0, "cannot be read: " + error.message()});
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    if (file.extension() == ".yaml") {
      read(draft, file);
    } else {
      draft.loaded.mistakes.push_back({file, 0, "is not read since it ends in .yml; rename it to .yaml"});
    }
  }
}

void ReadSections(FileDraft& draft, const YamlNode& root) {
  Section top(draft, "", "", &root, 1);
  if (!top.present()) return;
  const auto named = [&](std::string_view key, void (*read)(FileDraft&, const YamlNode&)) {
    if (const Entry* const entry = top.Find(key)) read(draft, *entry->value);
  };
  top.Require("gateway");
  if (top.Has("gateway")) ReadGateway(top.Sub("gateway", "gateway"));
  ReadDicom(top.Sub("dicom", "dicom"));
  named("pacs", ReadPacs);
  named("mailboxes", ReadMailboxes);
  named("partners", ReadPartners);
  named("services", ReadServices);
  ReadRoutes(top.Sub("routes", "routes"));
  ReadReceipts(top.Sub("receipts", "receipts"));
  ReadReception(top.Sub("reception", "reception"));
  ReadRetry(top.Sub("retry", "retry"));
  ReadRetention(top.Sub("retention", "retention"));
  if (draft.settings().mailboxes.empty()) top.Mistake("mailboxes", "expected at least one mailbox");
}

// Sorts the main file first and then the others by name, and each file from top to bottom.
void Sort(std::vector<Diagnostic>& mistakes, const std::filesystem::path& main) {
  std::stable_sort(mistakes.begin(), mistakes.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(a.file != main, a.file, a.line) < std::tuple(b.file != main, b.file, b.line);
  });
}

}  // namespace

std::string Format(const Diagnostic& diagnostic) {
  std::string text = diagnostic.file.string();
  if (diagnostic.line > 0) text += ":" + std::to_string(diagnostic.line);
  return diagnostic.message.empty() ? text : text + ": " + diagnostic.message;
}

bool HasMistakes(const Loaded& loaded) {
  return !std::all_of(loaded.mistakes.begin(), loaded.mistakes.end(),
                      [](const Diagnostic& mistake) { return mistake.may_pass; });
}

Loaded Load(const std::filesystem::path& file, NamedFiles named_files) {
  Draft draft;
  draft.named_files = named_files;
  FileDraft file_draft(draft, file);
  if (const NodePtr root = ReadYaml(file_draft)) {
    if (root->kind == YamlNode::Kind::null) {
      file_draft.Mistake(0, "the file is empty; expected the sections gateway, dicom, mailboxes, ...");
      return std::move(draft.loaded);
    }
    ReadSections(file_draft, *root);
    ReadFiles(draft, file.parent_path() / "partners.d", ReadPartnerFile);
    ReadFiles(draft, file.parent_path() / "routes.d", ReadRouteFile);
    CheckReferences(draft);
    CheckServices(draft);
    CheckClaims(draft);
    CheckOwnAddresses(draft);
    SetDefaultMailbox(draft.loaded.settings);
    SendToServices(draft.loaded.settings);
  }
  Sort(draft.loaded.mistakes, file);
  return std::move(draft.loaded);
}

}  // namespace gateway::config
