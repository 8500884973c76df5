//! What effects tell of a constraint that is added or dropped.

use super::holds::holds;
use crate::analyze::postgres::alter_table::Alteration;
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::proof::Condition;
use crate::catalog::{Relation, TableConstraint, TableConstraintKind, made_otherwise};
use crate::diagnostic::Label;
use crate::effect::{ClientChange, ConstraintWord, DependsOn, EffectKind, MayFailReason};
use crate::source::Span;
use crate::statement::{Constraint, ConstraintKind, Expr, ExprKind, Name, Volatility};
use smol_str::{SmolStr, format_smolstr};

/// A constraint that refuses NULL in a column that these migrations have just added demands a value of clients that do not know
/// the column, NOT VALID or not.
pub(super) fn tell_required<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    focus: Span,
) {
    let root = alteration.relation;
    let refused: Vec<&Name> = match &constraint.kind {
        ConstraintKind::NotNull(column) => vec![&column.name],
        ConstraintKind::Check(expr) => {
            let condition = Condition::of(expr);
            let columns = expr.columns().into_iter().map(|column| &column.name);
            columns.filter(|column| condition.implies(&Condition::NotNull((*column).clone()))).collect()
        }
        _ => return,
    };
    let so_far = alteration.queue.so_far(root.id);
    for column in refused {
        let added = so_far.and_then(|so_far| so_far.added_column(column));
        let known = root.as_table().and_then(|table| table.column(column));
        let empty = match (added, known) {
            (Some(added), _) => added.is_null,
            (None, Some(known)) => analysis.made_now(known.origin) && !known.fills_itself(),
            (None, None) => false,
        };
        if empty && !analysis.catalog().assigns_new(root, column) {
            let change = ClientChange::RequiredColumn;
            let kind = EffectKind::breaks_clients(change, column.clone());
            analysis.on(root, focus, kind);
            return;
        }
    }
}

/// A constraint goes by name.
pub(super) fn tell_dropped<'a>(
    analysis: &mut Analysis<'a>,
    root: &'a Relation,
    constraint: &TableConstraint,
    focus: Span,
    cascade: bool,
    if_exists: bool,
) {
    let object = constraint.kind.noun();
    let unique = matches!(constraint.kind, TableConstraintKind::Unique { .. } | TableConstraintKind::PrimaryKey { .. });
    let referenced = match constraint.kind {
        TableConstraintKind::ForeignKey { references, .. } => analysis.catalog().relation(references),
        _ => None,
    };
    let kind = EffectKind::DropsObject {
        object: object.into(),
        name: constraint.name.clone(),
        cascade,
        if_exists,
        concurrently: false,
        named: true,
        unique,
        columns: constraint.kind.columns().join(", ").into(),
        locked: false,
        idle: false,
        goes_anyway: false,
        references: referenced.map(Relation::display_name).unwrap_or_default(),
    };
    // Nobody relies on a constraint that these migrations have just added, or that was never checked.
    let new = analysis.is_new(root) || analysis.made_now(constraint.origin);
    let label = label_of(constraint);
    analysis.on_column(root, new, focus, kind).because.extend(label);
}

/// The effect that a constraint is added.
pub(in crate::analyze::postgres) fn added(
    analysis: &Analysis<'_>,
    constraint: &Constraint,
    word: ConstraintWord,
    validated: bool,
) -> EffectKind {
    let (columns, on_delete, references) = match &constraint.kind {
        ConstraintKind::ForeignKey(key) => (
            key.columns.len(),
            key.on_delete.clone().unwrap_or_default(),
            smol_str::format_smolstr!("{}", key.references),
        ),
        ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) | ConstraintKind::Exclude(index) => {
            (index.columns.len(), SmolStr::default(), SmolStr::default())
        }
        ConstraintKind::NotNull(_) => (1, SmolStr::default(), SmolStr::default()),
        ConstraintKind::Check(_) | ConstraintKind::Null(_) => (0, SmolStr::default(), SmolStr::default()),
    };
    EffectKind::AddsConstraint {
        name: name_of(constraint),
        constraint: word,
        validated,
        columns,
        deferrable: constraint.deferrable,
        on_delete,
        references,
        enforced: !constraint.not_enforced,
        depends_on: depends_on(analysis, constraint),
    }
}

