//! What the server refuses of a new table's definition whatever the rows (`transformCreateStmt`, `MergeAttributes`,
//! `transformPartitionSpec`). Where a source of columns is not known, nothing is refused for the lack of one.

use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{Column, Relation, RelationBody};
use crate::dialect::Version;
use crate::effect::FailReason;
use crate::source::Span;
use crate::statement::{
    ColumnDef, ConstraintKind, CreateTable, Expr, ExprKind, ForeignKey, Ident, Name, Persistence, TypeName,
};
use smol_str::SmolStr;

/// A certain failure: where, why, its SQLSTATE, and what it is about.
pub(super) type Refusal = (Span, FailReason, &'static str, SmolStr);

/// The columns that a new table has.
#[derive(Default)]
struct Columns {
    known: Vec<(Name, Option<TypeName>, bool)>,
    /// There may be others.
    open: bool,
}

impl Columns {
    fn has(&self, name: &str) -> bool {
        self.open || self.known.iter().any(|(known, ..)| known == name)
    }

    /// Adds the columns of a relation. Returns one that comes with another type than it has already.
    fn take(&mut self, analysis: &Analysis<'_>, relation: &Relation) -> Option<Name> {
        let columns: &[Column] = match &relation.body {
            RelationBody::Table(table) => {
                self.open |= !table.complete;
                &table.columns
            }
            RelationBody::Composite(columns) => columns,
            _ => {
                self.open = true;
                &[]
            }
        };
        let mut conflict = None;
        for column in columns {
            let known = self.known.iter().find(|(name, ..)| *name == column.name);
            match known {
                Some((_, Some(left), _))
                    if column.ty.as_ref().is_some_and(|right| !analysis.same_type(left, right)) =>
                {
                    conflict.get_or_insert_with(|| column.name.clone());
                }
                Some(_) => {}
                None => self.known.push((column.name.clone(), column.ty.clone(), column.generated.is_some())),
            }
        }
        conflict
    }
}

/// Why a table cannot be made as it is defined.
pub(super) fn refusal(analysis: &Analysis<'_>, create: &CreateTable) -> Option<Refusal> {
    if create.query.is_some() {
        return None;
    }
    if let Some(refusal) = options(analysis, create) {
        return Some(refusal);
    }
    let mut columns = Columns::default();
    if let Some(refusal) = sources(analysis, create, &mut columns) {
        return Some(refusal);
    }
    if let Some(by) = &create.partition_by {
        // truth: create_unlogged_partitioned
        if create.persistence == Persistence::Unlogged && analysis.version() >= Version(18) {
            return Some((create.name.span(), FailReason::Partitioned, "0A000", create.name.name.name.clone()));
        }
        // A whole row is written like a column of the table's name.
        let lacks = |column: &&Ident| !columns.has(&column.name) && column.name != create.name.name.name;
        let missing = by.key.iter().flat_map(plain).find(lacks);
        if let Some(column) = missing {
            let (reason, sqlstate) = if super::super::alter_table::is_system_column(&column.name) {
                (FailReason::Invalid, "42P17")
            } else {
                (FailReason::Missing, "42703")
            };
            return Some((column.span, reason, sqlstate, column.name.clone()));
        }
        if !create.inherits.is_empty() || (by.strategy == "list" && by.key.len() > 1) {
            return Some((create.name.span(), FailReason::Invalid, "42P17", create.name.name.name.clone()));
        }
    }
    for column in &create.columns {
        if super::super::alter_table::is_system_column(&column.name.name) {
            return Some((column.name.span, FailReason::Duplicate, "42701", column.name.name.clone()));
        }
        if let Some(generated) = &column.generated
            && let Some(refusal) = generation(column, &generated.expr, &columns)
        {
            return Some(refusal);
        }
    }
    keys(create, &columns).or_else(|| second_primary_key(analysis, create))
}

/// A primary key beside the one that comes from a parent or a copied table.
fn second_primary_key(analysis: &Analysis<'_>, create: &CreateTable) -> Option<Refusal> {
    let copied = create.likes.iter().filter(|like| like.includes("indexes")).map(|like| &like.source);
    let mut sources = copied.chain(create.partition_of.iter().map(|(parent, _)| parent));
    let has_key = |name: &crate::statement::ObjectName| {
        let table = analysis.resolve(name).and_then(|relation| relation.as_table());
        table.is_some_and(|table| table.primary_key().is_some())
    };
    let mut all = create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
    let own = all.find(|constraint| matches!(constraint.kind, ConstraintKind::PrimaryKey(_)))?;
    let object = create.name.name.name.clone();
    sources.any(has_key).then_some((own.span, FailReason::Duplicate, "42P16", object))
}

/// Storage parameters that the server does not take (truth: create_with_oids, create_partitioned_with_options).
fn options(analysis: &Analysis<'_>, create: &CreateTable) -> Option<Refusal> {
    let version = analysis.version();
    let off = |value: &Name| matches!(value.as_str(), "false" | "off" | "no" | "0");
    let oids = create.options.iter().find(|option| option.name == "oids" && !option.value.as_ref().is_some_and(off));
    if let Some(oids) = oids.filter(|_| version >= Version(12)) {
        let clause = analysis.text(oids.span).get(..4).is_some_and(|word| word.eq_ignore_ascii_case("with"));
        return Some((oids.span, FailReason::Version, if clause { "42601" } else { "0A000" }, "oids".into()));
    }
    let option = create.options.iter().find(|option| option.name != "oids")?;
    let sqlstate = if version < Version(16) { "22023" } else { "42809" };
    let object = create.name.name.name.clone();
    create.partition_by.as_ref().map(|_| (option.span, FailReason::Partitioned, sqlstate, object))
}

/// Where the columns come from: parents, a type, LIKE, and the definition itself.
fn sources(analysis: &Analysis<'_>, create: &CreateTable, columns: &mut Columns) -> Option<Refusal> {
    let temporary = create.persistence == Persistence::Temporary;
    if let Some(schema) = create.name.schema.as_ref().filter(|schema| temporary && schema.name != "pg_temp") {
        return Some((schema.span, FailReason::Invalid, "42P16", schema.name.clone()));
    }
    let mut seen = Vec::new();
    let parents = create.inherits.iter().chain(create.partition_of.iter().map(|(parent, _)| parent));
    for name in parents {
        let Some(parent) = analysis.resolve(name) else {
            columns.open = true;
            continue;
        };
        if seen.contains(&parent.id) {
            return Some((name.span(), FailReason::Duplicate, "42P07", parent.display_name()));
        }
        seen.push(parent.id);
        if parent.is_temporary() && !temporary || (create.partition_of.is_some() && parent.is_temporary() != temporary)
        {
            return Some((name.span(), FailReason::Kind, "42809", parent.display_name()));
        }
        if let Some(column) = columns.take(analysis, parent) {
            return Some((name.span(), FailReason::Type, "42804", column));
        }
    }
    if let Some(name) = &create.of_type {
        match analysis.resolve(name) {
            Some(ty) => {
                columns.take(analysis, ty);
            }
            None => columns.open = true,
        }
    }
    let fixed = create.partition_of.is_some() || create.of_type.is_some();
    let mut written: Vec<&Name> = Vec::new();
    for column in &create.columns {
        let name = &column.name;
        if written.contains(&&name.name) {
            return Some((name.span, FailReason::Duplicate, "42701", name.name.clone()));
        }
        written.push(&name.name);
        if fixed && !columns.has(&name.name) {
            return Some((name.span, FailReason::Missing, "42703", name.name.clone()));
        }
        let known = columns.known.iter().find(|(known, ..)| *known == name.name);
        match (known, &column.ty) {
            (Some((_, Some(left), _)), Some(right)) if !analysis.same_type(left, right) => {
                return Some((name.span, FailReason::Type, "42804", name.name.clone()));
            }
            (Some(_), _) => {}
            (None, ty) => columns.known.push((name.name.clone(), ty.clone(), column.generated.is_some())),
        }
    }
    let of_parents: Vec<Name> = columns.known.iter().map(|(name, ..)| name.clone()).collect();
    let mut copied: Vec<Name> = Vec::new();
    for like in &create.likes {
        let Some(source) = analysis.resolve(&like.source) else {
            columns.open = true;
            continue;
        };
        let of_source = source.as_table().map(|table| table.columns.as_slice()).unwrap_or_default();
        for column in of_source {
            if written.contains(&&column.name) || copied.contains(&column.name) {
                return Some((like.source.span(), FailReason::Duplicate, "42701", column.name.clone()));
            }
            copied.push(column.name.clone());
            if !of_parents.contains(&column.name) {
                columns.known.push((column.name.clone(), column.ty.clone(), false));
            }
        }
        columns.open |= source.as_table().is_none_or(|table| !table.complete);
    }
    None
}

/// What a generated column is computed from.
fn generation(column: &ColumnDef, expr: &Expr, columns: &Columns) -> Option<Refusal> {
    expr.columns().into_iter().find_map(|used| {
        let generated = columns.known.iter().any(|(name, _, generated)| *generated && *name == used.name);
        if generated || used.name == column.name.name {
            return Some((used.span, FailReason::Invalid, "42P17", used.name.clone()));
        }
        let system = super::super::alter_table::is_system_column(&used.name);
        if system && used.name != "tableoid" {
            return Some((used.span, FailReason::Invalid, "42P10", used.name.clone()));
        }
        let missing = !system && !columns.has(&used.name);
        missing.then(|| (used.span, FailReason::Missing, "42703", used.name.clone()))
    })
}

/// The columns of the table's keys.
fn keys(create: &CreateTable, columns: &Columns) -> Option<Refusal> {
    let all = create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
    let mut checks: Vec<&Name> = Vec::new();
    for constraint in all {
        if let (Some(name), ConstraintKind::Check(_)) = (&constraint.name, &constraint.kind) {
            if checks.contains(&&name.name) {
                return Some((name.span, FailReason::Duplicate, "42710", name.name.clone()));
            }
            checks.push(&name.name);
        }
        let used: Vec<&Ident> = match &constraint.kind {
            ConstraintKind::ForeignKey(key) => key.columns.iter().collect(),
            ConstraintKind::Unique(index) | ConstraintKind::PrimaryKey(index) => {
                index.columns.iter().chain(&index.include).collect()
            }
            // A whole row is written like a column of the table's name.
            ConstraintKind::Check(expr) => {
                expr.columns().into_iter().filter(|column| column.name != create.name.name.name).collect()
            }
            _ => continue,
        };
        let system = |column: &Ident| super::super::alter_table::is_system_column(&column.name);
        if let Some(column) = used.into_iter().find(|column| !columns.has(&column.name) && !system(column)) {
            return Some((column.span, FailReason::Missing, "42703", column.name.clone()));
        }
    }
    None
}

/// A foreign key to the new table itself: to a key that it has, of types that can be compared.
pub(super) fn own_reference(analysis: &Analysis<'_>, create: &CreateTable, key: &ForeignKey) -> Option<Refusal> {
    // Copied keys are not looked into.
    if !create.likes.is_empty() || create.partition_of.is_some() {
        return None;
    }
    let focus = key.references.span();
    let object = create.name.name.name.clone();
    let all = || create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
    let mut primary = all().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::PrimaryKey(index) => Some((&index.columns, constraint.deferrable)),
        _ => None,
    });
    let sorted = |columns: &[Ident]| {
        let mut names: Vec<Name> = columns.iter().map(|column| column.name.clone()).collect();
        names.sort_unstable();
        names
    };
    let referenced = if key.referenced_columns.is_empty() {
        match primary.next() {
            None => return Some((focus, FailReason::Invalid, "42704", object)),
            Some((_, true)) => return Some((focus, FailReason::NotUnique, "55000", object)),
            Some((columns, false)) => columns,
        }
    } else {
        let wanted = sorted(&key.referenced_columns);
        let keys = all().filter(|constraint| match &constraint.kind {
            ConstraintKind::PrimaryKey(index) | ConstraintKind::Unique(index) => sorted(&index.columns) == wanted,
            _ => false,
        });
        match keys.map(|constraint| constraint.deferrable).min() {
            None => return Some((focus, FailReason::Invalid, "42830", object)),
            Some(true) => return Some((focus, FailReason::NotUnique, "55000", object)),
            Some(false) => {}
        }
        &key.referenced_columns
    };
    if referenced.len() != key.columns.len() {
        return Some((focus, FailReason::Invalid, "42830", object));
    }
    let type_of = |name: &Ident| create.columns.iter().find(|column| column.name.name == name.name)?.ty.as_ref();
    key.columns.iter().zip(referenced).find_map(|(own, other)| {
        let (left, right) = type_of(own).zip(type_of(other))?;
        let fits = analysis.comparable(left, right) != Some(false);
        (!fits).then(|| (own.span, FailReason::Type, "42804", own.name.clone()))
    })
}

/// A key of a partitioned table that is a column.
fn plain(key: &Expr) -> Option<&Ident> {
    match &key.kind {
        ExprKind::Column(path) if path.len() == 1 => path.last(),
        _ => None,
    }
}
