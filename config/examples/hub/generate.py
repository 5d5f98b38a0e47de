#!/usr/bin/python3
"""Makes the tables of a hub that exchanges studies with 700 partners: 5000 rules, and the tests for them.

Usage: generate.py DIRECTORY [--partners N] [--rules N]
"""

import argparse
import pathlib

HEAD = """gateway:
  name: hub
  state_dir: {directory}/state
dicom:
  callers:
    - {{ ae_title: HUB_PACS, host: 127.0.0.1 }}
pacs:
  main: {{ ae_title: HUB_PACS, host: 127.0.0.1, port: 104 }}
  archive: {{ ae_title: HUB_ARCHIVE, host: 127.0.0.1, port: 105 }}
mailboxes:
  main:
    address: dicom@hub.example
    smtp: {{ url: smtp://mail.hub.example:587, username: hub, password_file: secrets/mail-password }}
    imap: {{ url: imaps://mail.hub.example:993, username: hub, password_file: secrets/mail-password }}
    key: {{ file: keys/hub.secret.asc }}
"""
MODALITIES = ("CT", "MR", "CR", "DX", "US", "MG", "XA", "NM")


def partner(number):
    return (f"site-{number:03}:\n  address: dicom@site-{number:03}.example\n"
            f"  key: {{ file: keys/site-{number:03}.public.asc, fingerprint: {number + 1:040X} }}\n")


def rule(number, partners):
    """The rules of a partner: one for each modality, with what it wants of it."""
    site, modality = number % partners, MODALITIES[number // partners % len(MODALITIES)]
    criteria = [f"called_ae: TO_{site:03}", f"Modality: {modality}"]
    if modality in ("CT", "MR"):
        criteria.append('SeriesDescription: { not: "~(?i)topogram|localizer" }')
    if modality == "US":
        criteria.append("NumberOfFrames: { at_most: 200 }")
    if modality == "MG":
        criteria.append("StudyDate: { within: 730d }")
    when = ", ".join(criteria)
    return f"  - {{ name: site-{site:03}-{number:04}, when: {{ {when} }}, send_to: site-{site:03} }}\n"


def test(site, modality, extra, expected):
    attributes = f"Modality: {modality}" + (f", {extra}" if extra else "")
    return (f"  - name: {modality} for site {site}\n    attributes: {{ {attributes} }}\n"
            f"    called_ae: TO_{site:03}\n    expect: {{ targets: [{expected}] }}\n")


def tests(partners):
    text = "tests:\n"
    for site in (0, partners // 2, partners - 1):
        text += test(site, "CT", "SeriesDescription: Thorax", f"site-{site:03}")
        text += test(site, "CT", "SeriesDescription: Topogram 0.6", "")
        text += test(site, "US", "NumberOfFrames: 500", "")
        text += test(site, "ES", "", "")
        text += (f"  - name: from site {site}\n    attributes: {{ Modality: CT }}\n    partner: site-{site:03}\n"
                 "    expect: { targets: [main] }\n")
    return text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--partners", type=int, default=700)
    parser.add_argument("--rules", type=int, default=5000)
    arguments = parser.parse_args()
    directory = arguments.directory.resolve()
    for folder in ("partners.d", "routes.d"):
        (directory / folder).mkdir(parents=True, exist_ok=True)
    inbound = "routes:\n  inbound:\n    - { name: all, forward_to: main }\n"
    (directory / "gateway.yaml").write_text(HEAD.format(directory=directory) + inbound)
    (directory / "partners.d/sites.yaml").write_text("".join(partner(i) for i in range(arguments.partners)))
    rules = "".join(rule(i, arguments.partners) for i in range(arguments.rules))
    (directory / "routes.d/10-sites.yaml").write_text("outbound:\n" + rules)
    (directory / "routes-test.yaml").write_text(tests(arguments.partners))


main()
