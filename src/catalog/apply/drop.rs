//! DROP of anything.

use super::{Applied, Change, Refused, argument_name};
use crate::catalog::links::{Node, Use};
use crate::catalog::{Column, Droppable, Overload, Relation, RelationBody, RelationId, Table};
use crate::statement::{Drop, DropOnTable, GuardKind, Name, ObjectKind, ObjectName, Set, SetScope};

impl Change<'_> {
    pub(super) fn drop(&mut self, drop: &Drop) -> Applied {
        let mut objects = Vec::with_capacity(drop.names.len());
        for name in &drop.names {
            if self.drop_overload(drop, name) {
                continue;
            }
            match self.droppable(drop.kind, name)? {
                Some(object) => objects.push(object),
                None => self.drop_missing(drop, name)?,
            }
        }
        let relations: Vec<RelationId> = objects
            .iter()
            .filter_map(|object| match object {
                Droppable::Relation(id) => Some(*id),
                _ => None,
            })
            .collect();
        let names: Vec<_> = relations
            .iter()
            .filter_map(|id| self.catalog.relation(*id))
            .map(|relation| (relation.schema.clone(), relation.name.clone()))
            .collect();
        if drop.cascade {
            self.drop_users_of_rows(&names);
        }
        self.drop_all(&objects, drop.cascade)?;
        for name in names.iter().filter(|(_, name)| self.moment.coverage.comes_back(name, self.moment.source)) {
            self.catalog.absent.remove(name);
        }
        if self.guard.is_some_and(|guard| guard.kind == GuardKind::Condition) {
            // It may not have run: the names are not known to be free.
            names.iter().for_each(|name| self.catalog.absent.remove(name));
        }
        Ok(())
    }

    /// CASCADE drops a function that takes or returns rows of a table or view. Its types are known without their schemas: where there
    /// are others of the name, it stays. The name stays entered: that it had other arguments, or none of them, is known.
    fn drop_users_of_rows(&mut self, dropped: &[(Name, Name)]) {
        let is_of_row = |overload: &Overload| {
            let mut types = overload.arguments.iter().chain(&overload.returns).map(|ty| ty.trim_end_matches("[]"));
            types.any(|ty| dropped.iter().any(|(_, name)| name == ty))
        };
        let using = self.catalog.functions.iter().filter(|(_, function)| function.overloads.iter().any(is_of_row));
        let using: Vec<_> = using.map(|(place, _)| place.clone()).collect();
        let ambiguous = |name: &Name| self.catalog.relations().filter(|relation| relation.name == *name).count() > 1;
        if using.is_empty() || dropped.iter().any(|(_, name)| ambiguous(name)) {
            return;
        }
        for place in using {
            self.catalog
                .functions
                .update(&place, |function| function.overloads.retain(|overload| !is_of_row(overload)));
        }
    }

    /// Drops one of several overloads, the one that has these arguments; or none, where `IF EXISTS` finds none that has. Returns whether
    /// that is all that there is to do.
    fn drop_overload(&mut self, drop: &Drop, name: &ObjectName) -> bool {
        use ObjectKind as Kind;
        let routine = matches!(drop.kind, Kind::Function | Kind::Procedure | Kind::Routine);
        let (Some(arguments), Some(place)) = (drop.arguments_of(name), self.function_place(name).filter(|_| routine))
        else {
            return false;
        };
        let wanted: Vec<Name> = arguments.iter().map(argument_name).collect();
        let Some(function) = self.catalog.functions.get(&place) else {
            return false;
        };
        let found = function.overloads.iter().any(|overload| overload.arguments == wanted);
        if found && function.overloads.len() > 1 && !drop.cascade {
            self.catalog.functions.update(&place, |function| {
                function.overloads.retain(|overload| overload.arguments != wanted);
            });
            return true;
        }
        !found && drop.if_exists
    }

    /// The object of a name; `None` where it is not known, or of a kind that nothing depends on.
    fn droppable(&mut self, kind: ObjectKind, name: &ObjectName) -> Applied<Option<Droppable>> {
        use ObjectKind as Kind;
        let path = self.moment.search_path;
        Ok(match kind {
            Kind::Table | Kind::ForeignTable | Kind::Index | Kind::View | Kind::MaterializedView | Kind::Sequence => {
                let Some(relation) = self.find(name).and_then(|id| self.catalog.relation(id)) else {
                    return Ok(None);
                };
                let fits = match &relation.body {
                    RelationBody::Table(table) => kind == if table.foreign { Kind::ForeignTable } else { Kind::Table },
                    RelationBody::Index(_) => kind == Kind::Index,
                    RelationBody::View(view) => {
                        kind == if view.materialized { Kind::MaterializedView } else { Kind::View }
                    }
                    RelationBody::Sequence(_) => kind == Kind::Sequence,
                    RelationBody::Composite(_) => false,
                    RelationBody::Unknown => true,
                };
                // What was never seen created may be of any kind.
                let Some(object) = (fits || relation.origin.is_none()).then_some(relation.id) else {
                    return Err(Refused);
                };
                Some(Droppable::Relation(object))
            }
            Kind::Type | Kind::Domain => {
                let composite = self.find(name).filter(|id| {
                    let body = self.catalog.relation(*id).map(|relation| &relation.body);
                    matches!(body, Some(RelationBody::Composite(_) | RelationBody::Unknown))
                });
                let schema = name.schema.as_ref().map(|schema| schema.name.as_str());
                let ty = self.catalog.type_named(schema, &name.name.name, path);
                match ty {
                    Some(ty) => Some(Droppable::Type(ty.schema.clone(), ty.name.clone())),
                    None => composite.map(Droppable::Relation),
                }
            }
            Kind::Function | Kind::Procedure | Kind::Routine | Kind::Aggregate => {
                self.function_place(name).map(|(schema, name)| Droppable::Function(schema, name))
            }
            Kind::Schema => {
                let schema = name.name.name.clone();
                Some(Droppable::Schema(schema))
            }
            Kind::Statistics => {
                self.statistics_named(name).map(|(id, schema, name)| Droppable::Statistics(id, schema, name))
            }
            _ => {
                self.catalog.objects.remove(&(kind, name.name.name.clone()));
                None
            }
        })
    }

    /// Schema and name of a function, where it is known.
    pub(super) fn function_place(&self, name: &ObjectName) -> Option<(Name, Name)> {
        let place = |schema: &Name| (schema.clone(), name.name.name.clone());
        let known = |place: &(Name, Name)| self.catalog.functions.contains(place);
        match &name.schema {
            Some(schema) => Some(place(&schema.name)).filter(known),
            None => self.moment.search_path.iter().map(place).find(known),
        }
    }

    /// Extended statistics by name: table, schema, name.
    pub(super) fn statistics_named(&self, name: &ObjectName) -> Option<(RelationId, Name, Name)> {
        let find = |schema: &Name| {
            let node = Node::Statistics(schema.clone(), name.name.name.clone());
            let table = self.catalog.users(node, Use::Holds).next()?;
            Some((table.id, schema.clone(), name.name.name.clone()))
        };
        match &name.schema {
            Some(schema) => find(&schema.name),
            None => self.moment.search_path.iter().find_map(find),
        }
    }

    fn drop_missing(&mut self, drop: &Drop, name: &ObjectName) -> Applied {
        use ObjectKind as Kind;
        let is_relation = matches!(
            drop.kind,
            Kind::Table | Kind::ForeignTable | Kind::Index | Kind::View | Kind::MaterializedView | Kind::Sequence
        );
        if !is_relation {
            return Ok(());
        }
        if !drop.if_exists {
            return Err(Refused);
        }
        if !self.is_guarded() {
            let place = self.place(name, false);
            self.catalog.absent.insert(place, ());
        }
        Ok(())
    }

    /// Drops objects with all that goes with them; refused where something is in the way.
    pub(super) fn drop_all(&mut self, objects: &[Droppable], cascade: bool) -> Applied {
        let dropped = self.catalog.dropped_with(objects, cascade, self.moment.version);
        if dropped.is_refused() {
            return Err(Refused);
        }
        // Parts of what stays first, while everything can still be looked up.
        for dropped in &dropped.objects {
            self.remember_index(&dropped.object);
            self.drop_part(&dropped.object);
        }
        for dropped in &dropped.objects {
            match &dropped.object {
                Droppable::Relation(id) => {
                    self.remember_distinct(*id);
                    self.catalog.forget(*id);
                    self.catalog.inserted.clear(*id);
                    self.leave_publications(*id);
                }
                Droppable::Type(schema, name) => {
                    self.catalog.types.remove(&(schema.clone(), name.clone()));
                    self.catalog.absent.insert((schema.clone(), name.clone()), ());
                }
                Droppable::Function(schema, name) => self.catalog.functions.remove(&(schema.clone(), name.clone())),
                Droppable::Schema(name) => {
                    self.catalog.schemas.remove(name);
                    self.catalog.absent.insert(schema_place(name), ());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps in mind, at its table, an index that goes.
    fn remember_index(&mut self, object: &Droppable) {
        let Droppable::Relation(id) = object else {
            return;
        };
        let index =
            self.catalog.relation(*id).filter(|relation| relation.origin.is_some()).and_then(Relation::as_index);
        if let Some(index) = index.cloned() {
            let at = self.origin().at;
            self.change_table(index.table, |table| table.dropped_indexes.push((index, at)));
        }
    }

    fn drop_part(&mut self, object: &Droppable) {
        match object {
            Droppable::Column(id, name) => {
                let file = self.moment.source;
                self.catalog.change(*id, |relation| match &mut relation.body {
                    RelationBody::Table(table) => {
                        let demanded = |column: &Column| column.not_null && !column.fills_itself();
                        if table.column(name).is_some_and(demanded) {
                            table.demanded.push((name.clone(), file));
                        }
                        table.columns.retain(|column| column.name != *name);
                        table.distinct.retain(|distinct| !distinct.columns.contains(name));
                        table.unkept.retain(|(index, _)| !index.uses_column(name));
                        table.shown_null.retain(|(shown, _)| shown != name);
                    }
                    RelationBody::Composite(columns) => columns.retain(|column| column.name != *name),
                    _ => {}
                });
                self.keep_local(*id, name);
            }
            Droppable::Default(id, name) => self.change_column(*id, name, |column| {
                column.default = None;
                column.sequence = None;
            }),
            Droppable::Constraint(id, name) => {
                self.change_table(*id, |table| table.constraints.retain(|constraint| constraint.name != *name));
            }
            Droppable::Attachment(id, kind, name) => self.detach_from(*id, *kind, name),
            Droppable::Statistics(id, schema, name) => self.change_table(*id, |table| {
                table.statistics.retain(|statistics| statistics.schema != *schema || statistics.name != *name);
            }),
            Droppable::Relation(_) | Droppable::Type(..) | Droppable::Function(..) | Droppable::Schema(_) => {}
        }
    }

    /// A child that defines the column by itself, also, keeps it when the last parent that has it is without it.
    fn keep_local(&mut self, id: RelationId, name: &Name) {
        let children: Vec<RelationId> = self.catalog.children_of(id).map(|child| child.id).collect();
        for child in children {
            let parents = self.catalog.table(child).map(|(_, table)| table.inherits.clone()).unwrap_or_default();
            let has_it = |parent: &RelationId| {
                self.catalog.table(*parent).is_some_and(|(_, table)| table.column(name).is_some())
            };
            if !parents.iter().any(has_it) {
                self.change_column(child, name, |column| column.inherited &= !column.local);
            }
        }
    }

    fn detach_from(&mut self, id: RelationId, kind: ObjectKind, name: &Name) {
        self.catalog.change(id, |relation| {
            let attachments = match &mut relation.body {
                RelationBody::Table(table) => &mut table.attachments,
                RelationBody::View(view) => &mut view.attachments,
                _ => return,
            };
            attachments.retain(|attachment| attachment.kind != kind || attachment.name != *name);
        });
    }

    pub(super) fn drop_on_table(&mut self, drop: &DropOnTable) -> Applied {
        let Some(relation) = self.find(&drop.table).and_then(|id| self.catalog.relation(id)) else {
            return if drop.if_exists { Ok(()) } else { Err(Refused) };
        };
        let id = relation.id;
        let existing = relation
            .attachments()
            .iter()
            .find(|attachment| attachment.kind == drop.kind && attachment.name == drop.name.name);
        let complete = relation.origin.is_some() && relation.as_table().is_none_or(Table::knows_attachments);
        match existing {
            Some(attachment) if attachment.inherited => return Err(Refused),
            None if complete && !drop.if_exists => return Err(Refused),
            _ => {}
        }
        for table in self.with_partitions(id) {
            self.detach_from(table, drop.kind, &drop.name.name);
        }
        Ok(())
    }

    fn leave_publications(&mut self, id: RelationId) {
        let publications = self.catalog.objects.iter().filter(|(_, object)| object.relations.contains(&id));
        let publications: Vec<_> = publications.map(|(key, _)| key.clone()).collect();
        for publication in publications {
            self.catalog.objects.update(&publication, |object| object.relations.retain(|relation| *relation != id));
        }
    }

    /// DISCARD drops the session's temporary relations.
    pub(super) fn discard(&mut self, set: &Set) {
        if set.scope == SetScope::Discard {
            self.catalog.drop_temporary(|_| true);
        }
    }
}

/// Where it is kept that a schema is known not to exist.
pub(super) fn schema_place(schema: &Name) -> (Name, Name) {
    (schema.clone(), Name::default())
}

impl crate::catalog::Catalog {
    /// Drops the temporary relations of the session, all or some of them, with whatever depends on them.
    pub(in crate::catalog) fn drop_temporary(&mut self, is_meant: impl Fn(&Relation) -> bool) {
        let temporary = Name::new_static("pg_temp");
        let first = (temporary.clone(), Name::default());
        let names = self.relation_names.range(first..).take_while(|((schema, _), _)| *schema == temporary);
        let ids: Vec<RelationId> =
            names.map(|(_, id)| *id).filter(|id| self.relation(*id).is_some_and(&is_meant)).collect();
        for id in ids {
            let parts: Vec<RelationId> = self.indexes_of(id).map(|(index, _)| index.id).collect();
            let sequences: Vec<RelationId> = self.sequences_owned_by(id, None).map(|sequence| sequence.id).collect();
            let views: Vec<RelationId> = self.all_views_over(id).iter().map(|view| view.id).collect();
            for id in parts.into_iter().chain(sequences).chain(views).chain([id]) {
                self.forget(id);
                self.inserted.clear(id);
            }
        }
    }

    /// The session ends: its temporary relations are gone.
    pub fn end_session(&mut self) {
        self.drop_temporary(|_| true);
        self.commit();
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::testing::Session;

    #[test]
    fn a_function_over_rows_goes_with_their_table() {
        let functions = |sql: &str| {
            let made = "CREATE TABLE t (id int); CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION g() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t';
                CREATE FUNCTION h() RETURNS int LANGUAGE sql AS 'SELECT id FROM t';";
            let mut session = Session::new(15, false);
            session.run(&format!("{made} {sql}"));
            let each =
                session.catalog.functions().map(|((_, name), function)| format!("{name}{}", function.overloads.len()));
            each.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(functions("SELECT 1"), "f2 g1 h1");
        assert_eq!(functions("DROP TABLE t CASCADE"), "f1 g0 h1");
        assert_eq!(functions("CREATE SCHEMA s; CREATE TABLE s.t (id int); DROP TABLE t CASCADE"), "f2 g1 h1");
    }
}
