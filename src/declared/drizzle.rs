//! The snapshots of Drizzle Kit: `meta/0001_snapshot.json` (versions 5 to 7), from version 1 of the tool on `<folder>/snapshot.json` (8).
//!
//! A snapshot is the schema of the application's code as it was when the last migration was generated.

use super::{
    ColumnType, Declared, DeclaredColumn, DeclaredDefault, DeclaredEnum, DeclaredForeignKey, DeclaredIndex,
    DeclaredTable, IndexKind, Reader, at,
};
use crate::dialect::Dialect;
use crate::parse::parse;
use crate::source::{Location, Source, SourceId, Span};
use crate::statement::{Command, Name};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

/// Whether a file is a snapshot, going by its path.
pub(crate) fn is_snapshot(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    (folder == "meta" && name.ends_with("_snapshot.json") && digits(name) >= 4)
        || (name == "snapshot.json" && digits(folder) == 14)
}

/// A snapshot, read.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// What it declares.
    pub(crate) declared: Declared,
    /// Its tables and enums with all that belongs to them, in order.
    pub(crate) passages: Vec<Span>,
}

/// Reads a snapshot; `None` where it is none, or not of PostgreSQL.
pub(crate) fn read(source: SourceId, text: &str) -> Option<Snapshot> {
    let top: Top<'_> = serde_json::from_str(text).ok()?;
    if !matches!(top.dialect, "pg" | "postgresql" | "postgres") {
        return None;
    }
    let mut reading = Reading {
        source,
        text,
        declared: Declared::new(Reader::Drizzle, at(source, Span::new(0, text.len().min(1) as u32))),
        passages: Vec::new(),
        types: BTreeMap::new(),
    };
    match &top.ddl {
        Some(entities) => reading.entities(entities),
        None => reading.tree(&top),
    }
    let Reading { mut declared, mut passages, .. } = reading;
    let mut schemas: Vec<_> = declared.tables.iter().map(|table| table.schema.clone()).collect();
    schemas.sort();
    schemas.dedup();
    declared.schemas = schemas;
    declared.partial_indexes = true;
    passages.sort();
    Some(Snapshot { declared, passages })
}

#[derive(Deserialize)]
struct Top<'a> {
    dialect: &'a str,
    #[serde(borrow)]
    tables: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(borrow)]
    enums: Option<BTreeMap<String, &'a RawValue>>,
    #[serde(borrow)]
    ddl: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Table<'a> {
    name: String,
    #[serde(default)]
    schema: Option<String>,
    #[serde(borrow, default)]
    columns: BTreeMap<String, &'a RawValue>,
    #[serde(default)]
    indexes: BTreeMap<String, Keys>,
    #[serde(default, rename = "foreignKeys")]
    foreign_keys: BTreeMap<String, ForeignKey>,
    #[serde(default, rename = "compositePrimaryKeys")]
    primary_keys: BTreeMap<String, Keys>,
    #[serde(default, rename = "uniqueConstraints")]
    unique_constraints: BTreeMap<String, Keys>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Column {
    name: String,
    #[serde(rename = "type")]
    ty: String,
    #[serde(default)]
    type_schema: Option<String>,
    #[serde(default)]
    primary_key: bool,
    #[serde(default)]
    not_null: bool,
    #[serde(default)]
    default: Value,
    #[serde(default)]
    generated: Value,
    #[serde(default)]
    identity: Value,
    #[serde(default)]
    is_unique: bool,
    #[serde(default)]
    dimensions: u32,
}

/// An index, a unique constraint or a primary key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    name: String,
    #[serde(default)]
    columns: Vec<Value>,
    #[serde(default)]
    is_unique: bool,
    #[serde(default, rename = "where")]
    condition: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ForeignKey {
    name: String,
    #[serde(alias = "columns")]
    columns_from: Vec<String>,
    table_to: String,
    #[serde(default)]
    schema_to: Option<String>,
}

#[derive(Deserialize)]
struct Enum {
    name: String,
    #[serde(default)]
    schema: Option<String>,
    /// A list; in the oldest snapshots an object of each value with itself.
    values: Value,
}

/// An entry of `ddl`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    entity_type: String,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    table: Option<String>,
    #[serde(default)]
    name: String,
}

struct Reading<'a> {
    source: SourceId,
    text: &'a str,
    declared: Declared,
    passages: Vec<Span>,
    /// Types that were read already.
    types: BTreeMap<String, Option<ColumnType>>,
}

