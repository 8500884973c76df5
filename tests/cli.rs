//! The built program: exit status, what goes to which stream, and what happens when the world is not as it should be.

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A finding that is an error whatever the rules come to say: the table's rows are gone.
const DROP: &str = "DROP TABLE orders;\n";
/// Nothing to find fault with.
const HARMLESS: &str = "SELECT 1;\n";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shipworthy"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(variable);
    }
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn piped(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child =
        command(folder, arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    match child.stdin.take().unwrap().write_all(input) {
        // It may have ended already, without a look at its input.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        written => written.unwrap(),
    }
    child.wait_with_output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Fails where anything but one JSON value stands on standard output.
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", out(output)))
}

fn rules(report: &Value) -> Vec<&str> {
    report["diagnostics"].as_array().unwrap().iter().map(|found| found["rule"].as_str().unwrap()).collect()
}

#[test]
fn the_exit_status_says_whether_something_was_found() {
    let folder = folder(&[("drop.sql", DROP.as_bytes()), ("harmless.sql", HARMLESS.as_bytes())]);
    assert_eq!(status(&run(folder.path(), &["check", "harmless.sql"])), 0);
    assert_eq!(status(&run(folder.path(), &["check", "drop.sql"])), 1);
    assert_eq!(status(&run(folder.path(), &["check", "--fail-on", "never", "drop.sql"])), 0);
    assert_eq!(status(&run(folder.path(), &["check", "--no-such-flag"])), 2);
    assert_eq!(status(&run(folder.path(), &["check", "--postgres", "99", "drop.sql"])), 2);
    assert_eq!(status(&run(folder.path(), &["effects", "drop.sql"])), 0);
}

#[test]
fn fail_on_asks_for_the_least_severity() {
    // A statement that is not understood is a note.
    let folder = folder(&[("odd.sql", b"FROBNICATE THE TABLE;\n")]);
    let with = |severity| run(folder.path(), &["check", "--output-format", "json", "--fail-on", severity, "odd.sql"]);
    assert_eq!(json(&with("note"))["summary"]["notes"], 1);
    assert_eq!(status(&with("note")), 1);
    assert_eq!(status(&with("warning")), 0);
    assert_eq!(status(&with("error")), 0);
}

#[test]
fn machine_output_stands_alone() {
    let folder = folder(&[("db/1.sql", DROP.as_bytes()), ("db/2.sql", b"SELECT '\xe9';\n")]);
    let check = run(folder.path(), &["check", "--output-format", "json", "--postgres", "15", "db"]);
    let report = json(&check);
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["summary"]["server_version"], "15");
    assert_eq!(report["summary"]["server_version_from"], "flag");
    assert_eq!(report["summary"]["files"], 2);
    assert_eq!(report["diagnostics"][0]["path"], "db/1.sql");
    let effects = json(&run(folder.path(), &["effects", "--output-format", "json", "db"]));
    assert_eq!(effects["steps"][0]["sql"], "DROP TABLE orders");
    assert_eq!(effects["steps"][0]["loses"][0], "table orders");
    assert_eq!(effects["steps"][0]["locks"]["orders"], "AccessExclusiveLock");
    assert_eq!(effects["steps"][0]["range"]["end"]["offset"], 17);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let files: Vec<(String, String)> =
        (0..40).map(|n| (format!("db/{n:02}.sql"), DROP.replace("orders", &format!("t{n}")))).collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    let folder = folder(&files);
    let with = |threads| {
        let arguments = ["check", "--output-format", "json", "db"];
        command(folder.path(), &arguments).env("RAYON_NUM_THREADS", threads).output().unwrap().stdout
    };
    assert_eq!(with("1"), with("8"));
}

#[test]
fn from_empty_makes_a_missing_table_a_certain_failure() {
    let folder = folder(&[("1.sql", DROP.as_bytes())]);
    let with =
        |more: &[&str]| json(&run(folder.path(), &[&["effects", "--output-format", "json", "1.sql"], more].concat()));
    assert_eq!(with(&[])["steps"][0]["fails"], Value::Null);
    assert_eq!(with(&["--from-empty"])["steps"][0]["fails"]["sqlstate"], "42P01");
}