pub(super) fn tell_added<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    constraint: &Constraint,
    word: ConstraintWord,
    validated: bool,
    focus: Span,
) {
    let root = alteration.relation;
    let name = name_of(constraint);
    let label = analysis.created_here(root);
    let kind = added(analysis, constraint, word, validated);
    analysis.on(root, focus, kind).because.extend(label);
    if !constraint.not_enforced && !about_new_columns(alteration, analysis, constraint) {
        let change = ClientChange::NewConstraint;
        analysis.on(root, focus, EffectKind::breaks_clients(change, name));
    }
}

/// Whether a constraint is about columns that these migrations have just added: nobody writes them yet.
fn about_new_columns(alteration: &Alteration<'_, '_>, analysis: &Analysis<'_>, constraint: &Constraint) -> bool {
    let columns = match &constraint.kind {
        ConstraintKind::Check(expr) => expr.columns(),
        ConstraintKind::ForeignKey(key) => key.columns.iter().collect(),
        ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) | ConstraintKind::Exclude(index) => {
            index.columns.iter().collect()
        }
        ConstraintKind::NotNull(column) | ConstraintKind::Null(column) => vec![column],
    };
    let root = alteration.relation;
    let so_far = alteration.queue.so_far(root.id);
    !columns.is_empty()
        && columns.iter().all(|column| {
            let added = so_far.is_some_and(|so_far| so_far.added_column(&column.name).is_some());
            let known = root.as_table().and_then(|table| table.column(&column.name));
            added || analysis.made_now(known.and_then(|known| known.origin))
        })
}

/// What the outcome of a CHECK depends on beside the row.
fn depends_on(analysis: &Analysis<'_>, constraint: &Constraint) -> DependsOn {
    let ConstraintKind::Check(expr) = &constraint.kind else {
        return DependsOn::Row;
    };
    // Functions of these migrations are seldom declared as what they are: it counts what their bodies do.
    let path = analysis.context.session.search_path();
    let (mut own, mut reads) = (false, false);
    expr.walk(&mut |part| {
        if let ExprKind::Call(call) = &part.kind
            && analysis.catalog().function(&call.name, &path).is_some()
        {
            own = true;
            reads |= analysis.reads_tables(&call.name);
        }
    });
    if own {
        return if reads { DependsOn::Session } else { DependsOn::Row };
    }
    let found = analysis.volatility_of(expr);
    // Of a function that nobody has seen nothing is said.
    match found.at_least {
        _ if !found.assumptions.is_empty() => DependsOn::Row,
        Volatility::Immutable => DependsOn::Row,
        Volatility::Stable => DependsOn::Session,
        Volatility::Volatile => DependsOn::Chance,
    }
}

/// That a row may refuse what is added or validated; `condition` is that of a CHECK.
pub(super) fn may_fail<'a>(
    alteration: &Alteration<'a, '_>,
    analysis: &mut Analysis<'a>,
    reason: MayFailReason,
    object: SmolStr,
    condition: Option<&Expr>,
    focus: Span,
) {
    let root = alteration.relation;
    if analysis.subject_is_empty(root) {
        return;
    }
    let label = analysis.created_here(root);
    let backfilled = root.as_table().zip(condition).is_some_and(|(table, condition)| {
        let source = analysis.context.source_id;
        holds(table, condition, source)
    });
    analysis.on(root, focus, EffectKind::may_fail(reason, object, backfilled)).because.extend(label);
}

/// What a CHECK is called in a sentence: its name or, where the server makes one up, the beginning of its condition.
pub(super) fn checked_object(analysis: &Analysis<'_>, constraint: &Constraint) -> SmolStr {
    /// A sentence that holds more letters than this is not read.
    const MOST: usize = 60;
    match &constraint.kind {
        ConstraintKind::Check(expr) if constraint.name.is_none() => {
            let words: Vec<&str> = analysis.text(expr.span).split_whitespace().collect();
            let text = words.join(" ");
            match text.char_indices().nth(MOST) {
                Some((end, _)) => format_smolstr!("{}...", &text[..end]),
                None => text.into(),
            }
        }
        _ => name_of(constraint),
    }
}

fn name_of(constraint: &Constraint) -> SmolStr {
    constraint.name.as_ref().map(|name| name.name.clone()).unwrap_or_default()
}

/// Where a constraint was made.
pub(in crate::analyze::postgres) fn label_of(constraint: &TableConstraint) -> Option<Label> {
    let origin = constraint.origin?;
    let (name, made_as) = (&constraint.name, constraint.made_as.as_ref());
    Some(Label { message: format!("`{name}` is added here{}", made_otherwise(made_as, name)), at: origin.at })
}
