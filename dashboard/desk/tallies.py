"""Everything that is counted as it changes."""

from dashboard.core import tally
from dashboard.core.steps import Step
from dashboard.desk import hours, installation_days, installation_kinds, installation_organizations

ALL = (hours.TALLY, installation_kinds.TALLY, installation_days.TALLY, installation_organizations.TALLY)


def add_up(step: Step) -> None:
    """Add up what is noted beside the counts, so that reading need not; a part is left where another process is at
    it."""
    for counted in ALL:
        while step(tally.any_noted, counted) and step(tally.fold, counted):
            pass
