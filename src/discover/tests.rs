//! Small projects in a temporary folder, one or more per tool.

use super::*;
use std::fs;
use tempfile::TempDir;

/// A folder with these files; a file without text holds one statement.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    // Nothing above it is looked at.
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, if text.is_empty() { "SELECT 1;\n" } else { text }).unwrap();
    }
    folder
}

fn look(folder: &TempDir, given: &[&str], siblings: bool) -> Discovered {
    let given: Vec<_> = given.iter().map(|path| folder.path().join(path)).collect();
    discover(&given, &Options { siblings, ..Options::default() })
}

/// Everything that was found, a line each, with paths below the folder.
fn told(folder: &TempDir, found: &Discovered) -> Vec<String> {
    // The folder's own path comes back as it was given.
    let prefix = format!("{}/", folder.path().display());
    let own = |text: &str| text.replace(&prefix, "").replace(&prefix[..prefix.len() - 1], ".");
    let mut lines = Vec::new();
    for project in &found.projects {
        let server = match project.dialect {
            Dialect::Postgres => String::new(),
            other => format!(", for {} {}", other.display(), project.dialect_from),
        };
        lines.push(own(&format!("{}: {} {}{server}", project.root, project.tool.name, project.tool_from)));
        for file in &project.files {
            let role = match file.role {
                Role::Migration => "",
                Role::Repeatable => " repeatable",
                Role::Callback => " callback",
                Role::Down => " down",
                Role::Seed => " seed",
                Role::Schema => " schema",
                Role::Included => " included",
            };
            let mode = file.transaction.map(|mode| format!(" {mode:?}")).unwrap_or_default();
            let context = if file.judged { "" } else { " (context)" };
            lines.push(own(&format!("  {}{role}{mode}{context}", file.display)));
            lines.extend(file.remarks.iter().map(|remark| format!("    {}", remark.problem)));
        }
    }
    lines.extend(found.skipped.iter().map(|skipped| own(&format!("- {}: {}", skipped.display, skipped.reason))));
    lines.extend(found.failures.iter().map(|failure| own(&format!("! {}: given {}", failure.display, failure.given))));
    lines
}

fn all(files: &[(&str, &str)]) -> Vec<String> {
    let folder = folder(files);
    told(&folder, &look(&folder, &["."], true))
}

#[test]
fn supabase_runs_its_migrations_and_then_its_seeds() {
    assert_eq!(
        all(&[
            ("supabase/config.toml", "project_id = \"shop\"\n"),
            ("supabase/migrations/20240102000000_b.sql", ""),
            ("supabase/migrations/20240101000000_a.sql", ""),
            ("supabase/migrations/notes.sql", ""),
            ("supabase/seed.sql", ""),
            ("supabase/tests/rls.sql", ""),
        ]),
        [
            "supabase: supabase by supabase/config.toml",
            "  supabase/migrations/20240101000000_a.sql",
            "  supabase/migrations/20240102000000_b.sql",
            "  supabase/seed.sql seed",
            "- supabase/tests/rls.sql: tests are not deployed (name their folder to check them)",
            "- supabase/migrations/notes.sql: the Supabase CLI does not run it as a migration",
        ]
    );
}

