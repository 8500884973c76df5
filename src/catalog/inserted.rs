//! The keys of the rows that the migrations inserted, for constants that stand for them elsewhere.
//!
//! They are kept apart from the tables: a dump inserts millions of rows, and a change of a table copies it for the journal.

use super::{Catalog, Column, Mark, RelationBody, RelationId, Store};
use crate::statement::{Expr, ExprKind, Literal, Name};

/// How many values are kept for each table; what comes after is [`Insertion::Untold`].
const CAPACITY: u32 = 100_000;
/// How long a value may be that is kept, in bytes. Keys are shorter.
const LONGEST_VALUE: usize = 64;

/// Whether these migrations inserted a row with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insertion {
    /// They did. (A later DELETE of some rows is not followed.)
    Seen,
    /// They did not.
    Unseen,
    /// They inserted rows whose keys are not known: by a query, from a file, under keys that were changed, or too many.
    Untold,
}

/// See [`Catalog::inserted`].
#[derive(Clone, Debug, Default)]
pub(super) struct Inserted {
    keys: Store<Key, ()>,
    /// By table and columns; without columns, of the whole table.
    tallies: Store<(RelationId, Name), Tally>,
    /// How many rows of constants a table had when it was last emptied.
    taken: Store<RelationId, u32>,
}

/// Columns, and their values in the same order: sorted by column, each name and each value ended by a zero byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    table: RelationId,
    columns: Name,
    values: Name,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    keys: u32,
    untold: bool,
    /// Of the whole table: how many rows of constants, however often the same one.
    rows: u32,
    /// Of a column: how many rows leave it out, so that its default fills it.
    left_out: u32,
    /// Of a column: other rows give it a value, or rows may have been inserted or not.
    given: bool,
}

/// A place in its journal.
#[derive(Clone, Copy, Debug)]
pub(super) struct InsertedMark(Mark, Mark, Mark);

impl Inserted {
    pub(super) fn mark(&self) -> InsertedMark {
        InsertedMark(self.keys.mark(), self.tallies.mark(), self.taken.mark())
    }

    pub(super) fn roll_back(&mut self, mark: InsertedMark) {
        self.keys.roll_back(mark.0);
        self.tallies.roll_back(mark.1);
        self.taken.roll_back(mark.2);
    }

    pub(super) fn commit(&mut self) {
        self.keys.commit();
        self.tallies.commit();
        self.taken.commit();
    }

    /// A row was inserted that has these values in these columns; `None` is not constant.
    pub(super) fn add(&mut self, table: RelationId, columns: &[&Name], values: &[Option<Name>]) {
        let known: Option<Vec<&str>> = values.iter().map(|value| value.as_deref()).collect();
        let short = |values: &Vec<&str>| values.iter().all(|value| value.len() <= LONGEST_VALUE);
        let columns = || columns.iter().map(|column| column.as_str());
        let Some(values) = known.filter(short) else {
            let key = Key::new(table, columns().map(|column| (column, "")));
            return self.mark_untold((table, key.columns));
        };
        let key = Key::new(table, columns().zip(values));
        if self.keys.contains(&key) {
            return;
        }
        let place = (table, key.columns.clone());
        let tally = self.tallies.get(&place).copied().unwrap_or_default();
        if tally.keys >= CAPACITY {
            return self.mark_untold(place);
        }
        self.keys.insert(key, ());
        self.tallies.insert(place, Tally { keys: tally.keys + 1, ..tally });
    }

    /// So many rows of constants were inserted.
    pub(super) fn count(&mut self, table: RelationId, rows: u32) {
        let place = (table, Name::default());
        let tally = self.tallies.get(&place).copied().unwrap_or_default();
        self.tallies.insert(place, Tally { rows: tally.rows.saturating_add(rows), ..tally });
    }

    /// So many rows were inserted for certain that leave a column out; `given`: some that do not, or perhaps.
    pub(super) fn count_left_out(&mut self, table: RelationId, column: &Name, rows: u32, given: bool) {
        let place = (table, Key::new(table, std::iter::once((column.as_str(), ""))).columns);
        let tally = self.tallies.get(&place).copied().unwrap_or_default();
        let left_out = tally.left_out.saturating_add(rows);
        self.tallies.insert(place, Tally { left_out, given: tally.given || given, ..tally });
    }

    /// Rows were inserted of which nothing is known, or keys were changed.
    pub(super) fn untold(&mut self, table: RelationId) {
        self.mark_untold((table, Name::default()));
    }

