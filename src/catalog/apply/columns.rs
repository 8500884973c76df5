//! Columns: from their definitions, their types, defaults and sequences.

use super::{Applied, Change, Refused, generates_keys};
use crate::catalog::{
    Catalog, Column, GeneratedColumn, Origin, Relation, RelationBody, RelationId, SearchPath, Sequence,
    TableConstraint, TableConstraintKind, constant_value,
};
use crate::source::Span;
use crate::statement::{
    ColumnDef, ConstraintKind, Expr, ExprKind, FunctionCall, Ident, Literal, Name, ObjectName, TypeName,
};

/// Where a column goes: its table, which need not be entered yet.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) id: RelationId,
    pub(super) schema: &'a Name,
    pub(super) name: &'a Name,
    /// `None`: the table may have been there before.
    pub(super) origin: Option<Origin>,
}

impl Change<'_> {
    /// A column as its definition says; its constraints but for NOT NULL are still to be added. A sequence is made where it needs one.
    pub(super) fn make_column(&mut self, owner: Owner<'_>, def: &ColumnDef) -> Applied<Column> {
        let origin = owner.origin.map(|origin| Origin { at: self.origin_at(def.span).at, ..origin });
        let mut column = Column {
            name: crate::catalog::names::stored(&def.name.name),
            ty: def.ty.as_ref().map(|ty| self.resolved_type(ty)).transpose()?,
            collation: def.collation.as_ref().map(|collation| collation.name.name.clone()),
            not_null: false,
            default: None,
            generated: None,
            sequence: None,
            identity: false,
            origin,
            inherited: false,
            local: true,
            released: None,
            backfilled: false,
            written: false,
            born_filled: false,
            unwritten: false,
            constant: None,
            own_values: false,
            perhaps: None,
            renamed_from: None,
            made_as: None,
            updated: None,
        };
        self.options_of_column(owner, &mut column, def);
        column.born_filled = column.default.as_ref().is_some_and(|default| !is_null(default));
        // A domain may have a default of its own.
        let built_in =
            column.ty.as_ref().is_some_and(|ty| ty.schema.is_none() && crate::catalog::is_built_in(&ty.name));
        column.unwritten = built_in && !column.fills_itself() && !column.identity;
        column.constant = column.default.clone().filter(|default| constant_value(default).is_some());
        column.own_values = column.sequence.is_some() || column.default.as_ref().is_some_and(generates_keys);
        Ok(column)
    }

    /// What a definition says beside name and type; also of a column that comes from a parent or a type.
    pub(super) fn options_of_column(&mut self, owner: Owner<'_>, column: &mut Column, def: &ColumnDef) {
        let serial = column.ty.as_ref().filter(|ty| ty.schema.is_none() && !ty.quoted && ty.dimensions == 0);
        let serial = serial.and_then(|ty| match ty.name.as_str() {
            "smallserial" => Some("int2"),
            "serial" => Some("int4"),
            "bigserial" => Some("int8"),
            _ => None,
        });
        if let (Some(name), Some(ty)) = (serial, &mut column.ty) {
            ty.name = Name::new_static(name);
        }
        if serial.is_some() || def.identity.is_some() {
            let from_one = def.identity.as_ref().is_none_or(|identity| identity.options.is_empty());
            let sequence = self.make_sequence(owner, &column.name, from_one);
            column.sequence = Some(sequence);
            column.identity = def.identity.is_some();
            column.not_null = true;
            if serial.is_some() {
                let name = self.catalog.relation(sequence).map(Relation::display_name);
                column.default = Some(draw_from(name.unwrap_or_default(), def.span));
            }
        }
        if let Some(default) = &def.default {
            column.sequence = self.drawn_sequence(default);
            column.default = (default.kind != ExprKind::Null).then(|| default.clone());
        }
        if let Some(generated) = &def.generated {
            column.generated =
                Some(GeneratedColumn { expr: generated.expr.clone(), stored: generated.stored.unwrap_or(false) });
        }
        column.not_null |= def.constraints.iter().any(|constraint| match constraint.kind {
            ConstraintKind::NotNull(_) => !constraint.not_valid,
            ConstraintKind::PrimaryKey(_) => true,
            _ => false,
        });
    }

    /// The sequence of a serial or identity column; `from_one` as in [`Sequence::from_one`].
    pub(super) fn make_sequence(&mut self, owner: Owner<'_>, column: &Name, from_one: bool) -> RelationId {
        let name = self.catalog.free_relation_name(owner.schema, owner.name, Some(column), "seq", false);
        let id = self.new_id();
        let sequence = Sequence { owned_by: Some((owner.id, column.clone())), from_one };
        self.enter(id, (owner.schema.clone(), name), owner.origin, RelationBody::Sequence(sequence))
    }

    /// The sequence that a default draws from.
    pub(super) fn drawn_sequence(&self, default: &Expr) -> Option<RelationId> {
        self.find(&sequence_name(default)?)
    }

    /// A type with the schema filled in, where it is a user-defined one that is known. Refused where the files are the whole schema
    /// and do not make it; only extensions bring types of their own.
    pub(super) fn resolved_type(&self, ty: &TypeName) -> Applied<TypeName> {
        let resolved = self.catalog.resolved_type(ty, self.moment.search_path);
        let unqualified = resolved.schema.is_none() && !ty.percent_type && !ty.quoted;
        let is_known = crate::catalog::types::is_built_in(&ty.name) || ty.name.ends_with("serial");
        let refused = unqualified && !is_known && self.moment.from_empty && !self.catalog.has_extensions();
        if refused { Err(Refused) } else { Ok(resolved) }
    }

    /// A column of a table; `None` where not all of its columns are known, refused where they are.
    pub(super) fn column_at(&self, table: RelationId, name: &str) -> Applied<Option<&Column>> {
        let (_, table) = self.table_at(table)?;
        match table.column(name) {
            None if table.complete => Err(Refused),
            column => Ok(column),
        }
    }

    /// Changes a column; nothing happens where it is not known.
    pub(super) fn change_column(&mut self, table: RelationId, name: &str, change: impl FnOnce(&mut Column)) {
        self.change_table(table, |table| {
            if let Some(column) = table.columns.iter_mut().find(|column| column.name == name) {
                change(column);
            }
        });
    }

    /// Makes a column refuse NULL, in a table and its descendants. From 18 a constraint stands for it; `named` is its name.
    pub(super) fn set_not_null(&mut self, table: RelationId, name: &Name, named: Option<&Name>, only: bool) -> Applied {
        let is_set = self.column_at(table, name)?.is_some_and(|column| column.not_null);
        let nullable = |partition: &Relation| {
            let column = partition.as_table().and_then(|table| table.column(name));
            column.is_some_and(|column| !column.not_null)
        };
        if only && self.catalog.partitions_of(table).any(nullable) {
            return Err(Refused);
        }
        // Before 18 there is nothing more to do then, not even for children that differ.
        self.set_not_null_in(table, name, named, only || is_set && self.moment.version.0 < 18);
        Ok(())
    }

    pub(super) fn set_not_null_in(&mut self, table: RelationId, name: &Name, named: Option<&Name>, only: bool) {
        let mut tables = vec![table];
        if !only {
            tables.extend(self.catalog.descendants(table).iter().map(|relation| relation.id));
        }
        let mut constraint = named.cloned();
        for id in tables {
            let inherited = id != table;
            constraint = self.set_not_null_here(id, name, constraint, inherited);
        }
    }

    /// Gives the constraint's name, where there is one.
    fn set_not_null_here(
        &mut self,
        id: RelationId,
        name: &Name,
        constraint: Option<Name>,
        inherited: bool,
    ) -> Option<Name> {
        let origin = self.origin();
        let (relation, table) = self.catalog.table(id)?;
        let has_column = table.column(name).is_some();
        let existing = table.constraints.iter().position(
            |constraint| matches!(&constraint.kind, TableConstraintKind::NotNull { column } if column == name),
        );
        let wanted = self.moment.version.0 >= 18 && existing.is_none() && (has_column || !table.complete);
        let constraint = wanted.then(|| {
            let made_up =
                || self.catalog.free_constraint_name(&relation.schema, &relation.name, Some(name), "not_null", &[]);
            TableConstraint {
                name: constraint.clone().unwrap_or_else(made_up),
                kind: TableConstraintKind::NotNull { column: name.clone() },
                valid: true,
                enforced: true,
                inherited,
                no_inherit: false,
                origin: Some(origin),
                made_as: None,
            }
        });
        let named = constraint.as_ref().map(|constraint| constraint.name.clone());
        self.change_table(id, |table| {
            if !has_column && !table.complete {
                table.columns.push(Column::unseen(name.clone()));
            }
            if let Some(column) = table.columns.iter_mut().find(|column| column.name == *name) {
                column.not_null = true;
            }
            if let Some(existing) = existing.and_then(|at| table.constraints.get_mut(at)) {
                existing.valid = true;
            }
            table.constraints.extend(constraint);
        });
        named
    }
}

