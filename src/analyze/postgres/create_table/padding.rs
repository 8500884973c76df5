//! Bytes that the order of the columns costs each row: a value begins at a multiple of its type's alignment (`att_align_nominal`;
//! manual, "pg_type": `typlen`, `typalign`).

use crate::statement::{ColumnDef, TypeName};

/// Length and alignment of a type of fixed length; `None`: it varies, or is not known.
fn fixed(ty: &TypeName) -> Option<(usize, usize)> {
    if ty.dimensions > 0 || ty.schema.is_some() {
        return None;
    }
    Some(match ty.name.as_str() {
        "bool" => (1, 1),
        "char" if ty.quoted => (1, 1),
        "int2" | "smallserial" => (2, 2),
        "int4" | "serial" | "date" | "float4" | "oid" => (4, 4),
        "macaddr" => (6, 4),
        "int8" | "bigserial" | "float8" | "timestamp" | "timestamptz" | "time" | "money" => (8, 8),
        "timetz" => (12, 8),
        "interval" => (16, 8),
        "uuid" => (16, 1),
        _ => return None,
    })
}

/// The bytes left empty between the columns in front of the first whose length varies: behind that one nobody knows where a value begins.
/// In the order of their alignment, the widest first, there would be none.
pub(super) fn saved(columns: &[ColumnDef]) -> usize {
    let (mut end, mut empty) = (0_usize, 0_usize);
    for (length, alignment) in columns.iter().map_while(|column| column.ty.as_ref().and_then(fixed)) {
        let start = end.next_multiple_of(alignment);
        empty += start - end;
        end = start + length;
    }
    empty
}

#[cfg(test)]
mod tests {
    use crate::analyze::postgres::testing::effects;

    #[test]
    fn gaps_between_columns_of_fixed_length() {
        let padding = |columns: &str| {
            let lines = effects(15, "", &format!("CREATE TABLE t ({columns})"), "creates-table");
            lines.first().and_then(|line| line.split("padding=").nth(1)?.parse::<usize>().ok()).unwrap_or(0)
        };
        assert_eq!(padding("a bool, b bigint, c bool, d timestamptz"), 14);
        assert_eq!(padding("b bigint, d timestamptz, a bool, c bool"), 0);
        assert_eq!(padding("a smallint, b int, u uuid, c bool"), 2);
        assert_eq!(padding("a bool, n text, b bigint"), 0, "nobody knows where the text ends");
    }
}
