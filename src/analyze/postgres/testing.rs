//! For tests: a schema, a file, and the effects of that file, a line each.

use crate::check::{File, Project, read};
use crate::dialect::Version;
use crate::effect::{Confidence, Effect, EffectKind, Value};
use crate::settings::Settings;
use crate::source::Source;
use crate::tool::Tool;

/// The effects of the statements of `case`, after `setup` in a file before it: kind, relation, and the fields that say something, as in
/// `takes-lock orders lock=share blocks=writes`. Assumed ones begin with `?`. `kinds` separated by spaces; empty: all.
pub(super) fn effects(version: u16, setup: &str, case: &str, kinds: &str) -> Vec<String> {
    of_last(version, &[setup, case], |effect| wanted(kinds, effect).then(|| line(effect)).into_iter().collect())
}

/// What the labels of the last file's effects say, each once.
pub(super) fn labels(files: &[&str]) -> Vec<String> {
    let said = |effect: &Effect| effect.because.iter().map(|label| label.message.clone()).collect();
    let mut said = of_last(15, files, said);
    said.sort_unstable();
    said.dedup();
    said
}

fn of_last(version: u16, files: &[&str], told: impl Fn(&Effect) -> Vec<String>) -> Vec<String> {
    let files = files.iter().enumerate().map(|(number, text)| File::from(Source::new(format!("{number}.sql"), *text)));
    let project = Project::of(Tool::NONE, files.collect());
    let settings = Settings { version: Version(version), from_empty: true, ..Settings::default() };
    let (_, projects) = read(vec![project], &settings);
    let mut lines = Vec::new();
    for project in &projects {
        let last = project.migrations.last().map(|migration| migration.source);
        let steps = project.replay.steps.iter().filter(|step| Some(step.source) == last);
        let at_end = project.replay.at_end.iter().filter(|effect| Some(effect.cause.source) == last);
        let all = steps.flat_map(|step| &step.effects).chain(at_end);
        lines.extend(all.flat_map(&told));
    }
    lines
}

fn wanted(kinds: &str, effect: &Effect) -> bool {
    kinds.is_empty() || kinds.split(' ').any(|kind| kind == effect.kind.name())
}

fn line(effect: &Effect) -> String {
    let mut line = String::new();
    if effect.confidence == Confidence::Assumed {
        line.push('?');
    }
    line.push_str(effect.kind.name());
    if let Some(subject) = &effect.subject {
        line.push(' ');
        line.push_str(&subject.relation);
    }
    let spec = EffectKind::SPECS.iter().find(|spec| spec.name == effect.kind.name());
    for field in spec.map_or(&[][..], |spec| spec.fields) {
        let text = match effect.kind.field(field.name) {
            Some(Value::Word { word, .. }) => format!("{}={word}", field.name),
            Some(Value::Text(text)) if !text.is_empty() => format!("{}={text}", field.name),
            Some(Value::Boolean(true)) => field.name.to_owned(),
            Some(Value::Count(count)) if count > 0 => format!("{}={count}", field.name),
            _ => continue,
        };
        line.push(' ');
        line.push_str(&text);
    }
    line
}