impl Column {
    /// A column that was named, and never seen created.
    pub fn unseen(name: Name) -> Self {
        Self {
            name,
            ty: None,
            collation: None,
            not_null: false,
            default: None,
            generated: None,
            sequence: None,
            identity: false,
            origin: None,
            inherited: false,
            local: true,
            released: None,
            backfilled: false,
            written: false,
            born_filled: false,
            unwritten: false,
            constant: None,
            own_values: false,
            perhaps: None,
            renamed_from: None,
            made_as: None,
            updated: None,
        }
    }
}

impl Catalog {
    /// A type with the schema filled in, where it is a user-defined one that is known.
    pub(in crate::catalog) fn resolved_type(&self, ty: &TypeName, path: &SearchPath) -> TypeName {
        let mut resolved = ty.clone();
        if ty.schema.is_none() && !ty.percent_type && !crate::catalog::types::is_built_in(&ty.name) {
            let mut schemas = std::iter::once("pg_temp").chain(path.iter().map(Name::as_str));
            let schema = schemas.find(|schema| {
                self.types.contains(&(Name::from(*schema), ty.name.clone()))
                    || self.find(schema, &ty.name).is_some_and(|relation| has_row_type(&relation.body))
            });
            resolved.schema = schema.map(|schema| Box::new(Ident { name: schema.into(), span: ty.span }));
        }
        resolved
    }
}

