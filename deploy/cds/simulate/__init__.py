"""The simulator: what ward apps send over months, from a seed, and the exact figures that must come of it.

It speaks the public HTTP API alone, as any ward app does. `run` sends a plan and returns an `Outcome`;
`verify` compares the reporting service with what the outcome expects, cell by cell. It imports no service
and no event class, so its idea of the figures is a second opinion.
"""

from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.run import Outcome, expect_file, run
from deploy.cds.simulate.targets import Targets, read_clients_file
from deploy.cds.simulate.verify import Verdict, verify
from deploy.cds.simulate.world import Plan, Site, Venue

__all__ = [
    "Habits",
    "Outcome",
    "Plan",
    "Site",
    "Targets",
    "Venue",
    "Verdict",
    "expect_file",
    "read_clients_file",
    "run",
    "verify",
]
