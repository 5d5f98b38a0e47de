// The edits of rules, and what pydicom reads of their copies.
#include "dicom/edit/attribute_edits.h"

#include <fcntl.h>

#include <algorithm>
#include <sstream>
#include <utility>

#include "attributes/attribute_path.h"
#include "base/files.h"
#include "dicom/header_reader.h"
#include "dicom/wholeness.h"
#include "fixture.h"

namespace gateway::dicom {
namespace {

using Path = std::filesystem::path;

AttributePath At(const std::string& text) {
  return attributes::ParsePath(text).value();
}

Edit Made(EditKind kind, const std::string& attribute, const std::string& text = {}) {
  Edit edit;
  edit.kind = kind;
  edit.attribute = At(attribute);
  edit.text = text;
  return edit;
}

Edit Of(EditKind kind, const std::vector<std::string>& attributes) {
  Edit edit;
  edit.kind = kind;
  for (const std::string& attribute : attributes) edit.attributes.push_back(At(attribute));
  return edit;
}

Edit From(EditKind kind, const std::string& attribute, const std::string& source) {
  Edit edit = Made(kind, attribute);
  edit.source = At(source);
  return edit;
}

Edit Table(const std::string& attribute, const std::map<std::string, std::string, std::less<>>& table,
           Otherwise otherwise) {
  Edit edit = Made(EditKind::map, attribute);
  edit.table = std::make_shared<const std::map<std::string, std::string, std::less<>>>(table);
  edit.otherwise = otherwise;
  return edit;
}

class Edits : public testing::Test {
 protected:
  // Returns what pydicom sees of the copy: the differences, or the error.
  std::string Do(const Path& file, const std::vector<Edit>& edits) {
    recipe_.edits = edits;
    const Path copy = directory_ / ("copy" + std::to_string(++made_));
    const auto done = Write(file, copy);
    if (!done) return done.error().code + ": " + done.error().detail;
    if (!done->changed) return "as it came";
    last_ = copy;
    const UniqueFd fd = OpenForReading(copy).value();
    EXPECT_TRUE(ReadWholeHeader(fd.get())) << file;
    return Differences(file, copy);
  }

  Result<EditOutcome> Write(const Path& file, const Path& copy) {
    GATEWAY_ASSIGN(const UniqueFd in, OpenForReading(file));
    GATEWAY_ASSIGN(const InstanceHeader header, ReadHeader(in.get()));
    const auto new_file = [this]() -> Result<UniqueFd> {
      const std::string name = directory_ / ("scratch" + std::to_string(++made_));
      return UniqueFd(::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    };
    GATEWAY_ASSIGN(const EditedFile edited, EditedFile::Open(in.get(), header, new_file));
    GATEWAY_ASSIGN(const UniqueFd out, CreateFile(copy));
    GATEWAY_ASSIGN(EditOutcome done,
                   EditAttributes(edited, recipe_, {"20261130120000", "gateway-a", "klinik-b"}, out.get()));
    replaced_ = done.replaced;
    return done;
  }

  static std::string Python(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"/usr/bin/python3", "-B", "-W", "ignore"});
    const Finished run = RunTool(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.output;
    return run.output;
  }
  static std::string Differences(const Path& before, const Path& after) {
    std::string text = Python({std::string(REPOSITORY_DIR) + "/tests/unit/dicom/difference_oracle.py", before, after});
    return text.substr(0, text.size() - 3);
  }
  // Evaluates an expression of the file `ds`.
  static std::string Ask(const Path& file, const std::string& expression) {
    std::string text = Python(
        {"-c", "import sys, pydicom; ds = pydicom.dcmread(sys.argv[1]); ds.decode(); print((" + expression + "))",
         file});
    return text.substr(0, text.size() - 1);
  }
  // A file with these attributes, written by pydicom: lines of Python about the data set `ds`.
  Path With(const std::string& python, const std::string& base = "MR_small.dcm", const std::string& write = {}) {
    const Path file = directory_ / ("made" + std::to_string(++made_));
    Python({"-c",
            "import sys, pydicom; from pydicom.dataset import Dataset; from pydicom.sequence import Sequence; ds = "
            "pydicom.dcmread(sys.argv[1])\n" +
                python + "\n" + write + "\nds.save_as(sys.argv[2])",
            PydicomFile(base), file});
    return file;
  }

