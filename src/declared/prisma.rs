//! `schema.prisma`: what Prisma makes of it on PostgreSQL.
//!
//! Names, types, defaults and keys are those that its schema engine gives (compared with what `@prisma/schema-engine-wasm` 6.19, 7.4 and
//! 7.10 print for the same schemas). A model or field with `@@ignore` or `@ignore` is ignored by the client alone: the engine keeps its
//! table and column. A `view` is made by no push and dropped by none.

mod syntax;

pub(crate) use syntax::{File, read};

use super::{
    ColumnType, Declared, DeclaredColumn, DeclaredDefault, DeclaredEnum, DeclaredForeignKey, DeclaredIndex,
    DeclaredTable, IndexKind, Reader, at,
};
use crate::source::{Location, SourceId, Span};
use crate::statement::Name;
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;
use syntax::{Attribute, Block, Body, Line, Value};

/// How long a name may be: NAMEDATALEN - 1.
const LONGEST_NAME: usize = 63;

impl File {
    /// The block that says which database it is.
    pub(crate) fn datasource(&self) -> Option<&Block> {
        self.blocks.iter().find(|block| block.keyword == "datasource")
    }

    /// The server that it is for: `postgresql`, `mysql` ...
    pub(crate) fn provider(&self) -> Option<&str> {
        self.datasource()?.setting("provider")?.items().first()?.text()
    }

    /// Names of what it declares that holds data.
    pub(crate) fn models(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter(|block| block.keyword == "model").map(|block| block.name.as_str())
    }
}

/// The schema that the files of one folder, or a file alone, declare together.
pub(crate) fn declared(files: &[(SourceId, &File)]) -> Option<Declared> {
    let blocks: Vec<_> =
        files.iter().flat_map(|(source, file)| file.blocks.iter().map(|block| (*source, block))).collect();
    let datasource = blocks.iter().find(|(_, block)| block.keyword == "datasource").copied();
    let (source, first) = datasource.or_else(|| blocks.first().copied())?;
    let mut declared = Declared::new(Reader::Prisma, at(source, first.name_span));
    let setting = |name: &str| datasource.and_then(|(_, block)| block.setting(name));
    declared.schemas = match setting("schemas") {
        Some(schemas) => schemas.items().iter().filter_map(|schema| Some(schema.text()?.into())).collect(),
        None => vec![setting("url").and_then(Value::text).and_then(schema_of_url).unwrap_or("public").into()],
    };
    declared.without_foreign_keys = setting("relationMode").is_some_and(|mode| mode.text() == Some("prisma"))
        || setting("referentialIntegrity").is_some_and(|mode| mode.text() == Some("prisma"));
    let generators = blocks.iter().filter(|(_, block)| block.keyword == "generator");
    let mut features = generators.filter_map(|(_, block)| block.setting("previewFeatures")).flat_map(Value::items);
    declared.partial_indexes = features.any(|feature| feature.text() == Some("partialIndexes"));
    let mut known = Known { default_schema: declared.schemas.first().cloned().unwrap_or_default(), ..Known::default() };
    for (source, block) in &blocks {
        known.blocks.entry(&block.name).or_insert((*source, block));
    }
    for (source, block) in &blocks {
        match block.keyword.as_str() {
            "model" => declared.tables.push(known.table(*source, block, &mut declared.opaque)),
            "enum" => declared.enums.push(known.enumeration(*source, block)),
            _ => {}
        }
    }
    let models = || blocks.iter().filter(|(_, block)| block.keyword == "model");
    declared.tables.extend(models().flat_map(|(source, block)| known.between(*source, block)));
    if declared.without_foreign_keys {
        declared.tables.iter_mut().for_each(|table| table.foreign_keys.clear());
    }
    Some(declared)
}

/// `public` of `postgresql://...?schema=public`.
fn schema_of_url(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix("schema=")).filter(|schema| !schema.is_empty())
}

/// The blocks by name.
#[derive(Default)]
struct Known<'a> {
    blocks: BTreeMap<&'a str, (SourceId, &'a Block)>,
    default_schema: Name,
}

