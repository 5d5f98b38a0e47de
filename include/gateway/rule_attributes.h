// These are the attributes that the `when:` of a rule can ask for. Each attribute is named here
// once. From this table the configuration takes its keys, the header reader its tags, the opener's
// protocol its names, and the router its values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/instance.h"

namespace gateway {

// The facts that a rule can look at. The texts belong to the caller and must outlive the call to
// which they are passed. A text that is no text at all (data() is null) is not known, and an empty
// text is known to be empty.
struct RuleFacts {
  const InstanceHeader* header = nullptr;  // nullptr: there is no instance
  // Outbound rules only.
  std::string_view calling_ae;
  std::string_view called_ae;
  std::string_view caller;     // the address from which the instance came
  std::string_view port;       // the port to which it came
  std::string_view instances;  // of the study so far, with this one
  std::string_view bytes;      // of the study so far, with this one
  // Inbound rules only.
  std::string_view partner;
  std::string_view set;            // X-TELEMEDICINE-SETID
  std::string_view mail_priority;  // emergency, normal or bulk
  std::string_view service;        // whose request this answers; empty: it answers none
  // All rules.
  std::string_view time;  // of the day, as HHMMSS
  std::string_view days;  // "mon" to "sun", and "holiday" behind a backslash
};

// Says which values an attribute may have, and how the router compares them with a rule's patterns.
enum class ValueKind {
  ae_title,     // PS3.5 section 6.2, VR AE
  code_string,  // VR CS
  uid,          // VR UI
  text,         // VR LO or SH, which may have several values: one of them must match
  person_name,  // VR PN, likewise; names that mean the same are equal
  partner,      // the name of a partner of the configuration
  service,      // the name of a service of the configuration
  word,         // one of a few words
  number,
  size,         // a number of bytes
  network,      // an address; the rule names addresses and networks
  time_of_day,  // the rule names spans such as 18:00-07:00
  day           // the rule names days of the week, and holidays
};

enum class AskedBy { outbound_rules, inbound_rules, all_rules };

struct RuleAttribute {
  std::string_view key;
  ValueKind kind{};
  AskedBy asked_by{};
  std::string InstanceHeader::*of_instance = nullptr;  // the member with the value; null: no attribute of an instance
  std::uint32_t tag = 0;                               // group and element of an attribute of the instance
  std::string_view RuleFacts::*of_way = nullptr;       // the member that holds the value if the instance does not
};

// A rule is evaluated in this order, so that fast comparisons come first.
inline constexpr std::array kRuleAttributes{
    RuleAttribute{"called_ae", ValueKind::ae_title, AskedBy::outbound_rules, nullptr, 0, &RuleFacts::called_ae},
    RuleAttribute{"calling_ae", ValueKind::ae_title, AskedBy::outbound_rules, nullptr, 0, &RuleFacts::calling_ae},
    RuleAttribute{"partner", ValueKind::partner, AskedBy::inbound_rules, nullptr, 0, &RuleFacts::partner},
    RuleAttribute{"service", ValueKind::service, AskedBy::inbound_rules, nullptr, 0, &RuleFacts::service},
    RuleAttribute{"mail_priority", ValueKind::word, AskedBy::inbound_rules, nullptr, 0, &RuleFacts::mail_priority},
    RuleAttribute{"port", ValueKind::number, AskedBy::outbound_rules, nullptr, 0, &RuleFacts::port},
    RuleAttribute{"caller", ValueKind::network, AskedBy::outbound_rules, nullptr, 0, &RuleFacts::caller},
    RuleAttribute{"days", ValueKind::day, AskedBy::all_rules, nullptr, 0, &RuleFacts::days},
    RuleAttribute{"time", ValueKind::time_of_day, AskedBy::all_rules, nullptr, 0, &RuleFacts::time},
    RuleAttribute{"instances", ValueKind::number, AskedBy::outbound_rules, nullptr, 0, &RuleFacts::instances},
    RuleAttribute{"bytes", ValueKind::size, AskedBy::outbound_rules, nullptr, 0, &RuleFacts::bytes},
    RuleAttribute{"modality", ValueKind::code_string, AskedBy::all_rules, &InstanceHeader::modality, 0x00080060},
    RuleAttribute{"sop_class", ValueKind::uid, AskedBy::all_rules, &InstanceHeader::sop_class_uid, 0x00080016},
    RuleAttribute{"institution", ValueKind::text, AskedBy::all_rules, &InstanceHeader::institution_name, 0x00080080},
    RuleAttribute{"station", ValueKind::text, AskedBy::all_rules, &InstanceHeader::station_name, 0x00081010},
    RuleAttribute{"study_description", ValueKind::text, AskedBy::all_rules, &InstanceHeader::study_description,
                  0x00081030},
    RuleAttribute{"referring_physician", ValueKind::person_name, AskedBy::all_rules,
                  &InstanceHeader::referring_physician, 0x00080090},
    RuleAttribute{"set", ValueKind::text, AskedBy::inbound_rules, nullptr, 0, &RuleFacts::set},
};

// Returns null if no attribute has the key.
constexpr const RuleAttribute* FindRuleAttribute(std::string_view key) {
  const auto* const found = std::find_if(kRuleAttributes.begin(), kRuleAttributes.end(),
                                         [&](const RuleAttribute& attribute) { return attribute.key == key; });
  return found == kRuleAttributes.end() ? nullptr : found;
}

// Returns a text without data() if the value is not known.
inline std::string_view ValueOf(const RuleAttribute& attribute, const RuleFacts& facts) {
  if (attribute.of_instance == nullptr) return facts.*attribute.of_way;
  return facts.header == nullptr ? std::string_view() : std::string_view(facts.header->*attribute.of_instance);
}

// Returns true for an attribute that header readers convert to UTF-8. It returns false for UIDs,
// which the readers check instead.
constexpr bool IsTextOfInstance(const RuleAttribute& attribute) {
  return attribute.of_instance != nullptr && attribute.kind != ValueKind::uid;
}

}  // namespace gateway