#[test]
fn a_pinned_version_chooses_how_supabase_and_prisma_run() {
    let tool = |package: &str, file: &str| {
        let folder = folder(&[("package.json", package), (file, "")]);
        look(&folder, &["."], true).projects[0].tool
    };
    let supabase = "supabase/migrations/20240101000000_a.sql";
    assert_eq!(tool(r#"{"devDependencies": {"supabase": "~2.98.0"}}"#, supabase), Tool::SUPABASE_BEFORE_2_109);
    assert_eq!(tool(r#"{"devDependencies": {"supabase": "^2.98.0"}}"#, supabase), Tool::SUPABASE);
    let prisma = "prisma/migrations/20240101000000_a/migration.sql";
    assert_eq!(tool(r#"{"devDependencies": {"prisma": "^6.19.0"}}"#, prisma), Tool::PRISMA_BEFORE_7_4);
    assert_eq!(tool(r#"{"dependencies": {"@prisma/client": "7.4.1"}}"#, prisma), Tool::PRISMA);
    assert_eq!(tool("{ not json", prisma), Tool::PRISMA);
}

#[test]
fn prisma_reads_one_file_per_folder() {
    assert_eq!(
        all(&[
            ("prisma/migrations/migration_lock.toml", "provider = \"postgresql\"\n"),
            ("prisma/migrations/20240102000000_b/migration.sql", ""),
            ("prisma/migrations/20240101000000_a/migration.sql", ""),
            ("prisma/migrations/20240101000000_a/down.sql", ""),
            ("prisma/migrations/20240101000000_a/old.sql", ""),
        ]),
        [
            "prisma/migrations: prisma by prisma/migrations/migration_lock.toml",
            "  prisma/migrations/20240101000000_a/migration.sql",
            "  prisma/migrations/20240101000000_a/down.sql down",
            "  prisma/migrations/20240102000000_b/migration.sql",
            "- prisma/migrations/20240101000000_a/old.sql: Prisma Migrate does not run it as a migration",
        ]
    );
}

#[test]
fn a_named_version_outweighs_a_slip_into_another_servers_sql() {
    let slip = ("a/1.sql", "ALTER TABLE t MODIFY COLUMN a int;\n");
    let other = ("b/1.sql", "CREATE TABLE `t` (`id` int unsigned AUTO_INCREMENT, `a` longtext) ENGINE=InnoDB;\n");
    let folder = folder(&[slip, other, ("c/mysql/1.sql", "SELECT 1;\n")]);
    let dialects = |postgres| {
        let given = [folder.path().to_owned()];
        let found = discover(&given, &Options { postgres, ..Options::default() });
        found.projects.iter().map(|project| project.dialect).collect::<Vec<_>>()
    };
    assert_eq!(dialects(false), [Dialect::MySql; 3]);
    assert_eq!(dialects(true), [Dialect::Postgres, Dialect::MySql, Dialect::MySql]);
}

#[test]
fn other_servers_are_said_to_be() {
    assert_eq!(
        all(&[
            ("a/migrations/migration_lock.toml", "provider = \"mysql\"\n"),
            ("a/migrations/20240101000000_a/migration.sql", ""),
            ("b/meta/_journal.json", r#"{"dialect": "sqlite", "entries": [{"tag": "0000_a"}]}"#),
            ("b/0000_a.sql", ""),
            ("c/mysql/1.sql", ""),
            ("c/sqlite/README", ""),
            ("c/clickhouse/1.sql", ""),
            ("d/1.sql", "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT);\n"),
            ("e/1.sql", "CREATE TABLE t (id bigserial, a jsonb);\n"),
            ("f/1.sql", "CREATE TABLE `t` (`id` int unsigned AUTO_INCREMENT) ENGINE=InnoDB;\n"),
            ("g/1_a.mysql.up.sql", ""),
            ("g/1_a.postgres.up.sql", ""),
            ("g/2_b.up.sql", ""),
        ]),
        [
            "a/migrations: prisma by a/migrations/migration_lock.toml, for MySQL by a/migrations/migration_lock.toml",
            "  a/migrations/20240101000000_a/migration.sql",
            "b: drizzle by b/meta/_journal.json, for SQLite by b/meta/_journal.json",
            "  b/0000_a.sql",
            "c/mysql: none by the file names, for MySQL by c/mysql",
            "  c/mysql/1.sql",
            "d: none by the file names, for SQLite by the SQL in d/1.sql",
            "  d/1.sql",
            "e: none by the file names",
            "  e/1.sql",
            "f: none by the file names, for MySQL by the SQL in f/1.sql",
            "  f/1.sql",
            "g: golang-migrate by the file names, which sqlx, bun and geni use as well, for MySQL by the file names",
            "  g/1_a.mysql.up.sql",
            "  g/2_b.up.sql",
            "g: golang-migrate by the file names, which sqlx, bun and geni use as well",
            "  g/1_a.postgres.up.sql",
            "  g/2_b.up.sql",
            "- c/clickhouse: its name says that it is for ClickHouse, whose SQL is not understood",
        ]
    );
}

#[test]
fn flyway_orders_by_version() {
    assert_eq!(
        all(&[
            ("db/migration/V10__c.sql", ""),
            ("db/migration/V2__b.sql", ""),
            ("db/migration/U2__b.sql", ""),
            ("db/migration/V1.9__a.sql", ""),
            ("db/migration/later/V2.1__d.sql", ""),
            ("db/migration/V2.1__d.sql.conf", "# x"),
            ("db/migration/later/V2.1__d.sql.conf", "executeInTransaction=false\n"),
            ("db/migration/R__views.sql", ""),
            ("db/migration/B2__base.sql", ""),
        ]),
        [
            "db/migration: flyway by the file names",
            "  db/migration/V1.9__a.sql",
            "  db/migration/V2__b.sql",
            "  db/migration/U2__b.sql down",
            "  db/migration/later/V2.1__d.sql Statement",
            "  db/migration/V10__c.sql",
            "  db/migration/R__views.sql repeatable",
            "- db/migration/B2__base.sql: Flyway does not run it as a migration",
        ]
    );
}

#[test]
fn flyway_is_told_its_names_and_locations_by_the_program_that_starts_it() {
    let files = |path: &'static str, settings: &'static str| {
        all(&[
            (path, settings),
            ("src/main/resources/db/migration/all/20230102__b.sql", ""),
            ("src/main/resources/db/migration/all/20230101__a.sql", ""),
            ("src/main/resources/db/migration/all/R__views.sql", ""),
            ("src/main/resources/db/migration/more/20230101_1__c.sql", ""),
            ("src/main/resources/db/migration/dev/20230101__data.sql", ""),
        ])
    };
    let path = "src/main/resources/application.yml";
    let settings = "spring:\n  flyway:\n    sql-migration-prefix: \"\"\n    locations: classpath:db/migration/all,classpath:db/migration/more\n\
        ---\nspring:\n  config.activate.on-profile: dev\n  flyway.sqlMigrationPrefix: D\n";
    let expected = [
        "src/main/resources/db/migration: flyway by src/main/resources/application.yml",
        "  src/main/resources/db/migration/all/20230101__a.sql",
        "  src/main/resources/db/migration/more/20230101_1__c.sql",
        "  src/main/resources/db/migration/all/20230102__b.sql",
        "  src/main/resources/db/migration/all/R__views.sql repeatable",
        "src/main/resources/db/migration/dev: flyway by src/main/resources/application.yml",
        "  src/main/resources/db/migration/dev/20230101__data.sql",
    ];
    assert_eq!(files(path, settings), expected);
    let list = "spring.flyway:\n  sqlMigrationPrefix: ''\n  locations:\n  - db/migration/all\n  - db/migration/more\n";
    assert_eq!(files(path, list), expected);
    let path = "src/main/resources/application.properties";
    let settings =
        "quarkus.flyway.sql-migration-prefix=\nquarkus.flyway.locations=db/migration/all, db/migration/more\n";
    assert_eq!(files(path, settings), expected.map(|line| line.replace("yml", "properties")));
    // Flyway's own file.
    assert_eq!(
        all(&[("flyway.conf", "flyway.sqlMigrationPrefix=\n"), ("sql/1__a.sql", "")]),
        ["sql: flyway by flyway.conf", "  sql/1__a.sql"]
    );
    assert_eq!(
        all(&[("flyway.toml", "[flyway]\nsqlMigrationPrefix = \"M\"\n"), ("sql/M1__a.sql", ""), ("x/V1__a.sql", "")]),
        ["sql: flyway by flyway.toml", "  sql/M1__a.sql", "x: none by the file names", "  x/V1__a.sql"]
    );
}

#[test]
fn maragudk_migrate_takes_names_that_golang_migrate_leaves_out() {
    let both = "require (\n\tgithub.com/golang-migrate/migrate/v4 v4.17.1\n\tgithub.com/maragudk/migrate v0.4.3\n)\n";
    let own = "require maragu.dev/migrate v0.6.0\n";
    let files = |module, names: &[&'static str]| {
        let names: Vec<_> = names.iter().map(|name| (*name, "")).collect();
        all(&[&[("go.mod", module)][..], &names].concat())
    };
    let odd = ["m/0001_a.up.sql", "m/0001_a.down.sql", "m/0002.up.sql", "m/0002.down.sql", "m/0001_b_up.sql"];
    let expected = [
        "m: maragudk-migrate by the file names and go.mod",
        "  m/0001_a.up.sql",
        "  m/0001_a.down.sql down",
        "  m/0001_b_up.sql",
        "  m/0002.up.sql",
        "  m/0002.down.sql down",
    ];
    assert_eq!(files(both, &odd), expected);
    assert_eq!(files(own, &odd), expected);
    let plain = ["m/1_a.up.sql", "m/1_a.down.sql", "m/2_b.up.sql", "m/2_b.down.sql"];
    assert_eq!(files(both, &plain)[0], "m: golang-migrate by the file names and go.mod");
    assert_eq!(files(own, &plain)[0], "m: maragudk-migrate by the file names and go.mod");
}

#[test]
fn golang_migrate_is_not_assumed_of_names_that_it_would_leave_out() {
    let files = ["m/0001_a.up.sql", "m/0001_a.down.sql", "m/0002.up.sql", "m/0002.down.sql", "m/0003_c_up.sql"];
    assert_eq!(
        all(&files.map(|file| (file, ""))),
        [
            "m: none by the file names",
            "  m/0001_a.down.sql down",
            "  m/0001_a.up.sql",
            "  m/0002.down.sql down",
            "  m/0002.up.sql",
            "  m/0003_c_up.sql",
        ]
    );
    // One slip among many is said.
    let mut slip: Vec<_> = (1..20).map(|number| format!("m/{number}_a.up.sql")).collect();
    slip.push("m/20-b.up.sql".to_owned());
    let lines = all(&slip.iter().map(|file| (file.as_str(), "")).collect::<Vec<_>>());
    assert_eq!(lines[0], "m: golang-migrate by the file names, which sqlx, bun and geni use as well");
    assert!(lines.contains(&"- m/20-b.up.sql: golang-migrate does not run it as a migration".to_owned()), "{lines:#?}");
}

#[test]
fn flyway_runs_the_callbacks_of_a_folder_beside() {
    let files = [
        ("db/migration/V1__a.sql", ""),
        ("db/migration/sub/beforeMigrate.sql", ""),
        ("db/views/afterMigrate__b_view.sql", ""),
        ("db/views/afterMigrate__a_view.sql", ""),
        ("db/views/R__c.sql", ""),
        ("db/other/notes.sql", ""),
    ];
    let history = [
        "db/migration: flyway by the file names",
        "  db/migration/sub/beforeMigrate.sql callback",
        "  db/migration/V1__a.sql",
        "  db/views/R__c.sql repeatable",
        "  db/views/afterMigrate__a_view.sql callback",
        "  db/views/afterMigrate__b_view.sql callback",
        "db/other: none by the file names",
        "  db/other/notes.sql",
    ];
    assert_eq!(all(&files), history);
    // Where there are two histories beside, nobody knows whose they are.
    let mut two = files.to_vec();
    two.push(("db/second/V1__x.sql", ""));
    let lines = all(&two);
    assert!(lines.contains(&"db/views: flyway by the file names".to_owned()), "{lines:#?}");
}

#[test]
fn folders_that_are_versions_are_one_history() {
    assert_eq!(
        all(&[
            ("go.mod", "require github.com/golang-migrate/migrate/v4 v4.17.0\n"),
            ("db/migrations/postgres/10/01_c.up.sql", ""),
            ("db/migrations/postgres/9/02_b.up.sql", ""),
            ("db/migrations/postgres/9/01_a.up.sql", ""),
            ("db/migrations/postgres/9/01_a.down.sql", ""),
            ("db/migrations/postgres/LATEST.sql", ""),
        ]),
        [
            "db/migrations/postgres: none by the names of the folders",
            "  db/migrations/postgres/9/01_a.down.sql down",
            "  db/migrations/postgres/9/01_a.up.sql",
            "  db/migrations/postgres/9/02_b.up.sql",
            "  db/migrations/postgres/10/01_c.up.sql",
            "db/migrations/postgres: none by the file names",
            "  db/migrations/postgres/LATEST.sql",
        ]
    );
}

#[test]
fn a_file_of_a_version_has_the_others_as_context() {
    let folder = folder(&[("delta/1/a.sql", ""), ("delta/2/b.sql", ""), ("x/1/a.sql", ""), ("x/2/b.sql", "")]);
    assert_eq!(
        told(&folder, &look(&folder, &["delta/2/b.sql"], true)),
        ["delta: none by the names of the folders", "  delta/1/a.sql (context)", "  delta/2/b.sql",]
    );
    // Elsewhere a number is no version.
    assert_eq!(
        told(&folder, &look(&folder, &["x"], true)),
        ["x/1: none by the file names", "  x/1/a.sql", "x/2: none by the file names", "  x/2/b.sql",]
    );
}

#[test]
fn steps_in_numbered_folders_are_one_history() {
    let lines = all(&[("migrations/0-init/up.sql", ""), ("migrations/10-c/up.sql", ""), ("migrations/2-b/up.sql", "")]);
    assert_eq!(
        lines,
        [
            "migrations: none by the names of the folders",
            "  migrations/0-init/up.sql",
            "  migrations/2-b/up.sql",
            "  migrations/10-c/up.sql",
        ]
    );
}

#[test]
fn a_picture_of_the_schema_is_left_out() {
    let history = ("migrations/1_a.up.sql", "CREATE TABLE app.a (id int); CREATE TABLE b (id int);\n");
    let more = ("migrations/2_b.up.sql", "CREATE TYPE c AS ENUM ('x'); ALTER TABLE b RENAME TO d;\n");
    let files = [
        history,
        more,
        ("schema/compact.sql", "CREATE TABLE app.a (id int); CREATE TYPE c AS ENUM ('x');\n"),
        ("schema/tables/a.sql", "CREATE TABLE a (id int);\n"),
        ("schema/tables/d.sql", "CREATE TABLE d (id int);\n"),
        ("other/unlike.sql", "CREATE TABLE a (id int); CREATE TABLE other (id int);\n"),
        ("scripts/again.sql", "DROP TABLE a; CREATE TABLE a (id int); CREATE TABLE d (id int);\n"),
    ];
    let left_out: Vec<_> = all(&files).into_iter().filter(|line| line.starts_with('-')).collect();
    let reason = "it shows what the migrations in migrations make (name it to check it)";
    assert_eq!(
        left_out,
        ["schema/compact.sql", "schema/tables/a.sql", "schema/tables/d.sql"].map(|path| format!("- {path}: {reason}"))
    );
    // What is asked for by name is checked, and without migrations beside it is all that there is.
    let folder = folder(&files);
    for given in [&["migrations", "schema/compact.sql"][..], &["schema"]] {
        let found = look(&folder, given, true);
        assert!(found.skipped.is_empty(), "{:?}", found.skipped);
    }
}

#[test]
fn what_nothing_but_sqlc_reads_is_left_out() {
    let lines = |settings: &'static str| {
        all(&[
            ("db/sqlc.yaml", settings),
            ("db/migrations/1_a.up.sql", ""),
            ("db/schema/more.sql", "ALTER TABLE a ADD COLUMN b int NOT NULL;\n"),
        ])
    };
    let left_out = "- db/schema/more.sql: nothing but sqlc reads it (name it to check it)".to_owned();
    assert!(lines("sql:\n  - schema:\n      - migrations\n      - schema\n").contains(&left_out));
    assert!(!lines("sql:\n  - schema: schema\n").contains(&left_out));
    assert!(!lines("sql:\n  - schema: [migrations]\n").contains(&left_out));
}

#[test]
fn a_template_for_several_servers_is_postgresqls() {
    let text = "{{if .mysql}}CREATE TABLE `a` (`id` int unsigned AUTO_INCREMENT) ENGINE=InnoDB;{{end}}\n\
        {{if .postgres}}CREATE TABLE a (id int);{{end}}\n";
    assert_eq!(all(&[("db/1.sql", text)]), ["db: none by the file names", "  db/1.sql"]);
}

#[test]
fn flyway_locations_side_by_side_are_projects_of_their_own() {
    assert_eq!(
        all(&[("migrations/a/V1__x.sql", ""), ("migrations/b/V1__y.sql", "")]),
        [
            "migrations/a: flyway by the file names",
            "  migrations/a/V1__x.sql",
            "migrations/b: flyway by the file names",
            "  migrations/b/V1__y.sql",
        ]
    );
}

#[test]
fn refinery_shares_flyways_names() {
    assert_eq!(
        all(&[
            ("Cargo.toml", "[dependencies]\nrefinery = \"0.8\"\n"),
            ("migrations/V2__b.sql", ""),
            ("migrations/U1__a.sql", ""),
        ]),
        ["migrations: refinery by the file names and Cargo.toml", "  migrations/U1__a.sql", "  migrations/V2__b.sql"]
    );
}

#[test]
fn pairs_of_up_and_down() {
    let files = [("migrations/10_b.up.sql", ""), ("migrations/9_a.down.sql", ""), ("migrations/9_a.up.sql", "")];
    let listed = ["  migrations/9_a.up.sql", "  migrations/9_a.down.sql down", "  migrations/10_b.up.sql"];
    let first = |manifest: (&'static str, &'static str)| {
        let mut files = files.to_vec();
        files.push(manifest);
        let mut lines = all(&files);
        let first = lines.remove(0);
        assert_eq!(lines, listed);
        first
    };
    assert_eq!(
        first(("go.mod", "require (\n\tgithub.com/golang-migrate/migrate/v4 v4.17.0\n)\n")),
        "migrations: golang-migrate by the file names and go.mod"
    );
    assert_eq!(
        first(("Cargo.toml", "[dependencies.sqlx]\nversion = \"0.8\"\n")),
        "migrations: sqlx by the file names and Cargo.toml"
    );
    assert_eq!(
        first(("README", "x")),
        "migrations: golang-migrate by the file names, which sqlx, bun and geni use as well"
    );
}

#[test]
fn numbered_pairs_with_a_line_of_sqlx_are_its_own() {
    let marked = ("migrations/2_b.up.sql", "-- no-transaction\nVACUUM;");
    let files = [("migrations/1_a.up.sql", ""), ("migrations/1_a.down.sql", ""), marked];
    assert_eq!(all(&files)[0], "migrations: sqlx by `-- no-transaction` in migrations/2_b.up.sql");
    // golang-migrate takes it for a comment.
    let go = ("go.mod", "require (\n\tgithub.com/golang-migrate/migrate/v4 v4.17.0\n)\n");
    let files = [files[0], files[1], marked, go];
    assert_eq!(all(&files)[0], "migrations: golang-migrate by the file names and go.mod");
}

#[test]
fn markers_in_the_files() {
    let tool = |text: &str| {
        let folder = folder(&[("m/0002_b.sql", text), ("m/0001_a.sql", "-- nothing\nSELECT 1;\n")]);
        let found = look(&folder, &["."], true);
        let order: Vec<_> =
            found.projects[0].files.iter().map(|file| file.path.file_name().unwrap().to_owned()).collect();
        if found.projects[0].tool != Tool::LIQUIBASE {
            assert_eq!(order, ["0001_a.sql", "0002_b.sql"]);
        }
        (found.projects[0].tool.name, told(&folder, &found).remove(0))
    };
    assert_eq!(tool("-- +goose Up\nSELECT 1;\n"), ("goose", "m: goose by `-- +goose` in m/0002_b.sql".to_owned()));
    assert_eq!(tool("-- migrate:up\nSELECT 1;\n").0, "dbmate");
    assert_eq!(tool("-- +migrate Up\nSELECT 1;\n").0, "sql-migrate");
    assert_eq!(tool("\n--LIQUIBASE formatted sql\n--changeset a:1\nSELECT 1;\n").0, "liquibase");
    assert_eq!(tool("SELECT 1;\n---- create above / drop below ----\nSELECT 2;\n").0, "tern");
    assert_eq!(tool("-- Up Migration\nSELECT 1;\n").0, "node-pg-migrate");
    assert_eq!(tool("SELECT 1;--> statement-breakpoint\nSELECT 2;\n").0, "drizzle");
    assert_eq!(tool("SELECT '-- +goose Up';\n").0, "none");
}

#[test]
fn a_file_for_one_server_takes_the_place_of_the_general_one_of_its_version() {
    let lines = all(&[
        ("m/1_a.up.sql", ""),
        ("m/2_b.up.sql", ""),
        ("m/2_b.postgres.up.sql", ""),
        ("m/2_b.mysql.up.sql", ""),
        ("m/2_b.down.sql", "-- Down migrations are not there.\nSELECT 1;\n"),
    ]);
    let of_postgres = lines.iter().skip_while(|line| !line.contains("golang-migrate") || line.contains("MySQL"));
    let names: Vec<_> = of_postgres.skip(1).take_while(|line| line.starts_with("  ")).map(|line| line.trim()).collect();
    assert_eq!(names, ["m/1_a.up.sql", "m/2_b.postgres.up.sql", "m/2_b.down.sql down"], "{lines:#?}");
}

#[test]
fn migrations_that_are_programs_are_noticed() {
    let coded = |files: &[(&str, &str)]| {
        let folder = folder(files);
        look(&folder, &["."], true).projects.iter().any(|project| project.coded)
    };
    let resources = "app/src/main/resources/db/migration/V1__a.sql";
    assert!(coded(&[(resources, ""), ("app/src/main/java/org/app/db/V2__b.java", "class V2__b {}")]));
    assert!(coded(&[(resources, ""), ("app/src/main/kotlin/db/migration/V1_1__b.kt", "class V1_1__b")]));
    assert!(!coded(&[(resources, ""), ("app/src/main/java/org/app/Version.java", "class Version {}")]));
    assert!(coded(&[("m/1_a.sql", "-- +goose Up\n"), ("m/2_b.go", "package m")]));
    assert!(!coded(&[("m/1_a.sql", "-- +goose Up\n"), ("m/2_b_test.go", "package m"), ("m/embed.go", "package m")]));
}

#[test]
fn one_file_with_a_marker_makes_no_project_of_a_tool_that_wants_it_in_all() {
    assert_eq!(all(&[("1.sql", ""), ("2.sql", ""), ("3.sql", "-- +goose Up\n")])[0], ".: none by the file names");
}

#[test]
fn drizzle_follows_its_journal() {
    assert_eq!(
        all(&[
            (
                "drizzle/meta/_journal.json",
                r#"{"dialect": "postgresql", "entries": [{"idx": 0, "tag": "0001_b"}, {"idx": 1, "tag": "0000_a"}]}"#
            ),
            ("drizzle/0000_a.sql", ""),
            ("drizzle/0001_b.sql", ""),
            ("drizzle/0002_c.sql", ""),
        ]),
        [
            "drizzle: drizzle by drizzle/meta/_journal.json",
            "  drizzle/0001_b.sql",
            "  drizzle/0000_a.sql",
            "- drizzle/0002_c.sql: Drizzle does not run it as a migration",
        ]
    );
    // Begun with Drizzle Kit, and written by hand since.
    assert_eq!(
        all(&[
            ("drizzle/meta/_journal.json", r#"{"dialect": "postgresql", "entries": [{"idx": 0, "tag": "0000_a"}]}"#),
            ("drizzle/0001_b.sql", ""),
            ("drizzle/0002_c.sql", ""),
            ("drizzle/0003_d.sql", ""),
        ]),
        ["drizzle: none by the file names", "  drizzle/0001_b.sql", "  drizzle/0002_c.sql", "  drizzle/0003_d.sql"]
    );
    assert_eq!(
        all(&[
            ("drizzle/20250101000000_a/migration.sql", ""),
            ("drizzle/20250101000000_a/snapshot.json", r#"{"version": "8", "dialect": "postgres"}"#),
        ]),
        ["drizzle: drizzle by drizzle/20250101000000_a/snapshot.json", "  drizzle/20250101000000_a/migration.sql",]
    );
}

#[test]
fn diesels_first_folder_belongs_to_the_others() {
    let lines = all(&[
        ("migrations/00000000000000_diesel_initial_setup/up.sql", ""),
        ("migrations/00000000000000_diesel_initial_setup/down.sql", ""),
        ("migrations/2024-03-01-120000_users/up.sql", ""),
    ]);
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[0].starts_with("migrations: diesel "), "{lines:?}");
    assert!(lines[2].ends_with("down.sql down"), "{lines:?}");
}

#[test]
fn diesel_and_hasura_share_up_sql() {
    assert_eq!(
        all(&[
            ("diesel.toml", "[migrations_directory]\n"),
            ("migrations/2024-02-01-000000_b/up.sql", ""),
            ("migrations/2024-02-01-000000_b/metadata.toml", "run_in_transaction = false\n"),
            ("migrations/2024-01-01-000000_a/up.sql", ""),
            ("migrations/2024-01-01-000000_a/down.sql", ""),
            ("migrations/2024-01-01-000000_a/metadata.toml", "run_in_transaction = true\n"),
            ("migrations/2024-03-01-0000-c/up.sql", ""),
            ("migrations/2024-03-01-0000-c/down.sql", ""),
        ]),
        [
            "migrations: diesel by diesel.toml",
            "  migrations/2024-01-01-000000_a/up.sql File",
            "  migrations/2024-01-01-000000_a/down.sql down File",
            "  migrations/2024-02-01-000000_b/up.sql OneMessage",
            "  migrations/2024-03-01-0000-c/up.sql",
            "  migrations/2024-03-01-0000-c/down.sql down",
        ]
    );
    assert_eq!(
        all(&[
            ("config.yaml", "version: 3\nendpoint: http://localhost\nmetadata_directory: metadata\n"),
            ("migrations/default/1700000000001_b/up.sql", ""),
            ("migrations/default/1700000000000_a/up.sql", ""),
        ]),
        [
            "migrations/default: hasura by config.yaml",
            "  migrations/default/1700000000000_a/up.sql",
            "  migrations/default/1700000000001_b/up.sql",
        ]
    );
}

#[test]
fn sqitch_follows_its_plan() {
    assert_eq!(
        all(&[
            (
                "sqitch.plan",
                "%project=shop\n\nusers 2024-01-01T00:00:00Z A <a@b>\nitems 2024-01-02T00:00:00Z A <a@b>\n"
            ),
            ("sqitch.conf", "[core]\n\tengine = pg\n"),
            ("deploy/items.sql", ""),
            ("deploy/users.sql", ""),
            ("revert/users.sql", ""),
            ("verify/users.sql", ""),
        ]),
        [
            ".: sqitch by sqitch.plan",
            "  deploy/users.sql",
            "  revert/users.sql down",
            "  deploy/items.sql",
            "- verify/users.sql: Sqitch does not run it as a migration",
        ]
    );
}

#[test]
fn atlas_and_graphile_migrate() {
    assert_eq!(
        all(&[("m/atlas.sum", "h1:x\n"), ("m/9_b.sql", ""), ("m/10_a.sql", "")]),
        ["m: atlas by m/atlas.sum", "  m/10_a.sql", "  m/9_b.sql"]
    );
    assert_eq!(
        all(&[("m/atlas.sum", "h1:x\n"), ("m/1_b.sql", "-- +goose Up\n")])[0],
        "m: goose by `-- +goose` in m/1_b.sql"
    );
    assert_eq!(
        all(&[
            (".gmrc", "{}"),
            ("migrations/committed/000002-b.sql", ""),
            ("migrations/committed/000001-a.sql", ""),
            ("migrations/current.sql", ""),
        ]),
        [
            "migrations: graphile-migrate by .gmrc",
            "  migrations/committed/000001-a.sql",
            "  migrations/committed/000002-b.sql",
            "  migrations/current.sql repeatable",
        ]
    );
    let current = "--!include a.sql\n--!include b.sql\n--!include gone.sql\n--!include ../committed/000001-a.sql\n";
    let included = all(&[
        (".gmrc", "{}"),
        ("migrations/committed/000001-a.sql", ""),
        ("migrations/current/1.sql", current),
        ("migrations/current/2.sql", "--!include c/d.sql\n--!include c/d.sql\n"),
        ("migrations/fixtures/a.sql", "SELECT 1;\n--!include b.sql"),
        ("migrations/fixtures/b.sql", "--!include a.sql"),
        ("migrations/fixtures/c/d.sql", "--!include c/e.sql"),
        ("migrations/fixtures/c/e.sql", "SELECT 1;"),
    ]);
    let refused = "    graphile-migrate refuses this line:";
    let expected = [
        "migrations: graphile-migrate by .gmrc".to_owned(),
        "  migrations/committed/000001-a.sql".to_owned(),
        "  migrations/fixtures/c/d.sql included (context)".to_owned(),
        "  migrations/fixtures/c/e.sql included (context)".to_owned(),
        "  migrations/current/1.sql repeatable".to_owned(),
        format!("{refused} `a.sql` would be included in itself"),
        format!("{refused} `b.sql` would be included in itself"),
        format!("{refused} `gone.sql` is not in `fixtures/`"),
        format!("{refused} `../committed/000001-a.sql` is outside of `fixtures/`"),
        "  migrations/current/2.sql repeatable".to_owned(),
    ];
    assert_eq!(included.get(..expected.len()), Some(&expected[..]), "{included:#?}");
    let settings = r#"{ // JSON with comments
        "afterReset": ["!roles.sql", { "_": "sql", "file": "base.sql" }, { "_": "command", "command": "x.sql" }, "gone.sql"],
    }"#;
    assert_eq!(
        all(&[
            (".gmrc", settings),
            ("migrations/base.sql", ""),
            ("migrations/roles.sql", ""),
            ("migrations/x.sql", ""),
            ("migrations/committed/000001-a.sql", ""),
        ]),
        [
            "migrations: graphile-migrate by .gmrc",
            "  migrations/roles.sql (context)",
            "  migrations/base.sql (context)",
            "  migrations/committed/000001-a.sql",
            "- migrations/x.sql: graphile-migrate does not run it as a migration",
        ]
    );
}

#[test]
fn liquibase_follows_its_master_changelog() {
    let head = "--liquibase formatted sql\n--changeset a:1\nSELECT 1;\n";
    assert_eq!(
        all(&[
            ("db/changelog-master.yaml", "- include:\n    file: sql/b.sql\n- include:\n    file: sql/a.sql\n"),
            ("db/sql/a.sql", head),
            ("db/sql/b.sql", head),
        ]),
        ["db/sql: liquibase by `--liquibase formatted sql` in db/sql/a.sql", "  db/sql/b.sql", "  db/sql/a.sql",]
    );
}

#[test]
fn plain_folders_are_projects_in_natural_order() {
    assert_eq!(
        all(&[
            ("a/10.sql", ""),
            ("a/9.sql", ""),
            ("a/seed.sql", ""),
            ("b/x.sql", ""),
            ("node_modules/p/x.sql", ""),
            (".hidden/x.sql", ""),
            ("db/structure.sql", ""),
            ("db/dump.sql", "--\n-- PostgreSQL database dump\n--\n"),
            ("c/0001_first.sql", "--\n-- PostgreSQL database dump\n--\n"),
        ]),
        [
            "a: none by the file names",
            "  a/9.sql",
            "  a/10.sql",
            "  a/seed.sql seed",
            "b: none by the file names",
            "  b/x.sql",
            "c: none by the file names",
            "  c/0001_first.sql",
            "db: none by the file names",
            "  db/dump.sql schema (context)",
            "  db/structure.sql schema (context)",
        ]
    );
}

#[test]
fn queries_of_a_program_are_no_migrations() {
    assert_eq!(
        all(&[
            ("queries/books.sql", "-- Books.\n-- name: GetBook :one\nSELECT 1;\n"),
            ("schema/1.sql", "-- name: books\nCREATE TABLE books (id int);\n"),
        ]),
        [
            "schema: none by the file names",
            "  schema/1.sql",
            "- queries/books.sql: it holds queries of a program (name it to check it)",
        ]
    );
}

#[test]
fn a_single_file_finds_its_siblings() {
    let files = [("m/1_a.sql", "-- +goose Up\n"), ("m/2_b.sql", "-- +goose Up\n"), ("m/3_c.sql", "-- +goose Up\n")];
    let folder = folder(&files);
    assert_eq!(
        told(&folder, &look(&folder, &["m/2_b.sql"], true)),
        ["m: goose by `-- +goose` in m/1_a.sql", "  m/1_a.sql (context)", "  m/2_b.sql", "  m/3_c.sql (context)",]
    );
    assert_eq!(
        told(&folder, &look(&folder, &["m/2_b.sql"], false)),
        ["m: goose by `-- +goose` in m/1_a.sql", "  m/2_b.sql"]
    );
    assert_eq!(look(&folder, &["m", "m/2_b.sql", "m/2_b.sql"], true).projects[0].files.len(), 3);
}

#[test]
fn files_of_no_tool_run_in_the_order_given() {
    let files = folder(&[("b.sql", ""), ("a/2.sql", ""), ("a/1.sql", ""), ("db/structure.sql", "")]);
    assert_eq!(
        told(&files, &look(&files, &["b.sql", "a/2.sql", "db/structure.sql"], true)),
        [".: none by the order given", "  b.sql", "  a/2.sql", "  db/structure.sql"]
    );
    // A file of a tool's folder that the tool does not run is plain where it is given by name.
    let folder = folder(&[("supabase/config.toml", ""), ("supabase/tests/t.sql", "")]);
    assert_eq!(
        told(&folder, &look(&folder, &["supabase/tests/t.sql"], true)),
        [".: none by the order given", "  supabase/tests/t.sql"]
    );
}

#[test]
fn a_monorepo_holds_several_projects() {
    let lines = all(&[
        ("apps/a/supabase/migrations/20240101000000_a.sql", ""),
        ("apps/b/prisma/migrations/20240101000000_a/migration.sql", ""),
        ("apps/b/prisma/nested/V1__a.sql", ""),
    ]);
    let projects: Vec<_> = lines.iter().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(
        projects,
        [
            "apps/a/supabase: supabase by apps/a/supabase/migrations",
            "apps/b/prisma/migrations: prisma by the file names",
            "apps/b/prisma/nested: flyway by the file names",
        ]
    );
}

#[test]
fn what_is_not_there_is_a_failure_and_the_rest_goes_on() {
    let folder = folder(&[("a.sql", "")]);
    assert_eq!(
        told(&folder, &look(&folder, &["nowhere", "a.sql"], true)),
        [".: none by the order given", "  a.sql", "! nowhere: given true"]
    );
}

#[cfg(unix)]
#[test]
fn links_lead_to_files_but_not_in_circles() {
    let folder = folder(&[("m/1.sql", "")]);
    std::os::unix::fs::symlink(folder.path().join("m"), folder.path().join("m/again")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("m/1.sql"), folder.path().join("m/2.sql")).unwrap();
    assert_eq!(
        told(&folder, &look(&folder, &["."], true)),
        [
            "m: none by the file names",
            "  m/1.sql",
            "  m/2.sql",
            "- m/again: it is a symbolic link to a folder, which is followed only where it is given",
        ]
    );
}

#[test]
fn two_runs_find_the_same() {
    let folder = folder(&[("z/1.sql", ""), ("a/V1__x.sql", ""), ("m/1_a.up.sql", ""), ("m/1_a.down.sql", "")]);
    let first = look(&folder, &["."], true);
    let second = look(&folder, &["."], true);
    assert_eq!(first.projects, second.projects);
    assert_eq!(first.skipped, second.skipped);
}
