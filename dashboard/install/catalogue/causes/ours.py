"""What can go wrong on this side: the database, a restart, our own code."""

from dashboard.core.clock import DAY, MINUTE
from dashboard.core.database_error import WORDS
from dashboard.core.words import many, moment, span
from dashboard.install.catalogue.evidence import OTHERS, Evidence, Finding, likely, people, unknown, unlikely

AROUND = 5 * MINUTE
STORAGE = ("storage_error", "database_unavailable")


def database_down(evidence: Evidence) -> Finding:
    return _database(evidence, "locked", "unavailable", "no_connection_left", "damaged")


def disk_full(evidence: Evidence) -> Finding:
    return _database(evidence, "disk_full")


def read_only(evidence: Evidence) -> Finding:
    return _database(evidence, "read_only")


def not_migrated(evidence: Evidence) -> Finding:
    return _database(evidence, "not_migrated")


def value_does_not_fit(evidence: Evidence) -> Finding:
    """Something in this customer's data is longer than its column, or of another character set."""
    return _database(evidence, "too_long", "character_set")


def restarted(evidence: Evidence) -> Finding:
    """The process ended, or was ended, in the middle of it."""
    process, spent_at = evidence.this.process_started_at, evidence.this.spent_at
    if not process or not spent_at:
        return unknown("Which process took it was not kept yet.")
    same = [each for each in evidence.around if each.process_started_at == process]
    alive = [each for each in same if each.at > spent_at + MINUTE and each.code != "interrupted"]
    if alive:
        return unlikely(f"The same process was still at work afterwards: {alive[0].name}, {moment(alive[0].at)}.")
    with_it = [each for each in same if each.code == "interrupted"]
    newer = [
        each.process_started_at
        for each in evidence.around
        if each.process_started_at and each.process_started_at > spent_at
    ]
    if not newer:
        return unknown("No attempt of a process that started later is kept.")
    return likely(
        f"The process that took it ran since {moment(process)}; another one started {span(min(newer) - spent_at)} "
        f"after, and {many(len(with_it), 'other')} ended with it."
    )


def fault_in_the_code(evidence: Evidence) -> Finding:
    """Something nobody foresaw; the service's log has the place."""
    error = evidence.attempt.error_class
    if not error:
        return unknown("The class of the error is not kept.")
    alike = [each for each in evidence.near(DAY) if each.error_class == error]
    return likely(f"The code raised {error}; {many(len(alike), 'other')} met the same within a day of it.")


def link_of_another(evidence: Evidence) -> Finding:
    """The one-time link was made for another customer than Slack named."""
    return likely(f"Slack named {evidence.this.customer}, and the one-time link was made for another.")


def _database(evidence: Evidence, *words: str) -> Finding:
    """Whether the database's trouble was one of these, and whom else it met."""
    word = evidence.attempt.database_error
    if word is None:
        return unknown("What the database's trouble was is not kept.")
    if word == "other":
        return unknown(f"The database's trouble was {WORDS[word]} ({evidence.attempt.error_class}).")
    if word not in words:
        return unlikely(f"It was another trouble: {WORDS[word]}.")
    trouble = WORDS[word]
    if evidence.attempt.database_columns:
        columns = evidence.attempt.database_columns.split(",")
        trouble += f" ({'one of ' if len(columns) > 1 else ''}{', '.join(columns)})"
    near = evidence.near(AROUND)
    met = [each for each in near if each.code in STORAGE]
    stored = [each for each in near if each.is_stored]
    return likely(
        f"It was that {trouble}; within five minutes {many(people(met), *OTHERS)} met such "
        f"trouble and {many(len(stored), 'other')} succeeded."
    )
