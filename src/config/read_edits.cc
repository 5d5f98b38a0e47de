#include "config/read_edits.h"

#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include "attributes/attribute_path.h"
#include "attributes/data_dictionary.h"
#include "base/printable.h"
#include "base/replacement.h"
#include "base/secret.h"
#include "config/edit_checks.h"
#include "config/paths.h"
#include "config/suggestion.h"
#include "config/value_table.h"

namespace gateway::config {
namespace {

constexpr std::int64_t kMostDays = 36'500;

using Kind = YamlNode::Kind;

// Reads one entry of the list, such as "- prefix: { PatientID: KA- }".
class EditReader {
 public:
  EditReader(FileDraft& draft, std::string path, std::vector<Edit>& edits)
      : draft_(draft), path_(std::move(path)), edits_(edits) {}

  void Read(const YamlNode& item) {
    if (item.kind != Kind::map || item.entries.empty()) {
      return Mistake(item.line, path_, "expected an action such as set, and below it what it does");
    }
    for (const Entry& entry : item.entries) ReadAction(entry);
  }

 private:
  using ForAttribute = void (EditReader::*)(const std::string&, const AttributePath&, const YamlNode&);

  void ReadAction(const Entry& entry) {
    const std::string at = path_ + "." + entry.key;
    const YamlNode& node = *entry.value;
    if (entry.key == "set") return ForEach(at, node, &EditReader::ReadSet);
    if (entry.key == "copy") return ForEach(at, node, &EditReader::ReadCopy);
    if (entry.key == "prefix") return ForEach(at, node, &EditReader::ReadPrefix);
    if (entry.key == "suffix") return ForEach(at, node, &EditReader::ReadSuffix);
    if (entry.key == "replace") return ForEach(at, node, &EditReader::ReadReplace);
    if (entry.key == "map") return ForEach(at, node, &EditReader::ReadMap);
    if (entry.key == "remove") return ReadRemove(at, node);
    if (entry.key == "keep_only") return ReadKeepOnly(at, node);
    if (entry.key == "shift_dates") return ReadShift(at, node);
    if (entry.key == "new_uids") return ReadNewUids(at, node);
    Mistake(entry.line, path_,
            "'" + Printable(entry.key) + "' is no edit" +
                Suggestion(entry.key, {"set", "copy", "prefix", "suffix", "replace", "map", "remove", "keep_only",
                                       "shift_dates", "new_uids"}));
  }

  void Mistake(int line, const std::string& at, const std::string& what) { draft_.Mistake(line, at + ": " + what); }

  // Returns nullopt after a mistake.
  std::optional<AttributePath> Path(int line, const std::string& at, const std::string& text) {
    auto path = attributes::ParsePath(text);
    if (path) return *std::move(path);
    Mistake(line, at, path.error().detail);
    return std::nullopt;
  }

  void ForEach(const std::string& at, const YamlNode& node, ForAttribute read) {
    if (node.kind != Kind::map || node.entries.empty()) {
      return Mistake(node.line, at, "expected attributes, each with what becomes of it, as { PatientID: ... }");
    }
    for (const Entry& entry : node.entries) {
      const std::string where = at + "." + Printable(entry.key);
      if (const auto path = Path(entry.line, where, entry.key)) (this->*read)(where, *path, *entry.value);
    }
  }

  // Reads a list of attributes, or one alone. `why` says why one of them cannot be meant.
  std::optional<std::vector<AttributePath>> Paths(const std::string& at, const YamlNode& node,
                                                  std::string (*why)(const AttributePath&)) {
    std::vector<AttributePath> paths;
    bool good = true;
    const auto take = [&](const YamlNode& item) {
      if (item.kind != Kind::text)
        return void((good = false, Mistake(item.line, at, "expected the name of an attribute")));
      auto path = Path(item.line, at, item.text);
      if (!path) return void(good = false);
      if (const std::string reason = why == nullptr ? std::string() : why(*path); !reason.empty()) {
        good = false;
        return Mistake(item.line, at + "." + Printable(item.text), reason);
      }
      paths.push_back(*std::move(path));
    };
    if (node.kind == Kind::text) {
      take(node);
    } else if (node.kind == Kind::list && !node.items.empty()) {
      for (const NodePtr& item : node.items) take(*item);
    } else {
      Mistake(node.line, at, "expected a list of attributes");
      return std::nullopt;
    }
    return good ? std::optional(std::move(paths)) : std::nullopt;
  }

