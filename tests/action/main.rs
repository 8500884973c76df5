//! action.yml from its first step to its last, on a stand-in for GitHub's runner: real bash and git, a repository and an event as GitHub makes
//! them, and played programs for what comes from elsewhere.

mod expression;
mod repository;
mod runner;

use repository::Origin;
use runner::{Job, PROJECT, Runner};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// What is told of a dropped table, and what of a new one.
const DROP: &str = "DROP TABLE orders;\n";
const INDEX: &str = "CREATE INDEX orders_note ON orders (note);\n";
const HARMLESS: &str = "CREATE TABLE notes (id bigint PRIMARY KEY);\n";

/// The files that annotations name.
fn files(job: &Job) -> Vec<String> {
    let of = |properties: &str| {
        let pair = properties.split(',').find_map(|pair| pair.strip_prefix("file="));
        pair.map(|file| file.replace("%3A", ":").replace("%2C", ",").replace("%25", "%"))
    };
    job.annotations.iter().filter_map(|annotation| of(&annotation.properties)).collect()
}

fn read_json(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A pull request with those migrations over a `main` that has old sins, checked out as actions/checkout does by default.
fn pull_request(migrations: &[(&str, &str)]) -> (Origin, Runner) {
    let origin = Origin::with_old_sins();
    origin.branch("topic");
    for (name, text) in migrations {
        origin.write(name, text);
    }
    origin.commit("topic");
    let mut runner = Runner::new();
    origin.open_pull_request(&mut runner);
    origin.check_out_merge(&runner, 1);
    (origin, runner)
}

#[test]
fn a_pull_request_is_judged_by_what_it_adds() {
    let (_origin, mut runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    runner.with("postgres", "17").with("category", "shop/api");
    let job = runner.run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert_eq!(job.output("exit-code"), "1");
    assert_eq!(job.output("errors"), job.of("error").len().to_string());
    assert!(job.output("errors") != "0" && job.output("findings") != "0");
    assert!(!job.annotations.is_empty() && files(&job).iter().all(|file| file == "db/0002_index.sql"), "{}", job.log);
    assert!(job.log.contains("blocking-index-build"), "the log has the whole report: {}", job.log);
    assert!(job.summary.contains("blocking-index-build") && job.summary.contains("SHARE"), "{}", job.summary);
    assert!(!job.summary.contains("0001_orders"), "{}", job.summary);
    assert_eq!(job.output("version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(job.output("base").len(), 40);
    let found = read_json(job.output("json-file"));
    assert_eq!(found["summary"]["errors"].to_string(), job.output("errors"));
    let sarif = read_json(job.output("sarif-file"));
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len().to_string(), job.output("findings"));
    assert!(fs::read_to_string(job.output("markdown-file")).unwrap() == job.summary);
    // Nothing was asked to be written elsewhere.
    assert!(job.with("github/codeql-action/upload-sarif").is_none());
    assert!(!runner.path("gh.log").exists());
    // No release has checksums here: it was built, and the next run finds it built.
    assert!(runner.path("cargo.log").exists() && job.with("actions/cache").is_some());
}

#[test]
fn a_clean_pull_request_passes_and_is_not_commented() {
    let (_origin, mut runner) = pull_request(&[("db/0002_notes.sql", HARMLESS)]);
    runner.with("comment", "true");
    let job = runner.run();
    assert_eq!((job.status, job.output("exit-code"), job.output("findings")), (0, "0", "0"), "{}", job.log);
    assert_eq!(job.annotations, []);
    assert!(!job.summary.is_empty());
    assert_eq!(runner.comments().len(), 0);
}

#[test]
fn the_comment_is_written_once_and_follows_the_findings() {
    let (origin, mut runner) = pull_request(&[("db/0002_drop.sql", DROP)]);
    runner.with("comment", "true").with("category", "shop");
    assert_eq!(runner.run().status, 1);
    assert_eq!(runner.comments().len(), 1);
    assert!(runner.comments()[0]["body"].as_str().unwrap().contains("dropped-table"));

    origin.write("db/0002_drop.sql", HARMLESS);
    origin.commit("mended");
    origin.open_pull_request(&mut runner);
    origin.check_out_merge(&runner, 1);
    assert_eq!(runner.run().status, 0);
    assert_eq!(runner.comments().len(), 1, "also when nothing is left to say");
    assert!(!runner.comments()[0]["body"].as_str().unwrap().contains("dropped-table"));

    // Another run of the same pull request has a comment of its own.
    runner.with("category", "other").with("only-new", "false");
    assert_eq!(runner.run().status, 1);
    assert_eq!(runner.comments().len(), 2);
}

#[test]
fn somebody_elses_comment_with_our_first_line_does_not_stop_ours() {
    let (_origin, mut runner) = pull_request(&[("db/0002_drop.sql", DROP)]);
    runner.with("comment", "true");
    let foreign = json!([{"id": 1, "locked": true, "body": "<!-- shipworthy -->\nall is well"}]);
    fs::write(runner.path("comments.json"), foreign.to_string()).unwrap();
    assert_eq!(runner.run().status, 1);
    assert_eq!(runner.comments().len(), 2);
    assert_eq!(runner.comments()[0]["body"], "<!-- shipworthy -->\nall is well");
}

#[test]
fn a_fork_may_neither_comment_nor_upload_and_is_judged_all_the_same() {
    let (_origin, mut runner) = pull_request(&[("db/0002_drop.sql", DROP)]);
    fs::write(runner.path("read-only"), "").unwrap();
    runner.failing = vec!["github/codeql-action/upload-sarif"];
    runner.with("comment", "true").with("upload-sarif", "true").with("category", "shop");
    let job = runner.run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert!(job.summary.contains("dropped-table"));
    let upload = job.with("github/codeql-action/upload-sarif").unwrap();
    assert_eq!(upload["sarif_file"], job.output("sarif-file"));
    assert_eq!((upload["category"].as_str(), upload["token"].as_str()), ("shop", "the-token"));
    let told = |kind, text: &str| job.of(kind).iter().any(|annotation| annotation.message.contains(text));
    assert!(told("notice", "pull-requests: write"), "{}", job.log);
    assert!(told("warning", "security-events: write"), "{}", job.log);

    // What a fork adds without fault passes, although nothing can be written.
    let (_origin, mut runner) = pull_request(&[("db/0002_notes.sql", HARMLESS)]);
    runner.failing = vec!["github/codeql-action/upload-sarif", "actions/cache"];
    runner.with("comment", "true").with("upload-sarif", "true");
    fs::write(runner.path("read-only"), "").unwrap();
    assert_eq!(runner.run().status, 0);
}

#[test]
fn without_gh_there_is_no_comment_and_the_job_says_so() {
    let (_origin, mut runner) = pull_request(&[("db/0002_drop.sql", DROP)]);
    runner.remove_program("gh");
    runner.with("comment", "true");
    let job = runner.run();
    assert_eq!(job.status, 1);
    if !Path::new("/usr/bin/gh").exists() {
        assert!(job.of("notice").iter().any(|annotation| annotation.message.contains("program gh")), "{}", job.log);
    }
}

#[test]
fn what_others_merged_meanwhile_does_not_count() {
    let origin = Origin::with_old_sins();
    origin.branch("topic");
    origin.write("db/0003_notes.sql", HARMLESS);
    origin.commit("topic");
    let mut runner = Runner::new();
    // The event knows `main` as it was; since then somebody merged a migration with a finding.
    origin.open_pull_request(&mut runner);
    origin.on_main("db/0002_drop.sql", DROP);
    for depth in [1, 2, 0] {
        origin.check_out_merge(&runner, depth);
        let job = runner.run();
        assert_eq!((job.status, job.output("findings")), (0, "0"), "depth {depth}: {}", job.log);
        assert!(!job.log.contains("shallow"), "the branching point is known: {}", job.log);
    }
}

#[test]
fn a_checkout_of_the_branch_itself_is_compared_with_its_branching_point() {
    let (origin, runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    origin.on_main("db/0003_drop.sql", DROP);
    for depth in [1, 0] {
        origin.check_out_head(&runner, depth);
        let job = runner.run();
        assert_eq!(job.status, 1, "{}", job.log);
        assert!(files(&job).iter().all(|file| file == "db/0002_index.sql"), "{}", job.log);
        assert!(!job.log.contains("shallow"), "{}", job.log);
    }
}

#[test]
fn where_the_base_cannot_be_had_it_says_what_to_set() {
    let (origin, mut runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    origin.remove();
    let job = runner.run();
    assert_eq!((job.status, job.output("exit-code")), (2, "2"), "{}", job.log);
    assert!(job.of("error")[0].message.contains("fetch-depth: 0"), "{}", job.log);
    // Everything can be judged all the same, if that is wanted.
    let job = runner.with("only-new", "false").run();
    assert_eq!((job.status, job.output("base")), (1, ""), "{}", job.log);
    assert!(files(&job).iter().any(|file| file == "db/0001_orders.sql"), "{:?}", files(&job));
}

#[test]
fn pushes_and_the_merge_queue_name_their_base_too() {
    let origin = Origin::with_old_sins();
    let before = origin.head();
    origin.on_main("db/0002_index.sql", INDEX);
    let mut runner = Runner::new();
    origin.check_out_branch(&runner, "main", 1);
    runner.event_name = "push";
    let only_the_index = |runner: &Runner| {
        let job = runner.run();
        assert!(!files(&job).is_empty() && files(&job).iter().all(|file| file == "db/0002_index.sql"), "{}", job.log);
        assert_eq!(job.output("base"), before);
    };
    runner.event = json!({"before": before, "repository": {"default_branch": "main"}});
    only_the_index(&runner);
    // A new branch is compared with the default one.
    runner.event = json!({"before": "0".repeat(40), "repository": {"default_branch": "main"}});
    let job = runner.run();
    assert_eq!(job.output("base"), "", "{}", job.log);
    runner.event_name = "merge_group";
    runner.event = json!({"merge_group": {"base_sha": before}});
    only_the_index(&runner);
    // Whatever the event is, it can be said.
    runner.event_name = "schedule";
    runner.event = json!({});
    runner.with("since", &before);
    only_the_index(&runner);
}

#[test]
fn another_branch_that_is_pushed_is_compared_with_the_default_one() {
    let origin = Origin::with_old_sins();
    let main = origin.head();
    origin.branch("topic");
    origin.write("db/0002_index.sql", INDEX);
    origin.commit("index");
    let second = origin.head();
    origin.write("db/0003_notes.sql", HARMLESS);
    origin.commit("notes");
    let mut runner = Runner::new();
    origin.check_out_branch(&runner, "topic", 1);
    runner.event_name = "push";
    runner.reference = "refs/heads/topic".to_owned();
    runner.event = json!({"before": second, "repository": {"default_branch": "main"}});
    let job = runner.run();
    assert_eq!((job.status, job.output("base")), (1, main.as_str()), "{}", job.log);
    assert!(files(&job).iter().all(|file| file == "db/0002_index.sql"), "{}", job.log);
}

#[test]
fn three_hundred_findings_are_cut_to_what_github_takes_the_worst_first() {
    let mut text = String::new();
    for number in 0..300 {
        text.push_str(&format!("CREATE INDEX orders_{number} ON orders (note); DROP TABLE \"old {number}\";\n"));
    }
    let (_origin, mut runner) = pull_request(&[("db/0002_many.sql", &text)]);
    runner.with("comment", "true");
    let job = runner.run();
    assert_eq!(job.status, 1);
    assert!(job.output("findings").parse::<usize>().unwrap() >= 300);
    for kind in ["error", "warning", "notice"] {
        assert!(job.of(kind).len() <= 10, "{} of {kind}", job.of(kind).len());
    }
    assert_eq!(job.of("error").len(), 10);
    assert!(job.of("notice").iter().any(|annotation| annotation.message.contains("more")), "{:?}", job.of("notice"));
    assert!(job.summary.len() <= 1024 * 1024);
    let comments = runner.comments();
    assert_eq!(comments.len(), 1, "{}", job.log);
    assert!(comments[0]["body"].as_str().unwrap().chars().count() <= 65_536);
}

#[test]
fn blanks_quotes_and_commands_in_names_stay_names() {
    let name = "db dir/it's \"new\" $(touch pwned) `touch pwned`;touch pwned.sql";
    let (_origin, mut runner) = pull_request(&[(name, INDEX), ("elsewhere/0003_drop.sql", DROP)]);
    runner.with("paths", &format!("{name}\n\n  \n"));
    runner.with("args", "--require-reasons");
    let job = runner.run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert!(!files(&job).is_empty() && files(&job).iter().all(|file| file == name), "{:?}", files(&job));
    assert!(!runner.workspace.join("pwned").exists());
    for input in ["paths", "config", "postgres", "fail-on", "args", "since", "working-directory", "category"] {
        let (_origin, mut runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
        let value = "$(touch pwned) `touch pwned`; touch pwned \" ' && touch pwned";
        let job = runner.with(input, value).run();
        assert!(!runner.workspace.join("pwned").exists(), "{input}: {}", job.log);
        // No such path, file, version, severity, argument, commit or folder; any category will do.
        assert_eq!(job.status, if input == "category" { 1 } else { 2 }, "{input}: {}", job.log);
        assert!(!job.of("error").is_empty(), "{input}: {}", job.log);
    }
}

#[test]
fn other_peoples_text_is_no_command_to_the_runner() {
    let text = "-- \n::error::pwned\n::set-output name=x::y\nDROP TABLE orders; /*\n::warning::pwned */\n";
    let (_origin, runner) = pull_request(&[("db/0002_drop.sql", text), ("db/\n::error::pwned.sql", DROP)]);
    let job = runner.run();
    assert_eq!(job.status, 1);
    assert!(job.annotations.iter().all(|annotation| annotation.message != "pwned"), "{}", job.log);
    assert!(!job.annotations.is_empty());
}

#[test]
fn a_folder_of_a_monorepo_is_checked_by_itself() {
    let (_origin, mut runner) = pull_request(&[
        ("services/a b/db/0001_old.sql", DROP),
        ("services/a b/shipworthy.toml", "fail-on = \"never\"\n"),
        ("db/0002_drop.sql", DROP),
    ]);
    runner.with("working-directory", "services/a b");
    let job = runner.run();
    // Its own configuration holds; paths count from the top of the repository, as GitHub wants them.
    assert_eq!(job.status, 0, "{}", job.log);
    assert!(!files(&job).is_empty() && files(&job).iter().all(|file| file == "services/a b/db/0001_old.sql"));
    runner.with("fail-on", "warning");
    assert_eq!(runner.run().status, 1, "an input outdoes the configuration");
}

#[test]
fn annotations_and_summary_can_be_left_out() {
    let (_origin, mut runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    let job = runner.with("annotations", "false").with("summary", "false").run();
    assert_eq!((job.status, job.annotations.len(), job.summary.as_str()), (1, 0, ""), "{}", job.log);
    assert!(job.log.contains("blocking-index-build"));
}

#[test]
fn a_mistake_in_the_configuration_is_an_error_and_no_verdict() {
    let (_origin, runner) = pull_request(&[("shipworthy.toml", "postgers = 17\n")]);
    let job = runner.run();
    assert_eq!((job.status, job.output("exit-code"), job.output("sarif-file")), (2, "2", ""), "{}", job.log);
    assert!(job.of("error")[0].message.contains("postgers"), "{}", job.log);
}

/// An archive as the release makes it, where the runner's curl finds it. The program in it starts the one under test, which is large.
fn publish(runner: &Runner) -> String {
    let archive = format!("shipworthy-{}-x86_64-unknown-linux-musl.tar.gz", env!("CARGO_PKG_VERSION"));
    let program = runner.path("releases/shipworthy");
    fs::write(&program, "#!/bin/sh\nexec \"$PROGRAM\" \"$@\"\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut tar = Command::new("tar");
    tar.arg("-czf").arg(runner.path("releases").join(&archive)).arg("-C").arg(runner.path("releases"));
    assert!(tar.arg("shipworthy").status().unwrap().success());
    archive
}

/// What checksums.txt says of a release of this source.
fn checksums(runner: &Runner, archive: &str) -> String {
    let output = |command: &mut Command| String::from_utf8(command.output().unwrap().stdout).unwrap();
    let sum = output(Command::new("sha256sum").arg(runner.path("releases").join(archive)));
    let key = output(Command::new("bash").arg(Path::new(PROJECT).join("action/source-key.sh")));
    format!("{}  {archive}\n{}  source\n", &sum[..64], key.trim())
}

#[test]
fn a_release_is_taken_if_its_sum_is_the_one_that_is_listed() {
    let (_origin, runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    let archive = publish(&runner);
    runner.write_checksums(&checksums(&runner, &archive));
    let job = runner.run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert!(!runner.path("cargo.log").exists() && job.with("actions/cache").is_none(), "nothing is built");
    let asked = fs::read_to_string(runner.path("curl.log")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(asked.contains(&format!("https://github.com/OWNER/shipworthy/releases/download/v{version}/{archive}")));
    assert!(asked.contains("--proto =https"), "{asked}");
}

#[test]
fn an_archive_with_another_sum_is_never_run() {
    let (_origin, mut runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    let archive = publish(&runner);
    runner.write_checksums(&("ab".repeat(32) + &checksums(&runner, &archive)[64..]));
    let job = runner.with("comment", "true").run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert!(job.of("error")[0].message.contains("SHA-256"), "{}", job.log);
    assert_eq!(job.output("exit-code"), "", "nothing was checked");
    assert!(!runner.path("cargo.log").exists(), "an attack is no reason to build");
}

#[test]
fn other_source_than_the_releases_is_built() {
    let (_origin, runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    let archive = publish(&runner);
    let listed = checksums(&runner, &archive);
    let (sum, _) = listed.split_once('\n').unwrap();
    runner.write_checksums(&format!("{sum}\n{}  source\n", "0".repeat(64)));
    let job = runner.run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert!(runner.path("cargo.log").exists() && !runner.path("curl.log").exists());
}

#[test]
fn a_release_that_is_gone_is_built_instead_and_that_is_said() {
    let (_origin, runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    let archive = publish(&runner);
    runner.write_checksums(&checksums(&runner, &archive));
    fs::remove_file(runner.path("releases").join(archive)).unwrap();
    let job = runner.run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert!(job.of("warning").iter().any(|annotation| annotation.message.contains("cannot be downloaded")));
    assert!(runner.path("cargo.log").exists());
}

#[test]
fn without_a_release_and_without_cargo_it_says_what_is_missing() {
    let (_origin, runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    runner.remove_program("cargo");
    let job = runner.run();
    assert_eq!(job.status, 1, "{}", job.log);
    assert!(job.of("error")[0].message.contains("no cargo"), "{}", job.log);
}

#[test]
fn what_an_earlier_run_built_is_not_built_again() {
    let (_origin, runner) = pull_request(&[("db/0002_index.sql", INDEX)]);
    assert_eq!(runner.run().status, 1);
    fs::remove_file(runner.path("cargo.log")).unwrap();
    assert_eq!(runner.run().status, 1);
    assert!(!runner.path("cargo.log").exists());
}

/// What a script prints of other people's text, as the runner reads it.
#[test]
fn quoted_text_has_no_commands() {
    let script =
        format!(". {PROJECT}/action/said.sh; printf '::error::one\\n ::warning::two' | quoted; say error 'three%0A'");
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    let annotations = runner::annotations(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(annotations.len(), 1);
    assert_eq!((annotations[0].kind.as_str(), annotations[0].message.as_str()), ("error", "three%0A"));
}

/// After a checkout with `persist-credentials: false` a private repository wants the token, which no other process may see.
#[test]
fn commits_are_fetched_with_the_token_where_the_clone_has_none() {
    let git = "git() { echo \"$* | ${GIT_CONFIG_KEY_0-} | ${GIT_CONFIG_VALUE_0-}\"; [[ -n ${GIT_CONFIG_VALUE_0-} ]]; }";
    let fetch = |token: &str| {
        let script = format!(
            ". {PROJECT}/action/base.sh; {git}; TOKEN={token} GITHUB_SERVER_URL=https://github.com; fetch origin main"
        );
        let output = Command::new("bash").args(["-c", &script]).env_remove("GIT_CONFIG_COUNT").output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let (brought, asked) = fetch("secret");
    assert!(brought);
    let [without, with] = asked.lines().collect::<Vec<_>>()[..] else { panic!("{asked}") };
    assert!(without.starts_with("fetch ") && without.ends_with("origin main |  | "), "{asked}");
    let (arguments, environment) = with.split_once(" | ").unwrap();
    assert!(arguments.starts_with("fetch ") && arguments.ends_with("origin main"), "{asked}");
    // `x-access-token:secret`, in base 64.
    let header = "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0";
    assert_eq!(environment, format!("http.https://github.com/.extraheader | {header}"));
    let (brought, asked) = fetch("");
    assert!(!brought && asked.lines().count() == 1, "{asked}");
}

#[test]
fn every_input_is_used_and_every_variable_is_read() {
    let action = fs::read_to_string(Path::new(PROJECT).join("action.yml")).unwrap();
    let (head, steps) = action.split_once("\nruns:\n").unwrap();
    let (inputs, _) = head.split_once("\noutputs:\n").unwrap();
    let names = inputs.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let names: Vec<_> = names.filter(|name| !name.starts_with(' ')).collect();
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        assert!(steps.contains(&format!("inputs.{name} ")), "{name} is not used");
    }
    let mut scripts = String::new();
    for entry in fs::read_dir(Path::new(PROJECT).join("action")).unwrap() {
        scripts.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let variables = steps.lines().filter_map(|line| line.trim().split_once(": ${{")).map(|(name, _)| name);
    for name in variables.filter(|name| name.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')) {
        assert!(scripts.contains(&format!("${name}")) || scripts.contains(&format!("${{{name}")), "{name} is not read");
    }
}
