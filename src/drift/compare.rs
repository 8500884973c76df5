//! One declared schema, one catalog: what each has that the other lacks, a table at a time.

use super::{Migrated, Unseen};
use crate::catalog::{
    Catalog, Column, EnumValue, Index, Relation, RelationBody, RelationId, Table, TableConstraintKind, TypeKind,
};
use crate::declared::{
    ColumnType, Declared, DeclaredColumn, DeclaredDefault, DeclaredEnum, DeclaredIndex, DeclaredTable, IndexKind,
    Reader,
};
use crate::diagnostic::Label;
use crate::effect::{Effect, EffectKind, RelationKind, SchemaAspect, SchemaObject, Subject};
use crate::source::Location;
use crate::statement::{Expr, ExprKind, Literal, Name};
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// How many names a finding tells; the rest is counted.
const TOLD: usize = 3;

/// How many places a finding shows.
const SHOWN: usize = 8;

/// The differences; `own`: the tool that reads the schema runs the migrations, so that a table it does not know is one that it drops.
pub(super) fn effects(declared: &Declared, project: Migrated<'_>, unseen: &Unseen, own: bool) -> Vec<Effect> {
    let lasting = project.catalog.relations().filter(|relation| !relation.is_temporary());
    let mut comparison = Comparison {
        declared,
        catalog: project.catalog,
        unseen,
        indexes: BTreeMap::new(),
        names: lasting.map(|relation| relation.name.as_str()).collect(),
        effects: Vec::new(),
    };
    for relation in project.catalog.relations() {
        if let Some(index) = relation.as_index() {
            comparison.indexes.entry(index.table).or_default().push((relation, index));
        }
    }
    for table in &declared.tables {
        comparison.table(table);
    }
    for declared in &declared.enums {
        comparison.enumeration(declared);
    }
    if own {
        comparison.tables_that_go();
    }
    comparison.effects
}

struct Comparison<'a> {
    declared: &'a Declared,
    catalog: &'a Catalog,
    unseen: &'a Unseen,
    indexes: BTreeMap<RelationId, Vec<(&'a Relation, &'a Index)>>,
    /// What there is of any schema, without that.
    names: BTreeSet<&'a str>,
    effects: Vec<Effect>,
}

/// Something that one side lacks: its name, where the other side has it, and what is said there.
type Lack = (SmolStr, Option<Location>);

impl<'a> Comparison<'a> {
    fn table(&mut self, declared: &'a DeclaredTable) {
        if self.unseen.may_touch(&declared.name) {
            return;
        }
        let Some(relation) = self.catalog.find(&declared.schema, &declared.name) else {
            // In a schema that the file does not name there may be one all the same.
            if !self.names.contains(declared.name.as_str()) {
                let lack = vec![(declared.name.clone(), None)];
                self.migrations_lack(declared.at, SchemaObject::Table, None, &declared.name, lack);
            }
            return;
        };
        // A model may well stand for a view.
        let Some(table) = relation.as_table().filter(|table| table.partition.is_none() && !table.foreign) else {
            return;
        };
        self.columns(declared, relation, table);
        if !declared.implicit {
            self.indexes(declared, relation, table);
        }
        self.foreign_keys(declared, relation, table);
    }

    fn columns(&mut self, declared: &'a DeclaredTable, relation: &'a Relation, table: &'a Table) {
        let known: BTreeMap<&str, &DeclaredColumn> =
            declared.columns.iter().map(|column| (column.name.as_str(), column)).collect();
        let made: BTreeMap<&str, &Column> = table.columns.iter().map(|column| (column.name.as_str(), column)).collect();
        let goes = table.columns.iter().filter(|column| !known.contains_key(column.name.as_str()));
        let goes = goes.filter_map(|column| Some((column.name.clone(), Some(column.origin?.at)))).collect();
        self.schema_lacks(declared.at, SchemaObject::Column, relation, goes);
        if table.complete {
            let lacking = declared.columns.iter().filter(|column| !made.contains_key(column.name.as_str()));
            let lacking = lacking.map(|column| (column.name.clone(), Some(column.at))).collect();
            self.migrations_lack(declared.at, SchemaObject::Column, Some(relation), &declared.name, lacking);
        }
        let pairs: Vec<_> =
            declared.columns.iter().filter_map(|column| Some((column, *made.get(column.name.as_str())?))).collect();
        self.types(declared, relation, &pairs);
        self.defaults(declared, relation, &pairs);
    }

