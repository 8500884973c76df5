//! What a change of a column's type costs: whether the rows have to be rewritten, and which indexes can be kept.
//!
//! The server asks whether the conversion's expression, once planned, is the column itself (`ATColumnChangeRequiresRewrite`):
//! casts between types of the same bytes vanish, and so do casts to a length that is not shorter (the functions' planner support).
//! Truth: the group `alter_type`.

mod casts;
mod default;
mod values;

use super::analysis::Analysis;
use crate::catalog::{Column, Domain, RelationBody, TypeKind};
use crate::dialect::Version;
use crate::statement::{CompoundKind, Expr, ExprKind, Ident, IndexKey, Name, ObjectKind, ObjectName, TypeName};
use casts::{Context, casts, class_type, is_of_extension, is_text};
use values::{covers, has_room, is_utc, loses_values};

/// What a conversion does to the rows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Conversion {
    /// How it is done.
    pub(super) work: ConversionWork,
    /// A value may not fit.
    pub(super) may_fail: bool,
    /// A domain's constraints may be violated.
    pub(super) checks_domain: bool,
    /// The rows stay only where the session's TimeZone is UTC, and nothing says what it is.
    pub(super) by_time_zone: bool,
    /// What was assumed, a line each.
    pub(super) assumptions: Vec<String>,
}

/// See [`Conversion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConversionWork {
    /// The rows stay as they are.
    Nothing,
    /// Every row is written anew.
    Rewrite,
    /// There is no cast that the server would take by itself (42804), or, where one is written, none at all (42846).
    Impossible(&'static str),
}

/// A type with its domains taken away.
#[derive(Clone, Debug, PartialEq)]
struct Flat {
    /// Schema of a user-defined type.
    schema: Option<Name>,
    name: Name,
    modifiers: Vec<Name>,
    fields: Option<Name>,
    array: bool,
    /// It is a domain, or an array of one.
    domain: bool,
    /// One of the domains has a constraint.
    constrained: bool,
    /// One of the server's own types, or a well-known extension's.
    known: bool,
    /// An enum, range or composite type of these migrations, which has no casts of its own.
    user_defined: bool,
}

/// A type as it stands in sentences: `varchar(20)`, `integer`.
pub(super) fn display(ty: &TypeName) -> String {
    let name = match ty.name.as_str() {
        "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "float8" => "double precision",
        "float4" => "real",
        "bool" => "boolean",
        "bpchar" => "char",
        "varbit" => "bit varying",
        "timestamptz" => "timestamptz",
        other => other,
    };
    let mut text = String::new();
    if let Some(schema) = &ty.schema
        && schema.name != "public"
    {
        text.push_str(&schema.name);
        text.push('.');
    }
    text.push_str(name);
    if let Some(fields) = &ty.fields {
        text.push(' ');
        text.push_str(fields);
    }
    if !ty.modifiers.is_empty() {
        text.push('(');
        text.push_str(&ty.modifiers.join(", "));
        text.push(')');
    }
    for _ in 0..ty.dimensions {
        text.push_str("[]");
    }
    text
}

/// The type that a serial pseudo-type stands for.
pub(super) fn serial_base(name: &str) -> Option<&'static str> {
    match name {
        "serial" | "serial4" => Some("int4"),
        "bigserial" | "serial8" => Some("int8"),
        "smallserial" | "serial2" => Some("int2"),
        _ => None,
    }
}

/// Domains over domains: beyond this depth nothing is known.
const DEEPEST_DOMAIN: usize = 16;