    fn mark_untold(&mut self, place: (RelationId, Name)) {
        let tally = self.tallies.get(&place).copied().unwrap_or_default();
        if !tally.untold {
            self.tallies.insert(place, Tally { untold: true, ..tally });
        }
    }

    /// A column has another name: single-column keys follow it, others are not found under the new one.
    pub(super) fn rename(&mut self, table: RelationId, from: &Name, to: &Name) {
        let columns = |name: &str| Key::new(table, std::iter::once((name, ""))).columns;
        let (from, to) = (columns(from), columns(to));
        let first = Key { table, columns: from.clone(), values: Name::default() };
        let keys = self.keys.range(first..).map(|(key, ())| key);
        let keys: Vec<Key> = keys.take_while(|key| key.table == table && key.columns == from).cloned().collect();
        for key in keys {
            self.keys.remove(&key);
            self.keys.insert(Key { columns: to.clone(), ..key }, ());
        }
        let place = (table, from);
        if let Some(tally) = self.tallies.get(&place).copied() {
            self.tallies.remove(&place);
            self.tallies.insert((table, to), tally);
        }
    }

    /// The table is empty.
    pub(super) fn empty(&mut self, table: RelationId) {
        if let Some(tally) = self.tallies.get(&(table, Name::default())).filter(|tally| tally.rows > 0) {
            self.taken.insert(table, tally.rows);
        }
        self.clear(table);
    }

    /// The table is empty, or gone.
    pub(super) fn clear(&mut self, table: RelationId) {
        let of_table = self.tallies.range((table, Name::default())..).map(|(place, _)| place);
        let places: Vec<_> = of_table.take_while(|place| place.0 == table).cloned().collect();
        for place in &places {
            self.tallies.remove(place);
        }
        if places.is_empty() {
            return;
        }
        let first = Key { table, columns: Name::default(), values: Name::default() };
        let keys = self.keys.range(first..).map(|(key, ())| key);
        let keys: Vec<Key> = keys.take_while(|key| key.table == table).cloned().collect();
        for key in &keys {
            self.keys.remove(key);
        }
    }

    fn find(&self, table: RelationId, columns: &[Name], values: &[Name]) -> Insertion {
        let whole = (table, Name::default());
        let any = self.tallies.range(whole.clone()..).next().is_some_and(|(place, _)| place.0 == table);
        if !any {
            return Insertion::Unseen;
        }
        let key = Key::new(table, columns.iter().map(Name::as_str).zip(values.iter().map(Name::as_str)));
        if !columns.is_empty() && self.keys.contains(&key) {
            return Insertion::Seen;
        }
        let all_told = |place: &(RelationId, Name)| self.tallies.get(place).map(|tally| !tally.untold);
        match (all_told(&whole), all_told(&(table, key.columns))) {
            (None | Some(true), Some(true)) if !columns.is_empty() => Insertion::Unseen,
            _ => Insertion::Untold,
        }
    }
}

impl Key {
    fn new<'a>(table: RelationId, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_unstable();
        let mut columns = String::new();
        let mut values = String::new();
        for (column, value) in pairs {
            columns.push_str(column);
            columns.push('\0');
            values.push_str(value);
            values.push('\0');
        }
        Self { table, columns: columns.into(), values: values.into() }
    }
}

impl Catalog {
    /// How many rows of constants the migrations inserted into a table since it was last emptied, those of seeds left out.
    pub fn constant_rows(&self, table: RelationId) -> u32 {
        self.inserted.tallies.get(&(table, Name::default())).map_or(0, |tally| tally.rows)
    }

    /// How many rows have taken the numbers 1, 2, 3 ... from a column's sequence since the table was made, and no other rows are known: in
    /// every database that these migrations make, they have the same. 0 where that is not certain. (`setval` is not followed.)
    pub fn numbered_rows(&self, table: RelationId, column: &Name) -> u32 {
        let known = self.table(table).and_then(|(_, table)| table.column(column));
        let sequence = known.and_then(|column| self.relation(column.sequence?));
        let from_one = matches!(sequence.map(|it| &it.body), Some(RelationBody::Sequence(it)) if it.from_one);
        let place = (table, Key::new(table, std::iter::once((column.as_str(), ""))).columns);
        let whole = self.inserted.tallies.get(&(table, Name::default()));
        match self.inserted.tallies.get(&place) {
            Some(tally)
                if from_one
                    && !tally.given
                    && !whole.is_some_and(|whole| whole.untold)
                    && !self.inserted.taken.contains(&table) =>
            {
                tally.left_out
            }
            _ => 0,
        }
    }

