// Rules in files of their own, routes.d/*.yaml.
#include "fixture.h"

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RouteFiles : public ConfigTest {
 protected:
  RouteFiles() { Set("routes", "routes:\n  outbound:\n    - { name: first, send_to: b }\n  holidays: [12-25]\n"); }
  static std::vector<std::string> Names(const Loaded& loaded) {
    std::vector<std::string> names;
    for (const OutboundRuleSettings& rule : loaded.settings.routes.outbound) names.push_back(rule.name);
    return names;
  }
};

TEST_F(RouteFiles, FollowInTheOrderOfTheirNames) {
  Write("routes.d/20.yaml", "outbound:\n  - { name: third, send_to: b }\n  - { send_to: b }\n");
  Write("routes.d/10.yaml", "routes:\n  outbound: [{ name: second, send_to: b }]\n  holidays: [01-06]\n");
  Write("routes.d/.hidden.yaml", "nonsense");
  const Loaded loaded = LoadSections();
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(Names(loaded), ElementsAre("first", "second", "third", "outbound-4"));
  EXPECT_THAT(loaded.settings.routes.holidays, ElementsAre("12-25", "01-06"));
  EXPECT_EQ(loaded.places.at("route third").file, Path("routes.d/20.yaml"));
}

TEST_F(RouteFiles, NameTheFileOfAMistake) {
  Write("routes.d/a.yaml", "outbound:\n  - { name: first, send_to: nobody }\n");
  const Loaded loaded = LoadSections();
  ASSERT_EQ(loaded.mistakes.size(), 2U);  // no such partner, and the name is given twice
  for (const Diagnostic& mistake : loaded.mistakes) {
    EXPECT_EQ(mistake.file, Path("routes.d/a.yaml"));
    EXPECT_EQ(mistake.line, 2);
  }
}

TEST_F(RouteFiles, HoldRoutesOnly) {
  Write("routes.d/a.yaml", "unrouted: reject\n");
  EXPECT_THAT(LoadSections().mistakes.at(0).message, HasSubstr("unknown key 'unrouted'"));
  Write("routes.d/a.yaml", "routes: {}\npartners: {}\n");
  EXPECT_THAT(LoadSections().mistakes.at(0).message, HasSubstr("files of routes.d hold routes only"));
  Write("routes.d/a.yml", "outbound: []\n");
  Write("routes.d/a.yaml", "");
  EXPECT_THAT(LoadSections().mistakes.at(0).message, HasSubstr("rename it to .yaml"));
}

}  // namespace
}  // namespace gateway::config
