//! What access methods can do (manual, "Index Types"; `pg_indexam_has_property`), and the operator classes that types have.

use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::missing;
use crate::catalog::Relation;
use crate::dialect::Version;
use crate::effect::FailReason;
use crate::source::Span;
use crate::statement::{CreateIndex, ExprKind, Ident, ObjectKind};

/// Fails an index that its access method is certain not to make. Returns whether it does.
pub(super) fn refuse(analysis: &mut Analysis<'_>, focus: Span, create: &CreateIndex, relation: &Relation) -> bool {
    let method = create.method.as_str();
    let named = Ident { name: create.method.clone(), span: focus };
    if missing::refuse_plain(analysis, ObjectKind::AccessMethod, &named) {
        return true;
    }
    let version = analysis.version();
    let built_in = missing::METHODS.contains(&method);
    let several = create.keys.len() > 1 && matches!(method, "hash" | "spgist");
    let unique = create.unique && method != "btree";
    let include = match method {
        "gist" => version < Version(12),
        "spgist" => version < Version(14),
        "btree" => false,
        _ => true,
    };
    if built_in && (several || unique || (include && !create.include.is_empty())) {
        analysis.fail(focus, FailReason::Invalid, "0A000", create.method.clone());
        return true;
    }
    if let Some(key) = create.keys.iter().find(|key| matches!(key.expr.kind, ExprKind::Subquery(_))) {
        analysis.fail(key.span, FailReason::Invalid, "0A000", "a subquery in an index");
        return true;
    }
    let Some(table) = relation.as_table().filter(|table| table.complete) else {
        return false;
    };
    if !analysis.context.settings.from_empty || analysis.has_extensions() {
        return false;
    }
    for key in create.keys.iter().filter(|key| key.opclass.is_none()) {
        let ExprKind::Column(path) = &key.expr.kind else {
            continue;
        };
        let column = path.last().and_then(|column| table.column(&column.name));
        let Some(ty) = column.and_then(|column| column.ty.as_ref()).filter(|ty| ty.schema.is_none()) else {
            continue;
        };
        if ty.dimensions == 0 && lacks_class(method, &ty.name) {
            analysis.fail(key.span, FailReason::Missing, "42704", ty.name.clone());
            return true;
        }
    }
    false
}

/// Whether a built-in type has no default operator class for a method, nor a type that it is binary-coercible to (`pg_opclass` of real
/// servers, the same from 11 to 18).
fn lacks_class(method: &str, ty: &str) -> bool {
    const SCALAR: [&str; 22] = [
        "int2",
        "int4",
        "int8",
        "numeric",
        "float4",
        "float8",
        "bpchar",
        "bool",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "uuid",
        "bytea",
        "money",
        "oid",
        "name",
        "bit",
        "varbit",
        "macaddr",
    ];
    const DOCUMENT: [&str; 4] = ["json", "xml", "xid", "jsonb"];
    const SHAPE: [&str; 7] = ["point", "box", "polygon", "circle", "line", "lseg", "path"];
    let is = |types: &[&str]| types.contains(&ty);
    match method {
        "btree" => is(&["json", "xml", "xid"]) || is(&SHAPE),
        "hash" => is(&["json", "xml", "money", "bit", "varbit", "tsvector", "tsquery"]) || is(&SHAPE),
        "gin" => is(&SCALAR) || is(&SHAPE) || is(&["text", "varchar", "json", "xml", "xid", "tsquery", "inet", "cidr"]),
        "gist" => is(&SCALAR) || is(&DOCUMENT) || is(&["text", "varchar", "line", "lseg", "path", "inet", "cidr"]),
        "spgist" => is(&SCALAR) || is(&DOCUMENT) || is(&["circle", "line", "lseg", "path", "tsvector", "tsquery"]),
        "brin" => {
            is(&DOCUMENT)
                || is(&["bool", "money", "point", "polygon", "circle", "line", "lseg", "path", "tsvector", "tsquery"])
        }
        _ => false,
    }
}
