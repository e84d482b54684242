"""Many rows, written by the drivers themselves: three apps, installations of the last year, attempts of 90 days.

The same number gives the same rows, but for their times, which end now. Attempts are written in the order in which they
begin, give or take an hour, as a service does; installations in none, since places install again. Shares are those of a
busy app: most attempts succeed, an eighth never comes back, a fifth fails in a dozen ways and some that no catalogue
holds.
"""

import random
import sqlite3
from collections.abc import Iterator, Sequence

import psycopg
from sqlalchemy import make_url

from dashboard.core import reference
from dashboard.core.clock import DAY, HOUR, MINUTE, now
from dashboard.core.models import Attempt, Installation, SlackBot, SlackInstallation
from dashboard.core.steps import small_transactions
from dashboard.desk import tallies
from dashboard.slack.tenant import scope_set, search_text, sort_name

APPS = (("acme", "Acme Bot", "333.111"), ("other", "Other Bot", "444.111"), ("third", "Third Bot", "555.111"))
SCOPES = "chat:write,commands,users:read"
BATCH = 20_000
Row = dict[str, object]

_FIRST = ("Blue", "Nordic", "Grand", "Rapid", "Café", "Łódź", "Silver", "Müller", "Sunny", "Delta", "東京", "Iron")
_SECOND = ("Bakery", "Logistics", "Robotics", "Partners", "Studio", "Pharma", "Foods", "Energy", "Labs", "Media")
_FAILURES = (
    ("verified", "invalid_code", 30),
    ("verified", "code_already_used", 6),
    ("verified", "timeout", 5),
    ("verified", "bad_client_secret", 4),
    ("verified", "org_login_required", 4),
    ("returned", "state_expired", 20),
    ("returned", "no_cookie", 12),
    ("returned", "unapproved_scope", 5),
    ("returned", "invalid_scope", 4),
    ("exchanged", "account_inactive", 3),
    ("token_verified", "storage_error", 2),
    ("verified", "a_new_error", 3),
    ("verified", "another_new_error", 2),
)


def client_id(number: int) -> str:
    """Whose row that is: of twenty, sixteen are the first app's, three the second's, one the third's."""
    return APPS[0 if number % 20 < 16 else 1 if number % 20 < 19 else 2][2]


def _name(number: int, chance: random.Random) -> str:
    return f"{chance.choice(_FIRST)} {chance.choice(_SECOND)} {number}"


def installations(count: int) -> Iterator[Row]:
    """Rows of the summary."""
    chance, at = random.Random(count), now()
    for number in range(count):
        team, name = f"T{number:09X}", _name(number, chance)
        org_wide = number % 400 == 0
        enterprise = f"E{number if org_wide else number % 499:09X}" if number % 25 == 0 else None
        installed_at = at - chance.randrange(365 * DAY)
        status = "active" if number % 7 else ("uninstalled" if number % 3 else "revoked")
        names = (None if org_wide else name, f"{name} Group" if enterprise else None)
        url = f"https://{team.lower()}.slack.com/"
        scopes = "chat:write,commands" if number % 50 == 3 else SCOPES
        words = (*names, None if org_wide else team, enterprise, "A0ACME", f"U{number:09X}", url)
        yield {
            "id": number + 1,
            "client_id": client_id(number),
            "tenant": f"{enterprise or ''}/{'' if org_wide else team}",
            "app_id": "A0ACME",
            "enterprise_id": enterprise,
            "enterprise_name": names[1],
            "enterprise_url": None,
            "team_id": None if org_wide else team,
            "team_name": names[0],
            "is_enterprise_install": org_wide,
            "status": status,
            "to_check": number % 1_000 == 1,
            "url": url,
            "installer_id": f"U{number:09X}",
            "bot_scopes": scopes,
            "user_scopes": None,
            "first_installed_at": installed_at - chance.randrange(30 * DAY),
            "installed_at": installed_at,
            "removed_at": None if status == "active" else min(at, installed_at + chance.randrange(60 * DAY)),
            "scope_set": scope_set(scopes, None),
            "sort_name": sort_name(*names),
            "search": search_text(*words),
        }