    fn types(&mut self, declared: &DeclaredTable, relation: &Relation, pairs: &[(&DeclaredColumn, &Column)]) {
        let (mut recreated, mut converted, mut nullable) = (Vec::new(), Vec::new(), Vec::new());
        for (column, made) in pairs {
            let ty = made.ty.as_ref().filter(|ty| !ty.percent_type && !ty.setof).map(|ty| self.stored(ty));
            if let (Some(next), Some((previous, is_enum))) = (&column.ty, ty)
                && *next != previous
            {
                let next_is_enum = self.declared.enums.iter().any(|it| it.name == next.name);
                let differs = (*column, *made, next.display(), previous.display());
                // A type of an extension that the schema gives another name for is not compared.
                match previous.is_recreated_as(next, (is_enum, next_is_enum)) {
                    true => recreated.push(differs),
                    false => converted.push(differs),
                }
            }
            if let Some(not_null) = column.not_null
                && not_null != made.not_null
            {
                let word = |not_null| SmolStr::new(if not_null { "NOT NULL" } else { "nullable" });
                nullable.push((*column, *made, word(not_null), word(made.not_null)));
            }
        }
        self.differs(declared, relation, SchemaAspect::Type, true, recreated);
        self.differs(declared, relation, SchemaAspect::Type, false, converted);
        self.differs(declared, relation, SchemaAspect::Nullability, false, nullable);
    }

    /// The type as it is stored, that of a domain's values for the domain, and whether it is an enum.
    fn stored(&self, ty: &crate::statement::TypeName) -> (ColumnType, bool) {
        let path = [Name::new_static("public")];
        let schema = ty.schema.as_ref().map(|schema| schema.name.as_str());
        match self.catalog.type_named(schema, &ty.name, &path).map(|it| &it.kind) {
            Some(TypeKind::Domain(domain)) => (ColumnType::of(&domain.base), false),
            Some(TypeKind::Enum(_)) => (ColumnType { modifiers: Vec::new(), ..ColumnType::of(ty) }, true),
            _ => (ColumnType::of(ty), false),
        }
    }

    fn defaults(&mut self, declared: &DeclaredTable, relation: &Relation, pairs: &[(&DeclaredColumn, &Column)]) {
        let (mut goes, mut lacking, mut differs) = (Vec::new(), Vec::new(), Vec::new());
        for (column, made) in pairs {
            if made.generated.is_some() || column.default == DeclaredDefault::Unknown {
                continue;
            }
            let found = self.default_of(made);
            match (&column.default, &found) {
                (DeclaredDefault::None, DeclaredDefault::None) => {}
                (DeclaredDefault::None, _) if made.identity => {}
                (DeclaredDefault::None, _) => goes.push((column.name.clone(), Some(column_place(made, column)))),
                (_, DeclaredDefault::None) => lacking.push((column.name.clone(), Some(column.at))),
                (declared, made_as) => {
                    if let Some((says, is)) = other_value(declared, made_as) {
                        differs.push((*column, *made, says, is));
                    }
                }
            }
        }
        self.schema_lacks(declared.at, SchemaObject::Default, relation, goes);
        self.migrations_lack(declared.at, SchemaObject::Default, Some(relation), &declared.name, lacking);
        self.differs(declared, relation, SchemaAspect::Default, false, differs);
    }

    fn default_of(&self, column: &Column) -> DeclaredDefault {
        if column.sequence.is_some() || column.identity {
            return DeclaredDefault::Sequence;
        }
        let Some(default) = &column.default else {
            return DeclaredDefault::None;
        };
        // It went with the type that it was of, by DROP TYPE ... CASCADE.
        if let ExprKind::Cast(_, ty) = &default.kind
            && let Some(schema) = &ty.schema
            && self.catalog.type_named(Some(&schema.name), &ty.name, &[]).is_none()
        {
            return DeclaredDefault::None;
        }
        constant(default)
    }