    /// Whether a table holds kinds, tiers or states: the migrations fill it with constants under a word that somebody chose, or they alone
    /// choose its keys and its words, some of each, and every row's; and it says neither when a row was made nor whose it is, as tables do that programs fill.
    pub fn is_lookup(&self, table: RelationId) -> bool {
        const CHOSEN: [&str; 5] = ["text", "varchar", "bpchar", "name", "citext"];
        const TIMES: [&str; 3] = ["timestamp", "timestamptz", "date"];
        let Some((_, known)) = self.table(table).filter(|_| self.constant_rows(table) > 0) else {
            return false;
        };
        let Some([key]) = known.primary_key().map(|key| key.kind.columns()) else {
            return false;
        };
        let is =
            |column: &Column, names: &[&str]| column.ty.as_ref().is_some_and(|ty| names.contains(&ty.name.as_str()));
        let made_by_user = |column: &Column| column.ty.as_ref().is_some_and(|ty| ty.schema.is_some());
        let chosen = |column: &Column| is(column, &CHOSEN) || made_by_user(column);
        known.foreign_keys().next().is_none()
            && !known.columns.iter().any(|column| is(column, &TIMES))
            && known.column(key).is_some_and(|column| {
                let word = |column: &Column| is(column, &CHOSEN);
                !column.fills_itself() && (chosen(column) || (!column.identity && self.is_listed(table, key, word)))
            })
    }

    /// Whether all the rows of a table that are known came as constants, key by key, several of them, and each under a word of its own.
    fn is_listed(&self, table: RelationId, key: &Name, word: impl Fn(&Column) -> bool) -> bool {
        const SEVERAL: u32 = 3;
        let Some((_, known)) = self.table(table).filter(|_| self.constant_rows(table) >= SEVERAL) else {
            return false;
        };
        let tally = |name: &str| {
            let columns = Key::new(table, std::iter::once((name, ""))).columns;
            self.inserted.tallies.get(&(table, columns))
        };
        let whole = self.inserted.tallies.get(&(table, Name::default()));
        let unique = |column: &&Column| {
            let own = |columns: Vec<Name>| columns == [column.name.clone()];
            self.indexes_of(table).any(|(_, index)| index.unique_columns().is_some_and(own))
        };
        whole.is_none_or(|tally| !tally.untold)
            && tally(key).is_some_and(|tally| !tally.untold && tally.keys >= SEVERAL)
            && known.columns.iter().filter(|column| word(column)).any(|column| unique(&column))
    }

    /// Whether rows of constants are in a table in place of those that it had when it was last emptied, and not many fewer.
    pub fn is_refilled(&self, table: RelationId) -> bool {
        let taken = self.inserted.taken.get(&table).copied().unwrap_or_default();
        taken > 0 && self.constant_rows(table) >= taken.div_ceil(2)
    }

    /// Whether these migrations inserted a row that has these constants, as [`constant_value`] gives them, in these columns: those of
    /// a key. Without columns, where it is not known which they are, it is [`Insertion::Untold`] as soon as they inserted anything.
    pub fn inserted(&self, table: RelationId, columns: &[Name], values: &[Name]) -> Insertion {
        self.inserted.find(table, columns, values)
    }
}

/// Whether a text is a UUID as the server writes it, but for the case of its digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The value of a constant as text, without its casts: the same for `1` and `'1'::bigint`, and for a UUID in any case. `None` for NULL and whatever is computed.
pub fn constant_value(expr: &Expr) -> Option<Name> {
    let mut expr = expr;
    while let ExprKind::Cast(inner, _) = &expr.kind {
        expr = inner;
    }
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) if is_uuid(text) => Some(text.to_ascii_lowercase().into()),
        ExprKind::Literal(Literal::Number(text) | Literal::String(text) | Literal::Bits(text)) => Some(text.clone()),
        ExprKind::Literal(Literal::Boolean(value)) => Some(Name::new_static(if *value { "true" } else { "false" })),
        ExprKind::Unary(sign, operand) if sign == "-" => match &operand.kind {
            ExprKind::Literal(Literal::Number(text)) => Some(smol_str::format_smolstr!("-{text}")),
            _ => None,
        },
        _ => None,
    }
}
