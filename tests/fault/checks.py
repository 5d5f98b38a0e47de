"""What must hold when the faults are over."""

import contextlib
import json

from stage import identity, ledger_of, payload_documents, wait_until, wait_until_done

KINDS = {"instances": "SELECT spool_key FROM instance", "messages": "SELECT spool_key FROM message",
         "mails": "SELECT spool_key FROM mail", "documents": "SELECT spool_key FROM document",
         "derived": "SELECT spool_key FROM derived"}
# What only a person may have to look at, or never ends.
FORBIDDEN = {"shipments": ("failed", "bounced", "refused", "warning"), "messages": ("failed", "bounced", "refused"),
             "deliveries": ("failed",), "receipts": ("failed",), "instances_in": ("conflict", "undeliverable"),
             "instances_out": ("held",), "documents_in": ("quarantined", "kept")}


# What an operator gave up: the UIDs of instances that need not arrive, at their sender and at their receiver.
CANCELLED_OUT = ("SELECT sop_instance_uid FROM shipment_instance JOIN instance ON instance.id = shipment_instance.instance "
                 "JOIN message ON message.id = shipment_instance.message WHERE message.state = 'cancelled'")
CANCELLED_IN = ("SELECT sop_instance_uid FROM delivery JOIN instance ON instance.id = delivery.instance "
                "WHERE delivery.state = 'cancelled'")


def cancelled(site, query):
    with ledger_of(site) as database:
        return {uid for uid, in database.execute(query)}


def spool_against_ledger(site):
    """(orphans, files that are missing) of a gateway's state directory."""
    orphans, missing = [], []
    with ledger_of(site) as database:
        for kind, query in KINDS.items():
            known = {key for key, in database.execute(query + " WHERE spool_key IS NOT NULL")}
            there = {file.stem for file in (site.state / "spool" / kind).glob("??/*")}
            orphans += [f"{kind}/{key}" for key in there - known]
            missing += [f"{kind}/{key}" for key in known - there]
    return orphans, missing


def nothing_lost(test, stage, traffics, operators=False):
    """Every instance that got 0000, and all that was mailed, is in the far PACS, byte for byte, and once as far as its
    content goes, unless an operator cancelled it; ledgers, spools and mailboxes hold nothing that is stuck or
    forgotten."""
    by_sender = {traffic.name: traffic for traffic in traffics}
    refused_by_operator = {}
    for receiver, sender in (("b", "a"), ("a", "b")):
        wanted = by_sender[sender].acknowledged
        given_up = cancelled(stage.sites[sender], CANCELLED_OUT)
        refused_by_operator[sender] = cancelled(stage.sites[receiver], CANCELLED_IN)
        given_up |= refused_by_operator[sender]
        test.assertTrue(operators or not given_up, "nobody cancelled anything")
        orphaned = {identity(file).sop_instance for site in stage.sites.values()
                    for file in (site.state / "spool" / "orphans").glob("instances-*")}
        for arrived in stage.in_pacs(receiver):
            lost = [uid for uid in wanted if uid not in arrived and uid not in given_up]
            test.assertEqual(lost, [], f"0000, and not in a PACS of {receiver}; put aside: {orphaned & set(lost)}")
            test.assertEqual([uid for uid in wanted if arrived.get(uid, {wanted[uid]}) != {wanted[uid]}], [],
                             "other data sets")
    found = payload_documents(stage)
    wanted = [document for traffic in traffics for document in traffic.documents]
    test.assertEqual(set(wanted) - set(found), set(), "documents that did not arrive")
    test.assertEqual(stage.mails_left(), 0)
    for name, site in stage.sites.items():
        counts = site.counts()
        # The receipt for what a receiver's operator cancelled says so.
        told = ("warning", "refused") if refused_by_operator[name] else ()
        bad = {f"{kind} {state}": counts[kind][state] for kind, states in FORBIDDEN.items() for state in states
               if counts[kind].get(state) and not (kind in ("shipments", "messages") and state in told)}
        test.assertEqual(bad, {}, f"hospital {name}: {bad and _told_of(stage, name)}")
        sender = by_sender["b" if name == "a" else "a"]
        in_quarantine = counts["mails"]["quarantined"] + (counts["mails"]["dropped"] if operators else 0)
        test.assertEqual(in_quarantine, sender.letters, f"hospital {name}: mails in quarantine")


def _told_of(stage, name):
    """What may tell why, for a failure's report."""
    words = ("message-refused", "message-failed", "message-bounced", "delivery-failed", "delivery-cancelled",
             "mail-quarantined", "quarantine-", "conflict", "operator-")
    lines = [f"{site.directory.name}: {line}" for site in stage.sites.values() for line in site.text().splitlines()
             if any(word in line for word in words)]
    site = stage.sites[name]
    shown = [site.command("show", row["id"], check=False).stdout
             for state in ("failed", "refused", "bounced", "warning") for row in site.json("list", "--state", state)]
    return "\n".join([*lines[-200:], *shown])


def verified(test, site, but=()):
    """What `verify --deep` says of a gateway, running or not, `but` for these codes."""
    done = site.command("verify", "--deep", "--json", check=False)
    try:
        verification = json.loads(done.stdout)
        found = [each for each in verification["disagreements"] if each["code"] not in but]
    except ValueError:
        found = f"exit code {done.returncode}: {done.stdout}{done.stderr}"
    test.assertEqual(found, [], f"hospital {site.directory.name}")
    # Beside a running gateway `verify` lets young files be that the ledger does not know; nothing is on its way here.
    if not but:
        test.assertEqual(verification["files_in_flight"], 0, f"hospital {site.directory.name}")
        test.assertEqual(done.returncode, 0, f"hospital {site.directory.name}")


def _left_behind(site):
    orphans, missing = spool_against_ledger(site)
    return orphans, missing, [file.name for file in (site.state / "spool" / "work").iterdir()]


def await_clean_spools(test, stage):
    """Nothing that the ledger does not know, nothing missing and no work, while the gateways run: `verify` would find
    that in old files only, and a start removes it. What a kill leaves is gone since the start after it."""
    for name, site in stage.sites.items():
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: _left_behind(site) == ([], [], []), 30, "a clean spool")
        test.assertEqual(_left_behind(site), ([], [], []),
                         f"hospital {name}: orphans, missing files, spool/work; {site.text()[-3000:]}")


def settle(test, stage, traffics, operators):
    """Some traffic without faults, then its end; all of it arrives."""
    for traffic in traffics:
        traffic.await_more(4)
    for traffic in traffics:
        traffic.stop()
    for traffic in traffics:
        traffic.join()
    wait_until_done(stage, traffics, operators=operators)
    nothing_lost(test, stage, traffics, operators)


def finish(test, stage, traffics, operators=False, left_over=()):
    """Lets everything arrive, and looks: at the running gateways, at those of one more start and its traffic, and at
    what they leave when they stop. `operators`: some interfered. `left_over`: what `verify` may find, and the spools
    hold, until that start."""
    settle(test, stage, traffics, operators)
    if not left_over:
        await_clean_spools(test, stage)
    for site in stage.sites.values():
        verified(test, site, left_over)
        site.stop()
        site.start()
    for traffic in traffics:
        traffic.go_on()
    settle(test, stage, traffics, operators)
    await_clean_spools(test, stage)
    for site in stage.sites.values():
        verified(test, site)
        site.stop()
        verified(test, site)
        test.assertEqual(_left_behind(site), ([], [], []), f"hospital {site.directory.name}: stopped")
