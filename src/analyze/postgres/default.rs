//! What fills a new column in the rows that exist (`ATExecAddColumn`; manual, "Adding a Column").

use super::alter_table::domain_default_applies;
use super::analysis::Analysis;
use super::column_type::{display, serial_base};
use super::volatility::{builtin, is_mixed, sequences_drawn};
use crate::dialect::Version;
use crate::effect::RewriteReason;
use crate::source::Span;
use crate::statement::{ColumnDef, ConstraintKind, Expr, ExprKind, Ident, Name, ObjectName, TypeName, Volatility};
use smol_str::SmolStr;

/// What a column's definition does to existing rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Filling {
    /// Every row is written.
    pub(super) rewrite: Option<RewriteReason>,
    /// Existing rows get a value that is kept once, beside the rows.
    pub(super) stored_value: bool,
    /// `serial` or an identity: NOT NULL, and numbered.
    pub(super) numbered: bool,
    /// A generated column that is computed on reading.
    pub(super) is_virtual: bool,
    /// The clause that decides.
    pub(super) focus: Option<Span>,
    /// What was assumed.
    pub(super) assumptions: Vec<String>,
    /// A function that does not exist.
    pub(super) missing: Option<ObjectName>,
    /// The definition is refused: where, and with what SQLSTATE.
    pub(super) refused: Option<(Span, &'static str)>,
    /// Sequences that fill it.
    pub(super) sequences: Vec<ObjectName>,
}

impl Filling {
    /// Whether the rewrite gives every row a value; that for a constrained domain gives NULL.
    pub(super) fn rewrite_fills(&self) -> bool {
        self.rewrite.is_some_and(|reason| reason != RewriteReason::Domain)
    }
}

impl Analysis<'_> {
    /// What a new column's definition does to existing rows.
    pub(super) fn filling(&self, column: &ColumnDef) -> Filling {
        let mut filling = Filling::default();
        let version = self.version();
        if let Some(refused) = conflict(column) {
            filling.refused = Some(refused);
            return filling;
        }
        if let Some(generated) = &column.generated {
            filling.focus = Some(generated.span);
            let found = self.volatility_of(&generated.expr);
            filling.missing = found.missing;
            filling.refused = if let Some(query) = subquery(&generated.expr) {
                Some((query, "0A000"))
            } else {
                self.mutable_call(&generated.expr).map(|call| (call, "42P17"))
            };
            if generated.stored == Some(true) {
                filling.rewrite = Some(RewriteReason::StoredColumn);
            } else {
                filling.is_virtual = true;
                if column.ty.as_ref().is_some_and(|ty| self.domain(ty).is_some()) {
                    // Virtual columns cannot be of a domain (observed on 18).
                    filling.refused = Some((generated.span, "0A000"));
                }
            }
            return filling;
        }
        if let Some(ty) = column.ty.as_ref().filter(|ty| serial_base(&ty.name).is_some()) {
            return Filling { rewrite: Some(RewriteReason::Serial), numbered: true, focus: Some(ty.span), ..filling };
        }
        if let Some(identity) = &column.identity {
            return Filling {
                rewrite: Some(RewriteReason::Identity),
                numbered: true,
                focus: Some(identity.span),
                ..filling
            };
        }
        let domains = column.ty.as_ref().map(|ty| self.domains(ty)).unwrap_or_default();
        let of_domain = domains.iter().find_map(|domain| domain.default.as_ref());
        let default = column.default.as_ref().or_else(|| of_domain.filter(|_| domain_default_applies(version)));
        if let Some(default) = default.filter(|default| !is_null(default)) {
            let written = column.default.is_some();
            filling.refused = cannot_be_default(default, version).filter(|_| written);
            filling.focus = if written { Some(default.span) } else { column.ty.as_ref().map(|ty| ty.span) };
            let found = self.volatility_of(default);
            filling.missing = found.missing.filter(|_| written);
            filling.sequences = sequences_drawn(default).iter().map(|name| sequence_name(name, default.span)).collect();
            if found.volatility == Volatility::Volatile {
                filling.rewrite = Some(RewriteReason::VolatileDefault);
                filling.assumptions = found.assumptions;
                return filling;
            }
            filling.stored_value = true;
        }
        if column.ty.as_ref().is_some_and(|ty| self.is_constrained(ty)) {
            filling.rewrite = Some(RewriteReason::Domain);
            filling.focus = column.ty.as_ref().map(|ty| ty.span);
        }
        filling
    }

    /// A call of a function that is certain not to be immutable, which generated columns and indexes refuse.
    pub(super) fn mutable_call(&self, expr: &Expr) -> Option<Span> {
        let mut found = None;
        expr.walk(&mut |part| {
            if let ExprKind::Call(call) = &part.kind {
                let name = &call.name.name.name;
                let system = call.name.schema.as_ref().is_none_or(|schema| schema.name == "pg_catalog");
                // `concat` and `format` are stable by catalogue for any argument; casts to text are not looked into.
                let mutable = system
                    && !is_mixed(name)
                    && builtin(name, self.version()).is_some_and(|volatility| volatility > Volatility::Immutable);
                if mutable {
                    found.get_or_insert(part.span);
                }
            }
        });
        found
    }

    /// Whether a type is, or may well be, one of the database: only with `--from-empty` is there a certain no.
    pub(super) fn type_may_exist(&self, ty: &TypeName) -> bool {
        if !self.context.settings.from_empty || ty.percent_type || serial_base(&ty.name).is_some() {
            return true;
        }
        let schema = ty.schema.as_ref().map(|schema| schema.name.as_str());
        let path = self.context.session.search_path();
        let system = schema.is_none_or(|schema| schema == "pg_catalog" || schema == "information_schema");
        let name = ObjectName { schema: ty.schema.clone(), name: Ident { name: ty.name.clone(), span: ty.span } };
        (system && crate::catalog::is_built_in(&ty.name))
            || schema == Some("information_schema")
            || self.catalog().type_named(schema, &ty.name, &path).is_some()
            || self.catalog().resolve(&name, &path).is_some()
            || self.has_extensions()
            || is_rare_type(&ty.name, self.version())
    }
}

