#!/usr/bin/python3
"""make.py [--keys | --table]: makes the golden mails and index.json anew; with --keys the keys too. --table prints
index.json as a table.

A golden mail is a mail as other software writes it. There is one for every variant that docs/formats.md describes: how
it is signed, encrypted, put into MIME, cut, answered. The gateway makes none of them. index.json says who made each,
what it shows and what must become of it. tests/e2e/test_golden_mails.py delivers all of them and looks.

gpg makes other bytes each time, so a mail changes when this runs; keys/ stays unless asked for. Dates are faked: what
is checked in stays valid. All patients are invented. Needs the packages of install-dependencies.sh --test.

index.json:
  partners   name -> address, key (file), fingerprint, profile, as the gateway under test is configured
  refused    keys that the configuration must not take: key, profile, error
  mails      name, point (the variant that it shows), files (in the order of delivery), maker, shows, expected
expected.outcome:
  arrives      `instances` (SOP Instance UID -> SHA-256 of the data set) reach the PACS, nothing is in quarantine.
               Also `set`, `receipt`, `documents`.
  quarantined  `reasons`: one of them is the reason of one of its mails; `instances` arrive nevertheless, and of
               `either` (SOP Instance UID -> SHA-256s) one
  waits        as fragments that are not complete
  report       is understood as `answer` to the message that was sent to `to`; in these files `original` stands for its
               Message-ID and `original_set` for its SETID
"""

import json
import shutil
import sys

import make_keys
from make_keys import HERE, KEYS, address
from gnupg import Gnupg  # on the path by make_keys

FAKED = ("--faked-system-time", "20240305T091500!")
INDEX = HERE / "index.json"

PROFILES = {
    "curve25519": {"receipts": "mdn"},
    "rsa2048": {},
    "rsa4096": {"receipts": "pgp"},
    "rsa1024": {"min_key_bits": 1024},
    "dsa-elgamal": {},
    "sha1": {"accept_sha1": True},
    "unsigned": {"require_signature": False},
    "no-compression": {"accept_compressed": False},
    "no-mdc": {"require_integrity": False},
    "rolled": {},
    "receipts-signed": {"receipts": "mdn", "receipt_protection": "sign"},
    "receipts-encrypted": {"receipts": "mdn", "receipt_protection": "encrypt"},
}
REFUSED = [
    {"key": "expired", "profile": {}, "error": "key-not-usable"},
    {"key": "revoked", "profile": {}, "error": "key-not-usable"},
    {"key": "sha1", "profile": {}, "error": "key-too-weak"},
    {"key": "rsa1024", "profile": {}, "error": "key-too-weak"},
]


class Kit:
    """The keys, and what has been made so far."""

    def __init__(self, gpg):
        self.gpg = gpg
        self.mails = []

    def seal(self, data, signer="curve25519", to=("receiver",), options=(), armor=True):
        recipients = [word for name in to[1:] for word in ("--recipient", address(name))]
        signer = address(signer) if signer else None
        return self.gpg.seal(data, address(to[0]), signer, armor, [*FAKED, *recipients, *options])

    def detached(self, data, signer):
        return self.gpg.run(*FAKED, "--armor", "--local-user", address(signer), "--digest-algo", "SHA256",
                            "--detach-sign", data=data).stdout

    def add(self, name, point, mails, maker, shows, expected):
        """Writes the mails and their entry in the index."""
        assert name not in [entry["name"] for entry in self.mails], name
        mails = mails if isinstance(mails, list) else [mails]
        files = []
        for number, content in enumerate(mails, 1):
            file = HERE / (f"{name}.eml" if len(mails) == 1 else f"{name}-{number}.eml")
            if isinstance(content, str):  # a file that is there already: delivered once more
                files.append(content)
                continue
            file.write_bytes(content)
            files.append(file.name)
        self.mails.append({"name": name, "point": point, "files": files, "maker": maker, "shows": shows,
                           "expected": expected})


def partners(gpg):
    return {name: {"address": address(name), "key": f"keys/{name}.public.asc",
                   "fingerprint": gpg.fingerprint(address(name)), "profile": profile}
            for name, profile in PROFILES.items()}


def outcome(expected):
    """In words."""
    if expected["outcome"] == "report":
        return f"understood: {expected['answer']}"
    words = [expected["outcome"]]
    if "reasons" in expected:
        words.append(" or ".join(f"`{reason}`" for reason in expected["reasons"]))
    if expected.get("receipt"):
        words.append(f"receipt: {expected['receipt']['disposition']} ({expected['receipt']['kind']})")
    for document in expected.get("documents", ()):
        words.append("document becomes an object" if document["becomes"] else "document kept")
    return ", ".join(words)


def print_table():
    print("| variant | point | made by | shows | what becomes of it |\n|---|---|---|---|---|")
    for entry in json.loads(INDEX.read_text())["mails"]:
        print(f"| {entry['name']} | {entry['point']} | {entry['maker']} | {entry['shows']} | "
              f"{outcome(entry['expected'])} |")


def main():
    if "--table" in sys.argv:
        return print_table()
    import encrypted_mails
    import fragment_mails
    import inner_mails
    import refused_mails
    import report_mails
    with Gnupg() as gpg:
        if "--keys" in sys.argv:
            shutil.rmtree(KEYS, ignore_errors=True)
            make_keys.make_all(gpg)
        else:
            make_keys.load_all(gpg)
        for file in HERE.glob("*.eml"):
            file.unlink()
        kit = Kit(gpg)
        for catalogue in (encrypted_mails, inner_mails, fragment_mails, refused_mails, report_mails):
            catalogue.make(kit)
        index = {"partners": partners(gpg), "refused": REFUSED, "mails": kit.mails}
    INDEX.write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n")
    return print(f"{len(index['mails'])} variants, {len(list(HERE.glob('*.eml')))} mails")


if __name__ == "__main__":
    main()
