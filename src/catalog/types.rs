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
