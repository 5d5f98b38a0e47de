#include "operations/sample_reader.h"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "attributes/attribute_path.h"
#include "base/error_codes.h"
#include "base/files.h"
#include "base/joined.h"
#include "dicom/part10_header.h"
#include "inbound/acceptance.h"
#include "opener/error_codes.h"
#include "opener/recipe_forms.h"

namespace gateway::operations {
namespace {

// The attributes without which there is no instance, and what they are if nobody says it.
constexpr std::array<std::pair<const char*, const char*>, 4> kIdentity{{{"SOPClassUID", "1.2.840.10008.5.1.4.1.1.7"},
                                                                        {"SOPInstanceUID", "1.2.3"},
                                                                        {"StudyInstanceUID", "1.2.3.4"},
                                                                        {"SeriesInstanceUID", "1.2.3.4.5"}}};

using Attributes = std::map<std::string, std::vector<std::string>>;

// Returns an element of VR UI in Explicit VR Little Endian.
std::string UidElement(std::uint32_t tag, std::string uid) {
  if (uid.size() % 2 != 0) uid += '\0';
  std::string element;
  for (const std::uint32_t part : {tag >> 16, tag & 0xFFFF}) {
    element += static_cast<char>(part & 0xFF);
    element += static_cast<char>(part >> 8);
  }
  return element + "UI" + static_cast<char>(uid.size()) + '\0' + uid;
}

// Returns a Part 10 file that has nothing but the UIDs.
std::string BareInstance(const Attributes& attributes) {
  InstanceHeader header;
  header.transfer_syntax_uid = "1.2.840.10008.1.2.1";
  std::string dataset;
  for (const auto& [name, usual] : kIdentity) {
    const auto given = attributes.find(name);
    const std::string uid = given == attributes.end() ? usual : Joined(given->second, "\\").substr(0, 64);
    const std::uint32_t tag = attributes::ParsePath(name).value().steps.front().tag;
    dataset += UidElement(tag, uid);
    if (tag == 0x00080016) header.sop_class_uid = uid;
    if (tag == 0x00080018) header.sop_instance_uid = uid;
  }
  return dicom::Part10Header(header) + dataset;
}

bool IsOfBareInstance(const std::string& name) {
  return name == "TransferSyntaxUID" || name == "SpecificCharacterSet" ||
         std::ranges::any_of(kIdentity, [&](const auto& known) { return name == known.first; });
}

}  // namespace

SampleReader::SampleReader(std::filesystem::path directory, const std::string& default_set)
    : directory_(std::move(directory)),
      program_{"/proc/self/exe", default_set},
      spool_(spool::Spool::View(directory_)) {}

Result<SampleReader> SampleReader::Create(const std::string& default_set) {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(error);
  if (error) return Permanent(codes::kFileError, "no directory for temporary files");
  std::string path = (parent / "dicom-mail-gateway-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) return ErrorFromErrno(errno, "create", path);
  SampleReader reader(path, default_set);
  std::filesystem::create_directories(reader.spool_->NewWorkFile().parent_path(), error);
  if (error) return Permanent(codes::kFileError, error.message());
  return reader;
}

SampleReader::~SampleReader() {
  std::error_code ignored;
  if (!directory_.empty() && spool_) std::filesystem::remove_all(directory_, ignored);
}

Result<InstanceHeader> SampleReader::ReadHeader(const std::filesystem::path& file,
                                                const std::vector<AttributePath>& asked) const {
  const security::Keys no_keys;
  opener::OpenProcess process(program_, no_keys, *spool_);
  process.AskFor(asked);
  GATEWAY_ASSIGN(InstanceHeader header, process.ReadHeader(file));
  process.End();
  return header;
}

Result<std::filesystem::path> SampleReader::MakeSample(const Attributes& attributes) const {
  const std::filesystem::path bare = directory_ / "bare";
  GATEWAY_TRY(WriteFileDurably(bare, BareInstance(attributes)));
  Recipe recipe;
  recipe.original_attributes = false;
  for (const auto& [name, values] : attributes) {
    if (IsOfBareInstance(name)) continue;
    Edit edit;
    edit.attribute = attributes::ParsePath(name).value();
    edit.text = Joined(values, "\\");
    edit.vr = attributes::VrOf(edit.attribute) == Vr::none ? Vr::LO : Vr::none;
    // A step into each item means the first one here.
    for (PathStep& step : edit.attribute.steps) step.item = step.item == PathStep::kAnyItem ? 0 : step.item;
    recipe.edits.push_back(std::move(edit));
  }
  if (recipe.edits.empty()) return bare;
  const security::Keys no_keys;
  opener::OpenProcess process(program_, no_keys, *spool_);
  GATEWAY_ASSIGN(const opener::TransformedFile made,
                 process.Transform(bare, opener::RecipeToText(recipe), {"20000101000000+0000", {}}));
  if (!made.header) return bare;
  const std::filesystem::path sample = directory_ / "sample";
  std::error_code failure;
  std::filesystem::rename(made.file, sample, failure);
  if (failure) return Permanent(codes::kFileError, failure.message());
  process.End();
  return sample;
}

Result<TriedChange> SampleReader::Try(const std::filesystem::path& file, const Recipe& recipe, Coding coding,
                                      const std::string& source, const std::vector<AttributePath>& asked) const {
  const security::Keys no_keys;
  opener::OpenProcess process(program_, no_keys, *spool_);
  process.AskFor(asked);
  TriedChange tried;
  std::filesystem::path latest = file;
  // A work file goes when the next request begins, so the copy gets another name.
  const auto keep = [&](const std::filesystem::path& made, const char* name) -> Result<void> {
    const std::filesystem::path kept = directory_ / name;
    std::error_code failure;
    std::filesystem::rename(made, kept, failure);
    if (failure) return Permanent(codes::kFileError, failure.message());
    process.End();
    latest = kept;
    return {};
  };
  if (!recipe.empty()) {
    // The time of the change is not compared.
    GATEWAY_ASSIGN(const opener::TransformedFile made,
                   process.Transform(file, opener::RecipeToText(recipe), {"20000101000000+0000", source}));
    if (made.header) GATEWAY_TRY(keep(made.file, "changed"));
  }
  if (coding != Coding::as_it_came) {
    process.End();
    GATEWAY_ASSIGN(const opener::CodedInstance coded, process.Code(latest, coding));
    tried.not_coded = coded.why;
    if (!coded.file.empty()) GATEWAY_TRY(keep(coded.file, "coded"));
  }
  process.End();
  if (latest == file) return tried;
  GATEWAY_ASSIGN(tried.differences, process.Compare(file, latest));
  process.End();
  GATEWAY_ASSIGN(tried.copy, process.ReadHeader(latest));
  process.End();
  return tried;
}

Result<SampleMail> SampleReader::ReadMailOf(const std::string& mailbox, const std::filesystem::path& file,
                                            const std::vector<AttributePath>& asked, const security::Keys& keys,
                                            const std::vector<PartnerSettings>& partners) const {
  const security::Keys own = security::KeysForMailbox(keys, mailbox);
  opener::OpenProcess process(program_, own, *spool_);
  process.AskFor(asked);
  SampleMail mail;
  GATEWAY_ASSIGN(const mime::Envelope envelope, process.Begin({file}));
  const inbound::Acceptance acceptance(partners);
  if (const PartnerSettings* const partner = acceptance.PartnerOf(envelope.from)) mail.partner = partner->name;
  GATEWAY_ASSIGN(const opener::OpenedContent content, process.Open(keys.OfPartner(mail.partner)));
  for (const opener::OpenedMessage& message : content.messages) {
    if (message.reply.set && mail.set.empty()) mail.set = message.reply.set->id;
    for (const opener::OpenedPart& part : message.parts) {
      if (!part.header) continue;
      const std::filesystem::path kept = directory_ / ("part-" + std::to_string(mail.instances.size()));
      std::error_code failure;
      std::filesystem::rename(part.file, kept, failure);
      if (failure) return Permanent(codes::kFileError, failure.message());
      mail.instances.push_back({*part.header, kept});
    }
  }
  process.End();
  return mail;
}

Result<SampleMail> SampleReader::ReadMail(const std::filesystem::path& file, const std::vector<AttributePath>& asked,
                                          const security::Keys& keys, const std::vector<MailboxSettings>& mailboxes,
                                          const std::vector<PartnerSettings>& partners) const {
  Result<SampleMail> mail = Permanent(codes::kFileError, "no mailbox");
  for (const MailboxSettings& mailbox : mailboxes) {
    mail = ReadMailOf(mailbox.name, file, asked, keys, partners);
    if (mail) break;
  }
  return mail;
}

}  // namespace gateway::operations
