// Changes of single elements, and that everything else stays byte for byte.
#include "dicom/edit/rewriter.h"

#include <fcntl.h>

#include <functional>
#include <set>
#include <sstream>
#include <utility>

#include "base/files.h"
#include "dicom/edit/element_bytes.h"
#include "dicom/header_reader.h"
#include "dicom/tags.h"
#include "dicom/wholeness.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

using Path = std::filesystem::path;
using std::string_literals::operator""s;

constexpr std::uint32_t kPatientName = Tag(0x0010, 0x0010);
constexpr std::uint32_t kPatientId = Tag(0x0010, 0x0020);
constexpr std::uint32_t kOccupation = Tag(0x0010, 0x2180);

// Goes into every sequence, and does to the elements what the test says.
class TestEditor : public ElementEditor {
 public:
  Result<Decision> Decide(const Place& place, const ElementView& element) override {
    ++asked;
    if (decide && !place.meta) {
      if (auto decision = decide(place, element)) return *std::move(decision);
    }
    return Decision::Descend();
  }
  Result<std::vector<NewElement>> Leave(const Place& place) override {
    return place.is_root() ? added : place.steps.empty() ? std::vector<NewElement>() : added_to_items;
  }
  Result<std::string> AppendItems(const Place&, std::uint32_t sequence) override {
    return sequence == appended_to ? items : std::string();
  }

  std::function<std::optional<Decision>(const Place&, const ElementView&)> decide;
  std::vector<NewElement> added;
  std::vector<NewElement> added_to_items;
  std::uint32_t appended_to = 0;
  std::string items;
  int asked = 0;
};

class Rewriter : public testing::Test {
 protected:
  // The copy that the editor makes of a file.
  Result<Path> Rewrite(const Path& file, ElementEditor& editor,
                       EditedFile::Trailing trailing = EditedFile::Trailing::keep) {
    GATEWAY_ASSIGN(const UniqueFd in, OpenForReading(file));
    GATEWAY_ASSIGN(const InstanceHeader header, ReadHeader(in.get()));
    GATEWAY_ASSIGN(const EditedFile edited, EditedFile::Open(in.get(), header, [this] { return NewFile(); }));
    const Path copy = directory_ / ("copy" + std::to_string(++made_));
    GATEWAY_ASSIGN(const UniqueFd out, CreateFile(copy));
    GATEWAY_TRY(edited.Rewrite(editor, out.get(), trailing));
    return copy;
  }

  Result<UniqueFd> NewFile() {
    const std::string name = directory_ / ("scratch" + std::to_string(++made_));
    return UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  }