impl Reading<'_> {
    fn tree(&mut self, top: &Top<'_>) {
        for (key, raw) in top.tables.iter().flatten() {
            let Ok(table) = serde_json::from_str::<Table<'_>>(raw.get()) else { continue };
            let place = self.key(key, raw);
            self.passages.push(place.to(self.span(raw)));
            let at = at(self.source, place);
            let mut declared = new_table(schema(table.schema.as_deref()), &table.name, at);
            for (key, raw) in &table.columns {
                let Ok(column) = serde_json::from_str::<Column>(raw.get()) else { continue };
                let at = Location { source: self.source, span: self.key(key, raw) };
                if column.primary_key {
                    declared.indexes.push(keys_of_column(&column, at, IndexKind::Primary));
                }
                if column.is_unique {
                    declared.indexes.push(keys_of_column(&column, at, IndexKind::Unique));
                }
                declared.columns.push(self.column(column, at));
            }
            let of = |kind: IndexKind| move |keys: &Keys| index(keys, kind, at);
            declared.indexes.extend(table.primary_keys.values().map(of(IndexKind::Primary)));
            declared.indexes.extend(table.unique_constraints.values().map(of(IndexKind::Unique)));
            let kind = |keys: &Keys| if keys.is_unique { IndexKind::Unique } else { IndexKind::Plain };
            declared.indexes.extend(table.indexes.values().map(|keys| index(keys, kind(keys), at)));
            declared.foreign_keys.extend(table.foreign_keys.values().map(|key| foreign_key(key, at)));
            self.declared.tables.push(declared);
        }
        for (key, raw) in top.enums.iter().flatten() {
            let Ok(it) = serde_json::from_str::<Enum>(raw.get()) else { continue };
            let place = self.key(key, raw);
            self.passages.push(place.to(self.span(raw)));
            self.enumeration(&it, at(self.source, place));
        }
    }

    fn entities(&mut self, entities: &[&RawValue]) {
        let read: Vec<_> =
            entities.iter().filter_map(|raw| Some((serde_json::from_str::<Entity>(raw.get()).ok()?, *raw))).collect();
        let mut places = BTreeMap::new();
        for (entity, raw) in read.iter().filter(|(entity, _)| entity.entity_type == "tables") {
            let schema = schema(entity.schema.as_deref());
            places.insert((schema.clone(), entity.name.clone()), self.declared.tables.len());
            self.declared.tables.push(new_table(schema, &entity.name, at(self.source, self.span(raw))));
        }
        for (entity, raw) in &read {
            let at = Location { source: self.source, span: self.span(raw) };
            self.passages.push(at.span);
            if entity.entity_type == "enums" {
                if let Ok(it) = serde_json::from_str::<Enum>(raw.get()) {
                    self.enumeration(&it, at);
                }
                continue;
            }
            let name = (schema(entity.schema.as_deref()), entity.table.clone().unwrap_or_default());
            let Some(&table) = places.get(&name) else { continue };
            let column = match entity.entity_type.as_str() {
                "columns" => serde_json::from_str::<Column>(raw.get()).ok().map(|column| self.column(column, at)),
                _ => None,
            };
            let keys = || serde_json::from_str::<Keys>(raw.get()).ok();
            let Some(table) = self.declared.tables.get_mut(table) else { continue };
            table.columns.extend(column);
            match entity.entity_type.as_str() {
                "indexes" => table.indexes.extend(
                    keys().map(|it| index(&it, if it.is_unique { IndexKind::Unique } else { IndexKind::Plain }, at)),
                ),
                "uniques" => table.indexes.extend(keys().map(|it| index(&it, IndexKind::Unique, at))),
                "pks" => table.indexes.extend(keys().map(|it| index(&it, IndexKind::Primary, at))),
                "fks" => {
                    let key = serde_json::from_str::<ForeignKey>(raw.get()).ok();
                    table.foreign_keys.extend(key.map(|key| foreign_key(&key, at)));
                }
                _ => {}
            }
        }
        // A key's columns refuse NULL, whatever is written of them.
        for table in &mut self.declared.tables {
            let primary = table.indexes.iter().filter(|index| index.kind == IndexKind::Primary);
            let key: Vec<_> = primary.flat_map(|index| index.columns.clone()).flatten().collect();
            table.columns.iter_mut().filter(|it| key.contains(&it.name)).for_each(|it| it.not_null = Some(true));
        }
    }

    fn enumeration(&mut self, it: &Enum, at: Location) {
        let values: Vec<&str> = match &it.values {
            Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
            Value::Object(values) => values.values().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        self.declared.enums.push(DeclaredEnum {
            schema: schema(it.schema.as_deref()),
            name: it.name.as_str().into(),
            at,
            values: values.into_iter().map(|value| (value.into(), at)).collect(),
        });
    }

    fn column(&mut self, column: Column, at: Location) -> DeclaredColumn {
        let counted = matches!(column.ty.as_str(), "serial" | "bigserial" | "smallserial");
        let default = match &column.default {
            _ if !column.generated.is_null() => DeclaredDefault::Unknown,
            _ if counted || !column.identity.is_null() => DeclaredDefault::Sequence,
            Value::Null => DeclaredDefault::None,
            Value::Bool(value) => DeclaredDefault::Boolean(*value),
            Value::Number(number) => number.as_f64().map_or(DeclaredDefault::Some, DeclaredDefault::Number),
            Value::String(sql) => default(sql),
            Value::Array(_) | Value::Object(_) => DeclaredDefault::Some,
        };
        DeclaredColumn {
            ty: self.column_type(&column),
            not_null: Some(column.not_null || column.primary_key || !column.identity.is_null() || counted),
            name: column.name.into(),
            at,
            default,
        }
    }

    fn column_type(&mut self, column: &Column) -> Option<ColumnType> {
        let list = column.dimensions > 0 || column.ty.ends_with(']');
        // A type of the schema's own is written as it is called, without quotes.
        if column.type_schema.is_some() {
            let name = column.ty.split('[').next().unwrap_or_default().trim_matches('"');
            return Some(ColumnType { name: name.into(), modifiers: Vec::new(), list });
        }
        let known = self.types.entry(column.ty.clone()).or_insert_with(|| type_of(&column.ty));
        known.clone().map(|ty| ColumnType { list, ..ty })
    }

    /// Where a value stands.
    fn span(&self, raw: &RawValue) -> Span {
        let start = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let end = (start + raw.get().len()).min(self.text.len());
        Span::new(start.min(end) as u32, end as u32)
    }

    /// Where the key of a value stands.
    fn key(&self, key: &str, raw: &RawValue) -> Span {
        let value = self.span(raw);
        let written = serde_json::to_string(key).unwrap_or_default();
        // Between key and value there is a colon and a little room.
        let from = (value.start as usize).saturating_sub(written.len() + 64);
        let before = self.text.get(from..value.start as usize).unwrap_or_default();
        match before.rfind(&written) {
            Some(start) => Span::new((from + start) as u32, (from + start + written.len()) as u32),
            None => Span::new(value.start, (value.start + 1).min(value.end)),
        }
    }
}