impl<'a> Known<'a> {
    fn block(&self, keyword: &[&str], name: &str) -> Option<&'a Block> {
        self.blocks.get(name).map(|(_, block)| *block).filter(|block| keyword.contains(&block.keyword.as_str()))
    }

    fn schema(&self, block: &Block) -> Name {
        let schema = block.attribute("schema").and_then(|it| it.argument("map")).and_then(Value::text);
        schema.map_or_else(|| self.default_schema.clone(), SmolStr::new)
    }

    fn enumeration(&self, source: SourceId, block: &Block) -> DeclaredEnum {
        DeclaredEnum {
            schema: self.schema(block),
            name: name_of(block),
            at: at(source, block.name_span),
            values: block.lines.iter().map(|line| (name_of_line(line), at(source, line.name_span))).collect(),
        }
    }

    fn table(&self, source: SourceId, block: &'a Block, opaque: &mut Vec<String>) -> DeclaredTable {
        let name = name_of(block);
        let mut table = DeclaredTable {
            schema: self.schema(block),
            at: at(source, block.name_span),
            implicit: false,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            name,
        };
        for line in &block.lines {
            let Body::Field { ty, unsupported, optional, list } = &line.body else { continue };
            if self.block(&["model", "view"], ty).is_some() {
                table.foreign_keys.extend(self.foreign_key(source, block, &table.name, line, ty));
                continue;
            }
            opaque.extend(unsupported.clone());
            let Some(column) = self.column(source, line, ty, unsupported.is_some(), *optional, *list) else { continue };
            for (attribute, kind) in [("id", IndexKind::Primary), ("unique", IndexKind::Unique)] {
                if let Some(attribute) = line.attribute(attribute) {
                    let columns = Some(vec![column.name.clone()]);
                    table.indexes.push(index(&table.name, columns, kind, attribute, at(source, line.name_span)));
                }
            }
            table.columns.push(column);
        }
        for attribute in &block.attributes {
            let kind = match attribute.name.as_str() {
                "id" => IndexKind::Primary,
                "unique" => IndexKind::Unique,
                "index" => IndexKind::Plain,
                _ => continue,
            };
            let Some(fields) = attribute.argument("fields") else { continue };
            let columns = fields.items().iter().map(|field| match field {
                Value::Word(name) | Value::Call(name, _) => Some(column_name(block, name)),
                _ => None,
            });
            table.indexes.push(index(&table.name, columns.collect(), kind, attribute, at(source, attribute.span)));
        }
        table
    }

    /// The column of a field; `None` where the field's type is nowhere declared.
    fn column(
        &self,
        source: SourceId,
        line: &Line,
        ty: &str,
        unsupported: bool,
        optional: bool,
        list: bool,
    ) -> Option<DeclaredColumn> {
        let enumeration = self.block(&["enum"], ty);
        let native = line.attributes.iter().find(|attribute| attribute.name.contains('.'));
        let column_type = match (enumeration, native) {
            _ if unsupported => None,
            (Some(block), _) => Some(ColumnType { name: name_of(block), modifiers: Vec::new(), list }),
            (None, Some(native)) => native_type(native, list),
            (None, None) => Some(scalar_type(ty, list)?),
        };
        let default = match line.attribute("default").and_then(|it| it.argument("value")) {
            _ if unsupported => DeclaredDefault::Unknown,
            None => DeclaredDefault::None,
            Some(value) => default(value, ty, enumeration),
        };
        Some(DeclaredColumn {
            name: name_of_line(line),
            at: at(source, line.name_span),
            ty: column_type,
            not_null: (!list).then_some(!optional),
            default,
        })
    }

    /// The foreign key of a relation's field, where that is the side that has it.
    fn foreign_key(
        &self,
        source: SourceId,
        block: &Block,
        table: &str,
        line: &Line,
        ty: &str,
    ) -> Option<DeclaredForeignKey> {
        let relation = line.attribute("relation")?;
        let fields = relation.named("fields")?.items();
        let columns: Vec<_> = fields
            .iter()
            .filter_map(|field| match field {
                Value::Word(name) => Some(column_name(block, name)),
                _ => None,
            })
            .collect();
        let referenced = self.block(&["model"], ty)?;
        let name = relation.named("map").and_then(Value::text);
        Some(DeclaredForeignKey {
            name: name.map_or_else(|| made_up(table, &columns, "_fkey"), SmolStr::new),
            at: at(source, line.name_span),
            references: (self.schema(referenced), name_of(referenced)),
            columns,
        })
    }

    /// The tables between this model and those that it has many of while they have many of it; each once.
    fn between(&self, source: SourceId, block: &'a Block) -> Vec<DeclaredTable> {
        let mut tables: Vec<DeclaredTable> = Vec::new();
        for line in &block.lines {
            let Some((other, relation)) = self.many(line) else { continue };
            let back: Vec<_> = other
                .lines
                .iter()
                .filter(|it| self.many(it).is_some_and(|(to, name)| to.name == block.name && name == relation))
                .filter(|it| it.name_span != line.name_span || other.name != block.name)
                .collect();
            // Of the two models the first by name has the table, and of the two fields of one model the first.
            let first = if other.name == block.name {
                back.iter().all(|it| line.name_span.start < it.name_span.start)
            } else {
                block.name < other.name
            };
            if back.is_empty() || !first {
                continue;
            }
            let name = match relation {
                Some(name) => format_smolstr!("_{name}"),
                None => format_smolstr!("_{}To{}", block.name, other.name),
            };
            if tables.iter().any(|table| table.name == name) {
                continue;
            }
            let place = at(source, line.name_span);
            let column = |name: &str| DeclaredColumn {
                name: name.into(),
                at: place,
                ty: None,
                not_null: Some(true),
                default: DeclaredDefault::None,
            };
            let key = |column: &str, to: &Block| DeclaredForeignKey {
                name: made_up(&name, &[column.into()], "_fkey"),
                at: place,
                columns: vec![column.into()],
                references: (self.schema(to), name_of(to)),
            };
            let of = |columns: &[&str], kind, suffix: &str| DeclaredIndex {
                name: format_smolstr!("{name}{suffix}"),
                at: place,
                columns: Some(columns.iter().map(SmolStr::new).collect()),
                kind,
                partial: false,
            };
            tables.push(DeclaredTable {
                schema: self.schema(block),
                at: place,
                implicit: true,
                columns: vec![column("A"), column("B")],
                indexes: vec![
                    of(&["A", "B"], IndexKind::Primary, "_AB_pkey"),
                    of(&["B"], IndexKind::Plain, "_B_index"),
                ],
                foreign_keys: vec![key("A", block), key("B", other)],
                name,
            });
        }
        tables
    }

    /// The model and the relation's name of a field that is a list of models, and has no columns of its own.
    fn many<'l>(&self, line: &'l Line) -> Option<(&'a Block, Option<&'l str>)> {
        let Body::Field { ty, list: true, .. } = &line.body else {
            return None;
        };
        let relation = line.attribute("relation");
        if relation.is_some_and(|relation| relation.named("fields").is_some()) {
            return None;
        }
        Some((self.block(&["model"], ty)?, relation.and_then(|it| it.argument("name")).and_then(Value::text)))
    }
}

