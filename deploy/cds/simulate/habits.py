"""The bad habits of real ward apps, each of which can be chosen alone.

Corrections and voids change what is true; bursts, late, shuffle and duplicates change only when and how
often it is said (`delivery`); malformed input says nothing that counts (`malformed`). Whatever is chosen,
the expected figures follow from the events that were accepted, never from the habits.
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

    @classmethod
    def all(cls) -> Habits:
        return cls(**{field.name: True for field in fields(cls)})


HONEST = Habits()
