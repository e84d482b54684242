"""What every table has in common."""

from sqlalchemy import BigInteger, MetaData, Text
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "pk": "%(table_name)s_pkey",
}


class Model(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, int: BigInteger}  # noqa: RUF012 - SQLAlchemy's own declaration