  Recipe recipe_{.edits = {}, .original_attributes = false, .system = "gateway-a"};
  std::set<ReplacedIdentifier> replaced_;
  Path last_;
  TempDirectory directory_;
  int made_ = 0;
};

TEST_F(Edits, SetsRemovesAndCopies) {
  const Path file = PydicomFile("MR_small.dcm");
  EXPECT_EQ(Do(file, {Made(EditKind::set, "InstitutionName", "Klinikum A"), Of(EditKind::remove, {"PatientSex"}),
                      Made(EditKind::set, "Rows", "12"), From(EditKind::copy, "StationName", "PatientID"),
                      From(EditKind::copy, "AccessionNumber", "PatientAddress")}),
            "(0008,0080) changed b'Klinikum A'\n(0008,1010) changed b'4MR1'\n(0010,0040) removed\n"
            "(0028,0010) changed b'\\x0c\\x00'\n");
  EXPECT_EQ(Do(file, {Made(EditKind::set, "PatientID", "4MR1")}), "as it came");
  EXPECT_EQ(
      Do(file, {Of(EditKind::remove, {"PatientAddress", "RequestAttributesSequence[0].ScheduledProcedureStepID"})}),
      "as it came");
}

TEST_F(Edits, PutTextBeforeAndBehindEachValue) {
  const Path file = With("ds.OtherPatientIDs = ['A', 'B']; ds.AccessionNumber = ''");
  EXPECT_EQ(Do(file, {Made(EditKind::prefix, "OtherPatientIDs", "KB-"), Made(EditKind::suffix, "PatientID", "-x"),
                      Made(EditKind::prefix, "AccessionNumber", "E"), Made(EditKind::prefix, "PatientAddress", "E")}),
            "(0010,0020) changed b'4MR1-x'\n(0010,1000) changed b'KB-A\\\\KB-B '\n");
}

TEST_F(Edits, ReplaceAndMapValues) {
  const Path file = With("ds.StationName = 'CT7'; ds.AccessionNumber = 'A12'");
  Edit replace = Made(EditKind::replace, "AccessionNumber", "EXT-A");
  replace.pattern = "^A";
  EXPECT_EQ(Do(file, {replace, Table("StationName", {{"CT7", "ROOM 1"}}, Otherwise::keep)}),
            "(0008,0050) changed b'EXT-A12 '\n(0008,1010) changed b'ROOM 1'\n");
  EXPECT_EQ(Do(file, {Table("StationName", {}, Otherwise::keep)}), "as it came");
  EXPECT_EQ(Do(file, {Table("StationName", {}, Otherwise::empty)}), "(0008,1010) changed b''\n");
  EXPECT_EQ(Do(file, {Table("StationName", {}, Otherwise::remove)}), "(0008,1010) removed\n");
  EXPECT_EQ(Do(file, {Table("StationName", {}, Otherwise::hold)}),
            "transform-failed: StationName: the table has no row for its value");
}

TEST_F(Edits, HoldAValueThatDoesNotFit) {
  const Path file = With("ds.StationName = 'ABCDEFGHIJKLMNO'");
  EXPECT_EQ(Do(file, {Made(EditKind::prefix, "StationName", "KB-")}),
            "transform-failed: StationName: the value is longer than 16 characters");
  EXPECT_EQ(Do(file, {From(EditKind::copy, "StudyDate", "StationName")}),
            "transform-failed: StudyDate: the value is no date in the form YYYYMMDD");
  EXPECT_EQ(Do(file, {From(EditKind::copy, "PatientID", "PixelData")}),
            "transform-failed: PixelData: its value cannot be read, so it cannot be copied");
}

TEST_F(Edits, KeepNothingButTheListAndWhatAnImageNeeds) {
  const Path file = With(
      "ds.PatientAddress = 'x'; i = Dataset(); i.CodeValue = 'a'; i.CodeMeaning = 'b'; "
      "ds.ProcedureCodeSequence = Sequence([i])");
  Do(file, {Of(EditKind::keep_only, {"PatientID", "ProcedureCodeSequence.CodeValue"}),
            Made(EditKind::set, "PatientName", "Nobody")});
  EXPECT_EQ(
      Ask(last_, "[e.keyword for e in ds if e.tag.group not in (0x28, 0x7FE0)]"),
      "['SOPClassUID', 'SOPInstanceUID', 'ProcedureCodeSequence', 'PatientName', 'PatientID', 'StudyInstanceUID', "
      "'SeriesInstanceUID']");
  EXPECT_EQ(Ask(last_, "[e.keyword for e in ds.ProcedureCodeSequence[0]], len(ds.PixelData)"), "(['CodeValue'], 8192)");
}

TEST_F(Edits, KeepNothingInsideThatOnlyAnEarlierEditMade) {
  const Path file =
      With("i = Dataset(); i.CodeValue = 'a'; i.CodeMeaning = 'b'; ds.ProcedureCodeSequence = Sequence([i])");
  const Edit keep = Of(EditKind::keep_only, {"PatientID", "ProcedureCodeSequence.CodeValue",
                                             "RequestAttributesSequence.ScheduledProcedureStepID"});
  const std::string procedure = "[(e.keyword, e.value) for e in ds.ProcedureCodeSequence[0]]";
  Do(file, {Made(EditKind::prefix, "ProcedureCodeSequence[0].CodeMeaning", "X-"),
            Made(EditKind::suffix, "ProcedureCodeSequence[0].CodeValue", "-Y"),
            Made(EditKind::set, "ProcedureCodeSequence[0].CodingSchemeVersion", "1"),
            Made(EditKind::set, "RequestAttributesSequence[0].ScheduledProcedureStepID", "S1"),
            Made(EditKind::set, "RequestAttributesSequence[0].RequestedProcedureID", "R1"), keep});
  EXPECT_EQ(Ask(last_, procedure), "[('CodeValue', 'a-Y')]");
  EXPECT_EQ(Ask(last_, "[(e.keyword, e.value) for e in ds.RequestAttributesSequence[0]]"),
            "[('ScheduledProcedureStepID', 'S1')]");
  // A later edit may make it anew, even as it was.
  Do(file, {keep, Made(EditKind::set, "ProcedureCodeSequence[0].CodeMeaning", "b")});
  EXPECT_EQ(Ask(last_, procedure), "[('CodeValue', 'a'), ('CodeMeaning', 'b')]");
}

TEST_F(Edits, ReachIntoSequencesAndPrivateBlocks) {
  const Path file = With(
      "i = Dataset(); i.ScheduledProcedureStepID = 'S1'; j = Dataset(); j.ScheduledProcedureStepID = 'S2'; "
      "ds.RequestAttributesSequence = Sequence([i, j]); b = ds.private_block(0x0019, 'SIEMENS MR HEADER', "
      "create=True); "
      "b.add_new(0x10, 'LO', 'private')");
  EXPECT_EQ(Do(file, {Made(EditKind::prefix, "RequestAttributesSequence[1].ScheduledProcedureStepID", "X-"),
                      Of(EditKind::remove, {"(0019,xx10 SIEMENS MR HEADER)"})}),
            "(0019,1010) removed\n(0040,0275)[1].(0040,0009) changed b'X-S2'\n");
  EXPECT_EQ(Do(file, {Of(EditKind::remove, {"RequestAttributesSequence.ScheduledProcedureStepID"})}),
            "(0040,0275)[0].(0040,0009) removed\n(0040,0275)[1].(0040,0009) removed\n");
  Edit own = Made(EditKind::set, "(0019,xx01 KLINIKUM)", "ours");
  own.vr = Vr::LO;
  EXPECT_EQ(Do(file, {own, Made(EditKind::set, "ReferencedStudySequence[0].ReferencedSOPClassUID", "1.2")}),
            "(0008,1110) added 1\n(0008,1110)[0].(0008,1150) added b'1.2\\x00'\n(0019,0011) added "
            "b'KLINIKUM'\n(0019,1101) added "
            "b'ours'\n");
}

TEST_F(Edits, ComputeAges) {
  const Path file = With("ds.PatientBirthDate = '19800630'; ds.StudyDate = '20260629'");
  EXPECT_EQ(Do(file, {From(EditKind::age, "PatientAge", "StudyDate")}), "(0010,1010) added b'045Y'\n");
  EXPECT_EQ(Do(With("ds.PatientBirthDate = ''"), {From(EditKind::age, "PatientAge", "StudyDate")}), "as it came");
}

TEST_F(Edits, MoveDatesEverywhere) {
  const Path file = With(
      "i = Dataset(); i.ContentDate = '20260301'; ds.ReferencedStudySequence = Sequence([i]); "
      "ds.StudyDate = '20240101'; ds.SeriesDate = ''; ds.AcquisitionDateTime = '20240101120000'; "
      "[ds.pop(k) for k in ('InstanceCreationDate', 'AcquisitionDate', 'ContentDate', 'PatientBirthDate') if k in ds]");
  Edit shift = Of(EditKind::shift_dates, {});
  shift.days = -1;
  EXPECT_EQ(Do(file, {shift}),
            "(0008,0020) changed b'20231231'\n(0008,002A) changed b'20231231120000'\n"
            "(0008,1110)[0].(0008,0023) changed b'20260228'\n");
}

TEST_F(Edits, ReplaceUidsTheSameWayEverywhere) {
  Edit edit = Of(EditKind::new_uids, {});
  edit.secret = "secret";
  const Path file = PydicomFile("test-SR.dcm");
  Do(file, {edit});
  const Path before = last_;
  EXPECT_EQ(Ask(last_,
                "ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID, ds.StudyInstanceUID[:5], "
                "ds.SOPClassUID.startswith('1.2.840.10008.')"),
            "(True, '2.25.', True)");
  const auto old_header = ReadHeader(file);
  const auto new_header = ReadHeader(last_);
  EXPECT_TRUE(replaced_.contains({"uid", old_header->study_instance_uid, new_header->study_instance_uid}));
  Do(file, {edit});
  EXPECT_EQ(ReadAll(last_), ReadAll(before));
  edit.secret = "another";
  Do(file, {edit});
  EXPECT_NE(ReadHeader(last_)->study_instance_uid, new_header->study_instance_uid);
}

TEST_F(Edits, PutUidsBackByATable) {
  const Path file = PydicomFile("test-SR.dcm");
  recipe_.original_attributes = false;
  Edit edit = Of(EditKind::new_uids, {});
  edit.secret = "secret";
  Do(file, {edit});
  std::map<std::string, std::string, std::less<>> table;
  for (const ReplacedIdentifier& one : replaced_) table[one.new_value] = one.old_value;
  Edit back = Of(EditKind::new_uids, {});
  back.table = std::make_shared<const std::map<std::string, std::string, std::less<>>>(table);
  EXPECT_EQ(Do(file, {back}), "as it came");
  const Path before = last_;
  EXPECT_NE(Differences(file, before), "");
  Do(before, {back});
  EXPECT_EQ(Differences(file, last_), "");
  EXPECT_TRUE(replaced_.empty());
}

TEST_F(Edits, NoteReplacedUidsWithoutControlCharacters) {
  Edit edit = Of(EditKind::new_uids, {});
  edit.secret = "secret";
  recipe_.edits = {edit};
  std::string bytes = ReadAll(PydicomFile("MR_small.dcm"));
  const std::string frame = "1.3.6.1.4.1.5962.1.4.4.1.20040826185059.5457";
  const std::size_t at = bytes.find(frame);
  ASSERT_NE(at, std::string::npos);
  bytes[at + 1] = '\x1B';
  const Path file = directory_ / "controls";
  WriteFile(file, bytes);
  ASSERT_TRUE(Write(file, directory_ / "copy"));
  const auto noted = [&](const ReplacedIdentifier& one) { return one.old_value == "1?" + frame.substr(2); };
  EXPECT_TRUE(std::ranges::any_of(replaced_, noted));
}

TEST_F(Edits, KeepTheValuesBeforeThem) {
  recipe_.original_attributes = true;
  const Path file =
      With("i = Dataset(); i.ScheduledProcedureStepID = 'S1'; ds.RequestAttributesSequence = Sequence([i])");
  Do(file, {Made(EditKind::prefix, "PatientID", "KB-"), Made(EditKind::set, "IssuerOfPatientID", "KLINIK_B"),
            Made(EditKind::set, "RequestAttributesSequence.ScheduledProcedureStepID", "S9"),
            Of(EditKind::remove, {"PatientSex"})});
  const std::string item = "ds.OriginalAttributesSequence[0]";
  EXPECT_EQ(Ask(last_, "ds.PatientID, ds.IssuerOfPatientID, len(ds.OriginalAttributesSequence)"),
            "('KB-4MR1', 'KLINIK_B', 1)");
  EXPECT_EQ(Ask(last_, item + ".ModifyingSystem, " + item + ".SourceOfPreviousValues, " + item +
                           ".ReasonForTheAttributeModification, " + item + ".AttributeModificationDateTime"),
            "('gateway-a', 'klinik-b', 'COERCE', '20261130120000')");
  EXPECT_EQ(
      Ask(last_,
          "[(e.keyword, 'SQ' if e.VR == 'SQ' else e.value) for e in " + item + ".ModifiedAttributesSequence[0]]"),
      "[('PatientID', '4MR1'), ('IssuerOfPatientID', ''), ('PatientSex', 'F'), ('RequestAttributesSequence', 'SQ')]");
  EXPECT_EQ(Ask(last_, item + ".ModifiedAttributesSequence[0].RequestAttributesSequence[0].ScheduledProcedureStepID"),
            "S1");
  // A second gateway adds its own item.
  const Path once = last_;
  Do(once, {Made(EditKind::prefix, "PatientID", "KC-")});
  EXPECT_EQ(
      Ask(last_, "ds.PatientID, [i.ModifiedAttributesSequence[0].PatientID for i in ds.OriginalAttributesSequence]"),
      "('KC-KB-4MR1', ['4MR1', 'KB-4MR1'])");
}

TEST_F(Edits, WriteInTheCharacterSetOfTheInstance) {
  const Path latin = With("ds.SpecificCharacterSet = 'ISO_IR 100'; ds.PatientName = 'M\\u00fcller'");
  EXPECT_EQ(Do(latin, {Made(EditKind::set, "InstitutionName", "Köln")}), "(0008,0080) changed b'K\\xf6ln'\n");
  // Without a character set only ASCII can be written.
  EXPECT_EQ(Do(With("ds.InstitutionName = 'x'"), {Made(EditKind::set, "InstitutionName", "Koeln")}),
            "(0008,0080) changed b'Koeln '\n");
}

TEST_F(Edits, ConvertAllTextsIfOneDoesNotFitTheCharacterSet) {
  recipe_.original_attributes = true;
  const Path latin = With(
      "ds.SpecificCharacterSet = 'ISO_IR 100'; ds.PatientName = 'M\\u00fcller'; i = Dataset(); i.CodeMeaning = "
      "'Sch\\u00e4del'; j = Dataset(); j.SpecificCharacterSet = 'ISO_IR 144'; j.CodeMeaning = '\\u0436'; "
      "ds.ProcedureCodeSequence = Sequence([i, j])");
  Do(latin, {Made(EditKind::set, "InstitutionName", "Łódź")});
  EXPECT_EQ(Ask(last_,
                "ds.SpecificCharacterSet, str(ds.PatientName), ds.InstitutionName, [(i.get('SpecificCharacterSet'), "
                "i.CodeMeaning) for i in ds.ProcedureCodeSequence]"),
            "('ISO_IR 192', 'Müller', 'Łódź', [(None, 'Schädel'), ('ISO_IR 192', 'ж')])");
  EXPECT_EQ(Ask(last_,
                "ds.OriginalAttributesSequence[0].ModifiedAttributesSequence[0].SpecificCharacterSet, "
                "[e.keyword for e in ds.OriginalAttributesSequence[0].ModifiedAttributesSequence[0]]"),
            "('ISO_IR 100', ['SpecificCharacterSet', 'InstitutionName'])");
  const Path none = With("ds.PatientName = 'Nobody'");
  Do(none, {Made(EditKind::set, "InstitutionName", "Łódź")});
  EXPECT_EQ(Ask(last_, "ds.SpecificCharacterSet, ds.InstitutionName, str(ds.PatientName)"),
            "('ISO_IR 192', 'Łódź', 'Nobody')");
}

// In every file that pydicom has: the one attribute differs, and nothing else.
TEST_F(Edits, WorkInEveryEncoding) {
  std::vector<std::string> arguments{std::string(REPOSITORY_DIR) + "/tests/unit/dicom/difference_oracle.py"};
  std::vector<Path> files;
  for (const Path& file : ReadablePydicomFiles()) {
    recipe_.edits = {Made(EditKind::set, "InstitutionName", "Klinikum A")};
    const Path copy = directory_ / ("copy" + std::to_string(++made_));
    const auto done = Write(file, copy);
    ASSERT_TRUE(done) << file << done.error().detail;
    ASSERT_TRUE(done->changed) << file;
    EXPECT_EQ(ReadHeader(copy)->institution_name, "Klinikum A") << file;
    arguments.insert(arguments.end(), {file, copy});
    files.push_back(file);
  }
  std::istringstream lines(Python(arguments));
  std::size_t pair = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line == "--")
      ++pair;
    else
      EXPECT_TRUE(line.starts_with("(0008,0080)") || line == "unreadable") << files.at(pair) << " " << line;
  }
  EXPECT_EQ(pair, files.size());
}

}  // namespace
}  // namespace gateway::dicom