impl<'a> Analysis<'a> {
    /// The domain of a type, where it is one of these migrations.
    pub(super) fn domain(&self, ty: &TypeName) -> Option<&'a Domain> {
        let schema = ty.schema.as_ref().map(|schema| schema.name.as_str());
        if schema.is_none() && crate::catalog::is_built_in(&ty.name) {
            return None;
        }
        let found = self.catalog().type_named(schema, &ty.name, &self.context.session.search_path())?;
        match &found.kind {
            TypeKind::Domain(domain) => Some(domain),
            _ => None,
        }
    }

    /// The domains of a type, from the outermost to that over the base type.
    pub(super) fn domains(&self, ty: &TypeName) -> Vec<&'a Domain> {
        let mut domains = Vec::new();
        let mut next = self.domain(ty);
        while let Some(domain) = next.filter(|_| domains.len() < DEEPEST_DOMAIN) {
            domains.push(domain);
            next = self.domain(&domain.base);
        }
        domains
    }

    /// Whether values of a type have to be checked: a domain with a CHECK or NOT NULL, at any depth.
    pub(super) fn is_constrained(&self, ty: &TypeName) -> bool {
        ty.dimensions == 0 && self.domains(ty).iter().any(|domain| domain.not_null || !domain.checks.is_empty())
    }

    fn flat(&self, ty: &TypeName) -> Flat {
        let domains = self.domains(ty);
        let constrained = domains.iter().any(|domain| domain.not_null || !domain.checks.is_empty());
        let base = if ty.dimensions > 0 { ty } else { domains.last().map_or(ty, |domain| &domain.base) };
        let name = serial_base(&base.name).map_or_else(|| base.name.clone(), Name::new_static);
        let written = base.schema.as_ref().map(|schema| schema.name.clone());
        let built_in = written.is_none() && crate::catalog::is_built_in(&name);
        let path = self.context.session.search_path();
        let found = (!built_in && domains.is_empty())
            .then(|| self.catalog().type_named(written.as_deref(), &name, &path))
            .flatten();
        let composite = (!built_in && domains.is_empty() && found.is_none()).then(|| {
            let ident = |name: &Name| Ident { name: name.clone(), span: base.span };
            let named = ObjectName { schema: base.schema.clone(), name: ident(&name) };
            let found = self.catalog().resolve(&named, &path).and_then(|id| self.catalog().relation(id));
            found.is_some_and(|found| matches!(found.body, RelationBody::Composite(_)))
        });
        let user_defined = found.is_some() || composite == Some(true);
        let schema = found.map(|found| found.schema.clone()).or(written);
        Flat {
            known: built_in || is_of_extension(&name),
            schema: schema.filter(|_| !built_in),
            name,
            modifiers: base.modifiers.to_vec(),
            fields: base.fields.as_deref().cloned(),
            array: ty.dimensions > 0 || base.dimensions > 0,
            domain: !domains.is_empty(),
            constrained,
            user_defined,
        }
    }

    /// What `ALTER COLUMN ... TYPE to` does to the rows of a column. `column` is as it stands.
    pub(super) fn conversion(&self, column: &Column, to: &TypeName, using: Option<&Expr>) -> Conversion {
        let Some(from) = column.ty.as_ref().filter(|ty| !ty.percent_type) else {
            return Conversion::assumed(
                "the column's old type is not known: taken to be stored differently".to_owned(),
            );
        };
        let mut conversion = Conversion::nothing();
        let Some(source) = self.source_of(column, from, using, &mut conversion, 0) else {
            if !matches!(conversion.work, ConversionWork::Impossible(_)) {
                conversion.work = ConversionWork::Rewrite;
                conversion.may_fail = !using.is_some_and(|using| self.keeps_values(column, from, to, using));
                self.check_domain(to, &mut conversion);
            }
            return conversion;
        };
        self.step(source, to, Context::Assignment, &mut conversion);
        conversion
    }

    /// The type of what USING makes of the column, where it is the column's own value so far; else `None`.
    fn source_of<'t>(
        &self,
        column: &Column,
        from: &'t TypeName,
        using: Option<&'t Expr>,
        conversion: &mut Conversion,
        depth: usize,
    ) -> Option<&'t TypeName> {
        let Some(using) = using else {
            return Some(from);
        };
        if depth > DEEPEST_DOMAIN {
            return None;
        }
        match &using.kind {
            ExprKind::Column(path) => path.last().is_some_and(|used| used.name == column.name).then_some(from),
            ExprKind::Cast(inner, ty) => {
                let source = self.source_of(column, from, Some(inner), conversion, depth + 1)?;
                self.step(source, ty, Context::Explicit, conversion);
                (conversion.work == ConversionWork::Nothing).then_some(ty.as_ref())
            }
            // A collation changes how values compare, not what they are.
            ExprKind::Compound(CompoundKind::Collate, parts) => {
                self.source_of(column, from, parts.first(), conversion, depth + 1)
            }
            ExprKind::Unknown => {
                conversion.assumptions.push("the USING expression was not understood".to_owned());
                None
            }
            _ => None,
        }
    }

    /// Whether USING computes something of the column in which nothing of its value is lost: a cast that every value passes, the same
    /// moment with or without a zone, or the value as JSON.
    fn keeps_values(&self, column: &Column, from: &TypeName, to: &TypeName, using: &Expr) -> bool {
        let own = |expr: &Expr| matches!(&expr.kind, ExprKind::Column(path) if path.last().is_some_and(|it| it.name == column.name));
        let (source, target) = (self.flat(from), self.flat(to));
        let mut using = using;
        while let ExprKind::Cast(inner, ty) = &using.kind
            && self.same_type(ty, to)
        {
            using = inner;
        }
        match &using.kind {
            _ if own(using) => {
                let mut cast = Conversion::nothing();
                self.step(from, to, Context::Explicit, &mut cast);
                !cast.may_fail
            }
            ExprKind::Compound(CompoundKind::AtTimeZone, parts) => {
                let pair = matches!(
                    (source.name.as_str(), target.name.as_str()),
                    ("timestamp", "timestamptz") | ("timestamptz", "timestamp")
                );
                pair && !source.array && !target.array && parts.first().is_some_and(own) && covers(&target, &source)
            }
            ExprKind::Call(call) => {
                let json =
                    matches!(call.name.name.name.as_str(), "to_json" | "to_jsonb" | "array_to_json" | "row_to_json");
                json && matches!(target.name.as_str(), "json" | "jsonb")
                    && !target.array
                    && call.arguments.first().is_some_and(own)
            }
            _ => false,
        }
    }

    fn check_domain(&self, to: &TypeName, conversion: &mut Conversion) {
        if self.is_constrained(to) {
            conversion.checks_domain = true;
        }
    }

    /// One cast of the conversion.
    fn step(&self, from: &TypeName, to: &TypeName, context: Context, conversion: &mut Conversion) {
        // Also of a domain to itself: its values are checked already.
        if self.same_type(from, to) {
            return;
        }
        let impossible = ConversionWork::Impossible(if context == Context::Explicit { "42846" } else { "42804" });
        let (from, target) = (&self.flat(from), self.flat(to));
        let mut work = ConversionWork::Nothing;
        let version = self.version();
        let same = from.name == target.name && from.schema == target.schema && from.array == target.array;
        if from.array || target.array {
            // An array is converted element by element, even where the elements' bytes are the same.
            if !same || (from.modifiers != target.modifiers && !target.modifiers.is_empty()) {
                let elements = Flat { array: false, ..from.clone() };
                let fits = match (from.array, target.array) {
                    (true, true) => {
                        let as_text = is_text(&target.name, version)
                            || (is_text(&from.name, version) && context == Context::Explicit);
                        elements.name == target.name || as_text || self.way(&elements, &target, context).is_some()
                    }
                    (true, false) => is_text(&target.name, version),
                    _ => is_text(&from.name, version) && context == Context::Explicit,
                };
                let known = (from.known || from.user_defined)
                    && (target.known || target.user_defined)
                    && !self.catalog().has_objects(ObjectKind::Cast);
                work = if fits || !known { ConversionWork::Rewrite } else { impossible };
                conversion.may_fail |= !from.array || !target.array || loses_values(from, &target);
            }
        } else {
            let way = if same { Some(Way::Same) } else { self.way(from, &target, context) };
            match way {
                Some(Way::Same) => {}
                Some(Way::Function) => {
                    work = ConversionWork::Rewrite;
                    let free = version >= Version(12) && is_timestamp_pair(from, &target);
                    let unbounded = Flat { modifiers: Vec::new(), ..from.clone() };
                    if free && self.time_zone_is_utc(conversion) && covers(&target, &unbounded) {
                        work = ConversionWork::Nothing;
                    }
                    conversion.may_fail |= loses_values(from, &target);
                }
                // An enum or a range of these migrations has no casts but to and from text, unless one is made for it.
                None if (from.known || from.user_defined)
                    && (target.known || target.user_defined)
                    && !(is_text(&target.name, version)
                        || (is_text(&from.name, version) && context == Context::Explicit))
                    && !self.catalog().has_objects(ObjectKind::Cast) =>
                {
                    work = impossible;
                }
                None if !from.known || !target.known => {
                    work = ConversionWork::Rewrite;
                    // An enum's label is text like any other.
                    let as_text = from.user_defined && is_text(&target.name, version);
                    conversion.may_fail |= !as_text || !target.modifiers.is_empty();
                    // Text becomes a type of these migrations by its input function, unless a cast was made for it.
                    let by_input = target.user_defined
                        && is_text(&from.name, version)
                        && context == Context::Explicit
                        && !self.catalog().has_objects(ObjectKind::Cast);
                    if !as_text && !by_input {
                        conversion.assumptions.push("how the types convert is not known".to_owned());
                    }
                }
                None => work = impossible,
            }
            let checked_length = match way {
                // The source's length is the type's own only where the type stays and no domain hides it.
                Some(Way::Same) if from.name == target.name && !from.domain => !covers(&target, from),
                Some(Way::Same) => !target.modifiers.is_empty() || target.fields.is_some(),
                _ => false,
            };
            if checked_length {
                let room = from.name == target.name && !from.domain && has_room(&target, from);
                work = ConversionWork::Rewrite;
                conversion.may_fail |= !room;
            }
        }
        if target.constrained {
            work = work.max(ConversionWork::Rewrite);
            conversion.checks_domain = true;
        }
        conversion.work = conversion.work.max(work);
    }

    fn way(&self, from: &Flat, to: &Flat, context: Context) -> Option<Way> {
        let version = self.version();
        if let Some(cast) = casts().get(&(from.name.as_str(), to.name.as_str()))
            && cast.since <= version.0
            && version.0 <= cast.until
            && context >= cast.context
        {
            return Some(if cast.same_bytes { Way::Same } else { Way::Function });
        }
        // Anything becomes text on assignment, and text becomes anything when asked.
        let through_text = (is_text(&to.name, version) && context >= Context::Assignment)
            || (is_text(&from.name, version) && context == Context::Explicit);
        (through_text && from.known && to.known).then_some(Way::Function)
    }

    /// Whether the session's TimeZone is UTC by any of its names; the server's default is taken to be.
    fn time_zone_is_utc(&self, conversion: &mut Conversion) -> bool {
        let setting = self.context.session.settings.get("timezone");
        match setting {
            Some(setting) if setting.unknown => {
                conversion.assumptions.push("the session's TimeZone is computed, and taken not to be UTC".to_owned());
                false
            }
            Some(setting) if !setting.values.is_empty() => is_utc(&setting.values[0]),
            _ => {
                conversion.by_time_zone = true;
                conversion.assumptions.push("the session's TimeZone is taken to be UTC".to_owned());
                true
            }
        }
    }

    /// Whether an index over the column alone would sort and compare the new type as it did the old: the index can be kept
    /// (`CheckIndexCompatible`). `method`: its access method. Whether the collation changes is the caller's to say.
    pub(super) fn keeps_operators(
        &self,
        from: Option<&TypeName>,
        to: &TypeName,
        method: &str,
        explicit_class: bool,
    ) -> bool {
        let Some(from) = from else {
            return false;
        };
        let (from, to) = (self.flat(from), self.flat(to));
        if from.array || to.array || from.user_defined || to.user_defined || is_polymorphic(&from.name) {
            // Operators of arrays, enums and ranges serve many types: a change of type breaks compatibility.
            return from.array == to.array && from.name == to.name && from.schema == to.schema;
        }
        explicit_class || class_type(&from.name, method) == class_type(&to.name, method)
    }

    /// Whether a foreign key compares as before when one of its columns changes its type, so that it need not be checked again.
    /// `other`: the type of the column on the other side; `referencing`: the column is on the referencing side.
    pub(super) fn keeps_equality(
        &self,
        from: Option<&TypeName>,
        to: &TypeName,
        other: Option<&TypeName>,
        referencing: bool,
    ) -> bool {
        if let (Some(old), Some(other), true) = (from, other, referencing) {
            let (old, new, key) = (self.flat(old), self.flat(to), self.flat(other));
            let wanted = class_type(&key.name, "btree");
            let relabelled = |ty: &Flat| {
                ty.name == wanted || casts().get(&(ty.name.as_str(), wanted)).is_some_and(|cast| cast.same_bytes)
            };
            if !old.array && !new.array && relabelled(&old) && relabelled(&new) {
                return true;
            }
        }
        self.keeps_operators(from, to, "btree", false)
    }

    /// Whether an index of a method can be over a type, by the class or collation written for it or by its default class: what the
    /// server would answer where it certainly cannot.
    pub(super) fn cannot_be_indexed(&self, to: &TypeName, key: &IndexKey, method: &str) -> Option<&'static str> {
        let to = self.flat(to);
        if !to.known {
            return None;
        }
        let text = !to.array && is_text(&to.name, self.version());
        if key.collation.is_some() && !text {
            return Some("42804");
        }
        if let Some(class) = &key.opclass {
            let class = class.name.name.as_str();
            let of_text = ["text_", "varchar_", "bpchar_", "gin_trgm_ops", "gist_trgm_ops"];
            let of_text = of_text.iter().any(|prefix| class.starts_with(prefix));
            return (of_text && !text).then_some("42804");
        }
        let none = match method {
            "gin" => !to.array && !matches!(to.name.as_str(), "jsonb" | "tsvector") && !self.has_extensions(),
            "btree" | "hash" => {
                let name = to.name.as_str();
                matches!(
                    name,
                    "json" | "xml" | "point" | "line" | "lseg" | "box" | "path" | "polygon" | "circle" | "xid"
                )
            }
            _ => false,
        };
        none.then_some("42704")
    }

    /// Whether values of the two types can be compared for a foreign key; `None`: not known.
    pub(super) fn comparable(&self, left: &TypeName, right: &TypeName) -> Option<bool> {
        let (left, right) = (self.flat(left), self.flat(right));
        if !left.known || !right.known {
            return None;
        }
        if left.array || right.array {
            return Some(left.array == right.array && left.name == right.name);
        }
        let (left_family, right_family) = (class_type(&left.name, "btree"), class_type(&right.name, "btree"));
        let group = |family: &str| match family {
            "int2" | "int4" | "int8" => 1,
            "float4" | "float8" => 2,
            "date" | "timestamp" | "timestamptz" => 3,
            "text" | "name" => 4,
            _ => 0,
        };
        if left_family == right_family || (group(left_family) != 0 && group(left_family) == group(right_family)) {
            return Some(true);
        }
        // Implicit casts of the referencing value to the referenced type.
        let implicit =
            |from: &str, to: &str| casts().get(&(from, to)).is_some_and(|cast| cast.context == Context::Implicit);
        Some(implicit(&left.name, &right.name) || implicit(left_family, right_family))
    }

    /// Whether columns of the two types hold the same values: the same type, or text with no limit by either of its names.
    pub(super) fn holds_the_same(&self, left: &TypeName, right: &TypeName) -> bool {
        let unlimited = |ty: &TypeName| matches!(ty.name.as_str(), "text" | "varchar") && ty.modifiers.is_empty();
        let texts = unlimited(left) && unlimited(right) && (left.dimensions > 0) == (right.dimensions > 0);
        texts || self.same_type(left, right)
    }

    /// Whether nothing about the type changes.
    pub(super) fn same_type(&self, from: &TypeName, to: &TypeName) -> bool {
        let normal = |ty: &TypeName| {
            let name = serial_base(&ty.name).map_or_else(|| ty.name.clone(), Name::new_static);
            let schema = ty.schema.as_ref().map_or("public", |schema| schema.name.as_str()).to_owned();
            (schema, name, normal_modifiers(ty), ty.fields.clone(), ty.dimensions > 0)
        };
        normal(from) == normal(to)
    }
}

