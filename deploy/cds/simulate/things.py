"""All that `verify` compares besides the tallies of assists: what waits, how things stand, and what lies inside.

Each app asks for its own: the events of the run that still wait must be exactly those that nothing can resolve, and
those that can never take effect exactly the ones that are impossible. How things stand comes from every app's feed of
changes. Sessions and feedback by day, and attendance, are read from the databases where the run could.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from deploy.cds.simulate.app import Pace, Patience, Phone, Token
from deploy.cds.simulate.inside import attendance_of, differing
from deploy.cds.simulate.ledger import Ledger
from deploy.cds.simulate.run import Outcome
from deploy.cds.simulate.states import read_states, states_of
from deploy.cds.simulate.targets import Targets


class Things:
    def __init__(self, outcome: Outcome, targets: Targets) -> None:
        self.outcome, self.standing = outcome, outcome.standing
        self.told = {event.id for event in outcome.ledger.held()}
        # Those that told most first: what they see need not be asked of the others.
        sources = Counter(event.source.removeprefix("/apps/") for event in outcome.ledger.held())
        self.phones = [
            Phone(targets, Token(targets.registry, name, targets.secrets[name]), Ledger(), Pace(None), Patience())
            for name, _ in sources.most_common()
        ]

    def close(self) -> None:
        for phone in self.phones:
            phone.http.close()

    def look(self) -> tuple[list[str], Counter[str]]:
        """What is not as it must be, a line each, and how many things of each kind were compared."""
        lines, compared = self.pending()
        for look in (self.counts, self.attendance, self.states):
            if not lines:
                more, seen = look()
                lines, compared = lines + more, compared + seen
        return lines, compared

    def pending(self) -> tuple[list[str], Counter[str]]:
        waiting, refused = set[str](), set[str]()
        for one in (one for phone in self.phones for one in pending_of(phone)):
            if one["event_id"] in self.told:
                (refused if one["refused"] else waiting).add(one["event_id"])
        lines = [f"{one} waits, and need not" for one in sorted(waiting - self.standing.waiting)]
        lines += [f"{one} should wait, and does not" for one in sorted(self.standing.waiting - waiting)]
        lines += [f"{one} was closed as impossible, and is not" for one in sorted(refused - self.standing.refused)]
        lines += [f"{one} is impossible, and was not closed" for one in sorted(self.standing.refused - refused)]
        return lines, Counter({"events that wait": len(waiting), "impossible events": len(refused)})

    def counts(self) -> tuple[list[str], Counter[str]]:
        if self.outcome.inside is None:
            return [], Counter()
        counts = self.outcome.inside.counts(self.outcome.plan)
        counts.subtract(self.outcome.counts_before)
        expected, found = ({key: n for key, n in some.items() if n} for some in (self.outcome.counts, counts))
        seen = Counter({"sessions": 0, "feedback": 0})
        for (what, *_), number in expected.items():
            seen[what] += number
        return differing(expected, found), seen

    def attendance(self) -> tuple[list[str], Counter[str]]:
        if self.outcome.inside is None:
            return [], Counter()
        expected = attendance_of(self.standing)
        found = self.outcome.inside.attendance({session for session, _ in expected})
        return differing(expected, found), Counter({"attendances": len(expected)})

    def states(self) -> tuple[list[str], Counter[str]]:
        expected = states_of(self.standing)
        found: dict[Any, Any] = {}
        for phone in self.phones:
            if found.keys() != expected.keys():
                found |= {subject: state for subject, state in read_states(phone) if subject in expected}
        kinds = Counter(f"{thing.kind} states" for thing in self.standing.things.values())
        return differing(expected, found), kinds


def pending_of(phone: Phone) -> Iterator[dict[str, Any]]:
    """What waits of an app's own, and what can never take effect."""
    asked: dict[str, Any] = {"limit": 500}
    while page := phone.get("/v1/pending", **asked):
        yield from page["items"]
        if page["next"] is None:
            return
        asked["after"] = page["next"]