impl Catalog {
    /// Whether an extension was created, which brings objects that the files do not name.
    pub(in crate::catalog) fn has_extensions(&self) -> bool {
        let mut objects = self.objects.iter();
        objects.any(|((kind, _), _)| *kind == crate::statement::ObjectKind::Extension)
    }
}

fn has_row_type(body: &RelationBody) -> bool {
    matches!(body, RelationBody::Composite(_) | RelationBody::Table(_) | RelationBody::View(_))
}

/// `nextval('sequence')`
fn draw_from(sequence: Name, span: Span) -> Expr {
    let name = ObjectName { schema: None, name: Ident { name: Name::new_static("nextval"), span } };
    let sequence = Expr { span, kind: ExprKind::Literal(Literal::String(sequence)) };
    Expr { span, kind: ExprKind::Call(Box::new(FunctionCall { name, arguments: vec![sequence] })) }
}

/// The sequence that an expression names in `nextval('...')`.
pub(in crate::catalog) fn sequence_name(expr: &Expr) -> Option<ObjectName> {
    let mut found = None;
    expr.walk(&mut |part| {
        if let ExprKind::Call(call) = &part.kind
            && call.name.name.name == "nextval"
            && let Some(argument) = call.arguments.first()
            // Text is looked up when it is called: nothing depends on the sequence.
            && !matches!(&argument.kind, ExprKind::Cast(_, ty) if ty.name == "text")
            && let Some(text) = constant_value(argument)
        {
            found = found.take().or_else(|| parsed_name(&text, argument.span));
        }
    });
    found
}

/// A name in a string, as `regclass` reads it: folded where it is not quoted.
fn parsed_name(text: &str, span: Span) -> Option<ObjectName> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let part = parts.last_mut()?;
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            _ if quoted => part.push(character),
            _ => part.push(character.to_ascii_lowercase()),
        }
    }
    let mut parts = parts.into_iter().rev().map(|part| Ident { name: part.into(), span });
    Some(ObjectName { name: parts.next()?, schema: parts.next().map(Box::new) })
}

/// Whether a default is NULL, however it is written.
fn is_null(default: &Expr) -> bool {
    match &default.kind {
        ExprKind::Null => true,
        ExprKind::Cast(inner, _) => matches!(inner.kind, ExprKind::Null),
        _ => false,
    }
}
