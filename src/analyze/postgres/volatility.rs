//! How far an expression's value depends on more than its operands (manual, "Function Volatility Categories").
//!
//! What the server's own functions are is read from `builtin_functions.txt`, which `fixtures/truth/builtins.py` makes from
//! `pg_proc` of real servers.

use super::analysis::Analysis;
use crate::catalog::{Function, Overload};
use crate::dialect::Version;
use crate::statement::{Expr, ExprKind, FunctionCall, Literal, Name, ObjectKind, ObjectName, Volatility};
use std::collections::HashMap;
use std::sync::OnceLock;

/// How volatile an expression is, and what that rests on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ExprVolatility {
    /// The strongest of its parts.
    pub(super) volatility: Volatility,
    /// The same, where of a function whose overloads differ the mildest counts: `length(text)`, not `length(bytea, name)`.
    pub(super) at_least: Volatility,
    /// What was assumed, a line each: functions of which nothing is known.
    pub(super) assumptions: Vec<String>,
    /// A function that does not exist for certain.
    pub(super) missing: Option<ObjectName>,
}

impl ExprVolatility {
    fn raise(&mut self, part: Volatility) {
        self.volatility = self.volatility.max(part);
        self.at_least = self.at_least.max(part);
    }
}

/// The name of a function that draws from a sequence.
pub(super) const NEXTVAL: &str = "nextval";

/// Functions call functions; beyond this depth a body counts as volatile.
const DEEPEST_BODY: usize = 8;

impl Analysis<'_> {
    /// How volatile an expression is once the server has inlined what it can.
    pub(super) fn volatility_of(&self, expr: &Expr) -> ExprVolatility {
        let (volatility, at_least) = (Volatility::Immutable, Volatility::Immutable);
        let mut found = ExprVolatility { volatility, at_least, assumptions: Vec::new(), missing: None };
        self.visit_volatility(expr, 0, &mut found);
        found
    }

    fn visit_volatility(&self, expr: &Expr, depth: usize, found: &mut ExprVolatility) {
        expr.walk(&mut |part| match &part.kind {
            ExprKind::Call(call) => self.visit_call(call, depth, found),
            // A default can hold no subquery; in other places it reads tables.
            ExprKind::Subquery(_) => found.raise(Volatility::Stable),
            ExprKind::Unknown => {
                found.raise(Volatility::Volatile);
                found.assumptions.push("the expression was not understood, and is taken to be volatile".to_owned());
            }
            _ => {}
        });
    }

    fn visit_call(&self, call: &FunctionCall, depth: usize, found: &mut ExprVolatility) {
        let name = &call.name.name.name;
        let session = &self.context.session;
        let in_catalog = self.catalog().function(&call.name, &session.search_path());
        let system = call.name.schema.as_ref().is_none_or(|schema| schema.name == "pg_catalog");
        let version = self.version();
        if system && let Some(builtin) = builtin(name, version) {
            match is_mixed(name) {
                true => found.volatility = found.volatility.max(builtin),
                false => found.raise(builtin),
            }
            return;
        }
        if let Some(function) = in_catalog {
            self.visit_function(function, depth, found);
            return;
        }
        // A type's name called with one value is a cast (`func_get_detail`); one of a constant is done once, while it is read.
        if let [operand] = call.arguments.as_slice()
            && let schema = call.name.schema.as_ref().map(|schema| schema.name.as_str())
            && self.catalog().type_named(schema, name, &session.search_path()).is_some()
        {
            if !matches!(operand.kind, ExprKind::Literal(Literal::String(_))) {
                found.raise(Volatility::Stable);
            }
            return;
        }
        if let Some(known) = of_extension(name) {
            // `gen_random_uuid` was pgcrypto's before it was the server's.
            if self.context.settings.from_empty && !self.has_extensions() {
                found.missing.get_or_insert_with(|| call.name.clone());
            }
            found.raise(known);
            return;
        }
        if self.context.settings.from_empty && !self.has_extensions() {
            found.missing.get_or_insert_with(|| call.name.clone());
        }
        found.raise(Volatility::Volatile);
        let line = format!("the function `{}` was not seen created, and is taken to be volatile", call.name);
        if !found.assumptions.contains(&line) {
            found.assumptions.push(line);
        }
    }

    /// A function of these migrations. A function of several overloads is as volatile as the most volatile of them.
    fn visit_function(&self, function: &Function, depth: usize, found: &mut ExprVolatility) {
        for overload in &function.overloads {
            let declared = overload.volatility.unwrap_or(Volatility::Volatile);
            match inlined(overload, self.version()).filter(|_| depth < DEEPEST_BODY) {
                // A body that is milder than its declaration is what runs.
                Some(body) => self.visit_volatility(body, depth + 1, found),
                None => found.raise(declared),
            }
        }
    }

    /// Whether these migrations created an extension: it may bring functions and types of any name.
    pub(super) fn has_extensions(&self) -> bool {
        self.catalog().has_objects(ObjectKind::Extension)
    }
}

/// The expression that stands for a call of an SQL function. From 12, a default is planned before its volatility is asked, so
/// that a function whose body is one expression is inlined (truth: add_column_default_user_function_volatile, 11 and 12).
fn inlined(overload: &Overload, version: Version) -> Option<&Expr> {
    let sql = overload.language.as_deref().is_some_and(|language| language == "sql");
    if !sql || version < Version(12) {
        return None;
    }
    overload.body.as_ref()?.returns.as_ref()
}

struct Builtin {
    volatility: Volatility,
    since: u16,
    until: u16,
}