    fn indexes(&mut self, declared: &'a DeclaredTable, relation: &'a Relation, table: &'a Table) {
        let made = self.indexes.get(&relation.id).cloned().unwrap_or_default();
        let mut goes = BTreeMap::<SchemaObject, Vec<Lack>>::new();
        for (index_relation, index) in &made {
            let is_primary = table.primary_key().is_some_and(|key| key.kind.index() == Some(index_relation.id));
            let (Some(columns), Some(origin)) = (columns_of(index), index_relation.origin) else { continue };
            let excludes = table.constraints.iter().any(|constraint| {
                matches!(constraint.kind, TableConstraintKind::Exclude { .. })
                    && constraint.kind.index() == Some(index_relation.id)
            });
            let partial = index.predicate.is_some();
            if is_primary || excludes || (partial && !self.declared.partial_indexes) || index.parent.is_some() {
                continue;
            }
            let stays = declared.indexes.iter().any(|it| {
                it.kind != IndexKind::Primary
                    && (it.kind == IndexKind::Unique) == index.unique
                    && it.partial == partial
                    && it.columns.as_ref().is_none_or(|its| *its == columns || its[..] == columns[..index.keys.len()])
            });
            // Of a column that goes the index goes with it; that is said already.
            let with_column = columns.iter().any(|column| declared.columns.iter().all(|it| it.name != *column));
            if !stays && !with_column {
                let object = if index.unique { SchemaObject::UniqueIndex } else { SchemaObject::Index };
                goes.entry(object).or_default().push((index_relation.name.clone(), Some(origin.at)));
            }
        }
        for (object, goes) in goes {
            self.schema_lacks(declared.at, object, relation, goes);
        }
        if !table.complete {
            return;
        }
        let mut lacking = BTreeMap::<SchemaObject, Vec<Lack>>::new();
        for index in &declared.indexes {
            let object = match index.kind {
                IndexKind::Primary => continue,
                IndexKind::Unique => SchemaObject::UniqueIndex,
                IndexKind::Plain => SchemaObject::Index,
            };
            if !is_made(index, &made, table) && has_columns(index, table) {
                lacking.entry(object).or_default().push((index.name.clone(), Some(index.at)));
            }
        }
        for (object, lacking) in lacking {
            self.migrations_lack(declared.at, object, Some(relation), &declared.name, lacking);
        }
    }

    fn foreign_keys(&mut self, declared: &'a DeclaredTable, relation: &'a Relation, table: &'a Table) {
        let made: Vec<_> = table
            .foreign_keys()
            .filter_map(|constraint| match &constraint.kind {
                TableConstraintKind::ForeignKey { columns, references, .. } => {
                    let to = self.catalog.relation(*references)?;
                    Some((constraint, columns, (to.schema.clone(), to.name.clone())))
                }
                _ => None,
            })
            .collect();
        let knows = |column: &Name| declared.columns.iter().any(|it| it.name == *column);
        let managed = |schema: &Name| self.declared.schemas.contains(schema);
        let goes = made.iter().filter(|(_, columns, to)| {
            columns.iter().all(knows)
                && managed(&to.0)
                && !declared.foreign_keys.iter().any(|key| key.columns == **columns && key.references == *to)
        });
        let goes = goes.filter_map(|(it, ..)| Some((it.name.clone(), Some(it.origin?.at)))).collect();
        let lacking = declared.foreign_keys.iter().filter(|key| {
            !made.iter().any(|(_, columns, to)| **columns == key.columns && *to == key.references)
                && key.columns.iter().all(|column| table.column(column).is_some())
                && self.catalog.find(&key.references.0, &key.references.1).is_some()
        });
        let lacking = lacking.map(|key| (key.name.clone(), Some(key.at))).collect();
        self.schema_lacks(declared.at, SchemaObject::ForeignKey, relation, goes);
        if table.complete {
            self.migrations_lack(declared.at, SchemaObject::ForeignKey, Some(relation), &declared.name, lacking);
        }
    }

