"""What must hold when the faults are over."""

import sqlite3

from stage import payload_documents, wait_until_done

KINDS = {"instances": "SELECT spool_key FROM instance", "messages": "SELECT spool_key FROM message",
         "mails": "SELECT spool_key FROM mail", "documents": "SELECT spool_key FROM document"}
# What only a person may have to look at, or never ends.
FORBIDDEN = {"shipments": ("failed", "bounced", "refused", "warning"), "messages": ("failed", "bounced", "refused"),
             "deliveries": ("failed",), "receipts": ("failed",), "instances_in": ("conflict", "undeliverable"),
             "instances_out": ("held",), "documents_in": ("quarantined", "kept")}


def spool_against_ledger(site):
    """(orphans, files that are missing) of a gateway's state directory."""
    orphans, missing = [], []
    database = sqlite3.connect(f"file:{site.state}/ledger.db?mode=ro", uri=True)
    try:
        for kind, query in KINDS.items():
            known = {key for key, in database.execute(query + " WHERE spool_key IS NOT NULL")}
            there = {file.stem for file in (site.state / "spool" / kind).glob("??/*")}
            orphans += [f"{kind}/{key}" for key in there - known]
            missing += [f"{kind}/{key}" for key in known - there]
    finally:
        database.close()
    return orphans, missing


def nothing_lost(test, stage, traffics):
    """Every instance that got 0000, and all that was mailed, is in the far PACS, byte for byte, and once as far as its
    content goes; ledgers, spools and mailboxes hold nothing that is stuck or forgotten."""
    by_sender = {traffic.name: traffic for traffic in traffics}
    for receiver, sender in (("b", "a"), ("a", "b")):
        wanted, arrived = by_sender[sender].acknowledged, stage.in_pacs(receiver)
        lost = [uid for uid in wanted if uid not in arrived]
        test.assertEqual(lost, [], f"0000, and not in the PACS of {receiver}")
        test.assertEqual([uid for uid in wanted if arrived[uid] != {wanted[uid]}], [], "other data sets")
    found = payload_documents(stage)
    wanted = [document for traffic in traffics for document in traffic.documents]
    test.assertEqual(set(wanted) - set(found), set(), "documents that did not arrive")
    test.assertEqual(stage.mails_left(), 0)
    for name, site in stage.sites.items():
        counts = site.counts()
        bad = {f"{kind} {state}": counts[kind][state] for kind, states in FORBIDDEN.items() for state in states
               if counts[kind].get(state)}
        test.assertEqual(bad, {}, f"hospital {name}")
        sender = by_sender["b" if name == "a" else "a"]
        test.assertEqual(counts["mails"]["quarantined"], sender.letters, f"hospital {name}: mails in quarantine")


def spools_clean(test, stage):
    for name, site in stage.sites.items():
        orphans, missing = spool_against_ledger(site)
        test.assertEqual((orphans, missing), ([], []), f"hospital {name}: orphans, missing files")
        verified = site.command("verify", "--deep", check=False)
        test.assertEqual(verified.returncode, 0, f"hospital {name}: {verified.stdout}{verified.stderr}")


def finish(test, stage, traffics):
    """Ends the traffic, lets everything arrive, and looks: at the running gateways, and after one more start."""
    for traffic in traffics:
        traffic.stop()
    for traffic in traffics:
        traffic.join()
    wait_until_done(stage, traffics)
    nothing_lost(test, stage, traffics)
    for site in stage.sites.values():
        site.stop()
        site.start()
    wait_until_done(stage, traffics)
    for site in stage.sites.values():
        site.stop()
    spools_clean(test, stage)