fn new_table(schema: Name, name: &str, at: Location) -> DeclaredTable {
    let (columns, indexes, foreign_keys) = (Vec::new(), Vec::new(), Vec::new());
    DeclaredTable { schema, name: name.into(), at, implicit: false, columns, indexes, foreign_keys }
}

/// `public` is written as nothing at all.
fn schema(name: Option<&str>) -> Name {
    name.filter(|name| !name.is_empty()).unwrap_or("public").into()
}

fn index(keys: &Keys, kind: IndexKind, at: Location) -> DeclaredIndex {
    let column = |key: &Value| -> Option<Name> {
        match key {
            Value::String(name) => Some(name.as_str().into()),
            Value::Object(key) if key.get("isExpression").and_then(Value::as_bool) != Some(true) => {
                key.get("expression").or_else(|| key.get("value"))?.as_str().map(SmolStr::new)
            }
            _ => None,
        }
    };
    DeclaredIndex {
        name: keys.name.as_str().into(),
        at,
        columns: keys.columns.iter().map(column).collect(),
        kind,
        partial: keys.condition.as_str().is_some_and(|condition| !condition.is_empty()),
    }
}

fn keys_of_column(column: &Column, at: Location, kind: IndexKind) -> DeclaredIndex {
    let name = format_smolstr!("{}", column.name);
    DeclaredIndex { name, at, columns: Some(vec![column.name.as_str().into()]), kind, partial: false }
}

fn foreign_key(key: &ForeignKey, at: Location) -> DeclaredForeignKey {
    DeclaredForeignKey {
        name: key.name.as_str().into(),
        at,
        columns: key.columns_from.iter().map(SmolStr::new).collect(),
        references: (schema(key.schema_to.as_deref()), key.table_to.as_str().into()),
    }
}

/// A default as SQL: a string constant, a number, a truth value, or anything.
fn default(sql: &str) -> DeclaredDefault {
    let sql = sql.trim();
    if let Ok(number) = sql.parse::<f64>() {
        return DeclaredDefault::Number(number);
    }
    let quoted = sql.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match (sql, quoted) {
        ("true", _) => DeclaredDefault::Boolean(true),
        ("false", _) => DeclaredDefault::Boolean(false),
        (_, Some(text)) if !text.replace("''", "").contains('\'') => DeclaredDefault::Text(text.replace("''", "'")),
        _ => DeclaredDefault::Some,
    }
}

/// A type as SQL writes it.
fn type_of(sql: &str) -> Option<ColumnType> {
    // What is in it is a type or nothing: a column definition cannot go on behind one of these.
    if sql.contains([';', '-', '/', '$', '\'']) {
        return None;
    }
    let parsed = parse(&Source::new("", format!("CREATE TABLE t (c {sql})")), Dialect::Postgres);
    match &parsed.statements.first()?.command {
        Command::CreateTable(create) => {
            let column = create.columns.first().filter(|_| create.columns.len() == 1)?;
            Some(ColumnType::of(column.ty.as_ref()?))
        }
        _ => None,
    }
}
