//! Column types by meaning: two spellings of one type are equal, and what a change from one to another does to the values is known.

use crate::statement::{Name, TypeName};
use smol_str::SmolStr;

/// A type as the server stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnType {
    /// The server's internal name of a built-in type, as in [`TypeName::name`]; else the type's own, without its schema.
    pub name: Name,
    /// Length, precision and scale, with the server's defaults filled in.
    pub modifiers: Vec<Name>,
    /// An array of it.
    pub list: bool,
}

impl ColumnType {
    /// A type of that internal name.
    pub fn new(name: &str, modifiers: Vec<Name>, list: bool) -> Self {
        let name = match name {
            "serial" => "int4",
            "bigserial" => "int8",
            "smallserial" => "int2",
            other => other,
        };
        let mut ty = Self { name: name.into(), modifiers, list };
        ty.fill_in();
        ty
    }

    /// The type that a statement names.
    pub fn of(ty: &TypeName) -> Self {
        Self::new(&ty.name, ty.modifiers.to_vec(), ty.dimensions > 0)
    }

    /// The precision that the server takes where none is written (manual, "Date/Time Types", "Numeric Types", "Character Types").
    fn fill_in(&mut self) {
        let default: &[&str] = match (self.name.as_str(), self.modifiers.len()) {
            ("timestamp" | "timestamptz" | "time" | "timetz", 0) => &["6"],
            ("bpchar" | "bit", 0) => &["1"],
            ("numeric", 1) => &["0"],
            _ => &[],
        };
        self.modifiers.extend(default.iter().map(SmolStr::new));
    }

    /// As a person would write it: `varchar(20)[]`.
    pub fn display(&self) -> SmolStr {
        let name = match self.name.as_str() {
            "int4" => "integer",
            "int8" => "bigint",
            "int2" => "smallint",
            "float8" => "double precision",
            "float4" => "real",
            "bool" => "boolean",
            "bpchar" => "char",
            other => other,
        };
        let modifiers = match &self.modifiers[..] {
            [] => String::new(),
            some => format!("({})", some.join(",")),
        };
        smol_str::format_smolstr!("{name}{modifiers}{}", if self.list { "[]" } else { "" })
    }

    /// Whether Prisma drops the column and adds a new one rather than to have the server convert its values
    /// (`postgres_native_type_change_riskyness` of its schema engine; `enums`: which of the two are enums).
    pub fn is_recreated_as(&self, next: &Self, enums: (bool, bool)) -> bool {
        if self == next {
            return false;
        }
        let text = matches!(next.name.as_str(), "text" | "varchar");
        if enums.0 || enums.1 {
            return self.name != next.name || self.list != next.list;
        }
        if self.list != next.list {
            return next.list || !(text || next.name == "bpchar");
        }
        if self.name == next.name {
            return false;
        }
        let characters = text || next.name == "bpchar";
        let among = |names: &[&str]| names.contains(&next.name.as_str());
        const NUMBERS: &[&str] = &["int2", "int4", "int8", "numeric", "float4", "float8"];
        const TIMES: &[&str] = &["timestamp", "timestamptz", "date", "time", "timetz"];
        !match self.name.as_str() {
            "int2" | "int4" | "int8" | "numeric" | "float4" | "float8" => characters || among(NUMBERS),
            "text" => characters || next.name == "citext",
            "varchar" | "bpchar" => characters,
            "citext" | "money" => true,
            "inet" => text || next.name == "citext",
            "oid" => text || among(&["int4", "int8"]),
            "bytea" | "bool" | "uuid" => characters,
            "timestamp" | "timestamptz" => characters || among(TIMES),
            "date" => characters || among(&["timestamp", "timestamptz"]),
            "time" => characters || next.name == "timetz",
            "timetz" => characters || next.name == "time",
            "bit" | "varbit" => characters || among(&["bit", "varbit"]),
            "xml" => characters,
            "json" | "jsonb" => characters || among(&["json", "jsonb"]),
            // It does not know the type, and leaves the conversion to the server.
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(name: &str, modifiers: &[&str]) -> ColumnType {
        ColumnType::new(name, modifiers.iter().map(SmolStr::new).collect(), false)
    }

    #[test]
    fn two_spellings_are_one_type() {
        assert_eq!(ty("serial", &[]), ty("int4", &[]));
        assert_eq!(ty("timestamp", &[]), ty("timestamp", &["6"]));
        assert_ne!(ty("timestamp", &[]), ty("timestamp", &["3"]));
        assert_ne!(ty("numeric", &[]), ty("numeric", &["65", "30"]));
        assert_eq!(ty("numeric", &["10"]), ty("numeric", &["10", "0"]));
    }

    #[test]
    fn a_column_is_recreated_where_values_cannot_be_converted() {
        let recreated = |from: &str, to: &str| ty(from, &[]).is_recreated_as(&ty(to, &[]), (false, false));
        assert!(recreated("text", "int4") && recreated("uuid", "int4") && recreated("timestamp", "int8"));
        assert!(!recreated("int4", "text") && !recreated("int4", "int8") && !recreated("json", "jsonb"));
        assert!(ty("text", &[]).is_recreated_as(&ty("Role", &[]), (false, true)));
    }
}
