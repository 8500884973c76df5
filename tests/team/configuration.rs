//! `shipworthy.toml`.

use super::*;

#[test]
fn the_nearest_file_counts_and_flags_go_before_it() {
    let work = Work::with_orders();
    work.write("db/0002_index.sql", INDEX_ON_ORDERS);
    work.write("shipworthy.toml", "[severity]\nblocking-index-build = \"warning\"\n");
    let severity = |arguments: &str| {
        let (findings, told, status) = work.check(arguments);
        let line = findings.into_iter().find(|line| line.contains("[blocking-index-build]"));
        (line.map(|line| line.split(' ').nth(1).unwrap().split('[').next().unwrap().to_owned()), told, status)
    };
    assert_eq!(severity("db").0.as_deref(), Some("warning"));
    assert_eq!(severity("db").2, 0);
    assert_eq!(severity("db --fail-on warning").2, 1);
    assert_eq!(severity("db --no-config").0.as_deref(), Some("error"));
    // Nearer to all that is looked at.
    work.write("db/.shipworthy.toml", "severity = { locking = \"off\" }\n");
    assert_eq!(severity("db").0, None);
    assert_eq!(severity("db --config shipworthy.toml").0.as_deref(), Some("warning"));
    fs::remove_file(work.path().join("db/.shipworthy.toml")).unwrap();
    // Another tool's file says nothing, so the search goes on.
    work.write("db/pyproject.toml", "[tool.black]\n");
    assert_eq!(severity("db").0.as_deref(), Some("warning"));
    work.write("db/pyproject.toml", "[tool.shipworthy]\nfail-on = \"never\"\n");
    assert_eq!((severity("db").0.as_deref(), severity("db").2), (Some("error"), 0));
}

#[test]
fn some_files_have_severities_of_their_own_and_some_are_left_out() {
    let work = Work::with_orders();
    work.write("db/0002_index.sql", INDEX_ON_ORDERS);
    work.write("db/legacy/0001_index.sql", INDEX_ON_ORDERS);
    work.write("db/vendor_sql/0001_index.sql", INDEX_ON_ORDERS);
    let config = "exclude = \"db/vendor*\"\n\n[[override]]\npaths = \"db/legacy\"\nseverity = { locking = \"off\" }\n";
    work.write("shipworthy.toml", config);
    assert_eq!(work.found("db"), ["db/0002_index.sql blocking-index-build"]);
    let named = "db/vendor_sql/0001_index.sql";
    assert_eq!(work.found(named), [format!("{named} blocking-index-build")]);
    assert_eq!(work.found(&format!("--force-exclude {named}")), NONE);
}

#[test]
fn a_teams_own_rules_are_rules() {
    let work = Work::with_orders();
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/destructive/dropped-column.md"));
    let document = document.unwrap().replace("# dropped-column", "# no-column-drops");
    work.write("ops/rules/destructive/no-column-drops.md", &document);
    work.write("db/0002_drop.sql", "ALTER TABLE orders DROP COLUMN note;\n");
    work.write("shipworthy.toml", "rules = \"ops/rules\"\nseverity = { dropped-column = \"off\" }\n");
    assert_eq!(work.found("db"), ["db/0002_drop.sql no-column-drops"]);
    work.write("ops/rules/destructive/no-column-drops.md", "# no-column-drops\n");
    let (_, told, status) = work.check("db");
    assert_eq!(status, 2);
    assert!(told.contains("ops/rules/destructive/no-column-drops.md"), "{told}");
}