def attempts(count: int) -> Iterator[Row]:
    """Attempts, each about an installation of the same number where it got that far."""
    chance, at = random.Random(count), now()
    kinds = [(step, "failed", code, weight) for step, code, weight in _FAILURES]
    kinds += [
        ("stored", "succeeded", None, 300),
        ("started", None, None, 60),
        ("returned", "cancelled", "access_denied", 40),
    ]
    weights = [weight for *_, weight in kinds]
    for number in range(count):
        step, outcome, code, _ = chance.choices(kinds, weights)[0]
        began = at - (count - number) * 90 * DAY // count - chance.randrange(HOUR)
        reached = step in ("stored", "exchanged", "token_verified")
        verified = number % 50 != 0 or reached
        returned = None if step == "started" else began + chance.randrange(MINUTE)
        spent = returned if step in ("verified", "stored", "exchanged", "token_verified") else None
        yield {
            "id": f"{number:032x}",
            "reference": reference.of_number(number * 1_000_003 % 2**40),
            "client_id": client_id(number),
            "verified": verified,
            "release": "benchmark",
            "step": step,
            "outcome": outcome,
            "reason": code,
            "code": code,
            "seen_at": began,
            "started_at": began if verified else None,
            "returned_at": returned,
            "last_returned_at": returned,
            "spent_at": spent,
            "exchanged_at": spent if reached else None,
            "token_verified_at": spent if step == "stored" else None,
            "closed_at": spent + 900 if spent else None,
            "returns": 0 if step == "started" else 1,
            "source": "page" if number % 3 else "direct",
            "redirect_uri": "https://install.example.com/apps/acme/oauth_redirect",
            "scopes": SCOPES,
            "browser_digest": f"{number:024x}" if verified else None,
            "cookie": "same" if returned else None,
            "locale": "en-US",
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "browser": "Firefox",
            "system": "Linux",
            "ip_prefix": f"203.{number % 200}.{number % 251}.0/24",
            "ip_hash": f"{number % 100_000:016x}",
            "app_id": "A0ACME" if reached else None,
            "team_id": f"T{number:09X}" if reached else None,
            "user_id": f"U{number:09X}" if reached else None,
        }


def slack_rows(count: int) -> Iterator[Row]:
    """Rows of slack_sdk's installations, one tenant in ten installed twice."""
    chance = random.Random(count)
    for number in range(count):
        tenant = number if number % 10 else max(0, number - 1)
        name = _name(tenant, chance)
        yield {
            "id": number + 1,
            "client_id": client_id(tenant),
            "app_id": "A0ACME",
            "enterprise_id": f"E{tenant % 499:09X}" if tenant % 25 == 1 else None,
            "enterprise_name": f"{name} Group" if tenant % 25 == 1 else None,
            "team_id": f"T{tenant:09X}",
            "team_name": name,
            "bot_token": f"xoxb-{number}-abcdefghijklmnop",
            "bot_id": f"B{tenant:09X}",
            "bot_user_id": f"U{tenant:09X}",
            "bot_scopes": SCOPES,
            "user_id": f"U{number:09X}",
            "is_enterprise_install": False,
            "token_type": "bot",
            "installed_at": f"202{number % 5 + 1}-0{number % 9 + 1}-1{number % 10} 10:00:00.000000",
        }


def slack_bots(count: int) -> Iterator[Row]:
    """The bots of the same."""
    mine = {column.name for column in SlackBot.__table__.columns}
    for row in slack_rows(count):
        yield {name: value for name, value in row.items() if name in mine}


TABLES = {
    "installations": (Installation, installations),
    "attempts": (Attempt, attempts),
    "slack_installations": (SlackInstallation, slack_rows),
    "slack_bots": (SlackBot, slack_bots),
}


def fill(url: str, what: str, count: int) -> None:
    """Write so many rows of one of TABLES into a database, and let them be counted."""
    write_raw(url, what, count)
    add_up(url)


def write_raw(url: str, what: str, count: int) -> None:
    """Write the rows, and no more."""
    table, make = TABLES[what]
    write = _on_sqlite if url.startswith("sqlite") else _on_postgresql
    write(url, table.__tablename__, make(count))


def add_up(url: str) -> None:
    """Add up what is noted of the rows, as the service would soon, and clear up, as PostgreSQL's autovacuum would: the
    notes of a million rows that were there a moment ago would be read over by each page."""
    with small_transactions(url) as step:
        tallies.add_up(step)
    if url.startswith("postgresql"):
        with psycopg.connect(_address(url), autocommit=True) as connection:
            for counted in tallies.ALL:
                for table in (counted.counts, counted.changes):
                    connection.execute(f"VACUUM ANALYZE {table.__tablename__}")


def _batches(rows: Iterator[Row]) -> Iterator[tuple[list[str], list[Sequence[object]]]]:
    batch: list[Sequence[object]] = []
    names: list[str] = []
    for row in rows:
        names = list(row)
        batch.append(tuple(row.values()))
        if len(batch) == BATCH:
            yield names, batch
            batch = []
    if batch:
        yield names, batch


def _on_sqlite(url: str, table: str, rows: Iterator[Row]) -> None:
    connection = sqlite3.connect(make_url(url).database or "")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -200000")
    for names, batch in _batches(rows):
        places = ", ".join("?" * len(names))
        connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})", batch)
        connection.commit()
    connection.close()


def _address(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _on_postgresql(url: str, table: str, rows: Iterator[Row]) -> None:
    with psycopg.connect(_address(url), autocommit=True) as connection:
        for names, batch in _batches(rows):
            copying = f"COPY {table} ({', '.join(names)}) FROM STDIN"
            with connection.cursor().copy(copying) as copy:
                for row in batch:
                    copy.write_row(row)
        if table != Attempt.__tablename__:  # whose ids are no numbers
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        connection.execute(f"VACUUM ANALYZE {table}")
