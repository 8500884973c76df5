//! What nearly all files of a folder keep: versions that are times, checksums in headers, rows in the table of what has run.

use super::*;
use sha1::{Digest, Sha1};
use sha2::Sha256;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn table(name: &str) -> String {
    format!("CREATE TABLE {name} (id bigint PRIMARY KEY);\n")
}

#[test]
fn a_version_that_is_no_time_of_14_digits_is_told_of_what_the_branch_adds() {
    let work = Work::new();
    work.git("init -q -b main");
    for day in 1..5 {
        work.write(&format!("migrations/2026010{day}093000_t{day}.sql"), &table(&format!("t{day}")));
    }
    work.write("migrations/0001_before.sql", &table("before"));
    work.commit("first");
    assert_eq!(work.found("."), NONE);
    work.git("checkout -q -b feature");
    work.write("migrations/202601120930_x.sql", &table("x"));
    assert_eq!(work.found("--since main"), ["migrations/202601120930_x.sql odd-version"]);
    assert!(work.check("--since main").0[0].contains("as that of `20260104093000_t4.sql` and nearly all others is"));
    work.commit("odd");
    work.write("migrations/20260113000000_y.sql", &table("y"));
    assert_eq!(work.found("--changed"), NONE, "it was so before");
    // One that sorts behind all that will ever come says nothing of what comes.
    work.git("clean -qfd");
    work.git("checkout -q main");
    work.write("migrations/202601040930000_x.up.sql", &table("x"));
    work.write("shipworthy.toml", "tool = \"sqlx\"\n");
    work.commit("odd");
    work.git("checkout -q -b another");
    work.write("migrations/20260113000000_y.up.sql", &table("y"));
    assert_eq!(work.found("--since main"), NONE);
}

#[test]
fn a_checksum_in_the_header_is_held_against_the_text() {
    let sum = |text: &str| hex(&Sha256::digest(text));
    let body = |at: usize| format!("\n-- About it.\n{}", table(&format!("t{at}")));
    // As they are known: over what stands below the line, over the rest of the file, trimmed.
    let with = |header: &dyn Fn(&str) -> String| {
        let work = Work::new();
        for at in 1..6 {
            work.write(&format!("db/00{at}_t.sql"), &format!("{}{}", header(&body(at)), body(at)));
        }
        work
    };
    let below = |body: &str| format!("-- Author: me\n-- Checksum: sha256:{}\n", sum(body));
    let around = |body: &str| format!("-- Author: me\n-- sha256 = {}\n", sum(&format!("-- Author: me\n{body}")));
    let trimmed = |body: &str| format!("/* migration\n * checksum: {}\n */\n", sum(body.trim()).to_uppercase());
    let headers: [&dyn Fn(&str) -> String; 2] = [&below, &around];
    for header in headers {
        let work = with(header);
        assert_eq!(work.found("db"), NONE);
        let path = work.path().join("db/003_t.sql");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("bigint", "integer")).unwrap();
        let found = work.found("db");
        assert!(found.contains(&"db/003_t.sql stale-checksum".to_owned()), "{found:?}");
        // Somebody's git writes other line ends.
        fs::write(&path, text.replace('\n', "\r\n")).unwrap();
        assert_eq!(work.found("db"), NONE);
        work.write("db/006_t.sql", &table("t6"));
        assert_eq!(work.found("db"), ["db/006_t.sql missing-checksum"]);
    }
    // Over something that is not tried nothing is said.
    let work = with(&trimmed);
    assert_eq!(work.found("db"), NONE);
    let work = with(&|body| format!("-- checksum: {}\n", sum(&format!("salt{body}"))));
    assert_eq!(work.found("db"), NONE);
}

