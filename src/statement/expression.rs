//! Expressions, types and queries: as much of them as locks, rewrites and findings depend on.

use super::{Ident, List, Name, ObjectName, Statement};
use crate::source::Span;

/// An expression at its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// The whole expression, without parentheses around it.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `NULL`.
    Null,
    /// `DEFAULT`, as a value of INSERT or UPDATE.
    Default,
    /// A constant.
    Literal(Literal),
    /// A column, possibly qualified: the last part is the column.
    Column(Vec<Ident>),
    /// `*` or `t.*`.
    Wildcard,
    /// A function call, and the keyword functions: `CURRENT_TIMESTAMP` is a call of `current_timestamp` without arguments,
    /// `COALESCE`, `GREATEST`, `NULLIF`, `EXTRACT` and the like are calls of that name.
    Call(Box<FunctionCall>),
    /// `x::type`, `CAST(x AS type)`, `type 'literal'`.
    Cast(Box<Expr>, Box<TypeName>),
    /// `NOT x`.
    Not(Box<Expr>),
    /// A prefix operator.
    Unary(Name, Box<Expr>),
    /// `a AND b AND c`, flat: a chain of 50,000 is one level deep.
    And(Vec<Expr>),
    /// `a OR b OR c`, flat.
    Or(Vec<Expr>),
    /// `a op b`: `=`, `<>`, `<`, `+`, `||`, `like`, `~`, `->>`, `is distinct from` ... `!=` is `<>`. A long chain of operators is
    /// a [`CompoundKind::Other`] of its operands instead.
    Binary(Box<Expr>, Name, Box<Expr>),
    /// `x IS [NOT] NULL`.
    IsNull {
        /// The operand.
        operand: Box<Expr>,
        /// `IS NOT NULL`.
        negated: bool,
    },
    /// `x [NOT] BETWEEN low AND high`.
    Between {
        /// Operand, low, high.
        operands: Box<[Expr; 3]>,
        /// `NOT BETWEEN`.
        negated: bool,
    },
    /// `x [NOT] IN (a, b)` over a list.
    InList {
        /// The operand.
        operand: Box<Expr>,
        /// The list.
        list: Vec<Expr>,
        /// `NOT IN`.
        negated: bool,
    },
    /// A subquery: `(SELECT ...)`, `EXISTS (...)`, `ARRAY(SELECT ...)`, `x IN (SELECT ...)`.
    Subquery(Box<Query>),
    /// Something with parts but without a meaning of its own here: `CASE`, `ROW`, `ARRAY[...]`, subscripts, `COLLATE`, `AT TIME ZONE` ...
    Compound(CompoundKind, Vec<Expr>),
    /// A parameter or placeholder: `$1`, `:x`, `${x}`.
    Placeholder,
    /// Not understood.
    Unknown,
}

/// What holds the parts of a [`ExprKind::Compound`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompoundKind {
    /// `CASE ... END`.
    Case,
    /// `ROW(...)`, `(a, b)`.
    Row,
    /// `ARRAY[...]`.
    Array,
    /// `a[1]`, `(r).field`.
    Access,
    /// The right side of `= ANY (...)`, `= SOME (...)`: an array or a subquery.
    Any,
    /// `x COLLATE c`.
    Collate,
    /// `x AT TIME ZONE z`: two parts, volatility as of the function `timezone`.
    AtTimeZone,
    /// Anything else.
    Other,
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// As written: `42`, `1.5e3`.
    Number(Name),
    /// The value of a string constant, in any spelling.
    String(Name),
    /// `TRUE`, `FALSE`.
    Boolean(bool),
    /// `B'1'`, `X'ff'`.
    Bits(Name),
}

/// `name(arguments)`.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCall {
    /// The function.
    pub name: ObjectName,
    /// Its arguments, also those after `ORDER BY`, `FILTER` and `OVER`.
    pub arguments: Vec<Expr>,
}

impl Expr {
    /// Of a condition, what has to hold all together: the parts of an `AND`, or it alone.
    pub fn conjuncts(&self) -> &[Self] {
        match &self.kind {
            ExprKind::And(parts) => parts,
            _ => std::slice::from_ref(self),
        }
    }

