#include "deidentify_kit.h"

#include <fcntl.h>

#include <cstdio>

#include "base/files.h"
#include "dicom/edit/element_bytes.h"
#include "dicom/element_reader.h"
#include "dicom/header_reader.h"
#include "dicom/part10_header.h"
#include "dicom/tags.h"

namespace gateway::dicom {
namespace {

std::string Hex(std::uint32_t tag) {
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08X", tag);
  return text.data();
}

// Writes down every element.
class ValueReader : public ElementEditor {
 public:
  Result<Decision> Decide(const Place& place, const ElementView& element) override {
    std::string path;
    for (const Step& step : place.steps) path += Hex(step.sequence) + "[" + std::to_string(step.item) + "].";
    const auto value = element.Value(1 << 20);
    std::string& kept = values[path + Hex(element.tag)];
    if (element.form == Form::value && value && *value) kept = TrimPadding(**value);
    if (element.form == Form::sequence || element.form == Form::maybe_sequence) return Decision::Descend();
    return Decision::Keep();
  }
  Result<void> Enter(const Place& place) override {
    if (place.steps.empty()) return {};
    std::string path;
    for (std::size_t i = 0; i < place.steps.size(); ++i) {
      path += Hex(place.steps[i].sequence);
      if (i + 1 < place.steps.size()) path += "[" + std::to_string(place.steps[i].item) + "].";
    }
    values[path] = std::to_string(place.steps.back().item + 1);
    return {};
  }
  std::map<std::string, std::string> values;
};

}  // namespace

DeidentifySettings WithOptions(std::vector<DeidentifyOption> options) {
  DeidentifySettings settings;
  settings.options = std::move(options);
  return settings;
}

std::string ElementOf(std::uint32_t tag, const char* vr, const std::string& value) {
  const VrLetters letters{vr[0], vr[1]};
  return EncodeElement(tag, letters, Padded(value, letters), {}).value();
}

std::string SequenceOf(std::uint32_t tag, const std::vector<std::string>& items) {
  std::string value;
  for (const std::string& item : items) value += EncodeItem(item, {});
  return ElementOf(tag, "SQ", value);
}

std::string U16(std::uint16_t value) {
  std::string bytes;
  Append16(bytes, value, {});
  return bytes;
}

std::filesystem::path DeidentifyTest::FileOf(const std::string& sop_class, const std::string& elements,
                                             const std::string& transfer_syntax) {
  InstanceHeader header;
  header.sop_class_uid = sop_class;
  header.sop_instance_uid = "1.2.3.1";
  header.transfer_syntax_uid = transfer_syntax;
  const std::string all = ElementOf(Tag(0x0008, 0x0016), "UI", sop_class) +
                          ElementOf(kSopInstanceUid, "UI", "1.2.3.1") + elements +
                          ElementOf(kStudyInstanceUid, "UI", "1.2.3.2");
  std::multimap<std::uint32_t, std::string> sorted;
  for (std::size_t at = 0; at < all.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(all[at + i])); };
    const bool long_length = HasLongLength({all[at + 4], all[at + 5]});
    const std::size_t size =
        long_length ? 12 + (byte(8) | byte(9) << 8 | byte(10) << 16) : 8 + (byte(6) | byte(7) << 8);
    sorted.emplace(byte(1) << 24 | byte(0) << 16 | byte(3) << 8 | byte(2), all.substr(at, size));
    at += size;
  }
  std::string dataset;
  for (const auto& [tag, element] : sorted) dataset += element;
  const std::filesystem::path file = directory_ / ("made" + std::to_string(++made_));
  WriteFile(file, Part10Header(header) + dataset);
  return file;
}

Result<std::filesystem::path> DeidentifyTest::Deidentify(const std::filesystem::path& file,
                                                         const DeidentifySettings& settings, const std::string& secret,
                                                         const Decoder& decode) {
  DeidentifySettings with_secret = settings;
  with_secret.secret = secret;
  GATEWAY_ASSIGN(const Deidentification deidentification, Deidentification::Create(std::move(with_secret)));
  const auto make = [this](const std::string& name) {
    const std::string path = directory_ / (name + std::to_string(++made_));
    return UniqueFd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  };
  GATEWAY_ASSIGN(const UniqueFd in, OpenForReading(file));
  GATEWAY_ASSIGN(const InstanceHeader header, ReadHeader(in.get()));
  const UniqueFd out = make("copy");
  const std::filesystem::path copy = directory_ / ("copy" + std::to_string(made_));
  GATEWAY_ASSIGN(replaced_,
                 deidentification.Apply(
                     in.get(), header, [&]() -> Result<UniqueFd> { return make("scratch"); }, out.get(), decode));
  return copy;
}

DeidentifyTest::Values DeidentifyTest::ValuesOf(const std::filesystem::path& file) {
  const UniqueFd fd = OpenForReading(file).value();
  const auto header = ReadHeader(fd.get());
  EXPECT_TRUE(header) << (header ? "" : header.error().detail);
  if (!header) return {};
  const auto edited = EditedFile::Open(fd.get(), *header, [] { return Result<UniqueFd>(UniqueFd()); });
  ValueReader reader;
  EXPECT_TRUE(edited->Visit(reader));
  return reader.values;
}

DeidentifyTest::Values DeidentifyTest::Deidentified(const std::string& sop_class, const std::string& elements,
                                                    const DeidentifySettings& settings) {
  const auto copy = Deidentify(FileOf(sop_class, elements), settings);
  EXPECT_TRUE(copy) << (copy ? "" : copy.error().code + copy.error().detail);
  return copy ? ValuesOf(*copy) : Values();
}

std::string DeidentifyTest::ErrorOf(const std::string& sop_class, const std::string& elements,
                                    const DeidentifySettings& settings) {
  const auto copy = Deidentify(FileOf(sop_class, elements), settings);
  return copy ? "no error" : copy.error().code;
}

}  // namespace gateway::dicom
