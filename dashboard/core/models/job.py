"""Work on many installations at once, which goes on behind the answer."""

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class Job(Model):
    """One act on many installations: whose, what it was asked for, and how far it is."""

    __tablename__ = "dashboard_jobs"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("dashboard_operators.id", ondelete="CASCADE"))
    network: Mapped[str | None]  # where it was asked from: for the audit of what is done
    act: Mapped[str] = mapped_column(String(16))
    text: Mapped[str]
    chosen: Mapped[str]  # what it is about, in words
    total: Mapped[int]
    created_at: Mapped[int]
    worked_at: Mapped[int]  # when a process last said that it is at it; 0: none yet
    ended_at: Mapped[int | None]
    stopped: Mapped[str | None]  # why it ended before everything was done


class JobRow(Model):
    """One installation of a job, and what came of it."""

    __tablename__ = "dashboard_job_rows"
    __table_args__ = (Index("dashboard_job_rows_outcome", "job_id", "outcome", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    job_id: Mapped[int] = mapped_column(Integer, ForeignKey("dashboard_jobs.id", ondelete="CASCADE"))
    installation_id: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str | None] = mapped_column(String(8))  # as in the audit; NULL: it was not its turn yet
    says: Mapped[str | None]
    done_at: Mapped[int | None]


Index(None, Job.operator_id)