    /// Visits this expression and all within it, outermost first. Subqueries are visited, but not entered.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Expr)) {
        // An explicit stack, so that depth costs no thread's stack. Most expressions are one constant or column, and need none.
        let mut stack = Vec::new();
        let mut next = Some(self);
        while let Some(expr) = next {
            visit(expr);
            let from = stack.len();
            match &expr.kind {
                ExprKind::Call(call) => stack.extend(&call.arguments),
                ExprKind::Cast(inner, _) | ExprKind::Not(inner) | ExprKind::Unary(_, inner) => stack.push(inner),
                ExprKind::Binary(left, _, right) => stack.extend([left.as_ref(), right]),
                ExprKind::IsNull { operand, .. } => stack.push(operand),
                ExprKind::Between { operands, .. } => stack.extend(operands.as_ref()),
                ExprKind::InList { operand, list, .. } => {
                    stack.push(operand);
                    stack.extend(list);
                }
                ExprKind::Compound(_, parts) | ExprKind::And(parts) | ExprKind::Or(parts) => stack.extend(parts),
                ExprKind::Null
                | ExprKind::Default
                | ExprKind::Literal(_)
                | ExprKind::Column(_)
                | ExprKind::Wildcard
                | ExprKind::Subquery(_)
                | ExprKind::Placeholder
                | ExprKind::Unknown => {}
            }
            stack[from..].reverse();
            next = stack.pop();
        }
    }

    /// Visits this expression and all within it for a change, outermost first. Subqueries are visited, but not entered.
    pub fn walk_mut(&mut self, visit: &mut impl FnMut(&mut Expr)) {
        let mut stack = vec![self];
        while let Some(expr) = stack.pop() {
            visit(expr);
            match &mut expr.kind {
                ExprKind::Call(call) => stack.extend(&mut call.arguments),
                ExprKind::Cast(inner, _) | ExprKind::Not(inner) | ExprKind::Unary(_, inner) => stack.push(inner),
                ExprKind::Binary(left, _, right) => stack.extend([left.as_mut(), right]),
                ExprKind::IsNull { operand, .. } => stack.push(operand),
                ExprKind::Between { operands, .. } => stack.extend(operands.as_mut()),
                ExprKind::InList { operand, list, .. } => {
                    stack.push(operand);
                    stack.extend(list);
                }
                ExprKind::Compound(_, parts) | ExprKind::And(parts) | ExprKind::Or(parts) => stack.extend(parts),
                ExprKind::Null
                | ExprKind::Default
                | ExprKind::Literal(_)
                | ExprKind::Column(_)
                | ExprKind::Wildcard
                | ExprKind::Subquery(_)
                | ExprKind::Placeholder
                | ExprKind::Unknown => {}
            }
        }
    }

    /// Whether any part was not understood.
    pub fn is_understood(&self) -> bool {
        let mut understood = true;
        self.walk(&mut |expr| understood &= !matches!(expr.kind, ExprKind::Unknown));
        understood
    }

    /// The names of the columns that it uses, in order of appearance; those of subqueries are left out.
    pub fn columns(&self) -> Vec<&Ident> {
        let mut columns = Vec::new();
        self.walk(&mut |expr| {
            if let ExprKind::Column(path) = &expr.kind {
                columns.extend(path.last());
            }
        });
        columns
    }
}

/// A data type as written and as the server calls it.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeName {
    /// The whole type.
    pub span: Span,
    /// Its schema; `pg_catalog` is left out.
    pub schema: Option<Box<Ident>>,
    /// The server's internal name for built-in types: `int4`, `varchar`, `bpchar`, `timestamptz`, `numeric`, `bit`, `varbit`, `float8` ...;
    /// `serial`, `bigserial` and `smallserial` stay. Else the folded name.
    pub name: Name,
    /// As written: `[10, 2]` of `numeric(10, 2)`. `char` without a length is `[1]`.
    pub modifiers: List<Name>,
    /// `interval day to second` and the like, as written.
    pub fields: Option<Box<Name>>,
    /// Dimensions of an array, 0 for none.
    pub dimensions: u8,
    /// Written in double quotes, as `"char"`.
    pub quoted: bool,
    /// `t.c%TYPE`.
    pub percent_type: bool,
    /// `SETOF`.
    pub setof: bool,
}

/// A relation where a query or statement uses it.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationUse {
    /// The relation; names of CTEs are left out.
    pub name: ObjectName,
    /// Its alias.
    pub alias: Option<Ident>,
    /// `ONLY`.
    pub only: bool,
}

/// A query: what it touches.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Query {
    /// The whole query.
    pub span: Span,
    /// Relations that it reads, anywhere in it.
    pub reads: List<RelationUse>,
    /// Columns that it mentions, anywhere in it.
    pub columns: List<ColumnUse>,
    /// Functions that it calls, anywhere in it.
    pub calls: List<FunctionCall>,
    /// Data-modifying statements in its CTEs.
    pub writes: List<Statement>,
    /// Names of the output columns, where they are known; `None` for an unnamed one or a `*`.
    pub outputs: List<Option<Name>>,
    /// The rows of a bare `VALUES` list.
    pub values: Option<Values>,
    /// The select list of a single `SELECT`.
    pub select_list: List<Expr>,
    /// The select lists of the terms of a `UNION`, one each; empty where there is one term, or where terms are taken away again.
    pub terms: List<List<Expr>>,
    /// The `VALUES` lists in its `FROM`, and the queries and CTEs there that give constant rows.
    pub lists: List<ListedValues>,
    /// The `WHERE` of a single `SELECT`.
    pub filter: Option<Box<Expr>>,
    /// `LIMIT` or `FETCH FIRST` at the outermost level.
    pub limited: bool,
    /// It, or a query within it, has a `WHERE`, a `HAVING`, or more than one element in `FROM`: it may leave out rows of what it reads.
    pub narrowed: bool,
    /// The queries in it that have a `LIMIT` or `FETCH FIRST`, itself and those of CTEs and subqueries.
    pub limits: List<Limit>,
    /// `ORDER BY` at the outermost level.
    pub ordered: bool,
    /// `FOR UPDATE`, `FOR SHARE`, ...: the strength as written, upper case.
    pub row_lock: Option<Name>,
    /// `FOR UPDATE OF`: the relations by their aliases, else names; empty for all.
    pub row_lock_of: List<Name>,
    /// `SKIP LOCKED`.
    pub skip_locked: bool,
    /// `SELECT ... INTO table`.
    pub into: Option<Box<ObjectName>>,
    /// False: the lists above may lack something.
    pub understood: bool,
}