#[test]
fn concise_is_a_line_for_each_finding() {
    let folder = folder(&[("db/1.sql", "-- é\n  DROP TABLE orders;".as_bytes())]);
    let found = run(folder.path(), &["check", "--output-format", "concise", "db/1.sql"]);
    let text = out(&found);
    assert!(text.starts_with("db/1.sql:2:3: error["), "{text}");
    assert!(text.lines().all(|line| line.starts_with("db/1.sql:2:3: ")), "{text}");
    assert!(err(&found).contains("1 error"), "the summary goes to standard error: {}", err(&found));
}

#[test]
fn grouped_has_a_heading_for_each_file() {
    let folder =
        folder(&[("db/1.sql", DROP.as_bytes()), ("db/2.sql", HARMLESS.as_bytes()), ("db/3.sql", DROP.as_bytes())]);
    let text = out(&run(folder.path(), &["check", "--output-format", "grouped", "db"]));
    let headings: Vec<_> = text.lines().filter(|line| line.starts_with("db/")).collect();
    assert_eq!(headings, ["db/1.sql", "db/3.sql"]);
    assert!(text.contains("\n  1:1  error  ") && text.contains("2 errors in 2 of 3 files"), "{text}");
}

/// Whoever runs the program in a folder of a repository: services look the files up from its root.
#[test]
fn sarif_names_files_from_the_repositorys_root() {
    let folder = folder(&[("api/db/a b.sql", DROP.as_bytes()), ("1.sql", DROP.as_bytes()), (".git/HEAD", b"")]);
    let found = run(&folder.path().join("api"), &["check", "--output-format", "sarif", "db", "../1.sql"]);
    assert_eq!(status(&found), 1);
    let log = json(&found);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let uris = results.iter().map(|result| {
        let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
        artifact["uri"].as_str().unwrap()
    });
    let mut uris: Vec<_> = uris.collect();
    uris.sort_unstable();
    uris.dedup();
    assert_eq!(uris, ["1.sql", "api/db/a%20b.sql"]);
    let root = log["runs"][0]["originalUriBaseIds"]["%SRCROOT%"]["uri"].as_str().unwrap();
    assert!(root.starts_with("file:///") && root.ends_with('/'), "{root}");
}

/// A pager is for terminals.
#[test]
fn what_goes_to_a_pipe_is_not_paged() {
    let folder = folder(&[]);
    let mut command = command(folder.path(), &["explain", "blocking-index-build"]);
    let page = command.env("PAGER", "no-such-program").output().unwrap();
    assert_eq!(status(&page), 0);
    assert!(out(&page).lines().count() > 50, "{}", out(&page));
}

