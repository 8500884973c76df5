//! What we say a statement does, against what PostgreSQL 11 to 18 did (fixtures/truth, recorded by record.py there).
//!
//! How to record more, also of a newer server: `fixtures/truth/README.md`. `SHIPWORTHY_POSTGRES="host=... port=..." cargo test --test
//! truth` records a sample of the cases again on a server that is running and compares the model with that, too.
//!
//! `fixtures/truth/disagreements.txt` lists what is known to differ. A line more fails the test; so does a line that is no longer
//! true. `UPDATE=1 cargo test --test truth` writes it anew: read the difference before you commit it.

use rayon::prelude::*;
use serde::Deserialize;
use shipworthy::check::{File, Project, read};
use shipworthy::dialect::Version;
use shipworthy::effect::{Confidence, EffectKind};
use shipworthy::report::columns::Columns;
use shipworthy::settings::Settings;
use shipworthy::source::{Source, SourceId};
use shipworthy::tool::Tool;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// One record of truth.jsonl: a case on one server version. Absent lists are empty.
#[derive(Deserialize)]
struct Record {
    case: String,
    version: u16,
    sql: String,
    pre: Option<String>,
    in_transaction: bool,
    error: Option<String>,
    sqlstate: Option<String>,
    tx_block_error: bool,
    #[serde(default)]
    locks: BTreeMap<String, String>,
    #[serde(default)]
    rewrite: BTreeSet<String>,
    #[serde(default)]
    scan: BTreeSet<String>,
    #[serde(default)]
    index_rebuild: BTreeSet<String>,
    #[serde(default)]
    new_index: BTreeSet<String>,
    #[serde(default)]
    new_relations: BTreeSet<String>,
    #[serde(default)]
    dropped: BTreeSet<String>,
    #[serde(default)]
    dropped_columns: BTreeSet<String>,
    #[serde(default)]
    emptied: BTreeSet<String>,
    blocks_reads: Option<BTreeSet<String>>,
    blocks_writes: Option<BTreeSet<String>>,
    setup: String,
}

/// Failures that depend on rows: nothing that only reads the files can know them.
const ROW_DEPENDENT: [&str; 6] = ["23502", "23503", "23505", "23514", "22001", "55000"];

/// What the case's steps do, taken together.
struct Found {
    columns: Columns,
    sqlstates: BTreeSet<String>,
}

fn replay(record: &Record, setup: &str, wrapped: bool) -> Found {
    let sql = record.sql.trim_end().trim_end_matches(';');
    let body = if wrapped { format!("BEGIN;\n{sql};\nCOMMIT;\n") } else { format!("{sql};\n") };
    let body = record.pre.iter().map(|pre| format!("{};\n", pre.trim_end_matches(';'))).collect::<String>() + &body;
    let file = |path: &str, text: &str| File::from(Source::new(path, text));
    let project = Project::of(Tool::NONE, vec![file("0001_setup.sql", setup), file("0002_case.sql", &body)]);
    let settings = Settings { version: Version(record.version), from_empty: true, ..Settings::default() };
    let (_, projects) = read(vec![project], &settings);
    let steps = projects.into_iter().flat_map(|project| project.replay.steps);
    let effects: Vec<_> =
        steps.filter(|step| step.source == SourceId(1) && !step.undone).flat_map(|step| step.effects).collect();
    let sqlstates = effects.iter().filter(|effect| effect.confidence == Confidence::Certain);
    let sqlstates = sqlstates.filter_map(|effect| match &effect.kind {
        EffectKind::Fails { sqlstate, .. } => Some(sqlstate.to_string()),
        _ => None,
    });
    Found { sqlstates: sqlstates.collect(), columns: Columns::of(&effects) }
}

fn is_dml(sql: &str) -> bool {
    const VERBS: [&str; 12] = [
        "WITH", "UPDATE", "DELETE", "INSERT", "MERGE", "SELECT", "COPY", "TABLE", "VALUES", "EXECUTE", "PREPARE",
        "REFRESH",
    ];
    let words: Vec<_> = sql.split_whitespace().map(str::to_uppercase).collect();
    let first = words.first().map_or("", String::as_str);
    VERBS.contains(&first)
        || (first == "CREATE" && (words.contains(&"AS".to_owned()) || words.contains(&"MATERIALIZED".to_owned())))
}

fn names(set: &BTreeSet<smol_str::SmolStr>) -> BTreeSet<String> {
    set.iter().map(ToString::to_string).collect()
}