impl Conversion {
    fn nothing() -> Self {
        Self {
            work: ConversionWork::Nothing,
            may_fail: false,
            checks_domain: false,
            by_time_zone: false,
            assumptions: Vec::new(),
        }
    }

    fn assumed(line: String) -> Self {
        Self { work: ConversionWork::Rewrite, may_fail: true, assumptions: vec![line], ..Self::nothing() }
    }
}

/// `numeric(10)` is `numeric(10, 0)`.
fn normal_modifiers(ty: &TypeName) -> Vec<Name> {
    match (ty.name.as_str(), ty.modifiers.as_slice()) {
        ("numeric", [precision]) => vec![precision.clone(), Name::new_static("0")],
        ("bit", []) => vec![Name::new_static("1")],
        (_, modifiers) => modifiers.to_vec(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The bytes stay.
    Same,
    /// A function, or through text.
    Function,
}

fn is_timestamp_pair(from: &Flat, to: &Flat) -> bool {
    matches!((from.name.as_str(), to.name.as_str()), ("timestamp", "timestamptz") | ("timestamptz", "timestamp"))
}

fn is_polymorphic(name: &str) -> bool {
    name.ends_with("range")
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    /// Truth: the group `alter_type`; `find_coercion_pathway` for the input function.
    #[test]
    fn text_becomes_a_type_of_these_migrations_by_its_input_function() {
        let setup = "CREATE TYPE mood AS ENUM ('glad'); CREATE TABLE t (a text, b varchar(9), c int);";
        let told = |setup: &str, case: &str| effects(15, setup, case, "changes-type rewrites-table").join("; ");
        for column in ["a", "b"] {
            let case = format!("ALTER TABLE t ALTER {column} TYPE mood USING {column}::mood");
            let line = told(setup, &case);
            assert!(line.contains("rewrites-table t") && !line.contains('?'), "{line}");
        }
        // Of a cast that was made for it nothing is known.
        let with_cast = format!("{setup} CREATE CAST (text AS mood) WITH INOUT;");
        let line = told(&with_cast, "ALTER TABLE t ALTER a TYPE mood USING a::mood");
        assert!(line.contains("?changes-type t"), "{line}");
        let seen = format!("{setup} CREATE CAST (int AS mood) WITH INOUT AS ASSIGNMENT;");
        let line = told(&seen, "ALTER TABLE t ALTER c TYPE mood");
        assert!(line.contains("?changes-type t"), "{line}");
    }
}
