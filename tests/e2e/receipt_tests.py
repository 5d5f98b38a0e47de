"""What the tests of receipts share."""

from harness import Directory, E2eTest, make_study


def asking(kind="mdn", **profile):
    """Hospital A asks B for receipts."""
    def change(settings):
        settings["partners"]["klinikum-b"]["profile"].update({"receipts": kind, **profile})
    return change


def answering(when, **profile):
    """When hospital B answers A."""
    def change(settings):
        settings["receipts"] = {"send_when": when}
        settings["partners"]["klinikum-a"]["profile"].update(profile)
    return change


class ReceiptTest(E2eTest):
    seed = 0

    def study(self, slices=1, **options):
        ReceiptTest.seed += 1
        return make_study(self.enterContext(Directory()), slices, 4096, seed=ReceiptTest.seed, **options)

    def messages(self, gateway):
        """The states of its messages that are not 0."""
        return {state: count for state, count in gateway.counts()["messages"].items() if count}