/// Its `@@map`, or its name.
fn name_of(block: &Block) -> Name {
    block.attribute("map").and_then(|it| it.argument("name")).and_then(Value::text).unwrap_or(&block.name).into()
}

/// Its `@map`, or its name.
fn name_of_line(line: &Line) -> Name {
    line.attribute("map").and_then(|it| it.argument("name")).and_then(Value::text).unwrap_or(&line.name).into()
}

/// The column of a field.
fn column_name(block: &Block, field: &str) -> Name {
    block.lines.iter().find(|line| line.name == field).map_or_else(|| field.into(), name_of_line)
}

fn index(
    table: &str,
    columns: Option<Vec<Name>>,
    kind: IndexKind,
    attribute: &Attribute,
    at: Location,
) -> DeclaredIndex {
    let suffix = match kind {
        IndexKind::Primary => "_pkey",
        IndexKind::Unique => "_key",
        IndexKind::Plain => "_idx",
    };
    // Before version 3 `name` was what is `map` today.
    let name = attribute.named("map").or_else(|| attribute.named("name").filter(|_| kind == IndexKind::Plain));
    let of_name: &[Name] = if kind == IndexKind::Primary { &[] } else { columns.as_deref().unwrap_or_default() };
    DeclaredIndex {
        name: name.and_then(Value::text).map_or_else(|| made_up(table, of_name, suffix), SmolStr::new),
        at,
        columns,
        kind,
        partial: attribute.named("where").is_some(),
    }
}

