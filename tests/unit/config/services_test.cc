#include "fixture.h"

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Services : public ConfigTest {
 protected:
  void Route(const std::string& targets) {
    Set("routes", "routes:\n  outbound:\n    - { name: r, send_to: " + targets + " }\n");
  }
};

TEST_F(Services, AreRead) {
  Set("services", "services:\n  ai: { partner: b, result_within: 20m, match: reference }\n  plain: { partner: b }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const ServiceSettings& service = loaded.settings.services.at(0);
  EXPECT_EQ(service.name, "ai");
  EXPECT_EQ(service.partner, "b");
  EXPECT_EQ(service.result_within, Milliseconds(1'200'000));
  EXPECT_EQ(service.match, ResultMatch::reference);
  EXPECT_EQ(loaded.settings.services.at(1).result_within, Milliseconds(3'600'000));
  EXPECT_EQ(loaded.settings.services.at(1).match, ResultMatch::study);
}

TEST_F(Services, StandForTheirPartnerInRules) {
  Set("services", "services:\n  ai: { partner: b }\n");
  Route("[ai, b]");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const OutboundRuleSettings& rule = loaded.settings.routes.outbound.at(0);
  EXPECT_THAT(rule.send_to, ElementsAre("b"));
  EXPECT_EQ(rule.services.at("b").name, "ai");
}

TEST_F(Services, NeedAPartner) {
  Set("services", "services:\n  ai: { match: set } #!\n");
  ExpectMistake("partner");
  Set("services", "services:\n  ai: { partner: c } #!\n");
  ExpectMistake("there is no partner 'c'");
}

TEST_F(Services, HaveNamesOfTheirOwn) {
  Set("services", "services:\n  b: { partner: b } #!\n");
  ExpectMistake("a partner has this name already");
}

TEST_F(Services, ShareNoRuleIfTheyShareAPartner) {
  Set("services", "services:\n  ai: { partner: b }\n  other: { partner: b }\n");
  Set("routes", "routes:\n  outbound:\n    - { name: r, send_to: [ai, other] } #!\n");
  ExpectMistake("services of one partner");
}

TEST_F(Services, AreNamedByInboundRules) {
  Set("services", "services:\n  ai: { partner: b }\n");
  Set("routes", "routes:\n  inbound:\n    - { name: r, when: { service: [ai] }, forward_to: [main] }\n");
  ExpectGood();
  Set("routes", "routes:\n  inbound:\n    - name: r\n      when: { service: [other] } #!\n      forward_to: [main]\n");
  ExpectMistake("there is no service 'other'");
}

TEST_F(Services, AreReidentifiedByInboundRules) {
  Set("routes", "routes:\n  inbound:\n    - { name: r, forward_to: [main], reidentify: true }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_TRUE(loaded.settings.routes.inbound.at(0).reidentify);
}

TEST_F(Services, AreNotReidentifiedInDocuments) {
  Set("routes",
      "routes:\n  inbound:\n    - name: r\n      forward_to: [main]\n      file_documents_to: .\n"
      "      reidentify: true #!\n");
  ExpectMistake("nobody can undo the pseudonyms in a document");
}

TEST_F(Services, AreNotReidentifiedBesideNewUids) {
  Set("routes",
      "routes:\n  inbound:\n    - name: r\n      forward_to: [main]\n      edit: [ { new_uids: all } ]\n"
      "      reidentify: true #!\n");
  ExpectMistake("would undo it");
}

TEST_F(Services, AreNoTargetUnderAnotherName) {
  Set("services", "services:\n  ai: { partner: b }\n");
  Set("routes", "routes:\n  outbound:\n    - { name: r, send_to: [ei] } #!\n");
  ExpectMistake("there is no partner or service 'ei'");
}

}  // namespace
}  // namespace gateway::config
