#include "config/route_tests.h"

#include "attributes/attribute_path.h"
#include "attributes/comparable.h"
#include "config/section.h"

namespace gateway::config {
namespace {

const Parser<Priority>& PriorityWord() {
  static const auto parser =
      OneOf<Priority>({{"emergency", Priority::emergency}, {"normal", Priority::normal}, {"bulk", Priority::bulk}});
  return parser;
}

Parser<std::string> Text() {
  return {"a text", [](std::string_view text) { return std::optional<std::string>(text); }};
}

Parser<std::string> Moment() {
  using attributes::Comparison;
  return {attributes::ExpectedOperand(Comparison::date_time), [](std::string_view text) -> std::optional<std::string> {
            const bool good = attributes::ComparableOf(text, Comparison::date_time).has_value();
            return good ? std::optional<std::string>(text) : std::nullopt;
          }};
}

// Reads a map of attributes with their values, by the paths as the gateway writes them.
void ReadAttributes(Section& section, std::string_view key, const std::string& kind,
                    std::map<std::string, std::vector<std::string>>& read) {
  const Entry* const entry = section.Find(key);
  if (entry == nullptr) return;
  const Section attributes(section.draft(), kind, section.PathOf(key), entry->value.get(), entry->line);
  if (!attributes.present()) return;
  for (const Entry& attribute : entry->value->entries) {
    if (!attributes::LooksLikePath(attribute.key)) continue;  // reported as unknown
    const auto path = attributes::ParsePath(attribute.key);
    if (!path) {
      section.draft().Mistake(attribute.line, attributes.PathOf(attribute.key) + ": " + path.error().detail);
      continue;
    }
    std::vector<std::string>& values = read[attributes::Text(*path)];
    if (attribute.value->kind == YamlNode::Kind::text) values.push_back(attribute.value->text);
    for (const NodePtr& item : attribute.value->items) values.push_back(item->text);
  }
}

void ReadNames(Section& section, std::string_view key, std::optional<std::vector<std::string>>& names) {
  const Entry* const entry = section.Find(key);
  if (entry == nullptr) return;
  names.emplace();
  section.ForEachItem(key, [&](const YamlNode& item) {
    if (item.kind == YamlNode::Kind::text) return names->push_back(item.text);
    section.Reject(section.PathOf(key), item, "a name");
  });
}

void ReadExpected(Section section, RouteTest& test) {
  ReadNames(section, "rules", test.rules);
  ReadNames(section, "targets", test.targets);
  ReadNames(section, "fallbacks", test.fallbacks);
  Priority priority{};
  if (section.Read("priority", priority, PriorityWord())) test.priority = priority;
  bool skipped = false;
  if (section.Read("skipped", skipped, YesOrNo())) test.skipped = skipped;
  std::map<std::string, std::vector<std::string>> edits;
  ReadAttributes(section, "edits", "routes test.expect.edits", edits);
  for (const auto& [path, values] : edits) {
    std::string& text = test.edits[path];
    for (const std::string& value : values) text += (&value == &values.front() ? "" : "\\") + value;
  }
}

RouteTest ReadTestCase(Section section, std::size_t number) {
  RouteTest test;
  test.name = "test-" + std::to_string(number);
  test.line = section.line();
  section.Read("name", test.name, Text());
  section.ReadPath("file", test.file);
  ReadAttributes(section, "attributes", "routes test.attributes", test.attributes);
  section.Read("partner", test.partner, Text());
  std::string set;
  if (section.Read("set", set, Text())) test.set = set;
  section.Read("service", test.service, Text());
  Priority priority{};
  if (section.Read("mail_priority", priority, PriorityWord())) test.mail_priority = priority;
  section.Read("calling_ae", test.calling_ae, AeTitle());
  section.Read("called_ae", test.called_ae, AeTitle());
  section.Read("caller", test.caller, Host());
  section.Read("port", test.port, Number<std::uint16_t>(1, 65535));
  std::uint64_t number_read = 0;
  if (section.Read("instances", number_read, WholeNumber(1, 1'000'000'000))) test.instances = number_read;
  if (section.Read("bytes", number_read, Size(0, std::uint64_t{1} << 50))) test.bytes = number_read;
  section.Read("at", test.at, Moment());
  if (section.Has("file") == section.Has("attributes")) section.Mistake("file", "give either a file or attributes");
  section.Require("expect");
  ReadExpected(section.Sub("expect", "routes test.expect"), test);
  return test;
}

}  // namespace

LoadedRouteTests LoadRouteTests(const std::filesystem::path& file) {
  Draft draft;
  FileDraft file_draft(draft, std::filesystem::absolute(file));
  LoadedRouteTests loaded;
  if (const NodePtr root = ReadYaml(file_draft)) {
    Section top(file_draft, "routes test.file", "", root.get(), 1);
    top.Require("tests");
    top.ForEachItem("tests", [&](const YamlNode& item) {
      const std::string path = "tests." + std::to_string(loaded.tests.size() + 1);
      loaded.tests.push_back(
          ReadTestCase({file_draft, "routes test", path, &item, item.line}, loaded.tests.size() + 1));
    });
  }
  loaded.mistakes = std::move(draft.loaded.mistakes);
  return loaded;
}

}  // namespace gateway::config