#[test]
fn a_file_records_itself_as_the_others_do() {
    let work = Work::new();
    let record = |version: &str| {
        format!(
            "INSERT INTO public.schema_migrations (version, name)\nVALUES ('{version}', 'x')\nON CONFLICT DO NOTHING;\n"
        )
    };
    let ledger = "CREATE TABLE schema_migrations (version text PRIMARY KEY, name text);\n";
    work.write("db/001_ledger.sql", &format!("{ledger}{}", record("001")));
    for at in 2..6 {
        work.write(&format!("db/00{at}_t.sql"), &format!("{}{}", table(&format!("t{at}")), record(&format!("00{at}"))));
    }
    assert_eq!(work.found("db"), NONE);
    work.write("db/006_t.sql", &table("t6"));
    assert_eq!(work.found("db"), ["db/006_t.sql unrecorded-migration"]);
    work.write("db/006_t.sql", &format!("{}{}", table("t6"), record("005")));
    assert_eq!(work.found("db"), ["db/006_t.sql misrecorded-migration"]);
    assert!(
        work.check("db").0[0].starts_with("db/006_t.sql:2:1: error[misrecorded-migration] this records `005_t.sql`")
    );
    let allowed = "-- shipworthy: allow misrecorded-migration it stands for it\n";
    work.write("db/006_t.sql", &format!("{}{allowed}{}", table("t6"), record("005")));
    assert_eq!(work.found("db"), NONE);
    // By its number, its name or its file's name, as it likes.
    for own in ["6", "006_t", "006_T.sql"] {
        work.write("db/006_t.sql", &format!("{}{}", table("t6"), record(own)));
        assert_eq!(work.found("db"), NONE, "{own}");
    }
    // Rows of another table are nobody's business.
    work.write("db/007_t.sql", "INSERT INTO users (name) VALUES ('005');\n");
    assert_eq!(work.found("db"), ["db/007_t.sql unrecorded-migration"]);
}

#[test]
fn the_hashes_of_graphile_migrate_are_a_chain() {
    let work = Work::new();
    work.git("init -q -b main");
    work.write(".gmrc", "{}\n");
    let hash = |previous: &str, body: &str| {
        let before = if previous == "-" { "" } else { previous };
        format!("sha1:{}", hex(&Sha1::digest(format!("{}\n", format!("{before}\n{}", body.trim()).trim()))))
    };
    let commit = |at: usize, previous: &str, body: &str| {
        let own = hash(previous, body);
        let text = format!("--! Previous: {previous}\n--! Hash: {own}\n\n{body}");
        work.write(&format!("migrations/committed/00000{at}.sql"), &text);
        own
    };
    let first = commit(1, "-", &table("a"));
    let second = commit(2, &first, &table("b"));
    work.commit("first");
    assert_eq!(work.found("."), NONE);
    // Two branches committed upon the same file; the second was given the next number by hand.
    work.git("checkout -q -b feature");
    commit(3, &second, &table("c"));
    commit(4, &second, &table("d"));
    assert_eq!(work.found("--since main"), ["migrations/committed/000004.sql refused-by-tool"]);
    let told = work.check("--since main").0.remove(0);
    assert!(told.contains("its `Previous` is not the `Hash` of `000003.sql`, which stands before it"), "{told}");
    fs::remove_file(work.path().join("migrations/committed/000004.sql")).unwrap();
    let edited = format!("--! Previous: {first}\n--! Hash: {second}\n\n{}", table("bb"));
    work.write("migrations/committed/000002.sql", &edited);
    let (findings, ..) = work.check("--since main");
    assert!(
        findings.iter().any(|line| line.contains("000002.sql:1:1: error[refused-by-tool] graphile-migrate refuses")
            && line.contains("its `Hash` is not that of its text")),
        "{findings:?}"
    );
    work.write("migrations/committed/000002.sql", &edited.replace("\n\n", "\n--! AllowInvalidHash\n\n"));
    assert!(work.found(".").is_empty());
    // Hashes that nobody computed are an example's.
    for at in 1..4 {
        work.write(
            &format!("migrations/committed/00000{at}.sql"),
            &format!("--! Previous: -\n--! Hash: sha1:a{at}\n\n{}", table(&format!("t{at}"))),
        );
    }
    assert_eq!(work.found("."), NONE);
}
