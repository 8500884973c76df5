//! Names that are longer than the server keeps (manual, "Identifiers and Key Words": `NAMEDATALEN` - 1 bytes).

use super::analysis::Analysis;
use crate::catalog::Origin;
use crate::effect::EffectKind;
use crate::statement::{
    AlterAction, AlterActionKind, ColumnDef, Command, Constraint, ConstraintKind, Ident, ObjectName, Statement,
};

/// The longest name that the server keeps, in bytes.
const LONGEST: usize = 63;

/// Tells of the names that a statement gives, where the server cuts them off.
pub(super) fn truncated(analysis: &mut Analysis<'_>, statement: &Statement) {
    let cause = analysis.cause;
    let mut given = Vec::new();
    match &statement.command {
        Command::CreateTable(create) => {
            given.push((cause, &create.name.name));
            given.extend(create.columns.iter().flat_map(of_column).map(|name| (cause, name)));
            given.extend(create.constraints.iter().filter_map(of_constraint).map(|name| (cause, name)));
        }
        Command::CreateIndex(create) => given.extend(create.name.iter().map(|name| (cause, &name.name))),
        Command::CreateView(create) => given.push((cause, &create.name.name)),
        Command::CreateSequence(create) => given.push((cause, &create.name.name)),
        Command::CreateType(create) => given.push((cause, &create.name.name)),
        Command::CreateDomain(create) => given.push((cause, &create.name.name)),
        Command::CreateFunction(create) => given.push((cause, &create.name.name)),
        Command::CreateTrigger(create) => given.push((cause, &create.name)),
        Command::Policy(policy) if !policy.alter => given.push((cause, &policy.name)),
        Command::CreateStatistics(create) => given.extend(create.name.iter().map(|name| (cause, &name.name))),
        Command::AlterRelation(alter) => {
            let several = alter.actions.len() > 1;
            for action in &alter.actions {
                let at = if several { action.span } else { cause };
                given.extend(of_action(action).into_iter().map(|name| (at, name)));
            }
        }
        _ => {}
    }
    for (at, name) in given {
        let written = analysis.text(name.span);
        if !is_cut_off(written, &name.name) {
            continue;
        }
        let collides = first_of(analysis, &statement.command, name).is_some_and(|origin| {
            let here = origin.at.source == analysis.context.source_id;
            here && !analysis.text(origin.at.span).contains(written)
        });
        analysis.cause = at;
        analysis.add(name.span, EffectKind::TruncatesName { name: name.name.clone(), collides });
        analysis.cause = cause;
    }
}

/// Whether a name as written has more bytes than the server keeps. What a tool fills in has any length.
fn is_cut_off(written: &str, kept: &str) -> bool {
    if written.len() <= LONGEST || written.contains('{') || kept.len() < LONGEST - 3 {
        return false;
    }
    let unquoted = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    unquoted.map_or(written.len(), |inner| inner.replace("\"\"", "\"").len()) > LONGEST
}

/// Where the relation was made that has a name already.
fn first_of(analysis: &Analysis<'_>, command: &Command, name: &Ident) -> Option<Origin> {
    let schema = match command {
        Command::CreateTable(create) => &create.name.schema,
        Command::CreateView(create) => &create.name.schema,
        _ => &None,
    };
    let object = ObjectName { schema: schema.clone(), name: name.clone() };
    analysis.resolve(&object)?.origin
}

fn of_column(column: &ColumnDef) -> impl Iterator<Item = &Ident> {
    std::iter::once(&column.name).chain(column.constraints.iter().filter_map(of_constraint))
}

fn of_constraint(constraint: &Constraint) -> Option<&Ident> {
    constraint.name.as_ref().filter(|_| !matches!(constraint.kind, ConstraintKind::Null(_)))
}

fn of_action(action: &AlterAction) -> Vec<&Ident> {
    match &action.kind {
        AlterActionKind::AddColumn { column, .. } => of_column(column).collect(),
        AlterActionKind::AddConstraint(constraint) => of_constraint(constraint).into_iter().collect(),
        AlterActionKind::RenameTo(to)
        | AlterActionKind::RenameColumn { to, .. }
        | AlterActionKind::RenameConstraint { to, .. } => vec![to],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn what_is_cut_off_and_what_collides() {
        let long = "a".repeat(63);
        let told = |sql: &str| effects(15, "", sql, "truncates-name");
        assert_eq!(told(&format!("CREATE TABLE {long} (id int)")), [""; 0]);
        let cut = format!("truncates-name name={long}");
        assert_eq!(told(&format!("CREATE TABLE {long}x (id int)")), [cut.as_str()]);
        assert_eq!(told(&format!("CREATE TABLE \"{long}\" (id int)")), [""; 0]);
        assert_eq!(
            told(&format!("CREATE TABLE {long}x (id int); CREATE TABLE IF NOT EXISTS {long}y (id int)")),
            [cut.as_str(), &format!("{cut} collides")]
        );
        assert_eq!(told(&format!("CREATE TABLE t (id int CONSTRAINT {long}c CHECK (id > 0))")), [cut]);
    }
}