    fn enumeration(&mut self, declared: &'a DeclaredEnum) {
        if self.unseen.may_touch(&declared.name) {
            return;
        }
        let Some(made) = self.catalog.type_named(Some(&declared.schema), &declared.name, &[]) else {
            let anywhere = self.catalog.types().any(|it| it.name == declared.name);
            if !anywhere {
                let lack = vec![(declared.name.clone(), None)];
                self.migrations_lack(declared.at, SchemaObject::Enum, None, &declared.name, lack);
            }
            return;
        };
        let (TypeKind::Enum(values), Some(_)) = (&made.kind, made.origin) else {
            return;
        };
        let labels: BTreeSet<&str> = values.iter().map(|value| value.label.as_str()).collect();
        let known: BTreeSet<&str> = declared.values.iter().map(|(value, _)| value.as_str()).collect();
        let goes = values.iter().filter(|value| !known.contains(value.label.as_str()));
        let goes = goes.map(|EnumValue { label, origin }| (label.clone(), Some(origin.at))).collect();
        let lacking = declared.values.iter().filter(|(value, _)| !labels.contains(value.as_str()));
        let lacking = lacking.map(|(value, at)| (value.clone(), Some(*at))).collect();
        self.lacks(declared.at, SchemaObject::EnumValue, of_enum(declared), goes);
        let kind = |object, name, count, reader| EffectKind::MigrationsLack { object, name, count, reader };
        self.push(declared.at, of_enum(declared), lacking, SchemaObject::EnumValue, kind, "no migration adds it");
    }

    /// Tables that the migrations make and no model stands for: one finding for all.
    fn tables_that_go(&mut self) {
        let tables = self.declared.tables.iter();
        let known: BTreeSet<_> = tables.map(|table| (table.schema.as_str(), table.name.as_str())).collect();
        let mut goes = Vec::new();
        for relation in self.catalog.relations() {
            let (RelationBody::Table(table), Some(origin)) = (&relation.body, relation.origin) else { continue };
            let left = table.partition.is_some()
                || table.foreign
                || relation.is_temporary()
                || !self.declared.schemas.contains(&relation.schema)
                || is_left_alone(&relation.name)
                || self.unseen.may_touch(&relation.name);
            if !left && !known.contains(&(relation.schema.as_str(), relation.name.as_str())) {
                goes.push((relation.display_name(), Some(origin.at)));
            }
        }
        self.lacks(self.declared.anchor, SchemaObject::Table, None, goes);
    }

    fn schema_lacks(&mut self, cause: Location, object: SchemaObject, relation: &Relation, goes: Vec<Lack>) {
        self.lacks(cause, object, Some(subject(relation)), goes);
    }

    fn lacks(&mut self, cause: Location, object: SchemaObject, subject: Option<Subject>, goes: Vec<Lack>) {
        let how = declaration(self.declared.reader, object);
        let kind = |object, name, count, reader| {
            let declaration = how.clone();
            EffectKind::SchemaLacks { object, name, count, reader, declaration }
        };
        self.push(cause, subject, goes, object, kind, "a migration makes it here");
    }

    fn migrations_lack(
        &mut self,
        cause: Location,
        object: SchemaObject,
        relation: Option<&Relation>,
        name: &Name,
        lacking: Vec<Lack>,
    ) {
        let kind = |object, name, count, reader| EffectKind::MigrationsLack { object, name, count, reader };
        let subject = relation.map_or_else(|| Subject::named(name.clone(), RelationKind::Table), subject);
        self.push(cause, Some(subject), lacking, object, kind, "no migration makes it");
    }