/// The measures in which a record and the model differ.
fn disagreements(record: &Record, setup: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut differs = |measure: &str, server: String, model: String| {
        if server != model {
            out.push(format!("{} @{} {measure}: server {server}, shipworthy {model}", record.case, record.version));
        }
    };
    if record.tx_block_error {
        let inside = replay(record, setup, true);
        differs("refused in a transaction", "true".into(), inside.sqlstates.contains("25001").to_string());
    }
    let found = replay(record, setup, record.in_transaction);
    if record.error.is_some() {
        let sqlstate = record.sqlstate.clone().unwrap_or_default();
        if !ROW_DEPENDENT.contains(&sqlstate.as_str()) {
            differs("fails", sqlstate, found.sqlstates.iter().next().cloned().unwrap_or_default());
        }
        return out;
    }
    differs("fails", String::new(), found.sqlstates.iter().next().cloned().unwrap_or_default());
    let new = &record.new_relations;
    let show = |set: &BTreeSet<String>| format!("{set:?}");
    let locks: BTreeMap<_, _> = found
        .columns
        .locks
        .iter()
        .filter(|(name, _)| !new.contains(name.as_str()))
        .map(|(name, mode)| (name.to_string(), mode.pg_name().to_owned()))
        .collect();
    differs("locks", format!("{:?}", record.locks), format!("{locks:?}"));
    differs("rewrites", show(&(&record.rewrite - new)), show(&(&names(&found.columns.rewrites) - new)));
    // A query or DML reads for itself; that is no scan of the kind that is meant.
    if !record.sql.split(';').any(is_dml) && !record.sql.trim_start().starts_with("DO ") {
        let scans = &names(&found.columns.scans) - &names(&found.columns.rewrites);
        differs("scans", show(&(&(&record.scan - &record.rewrite) - new)), show(&(&scans - new)));
    }
    differs("index rebuilds", show(&record.index_rebuild), show(&names(&found.columns.rebuilds_indexes)));
    let on_old = |names: &BTreeSet<String>| -> BTreeSet<String> {
        names.iter().filter(|name| !new.contains(name.rsplit(" on ").next().unwrap_or_default())).cloned().collect()
    };
    differs("index builds", show(&on_old(&record.new_index)), show(&on_old(&names(&found.columns.builds_indexes))));
    let bounded = record.sql.to_uppercase().contains("WHERE") && record.sql.split(';').any(is_dml);
    if !bounded {
        if let Some(server) = &record.blocks_reads {
            differs("blocks reads", show(server), show(&(&names(&found.columns.blocks_reads) - new)));
        }
        if let Some(server) = &record.blocks_writes {
            differs("blocks writes", show(server), show(&(&names(&found.columns.blocks_writes) - new)));
        }
    }
    let upper = setup.to_uppercase();
    let is_table = |name: &&String| {
        let bare = name.to_uppercase();
        ["TABLE ", "TEMP TABLE "].iter().any(|head| upper.contains(&format!("CREATE {head}{bare} ")))
    };
    let mut lost: BTreeSet<String> =
        record.dropped.iter().filter(is_table).map(|name| format!("table {name}")).collect();
    lost.extend(record.dropped_columns.iter().map(|name| format!("column {name}")));
    lost.extend(record.emptied.iter().map(|name| format!("rows of {name}")));
    let loses = names(&found.columns.loses)
        .into_iter()
        .filter(|loss| ["table ", "column ", "rows "].iter().any(|head| loss.starts_with(head)));
    differs("losses", show(&lost), show(&loses.collect()));
    out
}

#[test]
fn the_model_agrees_with_real_servers() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/truth");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    let setups: BTreeMap<String, String> = serde_json::from_str(&text("setups.json")).unwrap();
    let records: Vec<Record> = text("truth.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(records.len() > 1000, "only {} records were read", records.len());
    let found: Vec<Vec<String>> =
        records.par_iter().map(|record| disagreements(record, &setups[&record.setup])).collect();
    let mut found: String = found.into_iter().flatten().map(|line| line + "\n").collect();
    found.insert_str(0, "# What the model is known to say otherwise than a server did. Written by `UPDATE=1 cargo test --test truth`.\n");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(folder.join("disagreements.txt"), &found).unwrap();
    }
    let known = text("disagreements.txt");
    let (known, found): (BTreeSet<_>, BTreeSet<_>) = (known.lines().collect(), found.lines().collect());
    let worse: Vec<_> = found.difference(&known).collect();
    let mended: Vec<_> = known.difference(&found).collect();
    assert!(worse.is_empty() && mended.is_empty(), "new disagreements: {worse:#?}\nno longer true: {mended:#?}");
}

/// Records every twentieth case anew on the server that `SHIPWORTHY_POSTGRES` names, as a superuser, and compares the model with it.
#[test]
fn a_sample_agrees_with_a_live_server() {
    if std::env::var_os("SHIPWORTHY_POSTGRES").is_none() {
        eprintln!("skipped: SHIPWORTHY_POSTGRES names no server");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/truth");
    let recorded = std::fs::read_to_string(folder.join("truth.jsonl")).unwrap();
    let mut cases: Vec<String> =
        recorded.lines().map(|line| serde_json::from_str::<Record>(line).unwrap().case).collect();
    cases.dedup();
    let sample: Vec<String> = cases.into_iter().step_by(20).collect();
    let out = tempfile::tempdir().unwrap();
    let status = std::process::Command::new("python3")
        .arg(folder.join("record.py"))
        .arg("--out")
        .arg(out.path())
        .args(&sample)
        .status()
        .expect("record.py needs python3");
    assert!(status.success(), "record.py failed");
    let text = |name: &str| std::fs::read_to_string(out.path().join(name)).unwrap();
    let setups: BTreeMap<String, String> = serde_json::from_str(&text("setups.json")).unwrap();
    let records: Vec<Record> = text("truth.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // Of some versions a case is not.
    assert!(records.len() * 2 > sample.len(), "{} records of {} cases", records.len(), sample.len());
    let known = std::fs::read_to_string(folder.join("disagreements.txt")).unwrap();
    let known: BTreeSet<&str> = known.lines().collect();
    let found: Vec<String> = records
        .iter()
        .flat_map(|record| disagreements(record, &setups[&record.setup]))
        .filter(|line| !known.contains(line.as_str()))
        .collect();
    assert!(found.is_empty(), "the server says otherwise: {found:#?}");
}