/// The volatility of one of the server's own functions in a version; of overloads that differ, the stronger.
pub(super) fn builtin(name: &str, version: Version) -> Option<Volatility> {
    if let Some(volatility) = of_grammar(name) {
        return Some(volatility);
    }
    // EXTRACT is the function date_part before 14.
    let found = tables().builtin.get(if name == "extract" { "date_part" } else { name })?;
    (found.since <= version.0 && version.0 <= found.until).then_some(found.volatility)
}

/// Whether an overload of one of the server's own functions may be milder than [`builtin`] says.
pub(super) fn is_mixed(name: &str) -> bool {
    tables().mixed.contains(&if name == "extract" { "date_part" } else { name })
}

/// The volatility of a function that a well-known extension brings, or that newer servers have.
fn of_extension(name: &str) -> Option<Volatility> {
    let tables = tables();
    tables.extension.get(name).copied().or_else(|| tables.builtin.get(name).map(|builtin| builtin.volatility))
}

/// What the grammar spells like a function, or without parentheses.
fn of_grammar(name: &str) -> Option<Volatility> {
    Some(match name {
        "coalesce" | "greatest" | "least" | "nullif" | "grouping" | "row" | "array" | "cast" | "treat" | "trim"
        | "substring" | "position" | "overlay" | "collation_for" | "normalize" | "xmlelement" | "xmlforest"
        | "xmlconcat" | "xmlpi" | "xmlroot" | "xmlparse" | "xmlexists" | "xmlserialize" | "json_object"
        | "json_array" | "json_exists" | "json_query" | "json_value" | "json_scalar" | "json_serialize" | "json" => {
            Volatility::Immutable
        }
        "current_date" | "current_time" | "current_timestamp" | "localtime" | "localtimestamp" | "current_user"
        | "current_role" | "current_catalog" | "current_schema" | "session_user" | "user" | "system_user" => {
            Volatility::Stable
        }
        // Calls of aliases that the grammar makes of operators.
        _ => return None,
    })
}

struct Tables {
    builtin: HashMap<&'static str, Builtin>,
    mixed: Vec<&'static str>,
    extension: HashMap<&'static str, Volatility>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut tables = Tables { builtin: HashMap::new(), mixed: Vec::new(), extension: HashMap::new() };
        for line in include_str!("builtin_functions.txt").lines() {
            let mut words = line.split(' ');
            let (Some(name), Some(letters)) = (words.next(), words.next()) else {
                continue;
            };
            let volatility = match letters.as_bytes().last() {
                Some(b'i') => Volatility::Immutable,
                Some(b's') => Volatility::Stable,
                _ => Volatility::Volatile,
            };
            match words.next() {
                Some(extension) if !extension.starts_with(|c: char| c.is_ascii_digit()) => {
                    tables.extension.insert(name, volatility);
                }
                versions => {
                    let (since, until) = version_range(versions);
                    tables.builtin.insert(name, Builtin { volatility, since, until });
                    if letters.len() > 1 {
                        tables.mixed.push(name);
                    }
                }
            }
        }
        tables
    })
}

/// Reads `13`, `11-15` or nothing as a range of majors.
pub(super) fn version_range(text: Option<&str>) -> (u16, u16) {
    let Some(text) = text else {
        return (0, u16::MAX);
    };
    let (since, until) = text.split_once('-').unwrap_or((text, ""));
    (since.parse().unwrap_or(0), until.parse().unwrap_or(u16::MAX))
}

/// The sequences that an expression draws from, as their names are written in `nextval('name')`.
pub(super) fn sequences_drawn(expr: &Expr) -> Vec<Name> {
    use crate::statement::Literal;
    let mut names = Vec::new();
    expr.walk(&mut |part| {
        let ExprKind::Call(call) = &part.kind else {
            return;
        };
        let mut argument = call.arguments.first();
        while let Some(Expr { kind: ExprKind::Cast(inner, _), .. }) = argument {
            argument = Some(inner);
        }
        if call.name.name.name == NEXTVAL
            && let Some(Expr { kind: ExprKind::Literal(Literal::String(name)), .. }) = argument
        {
            names.push(name.clone());
        }
    });
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_functions_are_known_by_version() {
        let of = |name, version| builtin(name, Version(version));
        // pg_proc of 11.22 and 18.4.
        assert_eq!(of("now", 11), Some(Volatility::Stable));
        assert_eq!(of("random", 11), Some(Volatility::Volatile));
        assert_eq!(of("clock_timestamp", 18), Some(Volatility::Volatile));
        assert_eq!(of("abs", 18), Some(Volatility::Immutable));
        // In the server since 13; before, pgcrypto's.
        assert_eq!(of("gen_random_uuid", 12), None);
        assert_eq!(of("gen_random_uuid", 13), Some(Volatility::Volatile));
        assert_eq!(of_extension("gen_random_uuid"), Some(Volatility::Volatile));
        assert_eq!(of("uuidv7", 17), None);
        assert_eq!(of("uuidv7", 18), Some(Volatility::Volatile));
        assert_eq!(of("extract", 11), Some(Volatility::Stable));
        assert!(is_mixed("extract") && !is_mixed("now"));
        assert_eq!(of_extension("uuid_generate_v4"), Some(Volatility::Volatile));
        assert_eq!(of_extension("crypt"), Some(Volatility::Immutable));
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        let tables = tables();
        let lines = include_str!("builtin_functions.txt").lines().count();
        // A name may be of two extensions.
        assert!(tables.builtin.len() + tables.extension.len() > lines - 100);
        assert!(tables.builtin.len() > 1500);
    }
}
