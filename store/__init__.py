"""The database: one connection, one unit of work, migrations."""
