"""What support notes about attempts, and the one-time links it gives out."""

from sqlalchemy import BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class AttemptEntry(Model):
    """A line of an attempt's history that a person wrote: an operator, or the visitor on the failure page."""

    __tablename__ = "dashboard_attempt_entries"
    __table_args__ = (Index("dashboard_attempt_entries_reference", "reference"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    reference: Mapped[str] = mapped_column(String(9))  # the attempt's
    client_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(16))  # see install/entries.py
    text: Mapped[str | None]
    who: Mapped[str]  # the operator's address; the visitor's, or empty
    at: Mapped[int]


class CodeNote(Model):
    """What the people of one app have to say of a code: shown on each of its attempts."""

    __tablename__ = "dashboard_code_notes"

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(80), primary_key=True)
    text: Mapped[str]
    who: Mapped[str]
    changed_at: Mapped[int]


class Invitation(Model):
    """A one-time install link. Its code is not kept, only a digest of it."""

    __tablename__ = "dashboard_invitations"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(9))  # of the attempt it was made for; empty: for an installation
    team_id: Mapped[str | None]  # with the next one the customer, if Slack has named one
    enterprise_id: Mapped[str | None]
    made_by: Mapped[str]
    expires_at: Mapped[int]
    spent_at: Mapped[int | None]
