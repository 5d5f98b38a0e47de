#include "fixture.h"
#include "support/conditions.h"

namespace gateway::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Routes : public ConfigTest {
 protected:
  void SetOutbound(const std::string& keys) {
    Set("routes", "routes:\n  outbound:\n    - name: r\n      " + keys + "\n");
  }
  void SetInbound(const std::string& keys) {
    Set("routes", "routes:\n  inbound:\n    - name: r\n      " + keys + "\n");
  }
};

TEST_F(Routes, AreRead) {
  Set("routes", R"(routes:
  outbound:
    - name: stroke
      when:
        called_ae: [STROKE_B, ~^STROKE_]
        calling_ae: [CT1]
        modality: [CT, MR]
        institution: [~Universitätsklinikum]
        station: [s]
        sop_class: [1.2.840.10008.5.1.4.1.1.2]
        study_description: ['~Sch[aä]del']
        referring_physician: ["Müller^Hans"]
      send_to: [b]
      priority: emergency
      release: instance
      transcode: jpeg2000-lossless
      final: true
  inbound:
    - { name: in, when: { partner: [b, ~x], modality: [CT] }, forward_to: [main], final: true }
  unrouted: reject
)");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const OutboundRuleSettings& out = loaded.settings.routes.outbound.at(0);
  EXPECT_EQ(out.name, "stroke");
  EXPECT_THAT(PatternsOf(out.when, "called_ae"), ElementsAre("STROKE_B", "~^STROKE_"));
  EXPECT_THAT(PatternsOf(out.when, "study_description"), ElementsAre("~Sch[aä]del"));
  EXPECT_THAT(out.send_to, ElementsAre("b"));
  EXPECT_EQ(out.priority, Priority::emergency);
  EXPECT_EQ(out.bundling, Bundling::instance);
  EXPECT_EQ(out.transcode, Coding::jpeg2000_lossless);
  EXPECT_TRUE(out.final);
  const InboundRuleSettings& in = loaded.settings.routes.inbound.at(0);
  EXPECT_THAT(PatternsOf(in.when, "partner"), ElementsAre("b", "~x"));
  EXPECT_THAT(in.forward_to, ElementsAre("main"));
  EXPECT_TRUE(in.final);
  EXPECT_EQ(loaded.settings.routes.unrouted, Unrouted::reject);
}

TEST_F(Routes, TakeATextForAListOfOne) {
  Set("routes", "routes:\n  outbound:\n    - { when: { modality: CT }, send_to: b }\n");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(PatternsOf(loaded.settings.routes.outbound.at(0).when, "modality"), ElementsAre("CT"));
  EXPECT_EQ(loaded.settings.routes.outbound.at(0).name, "outbound-1");
}

TEST_F(Routes, RefuseAnUnknownPartnerOrPacs) {
  Set("partners", "partners:\n  klinikum-b:\n    address: a@b.example\n    key: { file: public.asc, fingerprint: " +
                      std::string(kFingerprint) + " }\n");
  SetOutbound("send_to:\n        - klinikum-b\n        - klinikum-c #!");
  ExpectMistake("routes.outbound.r.send_to: there is no partner or service 'klinikum-c'; did you mean 'klinikum-b'?");
  SetInbound("when: { partner: [klinikum-x] } #!\n      forward_to: main");
  ExpectMistake("routes.inbound.r.when.partner: there is no partner 'klinikum-x'");
  SetInbound("forward_to: archive #!");
  ExpectMistake("routes.inbound.r.forward_to: there is no pacs 'archive'");
}

