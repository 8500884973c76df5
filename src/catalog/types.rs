//! User-defined types that are no relations.

use super::Origin;
use crate::statement::{Expr, Name, TypeName};

/// An enum, domain, range or base type.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// Its schema.
    pub schema: Name,
    /// Its name.
    pub name: Name,
    /// Where it was made; `None`: never seen created.
    pub origin: Option<Origin>,
    /// What it was called when it was made, where it has been renamed since.
    pub made_as: Option<Name>,
    /// What it is.
    pub kind: TypeKind,
}

/// What a type is.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// An enum.
    Enum(Vec<EnumValue>),
    /// A domain.
    Domain(Domain),
    /// A range, or a base type.
    Other,
}

/// A label of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumValue {
    /// The label.
    pub label: Name,
    /// Where it was added.
    pub origin: Origin,
}

/// A domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Domain {
    /// What it is over.
    pub base: TypeName,
    /// `NOT NULL`.
    pub not_null: bool,
    /// `DEFAULT`.
    pub default: Option<Expr>,
    /// Its CHECKs.
    pub checks: Vec<DomainCheck>,
}

/// A CHECK of a domain.
#[derive(Clone, Debug, PartialEq)]
pub struct DomainCheck {
    /// Written, or made up as the server does.
    pub name: Name,
    /// The expression over `value`.
    pub expr: Expr,
    /// All rows were checked.
    pub valid: bool,
}

/// The types that every database has and a column may be of. The server looks for them first, so that a table of that name is none.
const BUILT_IN: &[&str] = &[
    "aclitem",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "date",
    "datemultirange",
    "daterange",
    "float4",
    "float8",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xid",
    "xid8",
    "xml",
];

/// Whether an unqualified name is that of a built-in type, by the server's internal name.
pub fn is_built_in(name: &str) -> bool {
    BUILT_IN.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_types_can_be_searched() {
        assert!(BUILT_IN.is_sorted());
        assert!(is_built_in("timestamptz") && !is_built_in("citext"));
    }
}