/// A query that a `LIMIT` or `FETCH FIRST` bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// How many rows; `None`: a variable or an expression.
    pub count: Option<u64>,
    /// It has an `ORDER BY`.
    pub ordered: bool,
    /// It reads a relation.
    pub reads: bool,
    /// `FOR UPDATE` and the like.
    pub locks: bool,
    /// `SKIP LOCKED`.
    pub skip_locked: bool,
}

/// A column that a query mentions.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnUse {
    /// The relation, where the column was qualified and the alias could be resolved.
    pub relation: Option<Box<ObjectName>>,
    /// The qualifier, where it names nothing in the query: the table of the statement around it, or a variable.
    pub around: Option<Box<Name>>,
    /// The column; `*` for all.
    pub column: Ident,
}

/// A row as a function: the expression of its cell at an index, where it has one.
pub type Row<'row, 'q> = &'row dyn Fn(usize) -> Option<&'q Expr>;

/// Rows of a `VALUES` list. Cells are kept in one vector: a dump may have millions.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Values {
    /// All cells, row after row.
    pub cells: List<Expr>,
    /// The index in `cells` at which each row ends.
    pub row_ends: List<u32>,
}

/// `(VALUES ...) AS alias (columns)` in a `FROM`.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedValues {
    /// Its alias.
    pub alias: Option<Name>,
    /// Its columns; `column1`, `column2` ... where they are not named.
    pub columns: Vec<Name>,
    /// Its rows.
    pub values: Values,
}

impl ListedValues {
    /// Which of its columns an expression means, casts aside.
    fn column_of(&self, mut expr: &Expr) -> Option<usize> {
        while let ExprKind::Cast(inner, _) = &expr.kind {
            expr = inner;
        }
        let ExprKind::Column(path) = &expr.kind else {
            return None;
        };
        let (column, qualifier) = match path.as_slice() {
            [column] => (column, None),
            [.., qualifier, column] => (column, Some(&qualifier.name)),
            [] => return None,
        };
        let here = qualifier.is_none() || qualifier == self.alias.as_ref();
        self.columns.iter().position(|name| here && *name == column.name)
    }
}

impl Query {
    /// Visits the rows that the query gives, as far as its text tells them: each by the expressions of its columns, `None` for one that
    /// cannot be told. Rows that come from relations count as one.
    pub fn for_each_row<'q>(&'q self, visit: &mut dyn FnMut(Row<'_, 'q>)) {
        // Behind a `*` no position is known.
        fn known(list: &[Expr]) -> usize {
            list.iter().position(|item| matches!(item.kind, ExprKind::Wildcard)).unwrap_or(list.len())
        }
        if let Some(values) = &self.values {
            for row in values.rows() {
                visit(&|column| row.get(column));
            }
            return;
        }
        for term in &self.terms {
            let known = known(term);
            visit(&|column| term.get(column).filter(|_| column < known));
        }
        if !self.terms.is_empty() {
            return;
        }
        let known = known(&self.select_list);
        match self.lists.as_slice() {
            [list] if self.reads.is_empty() && known == 0 && self.select_list.len() == 1 => {
                for row in list.values.rows() {
                    visit(&|column| row.get(column));
                }
            }
            _ => self.for_each_row_of(|column| self.select_list.get(column).filter(|_| column < known), visit),
        }
    }

    /// Visits the rows that expressions give for what the query has in its `FROM`: one each of a single list of constants, else one.
    pub fn for_each_row_of<'q>(
        &'q self,
        expressions: impl Fn(usize) -> Option<&'q Expr>,
        visit: &mut dyn FnMut(Row<'_, 'q>),
    ) {
        let [list] = self.lists.as_slice() else {
            visit(&expressions);
            return;
        };
        for row in list.values.rows() {
            visit(&|column| {
                let item = expressions(column)?;
                list.column_of(item).map_or(Some(item), |at| row.get(at))
            });
        }
    }
}

impl Values {
    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[Expr]> {
        (0..self.row_ends.len()).map(|row| {
            let start = if row == 0 { 0 } else { self.row_ends[row - 1] as usize };
            &self.cells[start..self.row_ends[row] as usize]
        })
    }
}