TEST_F(Routes, NameAFallback) {
  Set("partners", "partners:\n  b:\n    address: a@b.example\n    key: { file: public.asc, fingerprint: " +
                      std::string(kFingerprint) +
                      " }\n  c:\n    address: a@c.example\n    key: { file: public.asc, "
                      "fingerprint: 1123456789ABCDEF0123456789ABCDEF01234567 }\n");
  SetOutbound("send_to: [b]\n      fallback: { to: [c], after: 10m }");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.routes.outbound.at(0).fallback.to, ElementsAre("c"));
  EXPECT_EQ(loaded.settings.routes.outbound.at(0).fallback.after, std::chrono::minutes(10));
  SetOutbound("send_to: [b]\n      fallback: { to: [b] } #!");
  ExpectMistake("routes.outbound.r.fallback.to: the rule sends to 'b' anyway");
  SetOutbound("send_to: [b]\n      fallback: { to: [x] } #!");
  ExpectMistake("routes.outbound.r.fallback.to: there is no partner 'x'");
  SetOutbound("send_to: [b]\n      fallback: { after: 5m } #!");
  ExpectMistake("routes.outbound.r.fallback.to: is missing");
}

TEST_F(Routes, HaveATimeWindow) {
  Set("partners", "partners:\n  b:\n    address: a@b.example\n    key: { file: public.asc, fingerprint: " +
                      std::string(kFingerprint) + " }\n");
  SetOutbound("send_to: [b]\n      window: { from: '20:00', to: '06:30', days: [sat, holiday] }");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const auto& window = loaded.settings.routes.outbound.at(0).window;
  ASSERT_TRUE(window);
  EXPECT_EQ(window->hours.from, 1200u);
  EXPECT_EQ(window->hours.to, 390u);
  EXPECT_THAT(window->days, ElementsAre("sat", "holiday"));
  SetOutbound("send_to: [b]\n      window: { from: '20:00', to: '20:00' } #!");
  ExpectMistake("routes.outbound.r.window.to: is the same time as from");
  SetOutbound("send_to: [b]\n      window: { from: '25:00', to: '20:00' } #!");
  ExpectMistake("routes.outbound.r.window.from: expected a time of day");
  SetOutbound("send_to: [b]\n      window: { from: '20:00', to: '06:00', days: [monday] } #!");
  ExpectMistake("routes.outbound.r.window.days: expected mon, tue");
}

TEST_F(Routes, NeedATarget) {
  Set("routes", "routes:\n  outbound:\n    - name: r #!\n      when: { modality: [CT] }\n");
  ExpectMistake("routes.outbound.r.send_to: is missing");
  SetOutbound("send_to: [] #!");
  ExpectMistake("routes.outbound.r.send_to: the list is empty");
  SetInbound("forward_to: { main: 1 } #!");
  ExpectMistake("routes.inbound.r.forward_to: expected a list, each item the name of a pacs");
  SetInbound("forward_to: [[main]] #!");
  ExpectMistake("routes.inbound.r.forward_to: expected the name of a pacs, not a list");
}

TEST_F(Routes, MayFileDocumentsInsteadOfForwarding) {
  Write("documents/x", "x");
  SetInbound("file_documents_to: documents");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.routes.inbound.at(0).file_documents_to, Path("documents"));
  EXPECT_THAT(loaded.settings.routes.inbound.at(0).forward_to, IsEmpty());
}

TEST_F(Routes, DoNotMakeTheDirectoryOfDocuments) {
  SetInbound("forward_to: main\n      file_documents_to: documents #!");
  ExpectMistake("routes.inbound.r.file_documents_to: there is no directory " + Path("documents").string());
  EXPECT_FALSE(HasMistakes(LoadSections())) << "a share may be mounted later";
  EXPECT_FALSE(std::filesystem::exists(Path("documents")));
  SetInbound("forward_to: main\n      file_documents_to: public.asc #!");
  ExpectMistake("routes.inbound.r.file_documents_to: " + Path("public.asc").string() + " is no directory");
}

