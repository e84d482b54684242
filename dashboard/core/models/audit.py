"""Who did what."""

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class AuditEntry(Model):
    """One act, refusal or export. Rows are only ever added, and removed by age alone.

    It points to nobody by key: it outlives the operators and objects it names.
    """

    __tablename__ = "dashboard_audit"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[int]
    who: Mapped[str] = mapped_column(String(254))  # an operator's e-mail address, or `command line`
    verb: Mapped[str] = mapped_column(String(40))
    object_type: Mapped[str | None] = mapped_column(String(40))
    object_id: Mapped[str | None]
    client_id: Mapped[str | None] = mapped_column(String(32))  # the app's; NULL: the deployment as a whole
    outcome: Mapped[str] = mapped_column(String(8))  # ok, denied, failed
    ip_prefix: Mapped[str | None]
    details: Mapped[str | None]


# Lists are in order of the id, which is the order of writing; retention goes by age.
Index("dashboard_audit_app_latest", AuditEntry.client_id, AuditEntry.id)
Index("dashboard_audit_at", AuditEntry.at)
