"""How migrations run: in one transaction, on the connection `dashboard migrate` hands over, else on DATABASE_URL's."""

import os
from typing import Any

from alembic import context
from sqlalchemy import Connection

from dashboard.core.engines import sync_engine, writing
from dashboard.core.models import Model
from dashboard.core.schema import VERSION_TABLE


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave the tables alone that a Bolt app keeps in the same database."""
    if kind == "index":
        return not (name or "").endswith("_trgm")  # only where PostgreSQL lets us have it
    return kind != "table" or name in Model.metadata.tables


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        version_table=VERSION_TABLE,
        include_name=is_ours,
        render_as_batch=True,
        compare_type=True,
        compare_server_default=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = os.environ.get("DATABASE_URL", "sqlite:///dashboard.db")
    with writing(sync_engine(url)).begin() as connection:
        run(connection)
