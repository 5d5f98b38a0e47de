"""What must hold when the faults are over."""

import contextlib
import json
import sqlite3

from stage import identity, payload_documents, wait_until_done

KINDS = {"instances": "SELECT spool_key FROM instance", "messages": "SELECT spool_key FROM message",
         "mails": "SELECT spool_key FROM mail", "documents": "SELECT spool_key FROM document"}
# What only a person may have to look at, or never ends.
FORBIDDEN = {"shipments": ("failed", "bounced", "refused", "warning"), "messages": ("failed", "bounced", "refused"),
             "deliveries": ("failed",), "receipts": ("failed",), "instances_in": ("conflict", "undeliverable"),
             "instances_out": ("held",), "documents_in": ("quarantined", "kept")}


# What an operator gave up: the UIDs of instances that need not arrive, at their sender and at their receiver.
CANCELLED_OUT = ("SELECT sop_instance_uid FROM shipment_instance JOIN instance ON instance.id = shipment_instance.instance "
                 "JOIN message ON message.id = shipment_instance.message WHERE message.state = 'cancelled'")
CANCELLED_IN = ("SELECT sop_instance_uid FROM delivery JOIN instance ON instance.id = delivery.instance "
                "WHERE delivery.state = 'cancelled'")


def ledger_of(site):
    return contextlib.closing(sqlite3.connect(f"file:{site.state}/ledger.db?mode=ro", uri=True))


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
        wanted, arrived = by_sender[sender].acknowledged, stage.in_pacs(receiver)
        given_up = cancelled(stage.sites[sender], CANCELLED_OUT)
        refused_by_operator[sender] = cancelled(stage.sites[receiver], CANCELLED_IN)
        given_up |= refused_by_operator[sender]
        test.assertTrue(operators or not given_up, "nobody cancelled anything")
        lost = [uid for uid in wanted if uid not in arrived and uid not in given_up]
        test.assertEqual(lost, [], f"0000, and not in the PACS of {receiver}")
        test.assertEqual([uid for uid in wanted if arrived.get(uid, {wanted[uid]}) != {wanted[uid]}], [],
                         "other data sets")
        orphaned = {identity(file).sop_instance for site in stage.sites.values()
                    for file in (site.state / "spool" / "orphans").glob("instances-*")}
        test.assertEqual([uid for uid in orphaned & set(wanted) if uid not in arrived and uid not in given_up], [],
                         "put aside, and nowhere else")
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
        test.assertEqual(bad, {}, f"hospital {name}")
        sender = by_sender["b" if name == "a" else "a"]
        in_quarantine = counts["mails"]["quarantined"] + (counts["mails"]["dropped"] if operators else 0)
        test.assertEqual(in_quarantine, sender.letters, f"hospital {name}: mails in quarantine")


def verified(test, site, but=()):
    """What `verify --deep` says of a gateway, running or not, `but` for these codes."""
    done = site.command("verify", "--deep", "--json", check=False)
    try:
        found = [each for each in json.loads(done.stdout)["disagreements"] if each["code"] not in but]
    except ValueError:
        found = f"exit code {done.returncode}: {done.stdout}{done.stderr}"
    test.assertEqual(found, [], f"hospital {site.directory.name}")
    return done


def spools_clean(test, stage):
    for name, site in stage.sites.items():
        orphans, missing = spool_against_ledger(site)
        test.assertEqual((orphans, missing), ([], []), f"hospital {name}: orphans, missing files")
        test.assertEqual(verified(test, site).returncode, 0, f"hospital {name}")
        test.assertEqual(list((site.state / "spool" / "work").iterdir()), [], f"hospital {name}: spool/work")


def finish(test, stage, traffics, operators=False, left_over=()):
    """Ends the traffic, lets everything arrive, and looks: at the running gateways, and after one more start.
    `operators`: some interfered. `left_over`: what `verify` may find until that start."""
    for traffic in traffics:
        traffic.stop()
    for traffic in traffics:
        traffic.join()
    wait_until_done(stage, traffics)
    nothing_lost(test, stage, traffics, operators)
    for site in stage.sites.values():
        verified(test, site, left_over)
        site.stop()
        site.start()
    wait_until_done(stage, traffics)
    for site in stage.sites.values():
        site.stop()
    spools_clean(test, stage)