  // The differences as pydicom sees them.
  static std::vector<std::string> AllDifferences(const std::vector<std::pair<Path, Path>>& pairs) {
    std::vector<std::string> arguments{"/usr/bin/python3", "-B", "-W", "ignore",
                                       std::string(REPOSITORY_DIR) + "/tests/unit/dicom/difference_oracle.py"};
    for (const auto& [before, after] : pairs) arguments.insert(arguments.end(), {before, after});
    const Finished run = RunTool(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    std::vector<std::string> differences;
    std::istringstream lines(run.output);
    std::string of_pair;
    for (std::string line; std::getline(lines, line);) {
      if (line == "--")
        differences.push_back(std::exchange(of_pair, {}));
      else
        of_pair += line + "\n";
    }
    differences.resize(pairs.size());
    return differences;
  }
  static std::string Differences(const Path& before, const Path& after) {
    return AllDifferences({{before, after}}).front();
  }

  Path Converted(const Path& file, const std::vector<std::string>& options) {
    const Path made = directory_ / ("converted" + std::to_string(++made_));
    std::vector<std::string> tool{"dcmconv"};
    tool.insert(tool.end(), options.begin(), options.end());
    tool.push_back(file);
    tool.push_back(made);
    const Finished run = RunTool(tool);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return made;
  }

  // A report: sequences in sequences.
  const Path report_ = PydicomFile("test-SR.dcm");
  TempDirectory directory_;
  int made_ = 0;
};

TEST_F(Rewriter, LeavesEverythingAsItIsIfNothingChanges) {
  std::vector<std::pair<Path, Path>> deflated;
  int files = 0;
  for (const Path& file : ReadablePydicomFiles()) {
    TestEditor editor;
    const auto copy = Rewrite(file, editor);
    ASSERT_TRUE(copy) << file << copy.error().detail;
    const auto header = ReadHeader(file);
    if (header->transfer_syntax_uid.ends_with(".99")) {
      deflated.emplace_back(file, *copy);
    } else if (header->has_meta_header) {
      EXPECT_EQ(ReadAll(*copy), ReadAll(file)) << file;
    } else {
      EXPECT_EQ(DatasetOf(*copy), DatasetOf(file)) << file;
    }
    EXPECT_GT(editor.asked, 0);
    ++files;
  }
  EXPECT_GT(files, 50);
  EXPECT_GT(deflated.size(), 0U);
  for (const std::string& differences : AllDifferences(deflated)) EXPECT_EQ(differences, "");
}

TEST_F(Rewriter, ChangesElementsInAnyEncodingAndNothingElse) {
  std::vector<std::pair<Path, Path>> pairs;
  std::vector<std::string> expected;
  for (const Path& file : ReadablePydicomFiles()) {
    bool has_name = false;
    bool has_id = false;
    TestEditor editor;
    editor.added = {{kOccupation, {'S', 'H'}, "Baker"}};
    editor.decide = [&](const Place& place, const ElementView& element) -> std::optional<Decision> {
      if (!place.is_root()) return std::nullopt;
      if (element.tag == kPatientName) has_name = true;
      if (element.tag == kPatientName) return Decision::Replace("Somebody^Else", {'P', 'N'});
      if (element.tag == kPatientId) has_id = true;
      if (element.tag == kPatientId || element.tag == kOccupation) return Decision::Remove();
      return std::nullopt;
    };
    const auto copy = Rewrite(file, editor);
    ASSERT_TRUE(copy) << file << copy.error().detail;
    ASSERT_TRUE(ReadHeader(*copy)) << file;
    pairs.emplace_back(file, *copy);
    expected.push_back(std::string(has_name ? "(0010,0010) changed b'Somebody^Else '\n" : "") +
                       (has_id ? "(0010,0020) removed\n" : "") + "(0010,2180) added b'Baker '\n");
  }
  const std::vector<std::string> differences = AllDifferences(pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (differences[i] != "unreadable\n") {
      EXPECT_EQ(differences[i], expected[i]) << pairs[i].first;
    }
  }
}

TEST_F(Rewriter, CorrectsTheLengthsAroundAChangeInASequence) {
  // Known lengths, undefined ones, implicit VR, big endian, and with the lengths of groups.
  for (const std::vector<std::string>& options : {std::vector<std::string>{"+te", "+e"},
                                                  {"+te", "-e"},
                                                  {"+ti", "+e"},
                                                  {"+tb", "+e"},
                                                  {"+te", "+e", "+g"},
                                                  {"+td"}}) {
    const Path file = Converted(report_, options);
    TestEditor editor;
    int changed = 0;
    editor.decide = [&](const Place& place, const ElementView& element) -> std::optional<Decision> {
      // Code Meaning, wherever it stands.
      if (element.tag != Tag(0x0008, 0x0104) || place.steps.empty()) return std::nullopt;
      ++changed;
      return Decision::Replace("Another meaning, which is somewhat longer", {'L', 'O'});
    };
    const auto copy = Rewrite(file, editor);
    ASSERT_TRUE(copy) << copy.error().detail;
    const std::string differences = Differences(file, *copy);
    EXPECT_GT(changed, 20);
    EXPECT_EQ(std::count(differences.begin(), differences.end(), '\n'), changed) << options[0];
    const Finished dump = RunTool({"dcmdump", "-q", "+L", *copy});
    EXPECT_EQ(dump.exit_code, 0) << dump.output;
    // DCMTK computes the lengths anew: they are what they were.
    if (options[0] != "+td") {
      EXPECT_EQ(ReadAll(Converted(*copy, options)), ReadAll(*copy)) << options[0];
    }
  }
}

TEST_F(Rewriter, AddsToItemsAndAppendsItems) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"+te", "+e"}, {"+te", "-e"}, {"+ti", "+e"}}) {
    const Path file = Converted(report_, options);
    TestEditor editor;
    // Concept Name Code Sequence of the data set itself.
    constexpr std::uint32_t kConceptName = Tag(0x0040, 0xA043);
    editor.appended_to = kConceptName;
    const ElementEncoding encoding{.explicit_vr = options[0] != "+ti"};
    editor.items = EncodeItem(*EncodeElement(Tag(0x0008, 0x0100), {'S', 'H'}, "CODE", encoding), encoding);
    editor.decide = [](const Place& place, const ElementView& element) -> std::optional<Decision> {
      if (place.is_root() && element.tag == kConceptName) return Decision::Descend();
      return Decision::Keep();
    };
    editor.added_to_items = {{Tag(0x0008, 0x0103), {'S', 'H'}, "7"}};
    const auto copy = Rewrite(file, editor);
    ASSERT_TRUE(copy) << copy.error().detail;
    EXPECT_EQ(Differences(file, *copy),
              "(0040,A043) changed 2\n(0040,A043)[0].(0008,0103) added b'7 '\n"
              "(0040,A043)[1].(0008,0100) added b'CODE'\n")
        << options[0];
  }
}