    fn push(
        &mut self,
        cause: Location,
        subject: Option<Subject>,
        lacks: Vec<Lack>,
        object: SchemaObject,
        kind: impl Fn(SchemaObject, SmolStr, usize, SmolStr) -> EffectKind,
        says: &str,
    ) {
        if lacks.is_empty() {
            return;
        }
        let kind = kind(object, listed(lacks.iter().map(|(name, _)| name.as_str())), lacks.len(), self.reader());
        let places = lacks.iter().filter_map(|(name, at)| Some((name, (*at)?)));
        let because = places.take(SHOWN).map(|(name, at)| Label { message: format!("`{name}`: {says}"), at });
        self.effects.push(effect(cause, subject, kind, because.collect()));
    }

    fn differs(
        &mut self,
        table: &DeclaredTable,
        relation: &Relation,
        aspect: SchemaAspect,
        recreated: bool,
        columns: Vec<(&DeclaredColumn, &Column, SmolStr, SmolStr)>,
    ) {
        let Some((first, _, declared, made)) = columns.first() else {
            return;
        };
        let kind = EffectKind::SchemaDiffers {
            aspect,
            column: first.name.clone(),
            declared: declared.clone(),
            made: made.clone(),
            recreated,
            count: columns.len(),
            reader: self.reader(),
        };
        let mut because = Vec::new();
        for (column, migrated, declared, made) in columns.iter().take(SHOWN) {
            because.push(Label { message: format!("`{}` is {declared} here", column.name), at: column.at });
            if let Some(origin) = migrated.origin {
                because.push(Label { message: format!("and {made} once the migrations have run"), at: origin.at });
            }
        }
        self.effects.push(effect(table.at, Some(subject(relation)), kind, because));
    }

    fn reader(&self) -> SmolStr {
        SmolStr::new_static(match self.declared.reader {
            Reader::Prisma => "Prisma",
            Reader::Drizzle => "Drizzle Kit",
        })
    }
}

/// How a schema declares what it may lack, as its language writes it.
fn declaration(reader: Reader, object: SchemaObject) -> SmolStr {
    SmolStr::new_static(match (reader, object) {
        (Reader::Prisma, SchemaObject::Index) => "@@index([...])",
        (Reader::Prisma, SchemaObject::UniqueIndex) => "@@unique([...])",
        (Reader::Prisma, SchemaObject::ForeignKey) => "a field with @relation",
        (Reader::Prisma, SchemaObject::Default) => "@default(...), of any expression @default(dbgenerated(\"...\"))",
        (Reader::Drizzle, SchemaObject::Index) => "index(\"...\").on(...) in the pgTable",
        (Reader::Drizzle, SchemaObject::UniqueIndex) => {
            "unique(\"...\").on(...) or uniqueIndex(\"...\").on(...) in the pgTable"
        }
        (Reader::Drizzle, SchemaObject::ForeignKey) => {
            ".references(...) of the column, or foreignKey({...}) in the pgTable"
        }
        (Reader::Drizzle, SchemaObject::Default) => ".default(...), of any expression .default(sql`...`)",
        (_, SchemaObject::Table | SchemaObject::Column | SchemaObject::Enum | SchemaObject::EnumValue) => "",
    })
}

fn effect(cause: Location, subject: Option<Subject>, kind: EffectKind, because: Vec<Label>) -> Effect {
    Effect { because, ..Effect::new(kind, subject, cause) }
}

/// A relation as the migrations leave it.
fn subject(relation: &Relation) -> Subject {
    Subject { id: Some(relation.id), ..Subject::named(relation.display_name(), RelationKind::Table) }
}

fn of_enum(declared: &DeclaredEnum) -> Option<Subject> {
    Some(Subject::named(declared.name.clone(), RelationKind::Unknown))
}

/// `a, b, c and 4 more`.
fn listed<'n>(names: impl Iterator<Item = &'n str> + Clone) -> SmolStr {
    let told: Vec<_> = names.clone().take(TOLD).collect();
    match names.count().saturating_sub(TOLD) {
        0 => told.join(", ").into(),
        more => format_smolstr!("{} and {more} more", told.join(", ")),
    }
}