  // Returns the value of a key of a map, or nullptr. Reports keys that are not in `known`.
  const YamlNode* Value(const YamlNode& node, std::string_view key) {
    for (const Entry& entry : node.entries) {
      if (entry.key == key) return entry.value.get();
    }
    return nullptr;
  }
  bool KnowsKeys(const std::string& at, const YamlNode& node, const std::vector<std::string_view>& known) {
    bool good = true;
    for (const Entry& entry : node.entries) {
      if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
      Mistake(entry.line, at, "unknown key '" + Printable(entry.key) + "'" + Suggestion(entry.key, known));
      good = false;
    }
    return good;
  }
  std::optional<std::string> Text(const std::string& at, const YamlNode& node, std::string_view key) {
    const YamlNode* const value = Value(node, key);
    if (value != nullptr && (value->kind == Kind::text || value->kind == Kind::null)) return value->text;
    Mistake(value == nullptr ? node.line : value->line, at + "." + std::string(key),
            value == nullptr ? "is missing" : "expected a text");
    return std::nullopt;
  }
  // Reads `vr:` of a private attribute.
  bool ReadVr(const std::string& at, const YamlNode& node, Edit& edit) {
    const YamlNode* const vr = Value(node, "vr");
    if (vr == nullptr) return true;
    edit.vr = attributes::VrFrom(vr->text);
    if (edit.vr == Vr::none) Mistake(vr->line, at + ".vr", "expected a value representation of DICOM, such as LO");
    const Vr known = attributes::VrOf(edit.attribute);
    if (known == Vr::none || known == edit.vr) return edit.vr != Vr::none;
    Mistake(vr->line, at + ".vr", "DICOM itself says that it is " + std::string(attributes::NameOf(known)));
    return false;
  }

  void Add(int line, const std::string& at, Edit edit, const std::string& why) {
    if (!why.empty()) return Mistake(line, at, why);
    edits_.push_back(std::move(edit));
  }

  static Edit Made(EditKind kind, const AttributePath& path) {
    Edit edit;
    edit.kind = kind;
    edit.attribute = path;
    return edit;
  }

  void ReadSet(const std::string& at, const AttributePath& path, const YamlNode& node) {
    Edit edit = Made(EditKind::set, path);
    const YamlNode* value = &node;
    if (node.kind == Kind::map) {
      if (Value(node, "age_at") != nullptr) return ReadAge(at, path, node);
      if (!KnowsKeys(at, node, {"value", "vr", "age_at"}) || !ReadVr(at, node, edit)) return;
      value = Value(node, "value");
      if (value == nullptr) return Mistake(node.line, at + ".value", "is missing");
    }
    std::vector<std::string> values;
    if (value->kind == Kind::text && !value->text.empty()) values.push_back(value->text);
    if (value->kind == Kind::map) return Mistake(value->line, at, "expected a text, or a list of texts");
    for (const NodePtr& item : value->items) {
      if (item->kind != Kind::text) return Mistake(item->line, at, "expected a text");
      values.push_back(item->text);
    }
    for (const std::string& text : values) edit.text += (&text == &values.front() ? "" : "\\") + text;
    const Vr vr = edit.vr;
    Add(value->line, at, std::move(edit), WhyNotSettable(path, vr, values));
  }

  void ReadAge(const std::string& at, const AttributePath& path, const YamlNode& node) {
    if (!KnowsKeys(at, node, {"age_at"})) return;
    const auto text = Text(at, node, "age_at");
    const auto source = text ? Path(node.line, at + ".age_at", *text) : std::nullopt;
    if (!source) return;
    if (attributes::VrOf(*source) != Vr::DA && attributes::VrOf(*source) != Vr::DT) {
      return Mistake(node.line, at + ".age_at", "expected an attribute with a date");
    }
    if (attributes::VrOf(path) != Vr::AS) return Mistake(node.line, at, "only an attribute of VR AS can hold an age");
    Edit edit = Made(EditKind::age, path);
    edit.source = *source;
    Add(node.line, at, std::move(edit), WhyNotWritable(path, Vr::none));
  }

  void ReadCopy(const std::string& at, const AttributePath& path, const YamlNode& node) {
    Edit edit = Made(EditKind::copy, path);
    std::optional<std::string> from = node.kind == Kind::text ? std::optional(node.text) : std::nullopt;
    if (node.kind == Kind::map) {
      if (!KnowsKeys(at, node, {"from", "vr"}) || !ReadVr(at, node, edit)) return;
      from = Text(at, node, "from");
    }
    if (!from) return node.kind == Kind::map ? void() : Mistake(node.line, at, "expected the attribute to copy from");
    const auto source = Path(node.line, at, *from);
    if (!source) return;
    edit.source = *source;
    std::string why = WhyNotWritable(path, edit.vr);
    if (why.empty() && VrFor(path, edit.vr) == Vr::none) {
      why = "nobody knows its value representation; say it: { from: ..., vr: LO }";
    }
    const Vr of_source = attributes::VrOf(*source);
    if (why.empty() && of_source == Vr::SQ) why = "a sequence cannot be copied";
    Add(node.line, at, std::move(edit), why);
  }

