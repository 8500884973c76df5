//! `effects --output-format json`: what every statement does, in the machine contract's words.

use super::columns::Columns;
use super::place::Range;
use crate::check::Replayed;
use crate::effect::{Effect, Value};
use crate::replay::Step;
use crate::settings::Settings;
use crate::source::Sources;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// Counts incompatible changes of the format; adding a field is none.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    dialect: &'a str,
    server_version: String,
    steps: Vec<StepReport<'a>>,
}

#[derive(Serialize)]
struct StepReport<'a> {
    path: &'a str,
    index: usize,
    range: Range,
    sql: &'a str,
    in_transaction: bool,
    undone: bool,
    locks: BTreeMap<SmolStr, &'static str>,
    rewrites: BTreeSet<SmolStr>,
    scans: BTreeSet<SmolStr>,
    rebuilds_indexes: BTreeSet<SmolStr>,
    builds_indexes: BTreeSet<SmolStr>,
    blocks_reads: BTreeSet<SmolStr>,
    blocks_writes: BTreeSet<SmolStr>,
    loses: BTreeSet<SmolStr>,
    fails: Option<FailureReport>,
    effects: Vec<EffectReport<'a>>,
}

#[derive(Serialize)]
struct FailureReport {
    reason: &'static str,
    sqlstate: Option<SmolStr>,
}

/// Writes the report of all steps that are asked for.
///
/// # Errors
/// Those of the sink.
pub fn write(out: &mut dyn Write, projects: &[Replayed], sources: &Sources, settings: &Settings) -> io::Result<()> {
    let steps = projects.iter().flat_map(|project| &project.replay.steps).filter(|step| step.judged);
    let report = Report {
        schema_version: SCHEMA_VERSION,
        dialect: settings.dialect.name(),
        server_version: settings.version.to_string(),
        steps: steps.map(|step| StepReport::new(step, sources)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}

impl<'a> StepReport<'a> {
    fn new(step: &'a Step, sources: &'a Sources) -> Self {
        let source = sources.get(step.source);
        let columns = Columns::of(&step.effects);
        Self {
            path: source.path(),
            index: step.statement,
            range: Range::new(source, step.at.span),
            sql: source.slice(step.at.span),
            in_transaction: step.in_transaction,
            undone: step.undone,
            locks: columns.locks.into_iter().map(|(relation, mode)| (relation, mode.pg_name())).collect(),
            rewrites: columns.rewrites,
            scans: columns.scans,
            rebuilds_indexes: columns.rebuilds_indexes,
            builds_indexes: columns.builds_indexes,
            blocks_reads: columns.blocks_reads,
            blocks_writes: columns.blocks_writes,
            loses: columns.loses,
            fails: columns.fails.map(|failure| FailureReport {
                reason: failure.reason,
                sqlstate: Some(failure.sqlstate).filter(|state| !state.is_empty()),
            }),
            effects: step.effects.iter().map(EffectReport).collect(),
        }
    }
}

/// An effect with its relation, its kind's own fields in the order in which they are declared, and its confidence.
struct EffectReport<'a>(&'a Effect);

impl Serialize for EffectReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(effect) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", effect.kind.name())?;
        map.serialize_entry("relation", &effect.subject.as_ref().map(|subject| &subject.relation))?;
        for field in effect.kind.own_fields() {
            match effect.kind.field(field.name) {
                Some(Value::Word { word, .. }) => map.serialize_entry(field.name, word)?,
                Some(Value::Text(text)) => map.serialize_entry(field.name, &text)?,
                Some(Value::Boolean(value)) => map.serialize_entry(field.name, &value)?,
                Some(Value::Count(count)) => map.serialize_entry(field.name, &count)?,
                None => {}
            }
        }
        map.serialize_entry("confidence", effect.confidence.word())?;
        map.end()
    }
}
