#include "inspect/entities.h"

#include "base/ascii.h"
#include "base/files.h"

namespace gateway::inspect {
namespace {

Entity Describe(const mime::HeaderBlock& header, const mime::Leaf& leaf) {
  Entity entity;
  entity.type = leaf.type;
  entity.encoding = LowerCase(mime::Trim(header.Value("Content-Transfer-Encoding").value_or("")));
  entity.name = leaf.name;
  entity.depth = leaf.depth;
  entity.is_signature = leaf.unsigned_part;
  return entity;
}

}  // namespace

Result<void> WalkEntities(int fd, mime::EntityWalker::Messages messages, const Visitor& visitor, Findings& findings) {
  GATEWAY_ASSIGN(const std::uint64_t size, FileSize(fd));
  Entity entity;
  mime::EntityWalker walker(fd, size, {}, messages, [&](const mime::HeaderBlock& header, const mime::Leaf& leaf) {
    entity = Describe(header, leaf);
    if (visitor.enter) visitor.enter(header, entity);
    return true;
  });
  while (true) {
    Result<std::optional<mime::Leaf>> leaf = walker.Next();
    if (!leaf && leaf.error().fault != Fault::corrupt) return leaf.error();
    if (!leaf) {
      findings.Add(rules::kMimeDamaged, leaf.error().code + " " + leaf.error().detail);
      return {};
    }
    if (!*leaf) break;
    if (visitor.take) GATEWAY_TRY(visitor.take(entity, **leaf));
  }
  if (walker.cut_short()) findings.Add(rules::kMimeDamaged, "a closing boundary line is missing");
  return {};
}

}  // namespace gateway::inspect
