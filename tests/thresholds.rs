//! What changes from one version of PostgreSQL to the next: each statement below does something else since the version named.

use shipworthy::check::{File, Project, read};
use shipworthy::dialect::Version;
use shipworthy::report::columns::Columns;
use shipworthy::settings::Settings;
use shipworthy::source::{Source, SourceId};
use shipworthy::tool::Tool;

const SCHEMA: &str = "CREATE TABLE users (id int PRIMARY KEY, name text, age int);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users (id), note text);
    CREATE INDEX orders_note ON orders (note);
    CREATE STATISTICS st ON user_id, note FROM orders;
    CREATE MATERIALIZED VIEW m AS SELECT * FROM users;
    CREATE TABLE ev (id int NOT NULL, day date NOT NULL, val text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE ev_1 PARTITION OF ev FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
    CREATE TABLE ev_2 PARTITION OF ev FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
    CREATE TABLE ev_d PARTITION OF ev DEFAULT;
    CREATE INDEX ev_val ON ev (val);
    CREATE TABLE base (id int); CREATE TABLE kid () INHERITS (base);
    CREATE TYPE mood AS ENUM ('ok');
    CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER tg AFTER INSERT ON ev FOR EACH ROW EXECUTE FUNCTION tf();
    CREATE PUBLICATION pub FOR TABLE users;
    INSERT INTO users SELECT g, 'n', 1 FROM generate_series(1, 1000) g;
    INSERT INTO orders SELECT g, g, 'n' FROM generate_series(1, 1000) g;
    INSERT INTO ev SELECT g, '2024-01-05', 'v' FROM generate_series(1, 1000) g;
    INSERT INTO base SELECT g FROM generate_series(1, 1000) g;";

/// The first version that does it, where that is said, and the statement.
const THRESHOLDS: &[(u16, &str, &str)] = &[
    (12, "manual 12, REINDEX; release notes", "REINDEX INDEX CONCURRENTLY orders_note"),
    (12, "release notes 12, ALTER TYPE ... ADD VALUE", "BEGIN; ALTER TYPE mood ADD VALUE 'meh'; COMMIT"),
    (12, "get_relation_info: indexes are opened with the table's mode", "SELECT * FROM users FOR UPDATE"),
    (
        12,
        "expand_partitioned_rtentry: only what is left after pruning is locked",
        "DELETE FROM ev WHERE day = '2024-01-05'",
    ),
    (12, "RemoveStatisticsById", "DROP STATISTICS st"),
    (12, "CreateStatistics", "CREATE STATISTICS s2 (mcv) ON name, age FROM users"),
    (12, "manual 12, VACUUM", "VACUUM (SKIP_LOCKED) users"),
    (12, "RenameRelation", "ALTER INDEX orders_note RENAME TO n2"),
    (12, "manual 12, COPY; ExecFindPartition", "INSERT INTO ev VALUES (5000, '2024-01-07', 'x')"),
    (13, "DoCopy", "COPY users TO '/dev/null'"),
    (13, "manual 13, CREATE TRIGGER", "CREATE TRIGGER t2 BEFORE INSERT ON ev FOR EACH ROW EXECUTE FUNCTION tf()"),
    (13, "manual 13, CREATE PUBLICATION", "CREATE PUBLICATION p2 FOR TABLE ev"),
    (13, "manual 13, ALTER STATISTICS", "ALTER STATISTICS st SET STATISTICS 100"),
    (13, "manual 13, VACUUM", "VACUUM (PARALLEL 2) users"),
    (14, "manual 14, CREATE TRIGGER", "CREATE OR REPLACE TRIGGER t2 BEFORE INSERT ON users EXECUTE FUNCTION tf()"),
    (14, "manual 14, REINDEX", "BEGIN; REINDEX TABLE ev; COMMIT"),
    (14, "manual 14, REINDEX", "REINDEX (TABLESPACE pg_default) INDEX orders_note"),
    (14, "manual 14, CLUSTER", "CLUSTER (VERBOSE) orders USING orders_note"),
    (14, "manual 14, CREATE FUNCTION", "CREATE FUNCTION g() RETURNS int LANGUAGE sql RETURN 1"),
    (14, "CreateStatistics", "CREATE STATISTICS s2 ON lower(name) FROM users"),
    (14, "ExecuteTruncateGuts", "TRUNCATE ev_1"),
    (14, "ExecInitModifyTable", "DELETE FROM ev_1"),
    (15, "manual 15, MERGE", "MERGE INTO users u USING orders o ON o.id = u.id WHEN MATCHED THEN DELETE"),
    (15, "manual 15, CREATE PUBLICATION", "CREATE PUBLICATION p2 FOR TABLE users WHERE (age > 3)"),
    (15, "manual 15, CREATE PUBLICATION", "CREATE PUBLICATION p2 FOR TABLES IN SCHEMA public"),
    (15, "manual 15, CREATE INDEX", "CREATE UNIQUE INDEX ON users (age) NULLS NOT DISTINCT"),
    (15, "renametrig", "ALTER TRIGGER tg ON ev RENAME TO tg2"),
    (16, "get_relation_info: indexes of partitioned tables", "SELECT * FROM ev"),
    (16, "manual 16, REINDEX", "REINDEX DATABASE"),
    (16, "manual 16, VACUUM", "VACUUM (BUFFER_USAGE_LIMIT 0) users"),
    (17, "parse error before, ATExec after", "ALTER TYPE mood DROP VALUE 'ok'"),
    (17, "restriction_is_always_false", "DELETE FROM ev WHERE day IS NULL"),
    (
        17,
        "manual 17, Event Triggers",
        "CREATE FUNCTION ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER e ON login EXECUTE FUNCTION ef()",
    ),
    (18, "manual 18, COPY", "COPY m TO '/dev/null'"),
    (18, "manual 18, ANALYZE", "ANALYZE ONLY ev"),
    (18, "manual 18, VACUUM: inheritance children", "VACUUM base"),
    (18, "RangeVarGetRelid in ExecuteGrantStmt", "GRANT SELECT ON users TO public"),
];

/// What a file does on a version.
fn columns(version: u16, sql: &str) -> Columns {
    let file = |path: &str, text: &str| File::from(Source::new(path, text));
    let project = Project::of(Tool::NONE, vec![file("0001.sql", SCHEMA), file("0002.sql", &format!("{sql};"))]);
    let settings = Settings { version: Version(version), from_empty: true, ..Settings::default() };
    let (_, projects) = read(vec![project], &settings);
    let steps = projects.into_iter().flat_map(|project| project.replay.steps);
    let effects: Vec<_> = steps.filter(|step| step.source == SourceId(1)).flat_map(|step| step.effects).collect();
    Columns::of(&effects)
}

#[test]
fn each_statement_changes_with_its_version_and_not_before() {
    let mut wrong = Vec::new();
    for (since, source, sql) in THRESHOLDS {
        let (before, after) = (columns(since - 1, sql), columns(*since, sql));
        if before == after {
            wrong.push(format!("{sql}: {} and {since} do the same, against {source}", since - 1));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is syntax of a version is refused before it and only then.
#[test]
fn newer_syntax_is_refused_before_and_taken_since() {
    for (since, _, sql) in THRESHOLDS {
        let sqlstate = |version| columns(version, sql).fails.map(|failure| failure.sqlstate);
        let (before, after) = (sqlstate(since - 1), sqlstate(*since));
        if before.as_deref() == Some("42601") {
            assert_ne!(after.as_deref(), Some("42601"), "{sql}");
        } else {
            assert_ne!(after.as_deref(), Some("42601"), "{sql} is no syntax of {since}");
        }
    }
}
