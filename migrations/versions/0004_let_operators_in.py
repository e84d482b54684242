"""Let operators in: their accounts, apps and sessions, what throttles guessing, and the record of who did what.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "dashboard_operators",
    "dashboard_memberships",
    "dashboard_recovery_codes",
    "dashboard_one_time_links",
    "dashboard_sessions",
    "dashboard_throttles",
    "dashboard_audit",
)


def _times(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _operator(**options: bool) -> sa.Column[int]:
    reference = sa.ForeignKey("dashboard_operators.id", ondelete="CASCADE")
    return sa.Column("operator_id", sa.Integer(), reference, nullable=False, **options)


def upgrade() -> None:
    op.create_table(
        "dashboard_operators",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("totp_secret", sa.Text()),
        sa.Column("totp_offered", sa.Text()),
        sa.Column("totp_last_step", sa.BigInteger()),
        sa.Column("owner", sa.Boolean(), nullable=False),
        *_times("created_at"),
        sa.Column("signed_in_at", sa.BigInteger()),
        sa.Column("disabled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_operators_pkey")),
        sa.UniqueConstraint("email", name=op.f("dashboard_operators_email_key")),
    )
    op.create_table(
        "dashboard_memberships",
        _operator(),
        sa.Column("app_id", sa.Integer(), sa.ForeignKey("dashboard_apps.id", ondelete="CASCADE"), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "app_id", name=op.f("dashboard_memberships_pkey")),
    )
    op.create_index("dashboard_memberships_app_id", "dashboard_memberships", ["app_id"])
    op.create_table(
        "dashboard_recovery_codes",
        _operator(),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("operator_id", "digest", name=op.f("dashboard_recovery_codes_pkey")),
    )
    op.create_table(
        "dashboard_one_time_links",
        sa.Column("digest", sa.String(64), nullable=False),
        _operator(),
        *_times("expires_at"),
        sa.PrimaryKeyConstraint("digest", name=op.f("dashboard_one_time_links_pkey")),
    )
    op.create_index("dashboard_one_time_links_operator_id", "dashboard_one_time_links", ["operator_id"])
    op.create_table(
        "dashboard_sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        _operator(),
        *_times("created_at", "last_seen_at", "expires_at", "confirmed_at"),
        *(sa.Column(name, sa.Text()) for name in ("browser", "system", "ip_prefix")),
        sa.PrimaryKeyConstraint("digest", name=op.f("dashboard_sessions_pkey")),
    )
    op.create_index("dashboard_sessions_operator_id", "dashboard_sessions", ["operator_id"])
    op.create_table(
        "dashboard_throttles",
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        *_times("since_at"),
        sa.PrimaryKeyConstraint("key", name=op.f("dashboard_throttles_pkey")),
    )
    op.create_index("dashboard_throttles_since_at", "dashboard_throttles", ["since_at"])
    op.create_table(
        "dashboard_audit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        *_times("at"),
        sa.Column("who", sa.String(254), nullable=False),
        sa.Column("verb", sa.String(40), nullable=False),
        sa.Column("object_type", sa.String(40)),
        sa.Column("object_id", sa.Text()),
        sa.Column("client_id", sa.String(32)),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("ip_prefix", sa.Text()),
        sa.Column("details", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_audit_pkey")),
    )
    op.create_index("dashboard_audit_app_latest", "dashboard_audit", ["client_id", "id"])
    op.create_index("dashboard_audit_at", "dashboard_audit", ["at"])


def downgrade() -> None:
    """The operators go, and with them who did what."""
    for table in reversed(TABLES):
        op.drop_table(table)