TEST_F(Routes, NameAScannerThatCanBeStarted) {
  Write("documents/x", "x");
  const auto scanner = [this](const std::string& text, std::filesystem::perms mode) {
    Write("scanner", text);
    std::filesystem::permissions(Path("scanner"), mode);
    SetInbound("file_documents_to: documents\n      document_scanner: scanner #!");
  };
  const std::string where = "routes.inbound.r.document_scanner: " + Path("scanner").string();
  scanner("#!/bin/sh\nexit 0\n", std::filesystem::perms::owner_all);
  EXPECT_THAT(Lines(LoadSections()), IsEmpty());
  scanner("#! /bin/sh -e\nexit 0\n", std::filesystem::perms::owner_all);
  EXPECT_THAT(Lines(LoadSections()), IsEmpty());
  scanner("#!/bin/sh\nexit 0\n", std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  ExpectMistake(where + " is not executable");
  scanner("exit 0\n", std::filesystem::perms::owner_all);
  ExpectMistake(where + " is no program");
  for (const char* interpreter : {"/usr/bin/no-such-shell", "/usr/bin", "sh", ""}) {
    scanner(std::string("#!") + interpreter + "\nexit 0\n", std::filesystem::perms::owner_all);
    ExpectMistake(where + ": its first line names a program that cannot be started");
  }
  for (const char* text : {"#!/bin/sh\r\nexit 0\r\n", "#!/bin/sh -e\r\nexit 0\r\n"}) {
    scanner(text, std::filesystem::perms::owner_all);
    ExpectMistake(where + ": its first line ends as lines do on Windows, so its interpreter does not exist");
  }
}

TEST_F(Routes, NameAScannerThatNobodyElseMayWrite) {
  Write("documents/x", "x");
  Write("programs/scanner", "#!/bin/sh\nexit 0\n");
  const auto set = [this](std::filesystem::perms program, std::filesystem::perms directory) {
    std::filesystem::permissions(Path("programs/scanner"), program);
    std::filesystem::permissions(Path("programs"), directory);
    SetInbound("file_documents_to: documents\n      document_scanner: programs/scanner #!");
  };
  const auto mine = std::filesystem::perms::owner_all;
  const std::string where = "routes.inbound.r.document_scanner: " + Path("programs/scanner").string();
  set(mine, mine);
  EXPECT_THAT(Lines(LoadSections()), IsEmpty());
  set(std::filesystem::perms::all, mine);
  ExpectMistake(where + " is not to be trusted: everybody on this machine may write it");
  Write("programs/scanner", "#!" + Path("interpreter").string() + "\nexit 0\n");
  Write("interpreter", "#!/bin/sh\nexit 0\n");
  std::filesystem::permissions(Path("interpreter"), std::filesystem::perms::all);
  set(mine, mine);
  ExpectMistake(where + " is not to be trusted: its interpreter " + Path("interpreter").string() + ": everybody");
  set(mine, std::filesystem::perms::all);
  ExpectMistake(where + " is not to be trusted: everybody on this machine may write its directory");
}

TEST_F(Routes, NeedSomewhereToGoInbound) {
  Set("routes", "routes:\n  inbound:\n    - name: r #!\n      when: { modality: [CT] }\n");
  ExpectMistake("routes.inbound.r.forward_to: is missing");
}

TEST_F(Routes, RefuseAnEmptyPatternListSinceItWouldMatchAll) {
  SetOutbound("when: { called_ae: [] } #!\n      send_to: b");
  ExpectMistake("routes.outbound.r.when.called_ae: the list is empty");
}

TEST_F(Routes, RefuseARegularExpressionThatDoesNotCompile) {
  for (const char* const wrong : {"~(", "~[", "~*", "~(a)\\1", "~a{2,1}", "~"}) {
    SetOutbound("send_to: b\n      when:\n        station:\n          - good\n          - '" + std::string(wrong) +
                "' #!");
    ExpectMistake("routes.outbound.r.when.station: the regular expression");
  }
  SetOutbound("send_to: b\n      when:\n        station: '~" + std::string(300, '(') + "' #!");
  ExpectMistake("longer than 256 bytes");
  SetOutbound("send_to: b\n      when:\n        station: ~ #!");
  ExpectMistake("not nothing");  // YAML's null
}

TEST_F(Routes, RefuseValuesThatCouldNeverMatch) {
  const std::pair<const char*, const char*> wrong[] = {
      {"called_ae: TOO_LONG_AE_TITLE", "expected an AE title"},
      {"calling_ae: 'A\\B'", "expected an AE title"},
      {"modality: ct", "expected a modality such as CT, in capitals, not 'ct'"},
      {"sop_class: CTImageStorage", "expected a UID"},
      {"station: ''", "expected a value, or a regular expression"},
      {"partner: b", "unknown key 'partner' in routes.outbound.r.when"},
      {"modalities: CT", "did you mean 'modality'?"},
  };
  for (const auto& [line, part] : wrong) {
    SetOutbound("send_to: b\n      when:\n        " + std::string(line) + " #!");
    ExpectMistake(part);
  }
  SetInbound("forward_to: main\n      when:\n        called_ae: A #!");
  ExpectMistake("unknown key 'called_ae' in routes.inbound.r.when");
}

TEST_F(Routes, RefuseBadWords) {
  SetOutbound("send_to: b\n      priority: urgent #!");
  ExpectMistake("routes.outbound.r.priority: expected emergency, normal or bulk, not 'urgent'");
  SetOutbound("send_to: b\n      transcode: jpeg #!");
  ExpectMistake(
      "routes.outbound.r.transcode: expected none, auto, jpeg-ls, jpeg2000-lossless, jpeg-lossless, rle or deflated");
  SetOutbound("send_to: b\n      transcode: uncompressed #!");
  ExpectMistake(
      "routes.outbound.r.transcode: expected none, auto, jpeg-ls, jpeg2000-lossless, jpeg-lossless, rle or deflated");
  SetOutbound("send_to: b\n      release: patient #!");
  ExpectMistake("routes.outbound.r.release: expected instance, series or study");
  SetOutbound("send_to: b\n      final: last #!");
  ExpectMistake("routes.outbound.r.final: expected true or false");
  SetInbound("forward_to: main\n      priority: bulk #!");
  ExpectMistake("unknown key 'priority' in routes.inbound.r");
  Set("routes", "routes:\n  unrouted: drop #!\n");
  ExpectMistake("routes.unrouted: expected hold or reject");
}

TEST_F(Routes, RefuseBadRules) {
  Set("routes", "routes:\n  outbound: { send_to: b } #!\n");
  ExpectMistake("routes.outbound: expected a list (- item), not a map of keys");
  Set("routes", "routes:\n  outbound:\n    - name: my rule #!\n      send_to: b\n");
  ExpectMistake("routes.outbound: expected a name of 1 to 64 of the characters");
  Set("routes", "routes:\n  outbound:\n    - { name: r, send_to: b }\n    - { name: r, send_to: b } #!\n");
  ExpectMistake("the name of a route of routes.outbound is already that of routes.outbound.r");
}

TEST_F(Routes, MayShareANameInBothDirections) {
  Set("routes", "routes:\n  outbound: [{ name: b, send_to: b }]\n  inbound: [{ name: b, forward_to: main }]\n");
  ExpectGood();
}

TEST_F(Routes, MaySkipWhatTheyMatch) {
  SetOutbound("when: { modality: SR }\n      skip: true");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_TRUE(loaded.settings.routes.outbound.at(0).skip);
  Set("routes", "routes:\n  outbound:\n    - name: r #!\n      skip: false\n");
  ExpectMistake("routes.outbound.r.send_to: is missing");
}

TEST_F(Routes, GiveARuleThatSkipsNothingToSend) {
  const std::string why = ": a rule with skip: true sends nothing, so it has only a name and a when";
  for (const std::string key : {"send_to: [b]", "priority: bulk", "release: study", "transcode: auto", "final: true"}) {
    SetOutbound("skip: true\n      " + key + " #!");
    ExpectMistake("routes.outbound.r." + key.substr(0, key.find(':')) + why);
  }
}

TEST_F(Routes, MayReleaseEachSeries) {
  SetOutbound("send_to: b\n      release: series");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.routes.outbound.at(0).bundling, Bundling::series);
}