/// Types that no sane column has, but that exist; and those that old servers had.
fn is_rare_type(name: &str, version: Version) -> bool {
    name.starts_with("pg_")
        || name.starts_with("any")
        || name.starts_with('_')
        || matches!(name, "smgr" | "unknown" | "cstring" | "internal" | "gtsvector" | "oid8")
        || (matches!(name, "abstime" | "reltime" | "tinterval") && version < Version(12))
}

/// Clauses of a column's definition that contradict each other (`transformColumnDefinition`).
fn conflict(column: &ColumnDef) -> Option<(Span, &'static str)> {
    let serial = column.ty.as_ref().is_some_and(|ty| serial_base(&ty.name).is_some());
    let sources = [
        column.default.as_ref().map(|default| default.span),
        column.identity.as_ref().map(|identity| identity.span),
        column.generated.as_ref().map(|generated| generated.span),
    ];
    let mut sources = sources.into_iter().flatten();
    let first = sources.next();
    let second = if serial { first } else { sources.next() };
    let null = column.constraints.iter().find(|it| matches!(it.kind, ConstraintKind::Null(_)));
    let refuses = serial
        || column.identity.is_some()
        || column.constraints.iter().any(|it| matches!(it.kind, ConstraintKind::NotNull(_)));
    second.or_else(|| Some(null.filter(|_| refuses)?.span)).map(|span| (span, "42601"))
}

/// A subquery within an expression.
fn subquery(expr: &Expr) -> Option<Span> {
    let mut found = None;
    expr.walk(&mut |part| {
        if matches!(part.kind, ExprKind::Subquery(_)) {
            found.get_or_insert(part.span);
        }
    });
    found
}

/// Words that the grammar has as functions.
const KEYWORD_FUNCTIONS: [&str; 9] = [
    "current_catalog",
    "current_role",
    "current_schema",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

/// A part of an expression that no DEFAULT may have: a column or a subquery (`cookDefault`).
pub(super) fn cannot_be_default(expr: &Expr, version: Version) -> Option<(Span, &'static str)> {
    let is_column = |column: &&Ident| !KEYWORD_FUNCTIONS.contains(&column.name.as_str());
    let column = expr.columns().into_iter().find(is_column).map(|column| column.span);
    let of_column = if version < Version(12) { "42P10" } else { "0A000" };
    let query = subquery(expr).map(|span| (span, "0A000"));
    query.or_else(|| Some((column?, of_column)))
}

/// `NULL`, also cast.
fn is_null(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null => true,
        ExprKind::Cast(inner, _) => is_null(inner),
        _ => false,
    }
}

/// A new column's type as sentences write it.
pub(super) fn display_type(column: &ColumnDef) -> SmolStr {
    column.ty.as_ref().map(|ty| display(ty).into()).unwrap_or_default()
}

/// The name in `nextval('schema.name')`.
fn sequence_name(text: &Name, span: Span) -> ObjectName {
    let ident = |name: &str| Ident { name: name.trim_matches('"').into(), span };
    match text.rsplit_once('.') {
        Some((schema, name)) => ObjectName { schema: Some(Box::new(ident(schema))), name: ident(name) },
        None => ObjectName { schema: None, name: ident(text) },
    }
}