#[test]
fn sizes_make_the_same_work_bad_or_harmless_and_are_named() {
    let work = Work::with_orders();
    let index = |table: &str| format!("CREATE INDEX {table}_n ON {table} (note);\n");
    work.write("db/0002_a.sql", &format!("{}{}", index("countries"), index("events")));
    work.write("db/0003_b.sql", "DELETE FROM events WHERE note IS NULL;\nDROP TABLE countries;\n");
    let settings = "[timeouts]\nlock = \"2s\"\n";
    let said = |tables: &str| {
        work.write("shipworthy.toml", &format!("{settings}{tables}"));
        let found = work.check("db").0.into_iter();
        found.filter_map(|line| Some(line.split_once(".sql:")?.1.to_owned())).collect::<Vec<_>>().join("\n")
    };
    let unsaid = said("");
    assert!(unsaid.contains("error[blocking-index-build] building `countries_n` blocks writes to `countries`\n"));
    assert!(unsaid.contains("note[unbatched-delete]"), "{unsaid}");
    let told = said("[tables]\n\"count*\" = 250\nevents = \"400M\"\n");
    assert!(told.contains("note[blocking-index-build] building `countries_n` blocks writes to `countries` (250 rows)"));
    assert!(told.contains("error[blocking-index-build] building `events_n` blocks writes to `events` (400M rows)"));
    assert!(told.contains("warning[unbatched-delete]"), "{told}");
    // What is lost is lost, however little it is.
    assert!(told.contains("error[dropped-table]"), "{told}");
    // A severity that the team settled counts for all sizes.
    let settled = said("[tables]\ncountries = \"small\"\n[severity]\nblocking-index-build = \"error\"\n");
    assert!(
        settled.contains("error[blocking-index-build] building `countries_n` blocks writes to `countries` (small)")
    );
}

#[test]
fn which_schemas_an_api_serves_can_be_said() {
    let work = Work::new();
    work.write(
        "db/migrations/20260101000000_all.sql",
        "CREATE SCHEMA api;\nCREATE TABLE api.a (id int PRIMARY KEY);\nCREATE TABLE b (id int PRIMARY KEY);\n",
    );
    let exposed = || work.found("db").iter().filter(|found| found.ends_with(" exposed-table")).count();
    assert_eq!(exposed(), 0);
    work.write("shipworthy.toml", "exposed-schemas = \"api\"\n");
    assert_eq!(exposed(), 1);
    work.write("shipworthy.toml", "exposed-schemas = [\"api\", \"public\"]\n");
    assert_eq!(exposed(), 2);
    // A project of Supabase's serves `public`, unless somebody says otherwise.
    work.write("shipworthy.toml", "tool = \"supabase\"\n");
    assert_eq!(exposed(), 1);
    work.write("shipworthy.toml", "tool = \"supabase\"\nexposed-schemas = []\n");
    assert_eq!(exposed(), 0);
}

#[test]
fn a_timeout_that_the_connection_sets_need_not_be_in_the_files() {
    let work = Work::with_orders();
    work.write("db/0002_alter.sql", "ALTER TABLE orders ADD COLUMN a int;\n");
    let (findings, ..) = work.check("db");
    assert!(findings.iter().any(|line| line.contains("[missing-lock-timeout]")), "{findings:?}");
    work.write("shipworthy.toml", "timeouts = { lock = \"2s\" }\n");
    assert_eq!(work.check("db").0, NONE);
}

#[test]
fn paths_are_told_from_the_current_folder_wherever_the_configuration_is() {
    let work = Work::new();
    work.write("api/Cargo.toml", "[dependencies]\nsqlx = \"0.8\"\n");
    work.write("api/migrations/20260101000000_a.sql", "CREATE TABLE a (id bigint PRIMARY KEY);\n");
    work.write("api/shipworthy.toml", "paths = \"migrations\"\n");
    for (folder, from) in [("api", "Cargo.toml"), ("api/migrations", "../Cargo.toml"), (".", "api/Cargo.toml")] {
        let (_, told, _) = work.check_in(&work.path().join(folder), if folder == "." { "api" } else { "" });
        assert!(told.contains(&format!("sqlx recognised by the file names and {from}")), "{folder}: {told}");
    }
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    let work = Work::with_orders();
    work.write("shipworthy.toml", "[severity]\nblocking-index-bild = \"off\"\n");
    let (_, told, status) = work.check("db");
    assert_eq!(status, 2);
    assert!(told.contains("shipworthy.toml:2:1"), "{told}");
    assert!(told.contains("did you mean `blocking-index-build`?"), "{told}");
}

#[test]
fn what_is_configured_can_be_shown() {
    let work = Work::with_orders();
    work.write("shipworthy.toml", "postgres = 14\n[severity]\nstyle = \"note\"\n");
    let output = shipworthy(work.path(), "config db");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("# shipworthy.toml\npostgres = 14"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("postgres = 14 ") && line.ends_with("# shipworthy.toml:1")));
    assert!(text.lines().any(|line| line.starts_with("fail-on = \"error\"") && line.ends_with("# default")));
    let output = shipworthy(work.path(), "config --json-schema");
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["properties"]["postgres"]["minimum"], 11);
}
