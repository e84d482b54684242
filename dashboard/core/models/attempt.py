"""How installations came about, or did not."""

from sqlalchemy import BigInteger, Index, Integer, String, and_, literal_column
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class Attempt(Model):
    """One begun installation, with the reference its visitor sees. Never a code, token, secret or query string."""

    __tablename__ = "dashboard_attempts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    reference: Mapped[str] = mapped_column(String(9), unique=True)
    client_id: Mapped[str] = mapped_column(String(32))
    verified: Mapped[bool]  # a state of ours came with it; others stay out of rates and groups
    # Which process began it, and then which one took its return
    release: Mapped[str]
    process_started_at: Mapped[int | None]
    key_id: Mapped[str | None] = mapped_column(String(8))  # the newest key of SECRET_KEY there

    # Where it stands
    step: Mapped[str] = mapped_column(String(16))  # the furthest reached, see attempts.STEPS
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    code: Mapped[str | None]  # the catalogue's entry
    slack_error: Mapped[str | None]
    slack_description: Mapped[str | None]
    slack_method: Mapped[str | None]
    slack_status: Mapped[int | None]
    slack_request_id: Mapped[str | None]
    slack_ms: Mapped[int | None]
    slack_retry_after: Mapped[int | None]  # seconds
    error_class: Mapped[str | None]
    database_error: Mapped[str | None]  # see core/database_error.py
    database_columns: Mapped[str | None]  # whose values it may not have taken, comma-joined

    # When
    seen_at: Mapped[int] = mapped_column(server_default="0")  # first heard of: started, or returned without a start
    started_at: Mapped[int | None]
    returned_at: Mapped[int | None]
    last_returned_at: Mapped[int | None]
    spent_at: Mapped[int | None]
    exchanged_at: Mapped[int | None]
    token_verified_at: Mapped[int | None]
    closed_at: Mapped[int | None]  # the outcome is final
    returns: Mapped[int] = mapped_column(server_default="0")
    state_limit: Mapped[int | None]  # seconds a state lived where it came back
    state_length: Mapped[int | None]  # characters of a state that is none of ours
    state_like_ours: Mapped[bool | None]  # whether that begins as ours do

    # What was asked for
    source: Mapped[str | None]
    team: Mapped[str | None]
    link_metadata: Mapped[str | None]
    metadata_signed: Mapped[bool | None]
    redirect_uri: Mapped[str | None]
    scopes: Mapped[str | None]
    user_scopes: Mapped[str | None]

    # Who came
    browser_digest: Mapped[str | None]
    cookie: Mapped[str | None]  # at the last return: same, missing, other
    locale: Mapped[str | None]
    user_agent: Mapped[str | None]
    browser: Mapped[str | None]  # its family, such as Firefox
    system: Mapped[str | None]
    ip_prefix: Mapped[str | None]
    ip_hash: Mapped[str | None]
    referrer_host: Mapped[str | None]
    return_browser_digest: Mapped[str | None]
    return_user_agent: Mapped[str | None]
    return_browser: Mapped[str | None]
    return_system: Mapped[str | None]
    return_ip_prefix: Mapped[str | None]
    return_ip_hash: Mapped[str | None]
    return_referrer_host: Mapped[str | None]
    repeat_cookie: Mapped[str | None]  # of the last one who came back with a used link: same, missing, other
    repeat_ip_hash: Mapped[str | None]

    # What Slack said it is
    app_id: Mapped[str | None]
    enterprise_id: Mapped[str | None]
    team_id: Mapped[str | None]
    user_id: Mapped[str | None]


# Written out, not as a parameter: SQLite takes such an index only where the query says the very same.
HAS_FAILED = and_(Attempt.outcome == literal_column("'failed'"), Attempt.verified)

Index("dashboard_attempts_latest", Attempt.seen_at)
Index("dashboard_attempts_app_latest", Attempt.client_id, Attempt.seen_at)
# What the desk filters by: see desk/kinds.py.
Index(
    "dashboard_attempts_kind",
    Attempt.client_id,
    Attempt.step,
    Attempt.outcome,
    Attempt.code,
    Attempt.source,
    Attempt.verified,
    Attempt.seen_at,
)
# It covers whom a failure met.
Index(
    "dashboard_attempts_failure",
    Attempt.client_id,
    Attempt.step,
    Attempt.code,
    Attempt.seen_at,
    Attempt.team_id,
    Attempt.enterprise_id,
    Attempt.browser_digest,
    sqlite_where=HAS_FAILED,
    postgresql_where=HAS_FAILED,
)
_NOT_VERIFIED = and_(~Attempt.verified)
Index(
    "dashboard_attempts_unverified",
    Attempt.client_id,
    Attempt.seen_at,
    sqlite_where=_NOT_VERIFIED,
    postgresql_where=_NOT_VERIFIED,
)
Index("dashboard_attempts_failing", Attempt.last_returned_at, sqlite_where=HAS_FAILED, postgresql_where=HAS_FAILED)

# The sweep looks for attempts whose process died; there are never many.
Index(
    "dashboard_attempts_running",
    Attempt.spent_at,
    sqlite_where=Attempt.closed_at.is_(None) & Attempt.spent_at.is_not(None),
    postgresql_where=Attempt.closed_at.is_(None) & Attempt.spent_at.is_not(None),
)

# Whose an attempt is, and whose browser's, of which most never learn the first; and what else is looked for.
_WHOSE = ("team_id", "enterprise_id", "user_id", "browser_digest", "return_browser_digest")
for _name in (*_WHOSE, "team", "code", "slack_error", "ip_prefix"):
    _known = getattr(Attempt, _name).is_not(None)
    Index(f"dashboard_attempts_{_name}", getattr(Attempt, _name), sqlite_where=_known, postgresql_where=_known)


class AttemptCount(Model):
    """How many attempts of an hour, a day or thirty days stand alike, but for what AttemptChange has yet to add: see
    core/tally.py. What an attempt does not have is empty."""

    __tablename__ = "dashboard_attempt_counts"
    __table_args__ = ({"sqlite_with_rowid": False},)

    span: Mapped[int] = mapped_column(primary_key=True)  # ms
    begins_at: Mapped[int] = mapped_column(primary_key=True)  # a multiple of the span
    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    verified: Mapped[bool] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(16), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    many: Mapped[int]  # attempts


class AttemptChange(Model):
    """How many more, or fewer: written by triggers in the transaction that changes an attempt, whoever does."""

    __tablename__ = "dashboard_attempt_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    client_id: Mapped[str]
    begins_at: Mapped[int]  # of the hour
    verified: Mapped[bool]
    source: Mapped[str]
    step: Mapped[str]
    outcome: Mapped[str]
    code: Mapped[str]
    many: Mapped[int]