  void ReadPrefix(const std::string& at, const AttributePath& path, const YamlNode& node) {
    ReadBeside(at, path, node, EditKind::prefix);
  }
  void ReadSuffix(const std::string& at, const AttributePath& path, const YamlNode& node) {
    ReadBeside(at, path, node, EditKind::suffix);
  }
  void ReadBeside(const std::string& at, const AttributePath& path, const YamlNode& node, EditKind kind) {
    Edit edit = Made(kind, path);
    const YamlNode* value = &node;
    if (node.kind == Kind::map) {
      if (!KnowsKeys(at, node, {"value", "vr"}) || !ReadVr(at, node, edit)) return;
      value = Value(node, "value");
    }
    if (value == nullptr || value->kind != Kind::text || value->text.empty()) {
      return Mistake(node.line, at, "expected a text");
    }
    edit.text = value->text;
    std::string why = WhyNoPrefix(path, edit.vr, edit.text, kind == EditKind::prefix);
    Add(value->line, at, std::move(edit), why);
  }

  void ReadReplace(const std::string& at, const AttributePath& path, const YamlNode& node) {
    Edit edit = Made(EditKind::replace, path);
    if (node.kind != Kind::map) return Mistake(node.line, at, "expected { pattern: ..., with: ... }");
    if (!KnowsKeys(at, node, {"pattern", "with", "vr"}) || !ReadVr(at, node, edit)) return;
    const auto pattern = Text(at, node, "pattern");
    const auto with = Text(at, node, "with");
    if (!pattern || !with) return;
    edit.pattern = *pattern;
    edit.text = *with;
    std::string why = WhyNotWritable(path, edit.vr);
    if (const auto made = Replacement::Create(edit.pattern, edit.text); why.empty() && !made) {
      why = "the regular expression is wrong: " + made.error().detail;
    }
    Add(node.line, at, std::move(edit), why);
  }

  void ReadMap(const std::string& at, const AttributePath& path, const YamlNode& node) {
    Edit edit = Made(EditKind::map, path);
    if (node.kind != Kind::map) return Mistake(node.line, at, "expected { file: ..., from: 1, to: 2 }");
    if (!KnowsKeys(at, node, {"file", "from", "to", "otherwise", "vr"}) || !ReadVr(at, node, edit)) return;
    const auto file = Text(at, node, "file");
    const auto from = Text(at, node, "from");
    const auto to = Text(at, node, "to");
    if (!file || !from || !to || !ReadOtherwise(at, node, edit)) return;
    if (const std::string why = WhyNotWritable(path, edit.vr); !why.empty()) return Mistake(node.line, at, why);
    edit.table = std::make_shared<const std::map<std::string, std::string, std::less<>>>();
    if (const auto resolved = Resolved(at + ".file", node.line, *file, CheckReadable)) {
      auto table = ReadValueTable(*resolved, *from, *to, VrFor(path, edit.vr));
      if (!table) return Mistake(node.line, at, table.error().detail);
      edit.table = *std::move(table);
    }
    edits_.push_back(std::move(edit));
  }

  bool ReadOtherwise(const std::string& at, const YamlNode& node, Edit& edit) {
    const YamlNode* const value = Value(node, "otherwise");
    if (value == nullptr) return true;
    constexpr std::array<std::pair<std::string_view, Otherwise>, 4> kWords{{{"keep", Otherwise::keep},
                                                                            {"empty", Otherwise::empty},
                                                                            {"remove", Otherwise::remove},
                                                                            {"hold", Otherwise::hold}}};
    if (value->kind == Kind::map && KnowsKeys(at + ".otherwise", *value, {"value"})) {
      const auto text = Text(at + ".otherwise", *value, "value");
      if (!text) return false;
      edit.otherwise = Otherwise::text;
      edit.otherwise_text = *text;
      const std::string why = WhyNotSettable(edit.attribute, edit.vr, {*text});
      if (!why.empty()) Mistake(value->line, at + ".otherwise", why);
      return why.empty();
    }
    for (const auto& [word, meaning] : kWords) {
      if (value->kind != Kind::text || value->text != word) continue;
      edit.otherwise = meaning;
      const std::string why = meaning == Otherwise::remove ? WhyNotRemovable(edit.attribute) : std::string();
      if (!why.empty()) Mistake(value->line, at + ".otherwise", why);
      return why.empty();
    }
    Mistake(value->line, at + ".otherwise", "expected keep, empty, remove, hold or { value: ... }");
    return false;
  }

