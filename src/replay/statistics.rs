//! Expressions and combined columns of which the planner knows nothing: their statistics are gathered by ANALYZE, and by nothing else before
//! autovacuum has seen enough changes of the table (manual, "Statistics Used by the Planner", "CREATE STATISTICS").

use super::Replayer;
use crate::effect::{Effect, EffectKind, Subject};
use crate::migration::Migration;
use crate::statement::{Command, ObjectName, RelationUse};
use smol_str::SmolStr;
use std::collections::BTreeSet;

impl Replayer<'_> {
    /// Tells of indexes over expressions, and of extended statistics, on tables that are in use, where no ANALYZE follows in the file.
    pub(super) fn ungathered_statistics(&mut self, migration: &Migration, first_step: usize) {
        let mut analyzed: BTreeSet<String> = BTreeSet::new();
        let mut all = false;
        for step in self.steps[first_step..].iter_mut().rev().filter(|step| step.source == migration.source) {
            match migration.statements.get(step.statement).map(|statement| &statement.command) {
                Some(Command::Analyze(analyze)) => note(&analyze.tables, &mut analyzed, &mut all),
                Some(Command::Vacuum(vacuum)) if vacuum.analyze => note(&vacuum.tables, &mut analyzed, &mut all),
                _ => {}
            }
            if all || step.undone {
                continue;
            }
            let needed = step.effects.iter().find_map(|effect| {
                let subject = effect.subject.as_ref().filter(|subject| !subject.new)?;
                let (object, name) = needs_statistics(&effect.kind)?;
                let bare = subject.relation.rsplit('.').next().unwrap_or_default();
                (!analyzed.contains(bare)).then(|| (subject.clone(), effect.cause, effect.focus, object, name))
            });
            let Some((subject, cause, focus, object, name)) = needed else {
                continue;
            };
            let subject: Subject = subject;
            let kind = EffectKind::LacksStatistics { object: SmolStr::new_static(object), name };
            step.effects.push(Effect { focus, ..Effect::new(kind, Some(subject), cause) });
        }
    }
}

/// The tables of an ANALYZE, by their names without a schema; none is all of them.
fn note(tables: &[RelationUse], analyzed: &mut BTreeSet<String>, all: &mut bool) {
    *all |= tables.is_empty();
    let bare = |name: &ObjectName| name.name.name.to_string();
    analyzed.extend(tables.iter().map(|table| bare(&table.name)));
}

fn needs_statistics(kind: &EffectKind) -> Option<(&'static str, SmolStr)> {
    match kind {
        EffectKind::BuildsIndex { index, computed: true, .. } => Some(("index", index.clone())),
        EffectKind::CreatesObject { object, name, .. } if object == "statistics object" => {
            Some(("statistics object", name.clone()))
        }
        _ => None,
    }
}
