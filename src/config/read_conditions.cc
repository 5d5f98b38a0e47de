// Reads the `when:` of a rule.
#include <algorithm>

#include "attributes/attribute_path.h"
#include "config/read_tests.h"
#include "config/rule_readers.h"
#include "gateway/rule_attributes.h"

namespace gateway::config {
namespace {

// Where the pixel data begin, the header reader stops.
constexpr std::uint32_t kFirstPixelData = 0x7FE00008;
constexpr std::uint32_t kTransferSyntaxUid = 0x00020010;

class ConditionReader {
 public:
  ConditionReader(FileDraft& draft, AskedBy others) : draft_(draft), others_(others) {}

  // Reads a map of criteria, which must all hold.
  Condition Read(const Section& when, const YamlNode& node, int depth) {
    Condition condition;
    for (const Entry& entry : node.entries) {
      if (!budget_.Spend(draft_, entry.line, depth)) break;
      const std::string path = when.PathOf(entry.key);
      if (entry.key == "any_of" || entry.key == "all_of") {
        condition.parts.push_back(ReadList(
            path, *entry.value, entry.key == "any_of" ? Condition::Kind::any_of : Condition::Kind::all_of, depth));
      } else if (entry.key == "not") {
        condition.parts.push_back({Condition::Kind::none_of, {ReadMap(path, *entry.value, depth)}, {}});
      } else if (attributes::LooksLikePath(entry.key)) {
        ReadAttribute(path, entry, condition);
      } else if (const RuleAttribute* const attribute = FindRuleAttribute(entry.key);
                 attribute != nullptr && attribute->asked_by != others_) {
        const Test test = ReadTest(draft_, path, *entry.value, Asked::Key(*attribute), budget_);
        Add(condition, {attribute, {}, test});
      }
    }
    return condition;
  }

  Condition ReadMap(const std::string& path, const YamlNode& node, int depth) {
    const char* const schema = others_ == AskedBy::inbound_rules ? "routes.outbound.when" : "routes.inbound.when";
    const Section section(draft_, schema, path, &node, node.line);
    if (!section.present()) {
      if (node.kind == YamlNode::Kind::null) draft_.Mistake(node.line, path + ": expected a map of criteria");
      return {};
    }
    return Read(section, node, depth + 1);
  }

 private:
  Condition ReadList(const std::string& path, const YamlNode& node, Condition::Kind kind, int depth) {
    Condition condition{kind, {}, {}};
    if (node.kind != YamlNode::Kind::list || node.items.empty()) {
      draft_.Mistake(node.line, path + ": expected a list (- item), each item a map of criteria");
      return condition;
    }
    for (const NodePtr& item : node.items) condition.parts.push_back(ReadMap(path, *item, depth));
    return condition;
  }

  void ReadAttribute(const std::string& where, const Entry& entry, Condition& condition) {
    auto path = attributes::ParsePath(entry.key);
    if (!path) return draft_.Mistake(entry.line, where + ": " + path.error().detail);
    const std::uint32_t tag = path->steps.front().tag;
    if (tag >= kFirstPixelData && path->steps.front().creator.empty()) {
      return draft_.Mistake(entry.line, where + ": rules do not look at pixel data, nor at what stands behind them");
    }
    if (tag >> 16 == 2 && (tag < 0x00020002 || tag > 0x00020003) && tag != kTransferSyntaxUid) {
      return draft_.Mistake(entry.line, where +
                                            ": of the meta header (group 0002) a rule can ask for TransferSyntaxUID, "
                                            "MediaStorageSOPClassUID and MediaStorageSOPInstanceUID only");
    }
    const Asked asked = Asked::Path(*path);
    Test test = ReadTest(draft_, where, *entry.value, asked, budget_);
    Add(condition, {nullptr, std::move(*path), std::move(test)});
  }

  static void Add(Condition& condition, Criterion criterion) {
    condition.parts.push_back({Condition::Kind::criterion, {}, std::move(criterion)});
  }

  FileDraft& draft_;
  const AskedBy others_;
  Budget budget_;
};

// Puts fast comparisons first, in the order of kRuleAttributes. The order changes no result.
void Sort(Condition& condition) {
  const auto rank = [](const Condition& part) -> std::ptrdiff_t {
    constexpr std::ptrdiff_t kLast = kRuleAttributes.size();
    if (part.kind != Condition::Kind::criterion) return kLast + 1;
    return part.criterion.attribute == nullptr ? kLast : part.criterion.attribute - kRuleAttributes.data();
  };
  std::stable_sort(condition.parts.begin(), condition.parts.end(),
                   [&](const Condition& a, const Condition& b) { return rank(a) < rank(b); });
}

}  // namespace

Condition ReadCondition(Section& section, std::string_view key, AskedBy others) {
  const Entry* const entry = section.Find(key);
  if (entry == nullptr || entry->value->kind == YamlNode::Kind::null) return {};
  Condition condition = ConditionReader(section.draft(), others).ReadMap(section.PathOf(key), *entry->value, 0);
  Sort(condition);
  return condition;
}

}  // namespace gateway::config
