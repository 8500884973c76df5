//! Tables that a migration tool keeps for itself: a row for each migration, which only the tool reads and writes.

/// Whether a table is a migration tool's own record of what has run. (What a team's own runner may call it is no such proof: that is for
/// [`crate::migration`] to find its discipline by.)
pub(crate) fn is_bookkeeping(table: &str) -> bool {
    const TABLES: [&str; 22] = [
        "alembic_version",
        "schema_migrations",
        "schema_migration",
        "ar_internal_metadata",
        "django_migrations",
        "flyway_schema_history",
        "schema_version",
        "databasechangelog",
        "databasechangeloglock",
        "goose_db_version",
        "gorp_migrations",
        "_prisma_migrations",
        "_sqlx_migrations",
        "__diesel_schema_migrations",
        "__drizzle_migrations",
        "pgmigrations",
        "knex_migrations",
        "knex_migrations_lock",
        "sequelizemeta",
        "typeorm_metadata",
        "refinery_schema_history",
        "atlas_schema_revisions",
    ];
    TABLES.contains(&table.to_ascii_lowercase().as_str())
}
