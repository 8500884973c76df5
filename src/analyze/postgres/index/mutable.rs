//! Index expressions have to be immutable: the server looks up every function and cast (`CheckMutability`).

use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::volatility::{builtin, is_mixed};
use crate::catalog::Table;
use crate::source::Span;
use crate::statement::{Expr, ExprKind, FunctionCall, TypeName, Volatility};

/// The first part of an expression that is certainly not immutable.
pub(super) fn mutable_part(analysis: &Analysis<'_>, table: &Table, expr: &Expr) -> Option<Span> {
    let mut found = None;
    expr.walk(&mut |part| {
        let mutable = match &part.kind {
            ExprKind::Call(call) => is_mutable_call(analysis, table, call),
            ExprKind::Cast(inner, to) => {
                let column = matches!(inner.kind, ExprKind::Column(_));
                type_of(table, inner).filter(|_| column).is_some_and(|from| is_mutable_cast(from, to))
            }
            _ => false,
        };
        if mutable && found.is_none() {
            found = Some(part.span);
        }
    });
    found
}

fn is_mutable_call(analysis: &Analysis<'_>, table: &Table, call: &FunctionCall) -> bool {
    let name = call.name.name.name.as_str();
    let path = analysis.context.session.search_path();
    if let Some(function) = analysis.catalog().function(&call.name, &path) {
        // A function in SQL may be inlined before it is looked at.
        return function.overloads.iter().all(|overload| {
            let sql = overload.language.as_deref().is_none_or(|language| language == "sql");
            !sql && overload.volatility != Some(Volatility::Immutable)
        });
    }
    if call.name.schema.as_ref().is_some_and(|schema| schema.name != "pg_catalog") {
        return false;
    }
    match builtin(name, analysis.version()) {
        None | Some(Volatility::Immutable) => false,
        Some(_) if !is_mixed(name) => true,
        // Of those with overloads the ones over `timestamptz` depend on the time zone.
        Some(_) => {
            let zoned = |argument: &Expr| type_of(table, argument).is_some_and(|ty| ty.name == "timestamptz");
            matches!(name, "date" | "date_trunc" | "date_part" | "extract") && call.arguments.iter().any(zoned)
        }
    }
}

/// Casts that depend on the time zone or on `DateStyle`; of text, those that read what these write.
fn is_mutable_cast(from: &TypeName, to: &TypeName) -> bool {
    let text = |ty: &TypeName| matches!(ty.name.as_str(), "text" | "varchar" | "bpchar");
    if from.dimensions > 0 || to.dimensions > 0 {
        return false;
    }
    match (from.name.as_str(), to.name.as_str()) {
        ("timestamptz", "date" | "time" | "timetz" | "timestamp") | ("date" | "timestamp", "timestamptz") => true,
        ("date" | "timestamp" | "timestamptz", _) => text(to),
        (_, "date" | "time" | "timetz" | "timestamp" | "timestamptz" | "interval") => text(from),
        _ => false,
    }
}

fn type_of<'t>(table: &'t Table, expr: &'t Expr) -> Option<&'t TypeName> {
    match &expr.kind {
        ExprKind::Column(path) => table.column(&path.last()?.name)?.ty.as_ref().filter(|ty| ty.dimensions == 0),
        ExprKind::Cast(_, ty) => Some(ty),
        _ => None,
    }
}
