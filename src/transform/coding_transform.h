// Codes the pixel data of instances without loss where a rule asks for it, and decodes them for a
// PACS that does not take them compressed.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "gateway/coding.h"
#include "transform/transform.h"
#include "transform/worker_pool.h"

namespace gateway::transform {

class CodingTransform : public Transform {
 public:
  // `of_rule` has the coding that an outbound rule asks for. `edits` changes the attributes first;
  // nullptr if no rule asks for that. `spool` must outlive the object.
  CodingTransform(std::map<std::string, Coding> of_rule, std::unique_ptr<const Transform> edits,
                  opener::WorkerProgram program, const spool::Spool& spool);

  [[nodiscard]] bool Concerns(const Way& way) const override;
  // An instance that cannot be coded travels as it came, or as the edits left it. So does one whose
  // coded pixels differ, or that ends the worker. An event says so.
  [[nodiscard]] Result<std::optional<Changed>> Apply(const Way& way, const Original& original,
                                                     const std::filesystem::path& to) const override;

 private:
  [[nodiscard]] Coding CodingFor(const Way& way) const;
  // `edited` is the copy that the edits made; it becomes the result if it cannot be coded.
  Result<std::optional<Changed>> CodeEdited(Coding coding, const Original& original, Changed changed,
                                            const std::filesystem::path& edited, const std::filesystem::path& to) const;
  Result<std::optional<InstanceHeader>> Code(Coding coding, const Original& original,
                                             const std::filesystem::path& to) const;

  const std::map<std::string, Coding> of_rule_;
  const std::unique_ptr<const Transform> edits_;
  const spool::Spool& spool_;
  mutable WorkerPool workers_;
};

}  // namespace gateway::transform
