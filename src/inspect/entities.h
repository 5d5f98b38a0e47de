// The entities of a MIME structure as their headers declare them, in order.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "inspect/findings.h"
#include "mime/entity_walker.h"

namespace gateway::inspect {

struct Entity {
  mime::ContentType type;  // .type empty: not declared
  std::string encoding;    // Content-Transfer-Encoding, lower case; empty: not declared
  std::string name;        // as declared
  unsigned depth = 0;
  bool is_signature = false;  // beside the first part of a multipart/signed
};

struct Visitor {
  // Each entity, before what it holds. Optional.
  std::function<void(const mime::HeaderBlock& header, const Entity& entity)> enter;
  // Each leaf, after its entity was entered. Optional.
  std::function<Result<void>(const Entity& entity, const mime::Leaf& leaf)> take;
};

// What cannot be read to its end is reported, and ends the walk. Errors of files, and those of `take`, come back.
Result<void> WalkEntities(int fd, mime::EntityWalker::Messages messages, const Visitor& visitor, Findings& findings);

}  // namespace gateway::inspect
