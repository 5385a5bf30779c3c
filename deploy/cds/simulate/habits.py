"""The bad habits of real ward apps, each of which can be chosen alone.

Corrections and voids change what is true (`changes`, `voids`); bursts, late, shuffle and duplicates change only when
and how often it is said (`delivery`); wrong clocks change when it seems to have happened, orphans are about things that
never come, and stale codes are those of a ward that has ended (`oddities`); malformed input says nothing that counts
(`malformed`). Whatever is chosen, the expected figures follow from the events accepted, never from the habits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Habits:
    bursts: bool = False
    duplicates: bool = False
    shuffle: bool = False
    late: bool = False
    corrections: bool = False
    voids: bool = False
    malformed: bool = False
    clocks: bool = False
    orphans: bool = False
    stale_codes: bool = False

    @classmethod
    def all(cls) -> Habits:
        return cls(**{field.name: True for field in fields(cls)})


HONEST = Habits()
