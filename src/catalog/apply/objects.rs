//! Schemas, sequences, extensions, publications, statistics, and what has only a kind and a name.

use super::drop::schema_place;
use super::{Applied, Change, Creation, Moment, Refused};
use crate::catalog::names::{joined, stored};
use crate::catalog::{ExtendedStatistics, Object, RelationBody, RelationId, Schema, Sequence};
use crate::statement::{
    AlterObject, Command, CreateExtension, CreateObject, CreateSchema, CreateSequence, CreateStatistics, Expr,
    ExprKind, Name, ObjectKind, Publication, PublicationAction,
};

impl Change<'_> {
    pub(super) fn create_schema(&mut self, create: &CreateSchema) -> Applied {
        let Some(name) = &create.name else {
            return Ok(());
        };
        let existing = self.catalog.schemas.get(&name.name);
        if existing.is_some() && create.if_not_exists {
            return Ok(());
        }
        if existing.is_some_and(|schema| schema.origin.is_some()) {
            return Err(Refused);
        }
        let unsure = self.is_unsure(create.if_not_exists) && !self.is_absent_schema(&name.name);
        let origin = (!unsure).then(|| self.origin());
        self.catalog.absent.remove(&schema_place(&name.name));
        self.catalog.schemas.insert(name.name.clone(), Schema { origin });
        Ok(())
    }

    /// What CREATE SCHEMA makes within the schema: sequences and tables before what refers to them (`transformCreateSchemaStmtElements`).
    pub(super) fn schema_elements(&mut self, create: &CreateSchema) -> Applied {
        let first = |command: &Command| matches!(command, Command::CreateTable(_) | Command::CreateSequence(_));
        let (before, after): (Vec<_>, Vec<_>) = create.elements.iter().partition(|element| first(&element.command));
        // Within the statement the new schema is the first one looked at.
        let named = create.name.iter().map(|name| name.name.clone());
        let path: Vec<Name> = named.chain(self.moment.search_path.iter().cloned()).collect();
        let moment = Moment { search_path: &path, ..self.moment };
        for element in before.into_iter().chain(after) {
            let mut change = Change {
                catalog: &mut *self.catalog,
                moment,
                at: element.span,
                guard: self.guard,
                unsure: self.unsure,
            };
            change.command(&element.command)?;
        }
        Ok(())
    }

    pub(super) fn create_sequence(&mut self, create: &CreateSequence) -> Applied {
        let place = self.place(&create.name, create.temporary);
        let (existing, origin) = match self.creation(&place, create.if_not_exists)? {
            Creation::Exists => return Ok(()),
            Creation::Made(existing) => (existing, Some(self.origin())),
            Creation::Unsure => (None, None),
        };
        let owned_by = match &create.owned_by {
            Some((table, column)) => Some((self.table(table)?.0, column.name.clone())),
            None => None,
        };
        let id = existing.unwrap_or_else(|| self.new_id());
        self.enter(
            id,
            place,
            origin,
            RelationBody::Sequence(Sequence { owned_by, from_one: create.options.is_empty() }),
        );
        Ok(())
    }

    pub(super) fn create_extension(&mut self, create: &CreateExtension) -> Applied {
        self.enter_object(ObjectKind::Extension, &create.name.name, create.if_not_exists, false)
    }

    pub(super) fn create_object(&mut self, create: &CreateObject) -> Applied {
        match (&create.name, &create.cast) {
            (Some(name), _) => self.enter_object(create.kind, &name.name.name, create.if_not_exists, create.or_replace),
            // It goes by its types.
            (None, Some(cast)) => {
                let name = smol_str::format_smolstr!("{} as {}", cast.from.name, cast.to.name);
                self.enter_object(create.kind, &name, false, true)
            }
            (None, None) => Ok(()),
        }
    }

    fn enter_object(&mut self, kind: ObjectKind, name: &Name, if_not_exists: bool, or_replace: bool) -> Applied {
        let key = (kind, name.clone());
        if self.catalog.objects.contains(&key) && !or_replace {
            // Operators, casts and aggregates of one name differ in their arguments.
            let overloads = matches!(
                kind,
                ObjectKind::Operator | ObjectKind::Aggregate | ObjectKind::OperatorClass | ObjectKind::OperatorFamily
            );
            return if if_not_exists || overloads { Ok(()) } else { Err(Refused) };
        }
        let object = Object { origin: self.origin(), relations: Vec::new() };
        self.catalog.objects.insert(key, object);
        Ok(())
    }

    pub(super) fn publication(&mut self, publication: &Publication) -> Applied {
        let key = (ObjectKind::Publication, publication.name.name.clone());
        let tables: Vec<RelationId> = publication.tables.iter().filter_map(|table| self.find(&table.name)).collect();
        if publication.action == PublicationAction::Create {
            self.enter_object(ObjectKind::Publication, &key.1, false, false)?;
        }
        if let (Some(to), Some(object)) = (&publication.rename_to, self.catalog.objects.get(&key).cloned()) {
            self.catalog.objects.remove(&key);
            self.catalog.objects.insert((ObjectKind::Publication, to.name.clone()), object);
            return Ok(());
        }
        self.catalog.objects.update(&key, |object| match publication.action {
            PublicationAction::Create | PublicationAction::Set => object.relations = tables,
            PublicationAction::Add => object.relations.extend(tables),
            PublicationAction::Drop => object.relations.retain(|table| !tables.contains(table)),
            PublicationAction::Other => {}
        });
        Ok(())
    }

    pub(super) fn create_statistics(&mut self, create: &CreateStatistics) -> Applied {
        let id = self.relation(&create.table)?.id;
        let place = match &create.name {
            Some(name) => {
                if self.statistics_named(name).is_some() {
                    return if create.if_not_exists { Ok(()) } else { Err(Refused) };
                }
                Some(self.place(name, false))
            }
            None => None,
        };
        let mut columns: Vec<Name> = Vec::new();
        for column in create.keys.iter().flat_map(Expr::columns) {
            if !columns.contains(&column.name) {
                columns.push(column.name.clone());
            }
        }
        let parts = create.keys.iter().map(|key| match &key.kind {
            ExprKind::Column(path) => path.last().map_or_else(Name::default, |column| column.name.clone()),
            _ => Name::new_static("expr"),
        });
        let middle = joined(&parts.collect::<Vec<_>>());
        let place = match place {
            Some(place) => place,
            None => self.statistics_place(id, &middle)?,
        };
        self.put_statistics(id, place, columns);
        Ok(())
    }

    /// Adds statistics under a name that the server makes up.
    pub(super) fn add_statistics(&mut self, id: RelationId, columns: Vec<Name>) -> Applied {
        let place = self.statistics_place(id, &joined(&columns))?;
        self.put_statistics(id, place, columns);
        Ok(())
    }

    fn statistics_place(&self, id: RelationId, columns: &str) -> Applied<(Name, Name)> {
        let relation = self.catalog.relation(id).ok_or(Refused)?;
        let taken = |name: &Name| {
            let statistics = relation.as_table().map(|table| table.statistics.as_slice()).unwrap_or_default();
            statistics.iter().any(|statistics| statistics.name == *name)
        };
        let name = crate::catalog::names::numbered(&relation.name, Some(columns), "stat", |name| !taken(name));
        Ok((relation.schema.clone(), name))
    }

    fn put_statistics(&mut self, id: RelationId, place: (Name, Name), columns: Vec<Name>) {
        let (schema, name) = place;
        let statistics = ExtendedStatistics { schema, name, columns, origin: self.origin() };
        self.change_table(id, |table| table.statistics.push(statistics));
    }

    pub(super) fn alter_object(&mut self, alter: &AlterObject) -> Applied {
        let Some(name) = &alter.name else {
            return Ok(());
        };
        let to_name = alter.rename_to.as_ref().map(|to| stored(&to.name));
        let to_schema = alter.set_schema.as_ref().map(|schema| schema.name.clone());
        match alter.kind {
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate => {
                let Some(from) = self.function_place(name) else {
                    return Ok(());
                };
                let to = (to_schema.unwrap_or_else(|| from.0.clone()), to_name.unwrap_or_else(|| from.1.clone()));
                self.alter_function(&from, to, alter)
            }
            ObjectKind::Schema => match to_name {
                Some(to) => self.rename_schema(&name.name.name, &to),
                None => Ok(()),
            },
            ObjectKind::Trigger | ObjectKind::Policy | ObjectKind::Rule => match (&alter.table, to_name) {
                (Some(table), Some(to)) => {
                    let id = self.relation(table)?.id;
                    self.rename_attachment(id, alter.kind, &name.name.name, &to)
                }
                _ => Ok(()),
            },
            ObjectKind::Statistics => {
                let Some((id, schema, name)) = self.statistics_named(name) else {
                    return Ok(());
                };
                self.change_table(id, |table| {
                    let same = |it: &&mut ExtendedStatistics| it.schema == schema && it.name == name;
                    if let Some(statistics) = table.statistics.iter_mut().find(same) {
                        statistics.name = to_name.unwrap_or(name.clone());
                        statistics.schema = to_schema.unwrap_or(schema.clone());
                    }
                });
                Ok(())
            }
            kind => {
                let key = (kind, name.name.name.clone());
                if let (Some(to), Some(object)) = (to_name, self.catalog.objects.get(&key).cloned()) {
                    self.catalog.objects.remove(&key);
                    self.catalog.objects.insert((kind, to), object);
                }
                Ok(())
            }
        }
    }

    fn alter_function(&mut self, from: &(Name, Name), to: (Name, Name), alter: &AlterObject) -> Applied {
        let mut function = self.catalog.functions.get(from).cloned().ok_or(Refused)?;
        if let Some(volatility) = alter.volatility {
            // Which of several overloads is meant is not told: none is certain to be what it was.
            match function.overloads.as_mut_slice() {
                [one] => one.volatility = Some(volatility),
                several => several.iter_mut().for_each(|it| it.volatility = it.volatility.max(Some(volatility))),
            }
        }
        if *from == to {
            self.catalog.functions.insert(to, function);
            return Ok(());
        }
        if self.catalog.functions.contains(&to) {
            // Overloads come together under one name.
            let others = self.catalog.functions.get(&to).map(|other| other.overloads.clone()).unwrap_or_default();
            function.overloads.extend(others);
        }
        self.catalog.functions.remove(from);
        self.rename_calls(&from.1, &to.1);
        self.catalog.functions.insert(to, function);
        Ok(())
    }

    fn rename_schema(&mut self, from: &Name, to: &Name) -> Applied {
        if self.catalog.schemas.contains(to) {
            return Err(Refused);
        }
        let first = || (from.clone(), Name::default());
        let relations = self.catalog.relation_names.range(first()..).take_while(|((schema, _), _)| schema == from);
        let relations: Vec<(Name, RelationId)> = relations.map(|((_, name), id)| (name.clone(), *id)).collect();
        for (name, id) in relations {
            self.catalog.change(id, |relation| {
                relation.schema = to.clone();
                if let RelationBody::Table(table) = &mut relation.body {
                    let statistics = table.statistics.iter_mut().filter(|statistics| statistics.schema == *from);
                    statistics.for_each(|statistics| statistics.schema = to.clone());
                }
            });
            self.rename_type_uses(&(from.clone(), name.clone()), &(to.clone(), name));
        }
        let types = self.catalog.types.range(first()..).take_while(|((schema, _), _)| schema == from);
        let types: Vec<(Name, Name)> = types.map(|(place, _)| place.clone()).collect();
        for place in types {
            self.move_type(&place, (to.clone(), place.1.clone()))?;
        }
        let functions = self.catalog.functions.range(first()..).take_while(|((schema, _), _)| schema == from);
        let functions: Vec<_> = functions.map(|(place, function)| (place.clone(), function.clone())).collect();
        for (place, function) in functions {
            self.catalog.functions.remove(&place);
            self.catalog.functions.insert((to.clone(), place.1), function);
        }
        let schema = self.catalog.schemas.get(from).cloned().unwrap_or(Schema { origin: None });
        self.catalog.schemas.remove(from);
        self.catalog.absent.insert(schema_place(from), ());
        self.catalog.absent.remove(&schema_place(to));
        self.catalog.schemas.insert(to.clone(), schema);
        Ok(())
    }
}
