use super::*;
use crate::catalog::Completeness;
use crate::effect::Value;
use crate::migration::{Migration, Role, Turn};
use crate::parse::parse;
use crate::replay::replay;
use crate::settings::Settings;
use crate::source::Source;
use crate::tool::Tool;
use std::sync::Arc;

/// What is told of the files, given what the tool's migrations are; each effect as `kind object names`.
fn told(tool: Tool, migrations: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<String> {
    let mut sources = Sources::default();
    let read: Vec<_> = migrations
        .iter()
        .map(|(path, sql)| {
            let source = sources.add(Arc::new(Source::new(*path, *sql)));
            let parsed = parse(sources.get(source), Dialect::Postgres);
            let spans: Vec<_> = parsed.statements.iter().map(|statement| statement.span).collect();
            let sections = tool.read(sources.get(source), &parsed.comments, &spans, None).sections;
            Migration {
                source,
                role: Role::Migration,
                sections,
                statements: parsed.statements,
                comments: parsed.comments,
                problems: parsed.problems,
                judged: true,
                pending: false,
                turn: Turn::default(),
                includes: Vec::new(),
            }
        })
        .collect();
    let replay = replay(&read.iter().collect::<Vec<_>>(), &sources, &Settings::default(), Completeness::Whole);
    let neighbours: Vec<_> = files
        .iter()
        .map(|(path, text)| Neighbour { source: sources.add(Arc::new(Source::new(*path, *text))), judged: true })
        .collect();
    let root = migrations[0].0.split("/0").next().unwrap();
    let project =
        Migrated { root, tool: tool.name, dialect: Dialect::Postgres, catalog: &replay.catalog, steps: &replay.steps };
    let surroundings = super::read(&neighbours, &sources, &[project]);
    for surrounding in &surroundings {
        for effect in &surrounding.effects {
            let whole_file = effect.cause.span.start == 0;
            assert!(whole_file || surrounding.passage_at(effect.cause.span).is_some(), "{effect:?} is in no passage");
        }
    }
    let word = |effect: &Effect, name: &str| match effect.kind.field(name) {
        Some(Value::Word { word, .. }) => word.to_owned(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let line = |effect: &Effect| {
        let words = ["object", "aspect", "name", "column"].map(|name| word(effect, name));
        let words = words.iter().filter(|word| !word.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ");
        format!("{} {words}", effect.kind.name())
    };
    surroundings.iter().flat_map(|surrounding| &surrounding.effects).map(line).collect()
}

fn prisma(sql: &str, schema: &str) -> Vec<String> {
    let schema = format!("datasource db {{\n  provider = \"postgresql\"\n}}\n{schema}");
    told(Tool::PRISMA, &[("prisma/migrations/0_init/migration.sql", sql)], &[("prisma/schema.prisma", &schema)])
}

#[test]
fn what_the_engine_leaves_alone_is_not_told() {
    let sql = r#"
        CREATE TABLE "User" (id integer PRIMARY KEY, name text, chk integer CHECK (chk > 0));
        CREATE INDEX part ON "User" (name) WHERE name IS NOT NULL;
        CREATE INDEX expression ON "User" (lower(name));
        CREATE INDEX mixed ON "User" (name, lower(name));
        ALTER TABLE "User" ADD CONSTRAINT exc EXCLUDE USING btree (chk WITH =);
        CREATE VIEW v AS SELECT 1 AS a;
        CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a;
        CREATE SEQUENCE s;
        CREATE DOMAIN d AS text;
        CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER t BEFORE INSERT ON "User" FOR EACH ROW EXECUTE FUNCTION f();
        CREATE POLICY p ON "User" USING (true);
        CREATE SCHEMA other;
        CREATE TABLE other.t (id integer PRIMARY KEY);
        CREATE TABLE _prisma_migrations (id integer);
        CREATE TABLE spatial_ref_sys (id integer);
        CREATE TEMPORARY TABLE scratch (id integer);
        SELECT 1 AS a INTO TEMP TABLE picked;"#;
    let none: Vec<String> = Vec::new();
    assert_eq!(prisma(sql, "model User {\n id Int @id\n name String?\n chk Int?\n}"), none);
}

#[test]
fn what_it_drops_is_told() {
    let sql = r#"
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE "User" (id integer PRIMARY KEY, name text DEFAULT 'x', mood mood, embedding vector(3), tags text[]);
        CREATE INDEX by_name ON "User" (name);
        CREATE UNIQUE INDEX by_both ON "User" (name, mood);
        CREATE INDEX gone ON "User" (embedding);
        CREATE TABLE "Post" (id integer PRIMARY KEY, "userId" integer REFERENCES "User" (id));
        CREATE TABLE parted (at date) PARTITION BY RANGE (at);
        CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');"#;
    let schema = "
        model User {\n id Int @id\n name String?\n mood mood?\n}
        model Post {\n id Int @id\n userId Int?\n}
        enum mood {\n ok\n}";
    let expected = [
        "schema-lacks column embedding, tags",
        "schema-lacks default name",
        "schema-lacks index by_name",
        "schema-lacks unique-index by_both",
        "schema-lacks foreign-key Post_userId_fkey",
        "schema-lacks enum-value sad",
        "schema-lacks table parted",
    ];
    assert_eq!(prisma(sql, schema), expected);
}

#[test]
fn drift_is_told_the_other_way() {
    let sql = r#"
        CREATE TABLE "User" (id integer PRIMARY KEY, name text, at timestamp, n text);
        CREATE TABLE "Post" (id integer PRIMARY KEY, "userId" integer);
        CREATE TABLE "Tag" (id integer PRIMARY KEY);"#;
    let schema = "
        model User {\n id Int @id @default(autoincrement())\n name String @unique\n at DateTime?\n n Int?\n nick String? @default(\"a\")\n posts Post[]\n}
        model Post {\n id Int @id\n userId Int?\n user User? @relation(fields: [userId], references: [id])\n tags Tag[]\n}
        model Tag {\n id Int @id\n posts Post[]\n}
        model Draft {\n id Int @id\n}
        enum Role {\n A\n}";
    let expected = [
        "migrations-lack column nick",
        "schema-differs type n",
        "schema-differs type at",
        "schema-differs nullability name",
        "migrations-lack default id",
        "migrations-lack unique-index User_name_key",
        "migrations-lack foreign-key Post_userId_fkey",
        "migrations-lack table Draft",
        "migrations-lack table _PostToTag",
        "migrations-lack enum Role",
    ];
    assert_eq!(prisma(sql, schema), expected);
}

#[test]
fn what_cannot_be_read_may_have_done_anything() {
    let none: Vec<String> = Vec::new();
    let schema = "model a {\n id Int @id\n}\nmodel b {\n id Int @id\n}";
    let made = "CREATE TABLE a (id integer PRIMARY KEY, x text); CREATE TABLE b (id integer PRIMARY KEY, x text);";
    let of_a = format!("{made} DO $$ BEGIN EXECUTE 'ALTER TABLE a DROP COLUMN ' || 'x'; END $$;");
    assert_eq!(prisma(&of_a, schema), ["schema-lacks column x"]);
    let of_all = format!(
        "{made} DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables LOOP
         EXECUTE format('ALTER TABLE %I DROP COLUMN x', r.tablename); END LOOP; END $$;"
    );
    assert_eq!(prisma(&of_all, schema), none);
    // Never seen created: it may have the column, and what was added is known.
    let altered = "CREATE TABLE b (id integer PRIMARY KEY); ALTER TABLE a ADD COLUMN x text;";
    let with_more = "model a {\n id Int @id\n y Int?\n}\nmodel b {\n id Int @id\n}";
    assert_eq!(prisma(altered, with_more), ["schema-lacks column x"]);
}

#[test]
fn a_schema_of_another_database_is_none_of_these() {
    let sql = "CREATE TABLE a (id integer PRIMARY KEY, x text);";
    let none: Vec<String> = Vec::new();
    assert_eq!(prisma(sql, "model b {\n id Int @id\n}\nmodel c {\n id Int @id\n}\nmodel a {\n id Int @id\n}"), none);
    let sqlite = ("prisma/schema.prisma", "datasource db {\n provider = \"sqlite\"\n}\nmodel a {\n id Int @id\n}");
    assert_eq!(told(Tool::PRISMA, &[("prisma/migrations/0/migration.sql", sql)], &[sqlite]), none);
}

#[test]
fn files_of_a_folder_are_one_schema() {
    let sql = "CREATE TABLE a (id integer PRIMARY KEY, b integer, x text);
        CREATE TABLE b (id integer PRIMARY KEY, x text);
        ALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES b (id);";
    let files = [
        ("prisma/schema/main.prisma", "datasource db {\n provider = \"postgresql\"\n}"),
        (
            "prisma/schema/a.prisma",
            "model a {\n id Int @id\n b Int?\n to b? @relation(fields: [b], references: [id])\n}",
        ),
        ("prisma/schema/deeper/b.prisma", "model b {\n id Int @id\n of a[]\n}"),
    ];
    let found = told(Tool::PRISMA, &[("prisma/migrations/0/migration.sql", sql)], &files);
    assert_eq!(found, ["schema-lacks column x", "schema-lacks column x"]);
}

#[test]
fn beside_another_tools_migrations_a_schema_may_speak_of_some_tables_alone() {
    let sql = "CREATE TABLE a (id integer PRIMARY KEY, x text); CREATE TABLE jobs (id integer PRIMARY KEY);";
    let schema = ("prisma/schema.prisma", "datasource db {\n provider = \"postgresql\"\n}\nmodel a {\n id Int @id\n}");
    let found = told(Tool::SUPABASE, &[("supabase/migrations/0001_init.sql", sql)], &[schema]);
    assert_eq!(found, ["schema-lacks column x"]);
}

const SNAPSHOT: &str = r#"{ "version": "7", "dialect": "postgresql",
  "tables": { "public.users": { "name": "users", "schema": "", "columns": {
      "id": { "name": "id", "type": "serial", "primaryKey": true, "notNull": true },
      "name": { "name": "name", "type": "varchar(40)", "primaryKey": false, "notNull": true, "default": "'it''s'" },
      "at": { "name": "at", "type": "timestamp (3) with time zone", "primaryKey": false, "notNull": false, "default": "now()" },
      "role": { "name": "role", "type": "Role", "typeSchema": "public", "primaryKey": false, "notNull": false } },
    "indexes": { "by_name": { "name": "by_name", "columns": [ { "expression": "name", "isExpression": false, "asc": true } ],
      "isUnique": false, "method": "btree" } },
    "foreignKeys": {}, "compositePrimaryKeys": {}, "uniqueConstraints": {} } },
  "enums": { "public.Role": { "name": "Role", "schema": "public", "values": ["a", "b"] } } }"#;

const USERS: &str = r#"CREATE TYPE "Role" AS ENUM ('a', 'b');
    CREATE TABLE users (id serial PRIMARY KEY, name varchar(40) NOT NULL DEFAULT 'it''s', at timestamp(3) with time zone DEFAULT now(), role "Role");
    CREATE INDEX by_name ON users USING btree (name);"#;

fn drizzle(sql: &str, snapshot: &str) -> Vec<String> {
    told(Tool::DRIZZLE, &[("drizzle/0000_init.sql", sql)], &[("drizzle/meta/0000_snapshot.json", snapshot)])
}

#[test]
fn snapshots_are_held_against_the_migrations() {
    let none: Vec<String> = Vec::new();
    assert_eq!(drizzle(USERS, SNAPSHOT), none);
    let more = format!(
        "{USERS} ALTER TABLE users ADD COLUMN x text; ALTER TYPE \"Role\" ADD VALUE 'c'; CREATE TABLE t (id int);"
    );
    let expected = ["schema-lacks column x", "schema-lacks enum-value c", "schema-lacks table t"];
    let mut found = drizzle(&more, SNAPSHOT);
    found.sort();
    assert_eq!(found, expected);
    let less = USERS.replace("role \"Role\"", "r integer").replace("CREATE INDEX", "-- ");
    let expected = ["schema-lacks column r", "migrations-lack column role", "migrations-lack index by_name"];
    assert_eq!(drizzle(&less, SNAPSHOT), expected);
    assert_eq!(drizzle(&less, "{ \"dialect\": \"postgresql\", \"tables\": ["), none);
}

#[test]
fn a_snapshot_of_entities_says_the_same() {
    let snapshot = r#"{ "version": "8", "dialect": "postgres", "ddl": [
        { "name": "users", "schema": "public", "entityType": "tables", "isRlsEnabled": false },
        { "values": ["a", "b"], "name": "Role", "schema": "public", "entityType": "enums" },
        { "type": "serial", "notNull": true, "dimensions": 0, "default": null, "generated": null, "identity": null, "name": "id", "entityType": "columns", "schema": "public", "table": "users" },
        { "type": "varchar(40)", "notNull": true, "dimensions": 0, "default": "'it''s'", "name": "name", "entityType": "columns", "schema": "public", "table": "users" },
        { "type": "timestamp(3) with time zone", "notNull": false, "default": "now()", "name": "at", "entityType": "columns", "schema": "public", "table": "users" },
        { "type": "Role", "typeSchema": "public", "notNull": false, "name": "role", "entityType": "columns", "schema": "public", "table": "users" },
        { "columns": [ { "value": "name", "isExpression": false } ], "isUnique": false, "where": null, "name": "by_name", "entityType": "indexes", "schema": "public", "table": "users" },
        { "columns": ["id"], "name": "users_pkey", "entityType": "pks", "schema": "public", "table": "users" } ] }"#;
    let paths = ("drizzle/20260101000000_init/migration.sql", "drizzle/20260101000000_init/snapshot.json");
    let none: Vec<String> = Vec::new();
    assert_eq!(told(Tool::DRIZZLE, &[(paths.0, USERS)], &[(paths.1, snapshot)]), none);
    let more = format!("{USERS} ALTER TABLE users ADD COLUMN x text;");
    assert_eq!(told(Tool::DRIZZLE, &[(paths.0, &more)], &[(paths.1, snapshot)]), ["schema-lacks column x"]);
}