TEST_F(Rewriter, NamesTheNewInstanceInTheFileMetaInformation) {
  TestEditor editor;
  editor.decide = [](const Place&, const ElementView& element) -> std::optional<Decision> {
    if (element.tag != kSopInstanceUid) return std::nullopt;
    return Decision::Replace("2.25.123456789", {'U', 'I'});
  };
  const Path file = PydicomFile("MR_small.dcm");
  const auto copy = Rewrite(file, editor);
  ASSERT_TRUE(copy);
  EXPECT_EQ(Differences(file, *copy), "(0002,0003) changed b'2.25.123456789'\n(0008,0018) changed b'2.25.123456789'\n");
  const auto header = ReadHeader(*copy);
  ASSERT_TRUE(header && header->has_meta_header);
  EXPECT_EQ(header->sop_instance_uid, "2.25.123456789");
  // The group length is right: what it says ends where the data set begins.
  const std::string content = ReadAll(*copy);
  const auto length = static_cast<std::uint8_t>(content[140]);
  EXPECT_EQ(144U + length, header->dataset_offset);
}

TEST_F(Rewriter, KnowsPrivateCreators) {
  std::set<std::string> creators;
  TestEditor editor;
  editor.decide = [&](const Place&, const ElementView& element) -> std::optional<Decision> {
    creators.insert(element.creator);
    return std::nullopt;
  };
  ASSERT_TRUE(Rewrite(PydicomFile("CT_small.dcm"), editor));
  EXPECT_TRUE(creators.contains("GEMS_IDEN_01")) << testing::PrintToString(creators);
  EXPECT_TRUE(creators.contains(""));
}

TEST_F(Rewriter, KeepsOrDropsWhatFollowsTheLastElement) {
  const std::string content = ReadAll(PydicomFile("MR_small.dcm"));
  for (const std::string& more : {std::string(513, '\0'), "\r\n\r\n"s, "not an element at all"s}) {
    const Path file = directory_ / ("padded" + std::to_string(++made_));
    WriteFile(file, content + more);
    TestEditor editor;
    const auto kept = Rewrite(file, editor);
    ASSERT_TRUE(kept) << kept.error().detail;
    EXPECT_EQ(ReadAll(*kept), content + more);
    const auto dropped = Rewrite(file, editor, EditedFile::Trailing::drop);
    ASSERT_TRUE(dropped);
    EXPECT_EQ(ReadAll(*dropped), content);
  }
}

TEST_F(Rewriter, RefusesWhatItCannotReadToTheEnd) {
  const std::string content = ReadAll(report_);
  for (const std::size_t cut : {1U, 7U, 100U, 300U}) {
    const Path file = directory_ / ("cut" + std::to_string(++made_));
    WriteFile(file, content.substr(0, content.size() - cut));
    TestEditor editor;
    const auto copy = Rewrite(file, editor);
    EXPECT_THAT(copy, FailsWith("dicom-damaged")) << cut;
  }
}

TEST_F(Rewriter, RefusesAValueThatIsTooLongForItsLengthField) {
  TestEditor editor;
  editor.decide = [](const Place& place, const ElementView& element) -> std::optional<Decision> {
    if (!place.is_root() || element.tag != kPatientName) return std::nullopt;
    return Decision::Replace(std::string(70'000, 'x'), {'P', 'N'});
  };
  EXPECT_THAT(Rewrite(PydicomFile("MR_small.dcm"), editor), FailsWith("value-too-long"));
}

// An implicit private sequence has no VR. What only looks like one is handed to the editor as
// bytes.
TEST_F(Rewriter, GoesIntoWhatLooksLikeASequenceOnlyIfItIsOne) {
  const ElementEncoding implicit{.explicit_vr = false};
  const std::string inner = *EncodeElement(kPatientId, {}, "0815", implicit);
  const std::string good = EncodeItem(inner, implicit);
  const std::string bad = good.substr(0, 8) + "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF" + good.substr(16);
  const Path base = Converted(PydicomFile("MR_small.dcm"), {"+ti"});
  for (const std::string& value : {good, bad}) {
    const std::string content = ReadAll(base);
    const std::size_t at = content.find(std::string("\x10\x00\x10\x00", 4));
    const Path file = directory_ / ("maybe" + std::to_string(++made_));
    WriteFile(file, content.substr(0, at) + *EncodeElement(Tag(0x0009, 0x0010), {}, "TEST", implicit) +
                        *EncodeElement(Tag(0x0009, 0x1001), {}, value, implicit) + content.substr(at));
    int inside = 0;
    TestEditor editor;
    editor.decide = [&](const Place& place, const ElementView& element) -> std::optional<Decision> {
      if (place.steps.empty() || element.tag != kPatientId) return std::nullopt;
      ++inside;
      EXPECT_EQ(place.steps[0].creator, "TEST");
      return Decision::Replace("47110815", {'L', 'O'});
    };
    const auto copy = Rewrite(file, editor);
    ASSERT_TRUE(copy) << copy.error().detail;
    EXPECT_EQ(inside, value == good ? 1 : 0);
    EXPECT_EQ(ReadAll(*copy) == ReadAll(file), value == bad);
  }
}

}  // namespace
}  // namespace gateway::dicom
