#include "ledger/rules/opening_place.h"

#include <algorithm>

#include "ledger/store/sql.h"

namespace gateway::ledger {

std::int64_t NextPlace(Session& session, const std::string& in_name_of, Turn turn) {
  const std::int64_t reached =
      session.First<std::int64_t>("SELECT place FROM opening_place WHERE turn = :turn", turn).value_or(0);
  const auto last =
      session.First<std::int64_t>(Sql("SELECT place FROM mail WHERE state = ", MailState::fetched,
                                      " AND in_name_of = :sender AND turn = :turn ORDER BY place DESC LIMIT 1"),
                                  in_name_of, turn);
  return std::max(reached, last.value_or(0)) + 1;
}

void ReachPlace(Session& session, Turn turn, std::int64_t place) {
  session.Execute("UPDATE opening_place SET place = :place WHERE turn = :turn AND place < :least", place, turn, place);
}

void PutInTurn(Session& session, std::int64_t mail, std::optional<Turn> turn) {
  const auto found = session.Row<std::string, int>(
      Sql("SELECT in_name_of, turn FROM mail WHERE id = :id AND state = ", MailState::fetched), mail);
  if (!found) return;
  const Turn wanted = turn.value_or(static_cast<Turn>(std::get<1>(*found)));
  // Take the mail out of the line first, so that it does not wait behind itself.
  session.Execute("UPDATE mail SET place = -1 WHERE id = :id", mail);
  session.Execute("UPDATE mail SET turn = :turn, place = :place WHERE id = :id", wanted,
                  NextPlace(session, std::get<0>(*found), wanted), mail);
}

}  // namespace gateway::ledger