/// Tables that Prisma and Drizzle Kit leave alone wherever they are: their own records, and what PostGIS makes.
fn is_left_alone(table: &str) -> bool {
    const NAMES: [&str; 7] = [
        "_prisma_migrations",
        "__drizzle_migrations",
        "spatial_ref_sys",
        "geometry_columns",
        "geography_columns",
        "raster_columns",
        "raster_overviews",
    ];
    NAMES.iter().any(|name| table.eq_ignore_ascii_case(name))
}

/// The columns of an index that has nothing but columns, those of INCLUDE behind its keys.
fn columns_of(index: &Index) -> Option<Vec<Name>> {
    let keys = index.keys.iter().map(|key| match &key.expr.kind {
        ExprKind::Column(path) => path.last().map(|column| column.name.clone()),
        _ => None,
    });
    keys.chain(index.include.iter().cloned().map(Some)).collect()
}

/// Whether the migrations make a declared index: one over the same columns, or one of that name that says more than the schema can.
fn is_made(declared: &DeclaredIndex, made: &[(&Relation, &Index)], table: &Table) -> bool {
    let Some(columns) = &declared.columns else {
        return true;
    };
    let unique = declared.kind == IndexKind::Unique;
    let by_index = made.iter().any(|(relation, index)| {
        let same = || columns_of(index).is_some_and(|its| its == *columns || its[..index.keys.len()] == columns[..]);
        relation.name == declared.name || (index.unique == unique && same())
    });
    // A primary key over the same columns keeps the rows apart as well.
    let key = table.primary_key().map(|key| key.kind.columns());
    by_index || (unique && key == Some(columns))
}

/// Whether the table has the columns of a declared index; else their absence is what is told.
fn has_columns(index: &DeclaredIndex, table: &Table) -> bool {
    index.columns.iter().flatten().all(|column| table.column(column).is_some())
}

fn column_place(made: &Column, declared: &DeclaredColumn) -> Location {
    made.origin.map_or(declared.at, |origin| origin.at)
}

/// A default as the migrations make it.
fn constant(expr: &Expr) -> DeclaredDefault {
    match &expr.kind {
        ExprKind::Null => DeclaredDefault::None,
        ExprKind::Literal(Literal::Number(number)) => {
            number.parse().map_or(DeclaredDefault::Some, DeclaredDefault::Number)
        }
        ExprKind::Literal(Literal::String(text)) => DeclaredDefault::Text(text.to_string()),
        ExprKind::Literal(Literal::Boolean(value)) => DeclaredDefault::Boolean(*value),
        ExprKind::Unary(sign, inner) if sign == "-" => match constant(inner) {
            DeclaredDefault::Number(number) => DeclaredDefault::Number(-number),
            _ => DeclaredDefault::Some,
        },
        ExprKind::Cast(inner, _) if !matches!(inner.kind, ExprKind::Cast(..)) => match constant(inner) {
            DeclaredDefault::Text(text) => DeclaredDefault::Text(text),
            DeclaredDefault::None => DeclaredDefault::None,
            _ => DeclaredDefault::Some,
        },
        ExprKind::Call(call) if call.name.name.name == "nextval" => DeclaredDefault::Sequence,
        _ => DeclaredDefault::Some,
    }
}

/// What the two say, where both are constants of one kind that differ.
fn other_value(declared: &DeclaredDefault, made: &DeclaredDefault) -> Option<(SmolStr, SmolStr)> {
    match (declared, made) {
        (DeclaredDefault::Number(says), DeclaredDefault::Number(is)) if says != is => {
            Some((format_smolstr!("DEFAULT {says}"), format_smolstr!("DEFAULT {is}")))
        }
        (DeclaredDefault::Boolean(says), DeclaredDefault::Boolean(is)) if says != is => {
            Some((format_smolstr!("DEFAULT {says}"), format_smolstr!("DEFAULT {is}")))
        }
        (DeclaredDefault::Text(says), DeclaredDefault::Text(is)) if says != is => {
            Some((format_smolstr!("DEFAULT '{says}'"), format_smolstr!("DEFAULT '{is}'")))
        }
        _ => None,
    }
}
