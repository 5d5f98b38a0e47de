// Visits the entities of a MIME structure in order, as their headers declare them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "inspect/findings.h"
#include "mime/entity_walker.h"

namespace gateway::inspect {

struct Entity {
  mime::ContentType type;  // .type is empty if none is declared
  std::string encoding;    // Content-Transfer-Encoding in lower case; empty: none is declared
  std::string name;        // as declared
  unsigned depth = 0;
  bool is_signature = false;  // stands beside the first part of a multipart/signed
};

struct Visitor {
  // Called for each entity, before anything that the entity holds. Optional.
  std::function<void(const mime::HeaderBlock& header, const Entity& entity)> enter;
  // Called for each leaf, after its entity was entered. Optional.
  std::function<Result<void>(const Entity& entity, const mime::Leaf& leaf)> take;
};

// Walks through the entities of the file. If it cannot read them to the end, it reports that and
// stops. Errors: those of files, and those of `take`.
Result<void> WalkEntities(int fd, mime::EntityWalker::Messages messages, const Visitor& visitor, Findings& findings);

}  // namespace gateway::inspect