  // Returns nullopt if there is no such file, after a mistake, or if files may be missing.
  std::optional<std::filesystem::path> Resolved(const std::string& at, int line, const std::string& text,
                                                Result<void> (*check)(const std::filesystem::path&)) {
    auto path = ResolvePath(text, draft_.file());
    if (!path) {
      Mistake(line, at, path.error().detail);
      return std::nullopt;
    }
    if (const auto usable = check(*path); !usable) {
      // `explain` uses the files that it can read. Other commands need none.
      if (draft_.named_files() == NamedFiles::may_be_missing) return std::nullopt;
      draft_.Mistake(line, at + ": " + WhyNoCredentials(text) + usable.error().detail,
                     usable.error().fault == Fault::transient);
      return std::nullopt;
    }
    return *std::move(path);
  }

  void ReadRemove(const std::string& at, const YamlNode& node) {
    if (auto paths = Paths(at, node, &WhyNotRemovable)) {
      Edit edit;
      edit.kind = EditKind::remove;
      edit.attributes = *std::move(paths);
      edits_.push_back(std::move(edit));
    }
  }

  void ReadKeepOnly(const std::string& at, const YamlNode& node) {
    if (auto paths = Paths(at, node, nullptr)) {
      Edit edit;
      edit.kind = EditKind::keep_only;
      edit.attributes = *std::move(paths);
      edits_.push_back(std::move(edit));
    }
  }

  void ReadShift(const std::string& at, const YamlNode& node) {
    Edit edit;
    edit.kind = EditKind::shift_dates;
    if (node.kind != Kind::map) return Mistake(node.line, at, "expected { by: -30d }");
    if (!KnowsKeys(at, node, {"by", "attributes"})) return;
    const auto by = Text(at, node, "by");
    if (!by) return;
    std::string_view digits = *by;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), edit.days);
    const bool days = error == std::errc() && std::string_view(end, digits.data() + digits.size()) == "d";
    if (!days || edit.days == 0 || edit.days > kMostDays || edit.days < -kMostDays) {
      return Mistake(node.line, at + ".by", "expected a number of days other than 0, such as -30d, at most 36500d");
    }
    if (const YamlNode* const attributes = Value(node, "attributes")) {
      auto paths = Paths(at + ".attributes", *attributes, &WhyNoDate);
      if (!paths) return;
      edit.attributes = *std::move(paths);
    }
    edits_.push_back(std::move(edit));
  }
  static std::string WhyNoDate(const AttributePath& path) {
    const Vr vr = attributes::VrOf(path);
    return vr == Vr::DA || vr == Vr::DT || vr == Vr::none ? WhyNotWritable(path, vr) : "it is no date";
  }

  void ReadNewUids(const std::string& at, const YamlNode& node) {
    Edit edit;
    edit.kind = EditKind::new_uids;
    const YamlNode* attributes = &node;
    if (node.kind == Kind::map) {
      if (!KnowsKeys(at, node, {"attributes", "secret_file"})) return;
      attributes = Value(node, "attributes");
      if (const YamlNode* const secret = Value(node, "secret_file");
          secret != nullptr && !ReadSecret(at, *secret, edit)) {
        return;
      }
    }
    const bool all = attributes == nullptr || (attributes->kind == Kind::text && attributes->text == "all");
    if (!all) {
      auto paths = Paths(at, *attributes, &WhyNoUid);
      if (!paths) return;
      edit.attributes = *std::move(paths);
    }
    edits_.push_back(std::move(edit));
  }
  static std::string WhyNoUid(const AttributePath& path) {
    const Vr vr = attributes::VrOf(path);
    return vr == Vr::UI || vr == Vr::none ? WhyNotWritable(path, vr) : "it is no UID";
  }

  bool ReadSecret(const std::string& at, const YamlNode& node, Edit& edit) {
    const auto file = Resolved(at + ".secret_file", node.line, node.text, CheckSecret);
    if (!file) return draft_.named_files() == NamedFiles::may_be_missing;
    const auto secret = ReadPasswordFile(*file);
    if (!secret) {
      Mistake(node.line, at + ".secret_file", secret.error().detail);
      return false;
    }
    if (const std::string why = WhyNoSecret(secret->view()); !why.empty()) {
      Mistake(node.line, at + ".secret_file", why);
      return false;
    }
    edit.secret = std::string(secret->view());
    return true;
  }

  FileDraft& draft_;
  const std::string path_;
  std::vector<Edit>& edits_;
};

}  // namespace

void ReadEdits(Section& rule, std::vector<Edit>& edits) {
  std::size_t number = 0;
  rule.ForEachItem("edit", [&](const YamlNode& item) {
    EditReader(rule.draft(), rule.PathOf("edit") + "[" + std::to_string(number++) + "]", edits).Read(item);
  });
}

}  // namespace gateway::config