/// A name as Prisma makes it up: what stands before the suffix is cut so that all of it fits.
fn made_up(table: &str, columns: &[Name], suffix: &str) -> Name {
    let mut name = table.to_owned();
    for column in columns {
        name.push('_');
        name.push_str(column);
    }
    let mut end = name.len().min(LONGEST_NAME - suffix.len());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name.push_str(suffix);
    name.into()
}

/// The type that a field has without `@db`.
fn scalar_type(ty: &str, list: bool) -> Option<ColumnType> {
    let (name, modifiers): (&str, &[&str]) = match ty {
        "String" => ("text", &[]),
        "Boolean" => ("bool", &[]),
        "Int" => ("int4", &[]),
        "BigInt" => ("int8", &[]),
        "Float" => ("float8", &[]),
        "Decimal" => ("numeric", &["65", "30"]),
        "DateTime" => ("timestamp", &["3"]),
        "Json" => ("jsonb", &[]),
        "Bytes" => ("bytea", &[]),
        _ => return None,
    };
    Some(ColumnType::new(name, modifiers.iter().map(SmolStr::new).collect(), list))
}

/// The type of `@db.VarChar(40)`; `None` for one that is not known here.
fn native_type(attribute: &Attribute, list: bool) -> Option<ColumnType> {
    let name = match attribute.name.rsplit('.').next()? {
        "Text" => "text",
        "VarChar" => "varchar",
        "Char" => "bpchar",
        "Bit" => "bit",
        "VarBit" => "varbit",
        "Uuid" => "uuid",
        "Xml" => "xml",
        "Inet" => "inet",
        "Citext" => "citext",
        "Boolean" => "bool",
        "Integer" => "int4",
        "SmallInt" => "int2",
        "BigInt" => "int8",
        "Oid" => "oid",
        "DoublePrecision" => "float8",
        "Real" => "float4",
        "Decimal" => "numeric",
        "Money" => "money",
        "Timestamp" => "timestamp",
        "Timestamptz" => "timestamptz",
        "Date" => "date",
        "Time" => "time",
        "Timetz" => "timetz",
        "Json" => "json",
        "JsonB" => "jsonb",
        "ByteA" => "bytea",
        _ => return None,
    };
    let numbers = attribute.arguments.iter().filter_map(|argument| match &argument.value {
        Value::Number(number) => Some(number.as_str().into()),
        _ => None,
    });
    Some(ColumnType::new(name, numbers.collect(), list))
}

/// A default, as far as the database has it: `uuid()` and the like are made by the client.
fn default(value: &Value, ty: &str, enumeration: Option<&Block>) -> DeclaredDefault {
    match value {
        Value::Call(name, arguments) => match name.as_str() {
            "autoincrement" | "sequence" => DeclaredDefault::Sequence,
            "dbgenerated" => match arguments.first().and_then(|argument| argument.value.text()) {
                Some(text) if !text.is_empty() => DeclaredDefault::Some,
                _ => DeclaredDefault::Unknown,
            },
            "now" => DeclaredDefault::Some,
            _ => DeclaredDefault::None,
        },
        Value::Text(text) if ty == "String" => DeclaredDefault::Text(text.clone()),
        Value::Number(number) => number.parse().map_or(DeclaredDefault::Some, DeclaredDefault::Number),
        Value::Word(word) => match (enumeration, word.as_str()) {
            (Some(block), value) => {
                let line = block.lines.iter().find(|line| line.name == value);
                line.map_or(DeclaredDefault::Some, |line| DeclaredDefault::Text(name_of_line(line).into()))
            }
            (None, "true") => DeclaredDefault::Boolean(true),
            (None, "false") => DeclaredDefault::Boolean(false),
            (None, _) => DeclaredDefault::Some,
        },
        Value::Text(_) | Value::List(_) => DeclaredDefault::Some,
        Value::Unknown => DeclaredDefault::Unknown,
    }
}

/// The blocks of a file, in order; none overlaps another.
pub(crate) fn passages(file: &File) -> Vec<Span> {
    file.blocks.iter().map(|block| block.span).collect()
}

#[cfg(test)]
mod tests;
