"""What people decide about attempts that failed alike."""

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class FailureGroup(Model):
    """The attempts of one app that failed at the same step with the same code. Figures are counted from the attempts;
    here is what people decided."""

    __tablename__ = "dashboard_failure_groups"
    __table_args__ = (UniqueConstraint("client_id", "step", "code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    client_id: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(16))
    code: Mapped[str]
    state: Mapped[str] = mapped_column(String(16))  # see failures.STATES
    assignee: Mapped[str | None] = mapped_column(String(254))  # an operator's e-mail address
    muted_until: Mapped[int | None]
    muted_rate: Mapped[int | None] = mapped_column(Integer)  # failures an hour that end it
    first_seen_at: Mapped[int]
    last_seen_at: Mapped[int]
    changed_at: Mapped[int]  # of the state
