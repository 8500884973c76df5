//! `CREATE CAST ... WITHOUT FUNCTION`: whether two types are stored alike (`CreateCast`).

use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{RelationBody, TypeKind};
use crate::effect::FailReason;
use crate::source::Span;
use crate::statement::{CreateCast, Ident, ObjectName, TypeName};

/// How values of a type are stored: `typlen`, `typbyval`, `typalign` of `pg_type`.
type Storage = (i16, bool, char);

/// Fails a cast between types that are certain not to be stored alike. Returns whether it does.
pub(super) fn refuse_binary(analysis: &mut Analysis<'_>, focus: Span, cast: &CreateCast) -> bool {
    let refused = match (storage(analysis, &cast.from), storage(analysis, &cast.to)) {
        (Known::Refused, _) | (_, Known::Refused) => true,
        (Known::As(from), Known::As(to)) => from != to,
        _ => false,
    };
    if refused {
        let object = smol_str::format_smolstr!("({} AS {})", cast.from.name, cast.to.name);
        analysis.fail(focus, FailReason::Invalid, "42P17", object);
    }
    refused
}

enum Known {
    As(Storage),
    /// Enums, domains, composite types and arrays are refused, however they are stored.
    Refused,
    Nothing,
}

fn storage(analysis: &Analysis<'_>, ty: &TypeName) -> Known {
    if ty.dimensions > 0 {
        return Known::Refused;
    }
    let schema = ty.schema.as_ref().map(|schema| schema.name.as_str());
    if schema.is_none()
        && let Some(storage) = of_built_in(&ty.name)
    {
        return Known::As(storage);
    }
    let path = analysis.context.session.search_path();
    if let Some(found) = analysis.catalog().type_named(schema, &ty.name, &path) {
        return match found.kind {
            TypeKind::Enum(_) | TypeKind::Domain(_) => Known::Refused,
            TypeKind::Other => Known::Nothing,
        };
    }
    let name = ObjectName { schema: ty.schema.clone(), name: Ident { name: ty.name.clone(), span: ty.span } };
    match analysis.resolve(&name).map(|relation| &relation.body) {
        Some(RelationBody::Table(_) | RelationBody::View(_) | RelationBody::Composite(_)) => Known::Refused,
        _ => Known::Nothing,
    }
}

/// Of the types that people cast; `pg_type` of real servers, the same from 11 to 18.
fn of_built_in(name: &str) -> Option<Storage> {
    Some(match name {
        "bool" => (1, true, 'c'),
        "int2" => (2, true, 's'),
        "int4" | "oid" | "date" | "float4" | "regclass" | "regtype" | "regproc" | "regnamespace" | "regrole" => {
            (4, true, 'i')
        }
        "int8" | "float8" | "money" | "time" | "timestamp" | "timestamptz" => (8, true, 'd'),
        "timetz" => (12, false, 'd'),
        "interval" | "point" => (16, false, 'd'),
        "uuid" => (16, false, 'c'),
        "name" => (64, false, 'c'),
        "macaddr" => (6, false, 'i'),
        "text" | "varchar" | "bpchar" | "bytea" | "json" | "jsonb" | "xml" | "numeric" | "inet" | "cidr" | "bit"
        | "varbit" => (-1, false, 'i'),
        _ => return None,
    })
}
