//! Whether a column's default follows a change of its type.

use super::super::analysis::Analysis;
use super::{Context, Conversion, ConversionWork};
use crate::catalog::Column;
use crate::source::Span;
use crate::statement::{Expr, ExprKind, FunctionCall, Literal, Name, TypeName};

impl Analysis<'_> {
    /// Whether the server certainly cannot make a column's default one of the type by itself (42804), which `ALTER COLUMN TYPE` asks
    /// for whatever USING says. What it converts is the default as it was written, without the casts that the column's old type
    /// asked for (`strip_implicit_coercions` in `ATPrepAlterColumnType`): `status text DEFAULT 'new'::state` becomes a `state`.
    /// Truth: the cases `default_*_then_type`.
    pub(in super::super) fn default_stays_behind(&self, column: &Column, to: &TypeName) -> bool {
        // That of `serial` is checked by nobody: the type has to be one of integers.
        let Some(default) = column.default.as_ref().filter(|_| column.sequence.is_none()) else {
            return false;
        };
        let Some(from) = type_of(default, column.ty.as_ref()) else {
            return false;
        };
        let mut conversion = Conversion::nothing();
        self.step(&from, to, Context::Assignment, &mut conversion);
        matches!(conversion.work, ConversionWork::Impossible(_))
    }
}

/// The type of a default as it is written; `None`: not known. A string takes the type of the column.
fn type_of(default: &Expr, column: Option<&TypeName>) -> Option<TypeName> {
    let builtin = |name| Some(built_in(name, default.span));
    match &default.kind {
        ExprKind::Literal(Literal::String(_)) => column.filter(|ty| !ty.percent_type).cloned(),
        ExprKind::Literal(Literal::Number(number)) => builtin(type_of_number(number)),
        ExprKind::Literal(Literal::Boolean(_)) => builtin("bool"),
        ExprKind::Literal(Literal::Bits(_)) => builtin("bit"),
        ExprKind::Unary(_, operand) if matches!(operand.kind, ExprKind::Literal(Literal::Number(_))) => {
            type_of(operand, column)
        }
        ExprKind::Cast(_, ty) => Some(ty.as_ref().clone()),
        ExprKind::Call(call) => builtin(result_of(call)?),
        _ => None,
    }
}

/// Manual, "Numeric Constants".
fn type_of_number(number: &Name) -> &'static str {
    let digits = number.replace('_', "");
    if digits.parse::<i32>().is_ok() {
        "int4"
    } else if digits.parse::<i64>().is_ok() {
        "int8"
    } else {
        "numeric"
    }
}

/// What the functions that are used as defaults return.
fn result_of(call: &FunctionCall) -> Option<&'static str> {
    Some(match call.name.name.name.as_str() {
        "now" | "current_timestamp" | "transaction_timestamp" | "statement_timestamp" | "clock_timestamp" => {
            "timestamptz"
        }
        "localtimestamp" => "timestamp",
        "current_date" => "date",
        "current_time" => "timetz",
        "localtime" => "time",
        "gen_random_uuid" | "uuid_generate_v4" | "uuid_generate_v1" | "uuid_generate_v1mc" | "uuidv4" | "uuidv7" => {
            "uuid"
        }
        "nextval" => "int8",
        "random" => "float8",
        "md5" | "lower" | "upper" | "encode" | "to_char" => "text",
        "current_user" | "session_user" | "user" | "current_role" | "current_database" | "current_schema" => "name",
        _ => return None,
    })
}

fn built_in(name: &'static str, span: Span) -> TypeName {
    TypeName {
        span,
        schema: None,
        name: Name::new_static(name),
        modifiers: Default::default(),
        fields: None,
        dimensions: 0,
        quoted: false,
        percent_type: false,
        setof: false,
    }
}