#[test]
fn full_has_no_colours_unless_they_are_asked_for() {
    let folder = folder(&[("1.sql", DROP.as_bytes())]);
    let escapes = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = command(folder.path(), &[&["check", "1.sql"], arguments].concat());
        out(&command.envs(variables.iter().copied()).output().unwrap()).contains('\x1b')
    };
    assert!(!escapes(&[], &[]));
    assert!(escapes(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(escapes(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!escapes(&[], &[("CLICOLOR_FORCE", "0")]));
    assert!(!escapes(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!escapes(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn standard_input_is_a_file() {
    let empty = folder(&[]);
    let found = piped(empty.path(), &["check", "--output-format", "concise", "-"], DROP.as_bytes());
    assert_eq!(status(&found), 1);
    assert!(out(&found).starts_with("<stdin>:1:1: "), "{}", out(&found));
    let arguments = ["check", "--output-format", "concise", "--stdin-filename", "db/new.sql", "-"];
    assert!(out(&piped(empty.path(), &arguments, DROP.as_bytes())).starts_with("db/new.sql:1:1: "));
    assert_eq!(status(&piped(empty.path(), &["check", "-"], HARMLESS.as_bytes())), 0);
    assert_eq!(status(&piped(empty.path(), &["check", "-", "db"], HARMLESS.as_bytes())), 2);
}

#[test]
fn a_path_that_does_not_exist_is_a_mistake_of_the_caller() {
    let folder = folder(&[("1.sql", HARMLESS.as_bytes())]);
    for command in ["check", "effects"] {
        let found = run(folder.path(), &[command, "--output-format", "json", "1.sql", "none.sql"]);
        assert_eq!(status(&found), 2);
        assert_eq!(out(&found), "");
        assert!(err(&found).contains("none.sql"), "{}", err(&found));
    }
}

#[test]
fn a_file_that_is_not_text_is_a_finding_and_the_rest_goes_on() {
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(DROP.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let folder = folder(&[("db/1.sql", &utf16), ("db/2.sql", b"-- caf\xe9\n"), ("db/3.sql", DROP.as_bytes())]);
    let found = run(folder.path(), &["check", "--output-format", "json", "db"]);
    assert_eq!(status(&found), 1);
    let report = json(&found);
    assert_eq!(rules(&report)[..2], ["unreadable-file", "not-utf8"]);
    assert_eq!(report["diagnostics"][1]["range"]["start"]["column"], 7);
    assert_eq!(report["diagnostics"][2]["path"], "db/3.sql");
    let effects = run(folder.path(), &["effects", "--output-format", "json", "db"]);
    assert_eq!(status(&effects), 1);
    assert!(err(&effects).contains("db/1.sql"), "{}", err(&effects));
    assert_eq!(json(&effects)["steps"][0]["path"], "db/3.sql");
}

/// A file that cannot be opened, also by root: a symbolic link to itself.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_opened_is_a_finding() {
    let folder = folder(&[("db/2.sql", DROP.as_bytes())]);
    std::os::unix::fs::symlink("1.sql", folder.path().join("db/1.sql")).unwrap();
    let found = run(folder.path(), &["check", "--output-format", "json", "db/2.sql", "db/1.sql"]);
    assert_eq!(status(&found), 1);
    let report = json(&found);
    let unreadable = report["diagnostics"].as_array().unwrap().iter().find(|found| found["rule"] == "unreadable-file");
    assert_eq!(unreadable.unwrap_or_else(|| panic!("{report}"))["path"], "db/1.sql");
    assert!(rules(&report).contains(&"dropped-table"), "{report}");
}

/// A folder that nobody but root may read: the rest is checked, and the run fails.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_a_finding() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("db/a/1.sql", DROP.as_bytes()), ("db/b/2.sql", HARMLESS.as_bytes())]);
    let closed = folder.path().join("db/a");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read_dir(&closed).is_ok();
    let found = run(folder.path(), &["check", "--output-format", "json", "db"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(status(&found), 1);
    let expected = if is_root { "dropped-table" } else { "unreadable-file" };
    assert!(rules(&json(&found)).contains(&expected), "{}", out(&found));
}

/// Flyway: V10 runs after V2, and the first file made the table.
#[test]
fn the_files_of_a_project_are_context_for_each_other() {
    let folder = folder(&[
        ("db/migration/V2__orders.sql", b"CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n"),
        ("db/migration/V10__drop.sql", b"DROP INDEX CONCURRENTLY gone;\n"),
        ("db/migration/V11__note.sql", b"ALTER TABLE orders DROP COLUMN note;\n"),
    ]);
    let all = json(&run(folder.path(), &["effects", "--output-format", "json", "db"]));
    let paths: Vec<_> = all["steps"].as_array().unwrap().iter().map(|step| step["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["db/migration/V2__orders.sql", "db/migration/V10__drop.sql", "db/migration/V11__note.sql"]);

    let last = "db/migration/V11__note.sql";
    let labels = |more: &[&str]| {
        let found = run(folder.path(), &[&["check", "--output-format", "json", last], more].concat());
        let report = json(&found);
        assert_eq!(report["summary"]["files"], 1);
        assert_eq!(report["summary"]["tool"], "flyway");
        assert!(report["diagnostics"].as_array().unwrap().iter().all(|found| found["path"] == last), "{report}");
        report["diagnostics"].to_string().contains("V2__orders.sql")
    };
    assert!(labels(&[]), "the column was added in V2");
    assert!(!labels(&["--no-siblings"]));
    // An editor's unsaved text stands in the place of the file.
    let arguments = ["check", "--output-format", "json", "--stdin-filename", last, "-"];
    let edited = json(&piped(folder.path(), &arguments, b"DROP TABLE orders;"));
    assert!(edited["diagnostics"].to_string().contains("V2__orders.sql"), "{edited}");
    assert_eq!(edited["diagnostics"][0]["path"], last);

    let nothing_named = run(folder.path(), &["check", "--output-format", "json"]);
    assert_eq!(json(&nothing_named)["summary"]["files"], 3);
    assert!(err(&nothing_named).contains("Flyway"), "{}", err(&nothing_named));
}

#[test]
fn an_empty_folder_is_said_to_be_empty() {
    let folder = folder(&[("db/readme.txt", b"no SQL here")]);
    let found = run(folder.path(), &["check", "db"]);
    assert_eq!(status(&found), 0);
    assert!(err(&found).contains("no SQL files to look at in db"), "{}", err(&found));
    assert_eq!(status(&run(folder.path(), &["check"])), 2);
}

#[test]
fn empty_files_are_fine() {
    let folder = folder(&[("1.sql", b""), ("2.sql", b"\n"), ("3.sql", b"-- nothing"), ("4.sql", b"\xef\xbb\xbf")]);
    for arguments in [["check", "."], ["effects", "."]] {
        assert_eq!(status(&run(folder.path(), &arguments)), 0);
    }
    let report = json(&run(folder.path(), &["check", "--output-format", "json", "."]));
    assert_eq!(report["summary"]["files"], 4);
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let many = DROP.repeat(2000);
    let folder = folder(&[("1.sql", many.as_bytes())]);
    for arguments in [["check", "1.sql"], ["effects", "1.sql"], ["rules", "list"], ["explain", "dropped-table"]] {
        let mut child =
            command(folder.path(), &arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ended = child.wait_with_output().unwrap();
        assert!(matches!(ended.status.code(), Some(0 | 1)), "{arguments:?}: {ended:?}");
        assert_eq!(err(&ended), "", "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told() {
    let folder = folder(&[("1.sql", DROP.as_bytes())]);
    let Ok(full) = fs::File::options().write(true).open("/dev/full") else { return };
    let ended = command(folder.path(), &["check", "1.sql"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(status(&ended), 2);
    assert!(err(&ended).contains("could not be written"), "{}", err(&ended));
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = folder(&[]);
    let list = out(&run(folder.path(), &["rules", "list"]));
    let page = run(folder.path(), &["explain", "blocking-index-build"]);
    assert_eq!(status(&page), 0);
    assert!(list.contains("  blocking-index-build ") && list.contains("locking"), "{list}");
    let page = out(&page);
    assert!(page.starts_with("blocking-index-build  error, locking\n"), "{page}");
    assert!(page.contains("\nWhy\n") && page.contains("    CREATE INDEX CONCURRENTLY"), "{page}");
    assert!(!page.contains("```") && !page.contains("[when]") && !page.contains("## "), "{page}");
    assert!(page.lines().all(|line| line.starts_with(' ') || line.chars().count() <= 88), "{page}");
    let wrong = run(folder.path(), &["explain", "blocking-index-biuld"]);
    assert_eq!(status(&wrong), 2);
    assert_eq!(out(&wrong), "");
    assert!(err(&wrong).contains("`blocking-index-build`"), "{}", err(&wrong));
}

#[test]
fn documents_of_ones_own_are_tested() {
    let document = "# no-drop\n\nDropping a table by hand.\n\n```toml\nseverity = \"error\"\nmessage = \"drops `{name}`\"\nlabel = \"here\"\n\
        help = \"do not\"\n\n[when]\neffect = \"loses-data\"\nobject = \"table\"\n```\n\n## Why\n\nBecause.\n\n## Bad\n\n```sql bad\nBAD\n```\n\n\
        ## Good\n\n```sql good\nSELECT 1;\n```\n\n## When to allow it\n\nNever.\n";
    let files = [("ops/locking/no-drop.md", document.replace("BAD", "DROP TABLE orders;"))];
    let good = folder(&[(files[0].0, files[0].1.as_bytes())]);
    let tested = run(good.path(), &["rules", "test", "ops"]);
    assert!(out(&tested).contains("1 document, 2 examples"), "{}", out(&tested));
    let bad = folder(&[("ops/locking/no-drop.md", document.replace("BAD", "SELECT 2;").as_bytes())]);
    let tested = run(bad.path(), &["rules", "test", "ops"]);
    assert_eq!(status(&tested), 1);
    assert!(out(&tested).contains("ops/locking/no-drop.md:"), "{}", out(&tested));
    let broken = folder(&[("ops/locking/no-drop.md", document.replace("loses-data", "looses-data").as_bytes())]);
    let tested = run(broken.path(), &["rules", "test", "ops"]);
    assert_eq!(status(&tested), 1);
    assert!(out(&tested).contains("looses-data"), "{}", out(&tested));
    assert_eq!(status(&run(broken.path(), &["rules", "test", "nowhere"])), 2);
}

const SARIF: [&str; 4] = ["--output-format", "sarif", "--output-file", "out.sarif"];

#[test]
fn several_formats_at_once() {
    let folder = folder(&[("a.sql", DROP.as_bytes())]);
    let arguments = [&["check"], &SARIF[..], &["--output-format", "github", "a.sql"]].concat();
    let output = run(folder.path(), &arguments);
    assert_eq!(status(&output), 1);
    assert!(out(&output).starts_with("::error title="), "{}", out(&output));
    assert!(out(&output).lines().all(|line| line.starts_with("::")), "{}", out(&output));
    assert!(err(&output).contains("1 statement"), "the summary is for people: {}", err(&output));
    let log: Value = serde_json::from_slice(&fs::read(folder.path().join("out.sarif")).unwrap()).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["level"], "error");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left beside the report: {left:?}");
}

#[test]
fn a_report_in_a_file_leaves_standard_output_empty() {
    let folder = folder(&[("a.sql", DROP.as_bytes())]);
    let output = run(folder.path(), &[&["check"], &SARIF[..], &["a.sql"]].concat());
    assert_eq!((status(&output), out(&output).as_str()), (1, ""));
    let report = run(folder.path(), &["check", "--output-format", "json", "--output-file", "-", "a.sql"]);
    assert_eq!(json(&report)["summary"]["errors"], 1);
}

#[test]
fn formats_that_cannot_be_written_are_told() {
    let folder = folder(&[("a.sql", HARMLESS.as_bytes())]);
    let told = |arguments: &[&str]| {
        let output = run(folder.path(), &[&["check"], arguments, &["a.sql"]].concat());
        assert_eq!((status(&output), out(&output).as_str()), (2, ""), "{}", err(&output));
        err(&output)
    };
    let two = told(&["--output-format", "sarif", "--output-format", "json"]);
    assert!(two.contains("standard output, sarif and json"), "{two}");
    let first = told(&["--output-file", "x", "--output-format", "json"]);
    assert!(first.contains("--output-file x stands before every --output-format"), "{first}");
    assert!(told(&["--output-format", "yaml"]).contains("markdown-comment"), "the formats are named");
    let nowhere = told(&["--output-format", "json", "--output-file", "no/such/folder.json"]);
    assert!(nowhere.contains("its folder does not exist"), "{nowhere}");
    let itself = told(&["--output-format", "json", "--output-file", "."]);
    assert!(itself.contains("it is a folder"), "{itself}");
}

/// A report of an earlier run is there until the next one is complete.
#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = folder(&[("a.sql", DROP.as_bytes()), ("out.json", b"before")]);
    let arguments = ["check", "--output-format", "json", "--output-file", "out.json"];
    let written = || fs::read(folder.path().join("out.json")).unwrap();
    assert_eq!(status(&run(folder.path(), &[&arguments[..], &["no-such.sql"]].concat())), 2);
    assert_eq!(written(), b"before");
    assert_eq!(status(&run(folder.path(), &[&arguments[..], &["a.sql"]].concat())), 1);
    assert!(serde_json::from_slice::<Value>(&written()).is_ok());
}

#[cfg(unix)]
#[test]
fn links_modes_and_devices_are_left_as_they_are() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = folder(&[("a.sql", DROP.as_bytes()), ("real.json", b"before")]);
    let real = folder.path().join("real.json");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("real.json", folder.path().join("link.json")).unwrap();
    let to = |file| run(folder.path(), &["check", "--output-format", "json", "--output-file", file, "a.sql"]);
    assert_eq!(status(&to("link.json")), 1);
    assert!(fs::symlink_metadata(folder.path().join("link.json")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read(&real).unwrap().starts_with(b"{"));
    assert_eq!(status(&to("/dev/null")), 1);
    assert!(fs::metadata("/dev/null").unwrap().permissions().mode() & 0o222 != 0);
}

/// The address of a remote may hold a password.
#[test]
fn a_report_tells_no_password() {
    let folder = folder(&[("a.sql", DROP.as_bytes())]);
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(folder.path()).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(arguments);
        assert!(git.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "--quiet", "--initial-branch", "trunk"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "one"]);
    git(&["remote", "add", "origin", "https://me:s3cret@github.com/octo/shop.git"]);
    let report = run(folder.path(), &["check", "--output-format", "sarif", "a.sql"]);
    assert!(!out(&report).contains("s3cret"));
    let provenance = json(&report)["runs"][0]["versionControlProvenance"][0].take();
    assert_eq!(provenance["repositoryUri"], "https://github.com/octo/shop");
    assert_eq!(provenance["branch"], "trunk");
    assert_eq!(provenance["revisionId"].as_str().unwrap().len(), 40);
}

#[test]
fn as_much_is_told_as_is_asked_for() {
    let folder = folder(&[("db/1.sql", DROP.as_bytes()), ("db/2.sql", DROP.as_bytes())]);
    let usual = run(folder.path(), &["check"]);
    assert!(out(&usual).contains("2 files") && err(&usual).contains("looking at db"), "{}", err(&usual));
    for format in ["full", "grouped", "concise"] {
        let quiet = run(folder.path(), &["check", "--quiet", "--output-format", format]);
        assert!(out(&quiet).contains("dropped-table") && !out(&quiet).contains("2 files"), "{}", out(&quiet));
        assert_eq!((err(&quiet).as_str(), status(&quiet)), ("", 1), "{format}");
    }
    let verbose = run(folder.path(), &["check", "--verbose", "db"]);
    for said in ["configuration: none in ", "project db: no migration tool recognised", "2 files judged"] {
        assert!(err(&verbose).contains(said), "{said}: {}", err(&verbose));
    }
    // Why there is no verdict is always told.
    let failed = run(folder.path(), &["check", "-q", "no-such-folder"]);
    assert!(status(&failed) == 2 && err(&failed).contains("no such file or folder"), "{}", err(&failed));
}

#[test]
fn statistics_stand_beside_the_report() {
    let folder = folder(&[("db/1.sql", DROP.as_bytes())]);
    let output = run(folder.path(), &["check", "--no-config", "--statistics", "--output-format", "json", "db"]);
    assert!(serde_json::from_str::<Value>(&out(&output)).is_ok());
    let told = err(&output);
    for said in ["1  destructive\n1    dropped-table\n", "in 1 file, 1 statement; 0 allowed", "parsing ", "replaying "]
    {
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn any_number_of_threads_finds_the_same() {
    let names: Vec<_> = (0..40).map(|at| format!("db/{at:04}.sql")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), DROP.as_bytes())).collect();
    let folder = folder(&files);
    let found = |threads: &str| out(&run(folder.path(), &["check", "--threads", threads, "--output-format", "json"]));
    let one = found("1");
    assert!(one.contains("dropped-table"));
    assert_eq!(one, found("7"));
    assert_eq!(status(&run(folder.path(), &["check", "--threads", "0"])), 2);
}

#[test]
fn shells_and_man_are_told_the_command_line() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(folder.path(), &["completions", shell]);
        assert!(status(&script) == 0 && out(&script).contains("--since") || out(&script).contains("since"), "{shell}");
    }
    let page = out(&run(folder.path(), &["man"]));
    assert!(page.starts_with(".ie") || page.starts_with(".TH"), "{page}");
    for part in [".SH \"CHECK\"", ".SH \"BASELINE\"", "fail"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn the_comment_that_allows_a_finding_can_be_pasted() {
    let folder = folder(&[("db/1.sql", b"SET lock_timeout = '2s';\n\n  DROP TABLE orders;\nDROP TABLE lines;\n")]);
    let full = out(&run(folder.path(), &["check", "db"]));
    let told = "above line 3:\n        -- shipworthy: allow dropped-table <why>\n";
    assert!(full.contains(told), "{full}");
    assert_eq!(full.matches("-- shipworthy: allow").count(), 1, "where the rule speaks first: {full}");
    let report: Value =
        serde_json::from_str(&out(&run(folder.path(), &["check", "--output-format", "json", "db"]))).unwrap();
    let mut text = fs::read_to_string(folder.path().join("db/1.sql")).unwrap();
    for found in report["diagnostics"].as_array().unwrap().iter().rev() {
        let at = found["allow"]["range"]["start"]["offset"].as_u64().unwrap() as usize;
        text.insert_str(at, &found["allow"]["insert"].as_str().unwrap().replace("<why>", "it is empty"));
    }
    fs::write(folder.path().join("db/1.sql"), text).unwrap();
    let allowed = run(folder.path(), &["check", "db"]);
    assert!(status(&allowed) == 0 && out(&allowed).contains("No findings"), "{}", out(&allowed));
}

#[test]
fn the_findings_in_own_rules_are_written_by_the_program() {
    let rule = "# odd-name\n\nNames of indexes end with `_idx`.\n\n```toml\nseverity = \"warning\"\nmessage = \"`{index}` does not end with `_idx`\"\n\
                label = \"here\"\n\n[when]\neffect = \"builds-index\"\nindex = \"!*_idx\"\n```\n\n## Why\n\nWe like it.\n\n## Bad\n\n```sql bad\n\
                CREATE INDEX CONCURRENTLY i ON t (a);\n```\n\n## Good\n\n```sql good\nCREATE INDEX CONCURRENTLY a_idx ON t (a);\n```\n\n\
                ## When to allow it\n\nNever.\n";
    let folder = folder(&[("ops/schema/odd-name.md", rule.as_bytes())]);
    let test = |arguments: &[&str]| run(folder.path(), &[&["rules", "test"], arguments].concat());
    assert_eq!(status(&test(&["ops"])), 1, "nothing says yet how the finding reads");
    let updated = test(&["ops", "--update"]);
    assert_eq!(status(&updated), 0, "{}", out(&updated));
    let written = fs::read_to_string(folder.path().join("ops/schema/odd-name.md")).unwrap();
    assert!(written.contains("```text\nbad.sql:1:1: warning[odd-name] `i` does not end with `_idx`"), "{written}");
    assert_eq!(status(&test(&["ops"])), 0);
    assert_eq!(status(&test(&["--update"])), 2, "the program's own documents are not there to be written");
}