TEST_F(Routes, InboundRulesSayWhatBecomesOfDuplicates) {
  SetInbound("forward_to: main\n      duplicates: quarantine");
  EXPECT_EQ(LoadSections().settings.routes.inbound.at(0).duplicates, OnDuplicate::quarantine);
  SetInbound("forward_to: main\n      duplicates: twice #!");
  ExpectMistake("routes.inbound.r.duplicates: expected ignore, forward or quarantine, not 'twice'");
}

TEST_F(Routes, InboundRulesHaveAFallback) {
  SetInbound("forward_to: main");
  EXPECT_FALSE(LoadSections().settings.routes.inbound.at(0).fallback);
  SetInbound("forward_to: main\n      fallback: { to: archive, after: 2m } #!");
  ExpectMistake("routes.inbound.r.fallback.to: there is no pacs 'archive'");
  SetInbound("forward_to: main\n      fallback: { to: [main] } #!");
  ExpectMistake("routes.inbound.r.fallback.to: main stands in forward_to of the rule, so it cannot be its fallback");
  SetInbound("forward_to: main\n      fallback: { after: 2m } #!");
  ExpectMistake("routes.inbound.r.fallback.to");
}

TEST_F(Routes, SayWhenAStudyIsComplete) {
  SetOutbound("send_to: b\n      complete: { by: count, at: main, grace: 5s, at_most: 2h }");
  Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const CompletionSettings count = *loaded.settings.routes.outbound.at(0).complete;
  EXPECT_EQ(count.by, CompleteBy::count);
  EXPECT_EQ(count.at, "main");
  EXPECT_EQ(count.grace, Milliseconds(5'000));
  EXPECT_EQ(count.at_most, Milliseconds(7'200'000));
  SetOutbound("send_to: b\n      complete: { by: instance, sop_classes: 1.2.840.10008.5.1.4.1.1.88.59 }");
  loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.routes.outbound.at(0).complete->sop_classes,
              ElementsAre("1.2.840.10008.5.1.4.1.1.88.59"));
  SetOutbound("send_to: b\n      release: series\n      complete: { by: association }");
  EXPECT_THAT(Lines(LoadSections()), IsEmpty());
}

TEST_F(Routes, RefuseCompletionsThatCannotBe) {
  const std::string where = "routes.outbound.r.complete";
  SetOutbound("send_to: b\n      complete: { by: silence } #!");
  ExpectMistake(where + ".by: expected quiet, association, count or instance");
  SetOutbound("send_to: b\n      complete: { by: count } #!");
  ExpectMistake(where + ".at: is missing");
  SetOutbound("send_to: b\n      complete: { by: count, at: archive } #!");
  ExpectMistake(where + ".at: there is no pacs 'archive'");
  SetOutbound("send_to: b\n      complete: { by: quiet, at: main } #!");
  ExpectMistake(where + ".at: is only for by: count");
  SetOutbound("send_to: b\n      complete: { by: instance } #!");
  ExpectMistake(where + ".sop_classes: is missing");
  SetOutbound("send_to: b\n      complete: { by: association, sop_classes: [1.2] } #!");
  ExpectMistake(where + ".sop_classes: is only for by: instance");
  SetOutbound("send_to: b\n      complete: { grace: 2m, at_most: 1m } #!");
  ExpectMistake(where + ".at_most: is shorter than grace");
  SetOutbound("send_to: b\n      release: instance\n      complete: { at_most: 1m } #!");
  ExpectMistake(where + ": with release: instance nothing waits for others");
}

TEST_F(Routes, LimitTheSizeOfAStudy) {
  SetOutbound("send_to: b\n      largest_study: { instances: 3000, bytes: 2GB, then: hold }");
  const Loaded loaded = LoadSections();
  ASSERT_THAT(Lines(loaded), IsEmpty());
  const LargestStudy largest = loaded.settings.routes.outbound.at(0).largest_study;
  EXPECT_EQ(largest.instances, 3000u);
  EXPECT_EQ(largest.bytes, std::uint64_t{2'000'000'000});
  EXPECT_TRUE(largest.hold);
  SetOutbound("send_to: b\n      largest_study: { then: alarm } #!");
  ExpectMistake("routes.outbound.r.largest_study: needs instances or bytes");
  SetOutbound("send_to: b\n      release: instance\n      largest_study: { bytes: 2GB } #!");
  ExpectMistake("routes.outbound.r.largest_study: with release: instance nothing is collected");
}

}  // namespace
}  // namespace gateway::config
