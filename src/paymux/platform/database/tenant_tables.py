"""How a migration protects a table that belongs to tenants."""

from typing import Final

from alembic import op

APP_ROLE: Final = "paymux_app"
"""The group role the application's login role is a member of; never an owner."""
LOOKUP_ROLE: Final = "paymux_lookup"
"""Owns the SECURITY DEFINER functions that find a tenant; reads few columns of few tables."""


def protect(table: str, *, rights: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Force row-level security on `table` and give the application `rights` on it."""
    tenant = "tenant_id = current_setting('paymux.tenant_id', true)"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_tenant ON {table} TO {APP_ROLE} USING ({tenant}) WITH CHECK ({tenant})"
    )
    op.execute(f"GRANT {rights} ON {table} TO {APP_ROLE}")


def let_look_up(table: str, columns: str, function: str, body: str) -> None:
    """Create a narrow function over `table` that the application may call without a tenant.

    `function` is its signature and return type; `body` one SELECT over the named `columns`.
    """
    op.execute(f"GRANT SELECT ({columns}) ON {table} TO {LOOKUP_ROLE}")
    op.execute(
        f"DO $$ BEGIN CREATE POLICY lookup ON {table} FOR SELECT TO {LOOKUP_ROLE} USING (true);"
        " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    op.execute(
        f"CREATE FUNCTION {function} LANGUAGE sql STABLE SECURITY DEFINER"
        f" SET search_path = pg_catalog, public AS $$ {body} $$"
    )
    name = function[: function.index(" RETURNS")]
    op.execute(f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC")
    op.execute(f"ALTER FUNCTION {name} OWNER TO {LOOKUP_ROLE}")
    op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO {APP_ROLE}")
