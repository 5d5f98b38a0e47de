#include "cli/verify_command.h"

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/exit_codes.h"
#include "cli/json_text.h"
#include "cli/operator_session.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/verify_text.h"
#include "operations/verifier.h"

namespace gateway::cli {
namespace {

using nlohmann::ordered_json;

void PrintAsJson(const operations::Verification& verification) {
  ordered_json list = ordered_json::array();
  for (const operations::Disagreement& found : verification.disagreements) {
    list.push_back({{"code", NameOf(found.kind)}, {"item", found.item}, {"detail", DetailOf(found)}});
  }
  const ordered_json object{{"clean", verification.disagreements.empty()},
                            {"files", verification.files},
                            {"files_hashed", verification.files_hashed},
                            {"files_in_flight", verification.in_flight},
                            {"disagreements", std::move(list)}};
  PrintJson(object);
}

void PrintAsText(const operations::Verification& verification) {
  if (!verification.disagreements.empty()) {
    std::vector<std::vector<std::string>> table{{"CODE", "ITEM", "DETAIL"}};
    for (const operations::Disagreement& found : verification.disagreements) {
      table.push_back({std::string(NameOf(found.kind)), found.item, DetailOf(found)});
    }
    PrintTable(Out(), table);
  }
  Out() << verification.files << " files, " << verification.files_hashed << " of them read; "
        << verification.disagreements.size() << " disagreements\n";
}

}  // namespace

int Verify(const std::filesystem::path& config, const VerifyArguments& arguments) {
  int exit_code = kExitOk;
  const std::unique_ptr<OperatorSession> session = LoadSettings(config, exit_code);
  if (!session) return exit_code;
  if (const Result<void> opened = operations::OpenState(*session); !opened) {
    (void)PrintError(opened.error());
    return kVerifyUnreadable;
  }
  const Result<operations::Verification> verification =
      operations::Verify(session->Context(), arguments.deep, SystemClock());
  if (!verification) {
    (void)PrintError(verification.error());
    return kVerifyUnreadable;
  }
  if (arguments.json) {
    PrintAsJson(*verification);
  } else {
    PrintAsText(*verification);
  }
  return verification->disagreements.empty() ? kExitOk : kVerifyDisagrees;
}

}  // namespace gateway::cli
