"""What every table has in common."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

JsonObject = dict[str, object]


class Row(DeclarativeBase):
    """The root of all declarative rows; its metadata is what migrations are compared with."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[object, object]] = {
        str: Text(),
        int: BigInteger(),
        datetime: DateTime(timezone=True),
        JsonObject: JSONB(),
    }


class TenantRow(Row):
    """A row of one tenant; the tenant leads every key (invariant 8)."""

    __abstract__ = True

    tenant_id: Mapped[str] = mapped_column(primary_key=True, sort_order=-2)
    id: Mapped[str] = mapped_column(primary_key=True, sort_order=-1)
