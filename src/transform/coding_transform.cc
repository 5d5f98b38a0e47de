#include "transform/coding_transform.h"

#include <cerrno>
#include <utility>

#include "base/error_codes.h"
#include "base/files.h"
#include "spool/work_file.h"
#include "telemetry/events.h"

namespace gateway::transform {
namespace {

// Both are in spool/work.
Result<void> Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failure;
  std::filesystem::rename(from, to, failure);
  return failure ? ErrorFromErrno(failure.value(), "rename", to) : Result<void>();
}

// The worker reads hostile bytes, so it could name another instance.
bool IsSameInstance(const InstanceHeader& one, const InstanceHeader& other) {
  return one.sop_class_uid == other.sop_class_uid && one.sop_instance_uid == other.sop_instance_uid &&
         one.study_instance_uid == other.study_instance_uid;
}

}  // namespace

CodingTransform::CodingTransform(std::map<std::string, Coding> of_rule, std::unique_ptr<const Transform> edits,
                                 opener::WorkerProgram program, const spool::Spool& spool)
    : of_rule_(std::move(of_rule)), edits_(std::move(edits)), spool_(spool), workers_(std::move(program), spool) {}

Coding CodingTransform::CodingFor(const Way& way) const {
  if (way.decoded) return Coding::uncompressed;
  const auto asked = way.rule.empty() ? of_rule_.end() : of_rule_.find(way.rule);
  return asked == of_rule_.end() || !way.pacs.empty() ? Coding::as_it_came : asked->second;
}

bool CodingTransform::Concerns(const Way& way) const {
  return CodingFor(way) != Coding::as_it_came || (edits_ && edits_->Concerns(way));
}

Result<std::optional<Changed>> CodingTransform::Apply(const Way& way, const Original& original,
                                                      const std::filesystem::path& to) const {
  const Coding coding = CodingFor(way);
  // An item that carries a changed copy already was edited when that copy was made.
  const bool edits = edits_ && !original.is_copy && edits_->Concerns(way);
  if (edits && coding == Coding::as_it_came) return edits_->Apply(way, original, to);
  if (edits) {
    const spool::WorkFile edited(spool_);
    GATEWAY_ASSIGN(std::optional<Changed> changed, edits_->Apply(way, original, edited.path()));
    if (changed) return CodeEdited(coding, original, *std::move(changed), edited.path(), to);
  }
  GATEWAY_ASSIGN(std::optional<InstanceHeader> coded, Code(coding, original, to));
  if (!coded) return std::optional<Changed>();
  return std::optional(Changed{*std::move(coded), {}});
}

Result<std::optional<Changed>> CodingTransform::CodeEdited(Coding coding, const Original& original, Changed changed,
                                                           const std::filesystem::path& edited,
                                                           const std::filesystem::path& to) const {
  GATEWAY_ASSIGN(std::optional<InstanceHeader> coded, Code(coding, {changed.header, edited, original.item, true}, to));
  if (coded) {
    changed.header = *std::move(coded);
  } else {
    GATEWAY_TRY(Rename(edited, to));
  }
  return std::optional(std::move(changed));
}

Result<std::optional<InstanceHeader>> CodingTransform::Code(Coding coding, const Original& original,
                                                            const std::filesystem::path& to) const {
  if (coding == Coding::as_it_came) return std::optional<InstanceHeader>();
  WorkerPool::Lease worker = workers_.Take();
  Result<opener::CodedInstance> coded = worker->Code(original.file, coding);
  if (!coded) {
    // If a person or the machine ended the worker, the next try may succeed.
    if (coded.error().fault != Fault::corrupt) return coded.error();
    events::CodingFailed(original.item, NameOf(coding), coded.error());
    return std::optional<InstanceHeader>();
  }
  if (coded->differs || (!coded->file.empty() && !IsSameInstance(coded->header, original.header))) {
    events::CodingDiffers(original.item, NameOf(coding), coded->why);
    return std::optional<InstanceHeader>();
  }
  if (coded->file.empty()) {
    events::NotCoded(original.item, NameOf(coding), coded->why);
    return std::optional<InstanceHeader>();
  }
  GATEWAY_TRY(Rename(coded->file, to));
  return std::optional(std::move(coded->header));
}

}  // namespace gateway::transform
