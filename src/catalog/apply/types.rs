//! Types and domains.

use super::drop::schema_place;
use super::{Applied, Change, Creation, Refused};
use crate::catalog::names::stored;
use crate::catalog::{
    Column, Domain, DomainCheck, Droppable, EnumValue, Origin, RelationBody, RelationId, Type, TypeKind,
};
use crate::statement::{
    AlterDomain, AlterDomainAction, AlterType, AlterTypeAction, Constraint, ConstraintKind, CreateDomain, CreateType,
    CreateTypeKind, Name, ObjectName,
};

impl Change<'_> {
    pub(super) fn create_type(&mut self, create: &CreateType) -> Applied {
        let place = self.place(&create.name, false);
        let origin = self.origin();
        let kind = match &create.kind {
            CreateTypeKind::Enum(labels) => {
                // Labels that were there before, or came with their type, can be used at once: they are of no transaction here.
                let perhaps_made = self.is_guarded() && !self.is_absent(&place);
                let origin = if perhaps_made { Origin { transaction: 0, ..origin } } else { origin };
                let values = labels.iter().map(|label| EnumValue { label: label.clone(), origin });
                TypeKind::Enum(values.collect())
            }
            CreateTypeKind::Range | CreateTypeKind::Base => TypeKind::Other,
            CreateTypeKind::Composite(attributes) => {
                let (id, origin) = match self.creation(&place, false)? {
                    Creation::Exists => return Ok(()),
                    Creation::Made(existing) => (existing, Some(origin)),
                    Creation::Unsure => (None, None),
                };
                let id = id.unwrap_or_else(|| self.new_id());
                let owner = super::columns::Owner { id, schema: &place.0, name: &place.1, origin };
                let columns = attributes.iter().map(|attribute| self.make_column(owner, attribute));
                let columns = columns.collect::<Applied<_>>()?;
                self.enter(id, place, origin, RelationBody::Composite(columns));
                return Ok(());
            }
        };
        self.enter_type(place, kind)
    }

    /// Enters a type that is no relation.
    fn enter_type(&mut self, place: (Name, Name), kind: TypeKind) -> Applied {
        let existing = self.catalog.types.get(&place);
        // The shell of a base type is completed by a second statement.
        let is_shell = existing.is_some_and(|ty| ty.kind == TypeKind::Other && kind == TypeKind::Other);
        if existing.is_some_and(|ty| ty.origin.is_some()) && !is_shell
            || self.catalog.find(&place.0, &place.1).is_some()
        {
            return Err(Refused);
        }
        let unsure = self.is_guarded() && !self.is_absent(&place);
        let origin = (!unsure).then(|| self.origin());
        self.catalog.absent.remove(&place);
        self.catalog.types.insert(place.clone(), Type { schema: place.0, name: place.1, origin, made_as: None, kind });
        Ok(())
    }

    pub(super) fn create_domain(&mut self, create: &CreateDomain) -> Applied {
        let place = self.place(&create.name, false);
        let mut domain = Domain {
            base: self.resolved_type(&create.ty)?,
            not_null: create.constraints.iter().any(|it| matches!(it.kind, ConstraintKind::NotNull(_))),
            default: create.default.clone(),
            checks: Vec::new(),
        };
        for constraint in &create.constraints {
            add_domain_check(&mut domain, &place.1, constraint, true)?;
        }
        self.enter_type(place, TypeKind::Domain(domain))
    }

    fn type_place(&self, name: &ObjectName) -> Option<(Name, Name)> {
        let schema = name.schema.as_ref().map(|schema| schema.name.as_str());
        let ty = self.catalog.type_named(schema, &name.name.name, self.moment.search_path)?;
        Some((ty.schema.clone(), ty.name.clone()))
    }

    pub(super) fn alter_type(&mut self, alter: &AlterType) -> Applied {
        let Some(place) = self.type_place(&alter.name) else {
            return match self.find(&alter.name) {
                Some(id) => self.alter_composite(id, &alter.actions),
                None if self.moment.from_empty => Err(Refused),
                None => self.alter_unseen_type(alter),
            };
        };
        for action in &alter.actions {
            self.alter_named_type(&place, action)?;
        }
        Ok(())
    }

    /// A type that was never seen created: an enum shows itself by its new label.
    fn alter_unseen_type(&mut self, alter: &AlterType) -> Applied {
        let place = self.place(&alter.name, false);
        for action in &alter.actions {
            if let AlterTypeAction::AddValue { value, if_not_exists: false, .. } = action {
                let values = vec![EnumValue { label: value.clone(), origin: self.origin() }];
                let kind = TypeKind::Enum(values);
                let ty = Type { schema: place.0.clone(), name: place.1.clone(), origin: None, made_as: None, kind };
                self.catalog.types.insert(place.clone(), ty);
            }
        }
        Ok(())
    }

    fn alter_named_type(&mut self, place: &(Name, Name), action: &AlterTypeAction) -> Applied {
        let ty = self.catalog.types.get(place).ok_or(Refused)?;
        let labels = match &ty.kind {
            TypeKind::Enum(values) => values.iter().map(|value| value.label.clone()).collect(),
            _ => Vec::new(),
        };
        let seen = ty.origin.is_some();
        let origin = self.origin();
        let mut change_labels = |change: &mut dyn FnMut(&mut Vec<EnumValue>)| {
            self.catalog.types.update(place, |ty| {
                if let TypeKind::Enum(values) = &mut ty.kind {
                    change(values);
                }
            });
        };
        match action {
            AlterTypeAction::AddValue { value, if_not_exists, position, .. } => {
                if labels.contains(value) {
                    return if *if_not_exists { Ok(()) } else { Err(Refused) };
                }
                let at = match position {
                    Some((after, label)) => match labels.iter().position(|other| other == label) {
                        Some(at) => at + usize::from(*after),
                        None if seen => return Err(Refused),
                        None => labels.len(),
                    },
                    None => labels.len(),
                };
                change_labels(&mut |values| values.insert(at, EnumValue { label: value.clone(), origin }));
            }
            AlterTypeAction::DropValue { .. } => return Err(Refused),
            AlterTypeAction::RenameValue { from, to } => {
                if labels.contains(to) || seen && !labels.contains(from) {
                    return Err(Refused);
                }
                change_labels(&mut |values| {
                    for value in values.iter_mut().filter(|value| value.label == *from) {
                        value.label = to.clone();
                    }
                });
            }
            AlterTypeAction::RenameTo(to) => return self.move_type(place, (place.0.clone(), stored(&to.name))),
            AlterTypeAction::SetSchema(schema) => return self.move_type(place, (schema.name.clone(), place.1.clone())),
            _ => {}
        }
        Ok(())
    }

    /// Gives a type another name or schema.
    pub(super) fn move_type(&mut self, from: &(Name, Name), to: (Name, Name)) -> Applied {
        if self.catalog.types.contains(&to) || self.catalog.find(&to.0, &to.1).is_some() {
            return Err(Refused);
        }
        let ty = self.catalog.types.get(from).cloned().ok_or(Refused)?;
        self.catalog.types.remove(from);
        self.catalog.absent.insert(from.clone(), ());
        self.catalog.absent.remove(&to);
        let made_as = ty.made_as.clone().or_else(|| Some(ty.name.clone()));
        self.catalog.types.insert(to.clone(), Type { schema: to.0.clone(), name: to.1.clone(), made_as, ..ty });
        self.rename_type_uses(from, &to);
        Ok(())
    }

    fn alter_composite(&mut self, id: RelationId, actions: &[AlterTypeAction]) -> Applied {
        for action in actions {
            match action {
                AlterTypeAction::AddAttribute { column, cascade } => {
                    let relation = self.catalog.relation(id).ok_or(Refused)?;
                    let (schema, name) = (relation.schema.clone(), relation.name.clone());
                    let origin = Some(self.origin());
                    let owner = super::columns::Owner { id, schema: &schema, name: &name, origin };
                    let column = self.make_column(owner, column)?;
                    self.change_attributes(id, *cascade, |columns| {
                        if columns.iter().any(|other| other.name == column.name) {
                            return Err(Refused);
                        }
                        columns.push(column.clone());
                        Ok(())
                    })?;
                }
                AlterTypeAction::DropAttribute { name, if_exists, cascade } => {
                    let has = |columns: &[Column]| columns.iter().any(|column| column.name == name.name);
                    match self.catalog.relation(id).map(|relation| &relation.body) {
                        Some(RelationBody::Composite(columns)) if has(columns) => {}
                        Some(RelationBody::Composite(_)) if !if_exists => return Err(Refused),
                        _ => continue,
                    }
                    if !cascade && self.catalog.tables_of_type(id).next().is_some() {
                        return Err(Refused);
                    }
                    self.drop_all(&[Droppable::Column(id, name.name.clone())], *cascade)?;
                }
                AlterTypeAction::AlterAttribute { name, ty, cascade } => {
                    let ty = self.resolved_type(ty)?;
                    self.change_attributes(id, *cascade, |columns| {
                        let column = columns.iter_mut().find(|column| column.name == name.name).ok_or(Refused)?;
                        column.ty = Some(ty.clone());
                        Ok(())
                    })?;
                }
                AlterTypeAction::RenameAttribute { from, to, cascade } => {
                    if !cascade && self.catalog.tables_of_type(id).next().is_some() {
                        return Err(Refused);
                    }
                    self.rename_column(id, &from.name, &to.name, false)?;
                }
                AlterTypeAction::RenameTo(to) => self.rename_relation(id, &to.name)?,
                AlterTypeAction::SetSchema(schema) => self.set_schema(id, &schema.name)?,
                AlterTypeAction::AddValue { .. }
                | AlterTypeAction::RenameValue { .. }
                | AlterTypeAction::DropValue { .. }
                | AlterTypeAction::Other => {}
            }
        }
        Ok(())
    }

    /// Changes the attributes of a composite type, and the columns of its typed tables.
    fn change_attributes(
        &mut self,
        id: RelationId,
        cascade: bool,
        change: impl Fn(&mut Vec<Column>) -> Applied,
    ) -> Applied {
        let typed: Vec<RelationId> = self.catalog.tables_of_type(id).map(|table| table.id).collect();
        if !cascade && !typed.is_empty() {
            return Err(Refused);
        }
        let mut done = Ok(());
        for id in std::iter::once(id).chain(typed) {
            self.catalog.change(id, |relation| match &mut relation.body {
                RelationBody::Composite(columns) => done = change(columns),
                RelationBody::Table(table) => done = change(&mut table.columns),
                _ => {}
            });
            if done.is_err() {
                break;
            }
        }
        done
    }

    pub(super) fn alter_domain(&mut self, alter: &AlterDomain) -> Applied {
        self.at = alter.span;
        let place = self.type_place(&alter.name).ok_or(Refused)?;
        let mut ty = self.catalog.types.get(&place).cloned().ok_or(Refused)?;
        let TypeKind::Domain(domain) = &mut ty.kind else {
            return Err(Refused);
        };
        match &alter.action {
            AlterDomainAction::SetDefault(default) => domain.default = Some(default.clone()),
            AlterDomainAction::DropDefault => domain.default = None,
            AlterDomainAction::SetNotNull => domain.not_null = true,
            AlterDomainAction::DropNotNull => domain.not_null = false,
            AlterDomainAction::AddConstraint(constraint) => {
                domain.not_null |= matches!(constraint.kind, ConstraintKind::NotNull(_));
                add_domain_check(domain, &place.1, constraint, false)?;
            }
            AlterDomainAction::DropConstraint { if_exists, name } => {
                let before = domain.checks.len();
                domain.checks.retain(|check| check.name != name.name);
                if domain.checks.len() == before && !if_exists {
                    return Err(Refused);
                }
            }
            AlterDomainAction::ValidateConstraint(name) => check_named(domain, &name.name)?.valid = true,
            AlterDomainAction::RenameConstraint { from, to } => {
                check_named(domain, &from.name)?.name = to.name.clone();
            }
            AlterDomainAction::RenameTo(to) => return self.move_type(&place, (place.0.clone(), stored(&to.name))),
            AlterDomainAction::SetSchema(schema) => {
                return self.move_type(&place, (schema.name.clone(), place.1.clone()));
            }
            AlterDomainAction::Other => return Ok(()),
        }
        self.catalog.types.insert(place, ty);
        Ok(())
    }

    /// Whether a schema is known not to exist.
    pub(super) fn is_absent_schema(&self, schema: &Name) -> bool {
        self.moment.from_empty || self.catalog.absent.contains(&schema_place(schema))
    }
}

fn check_named<'a>(domain: &'a mut Domain, name: &Name) -> Applied<&'a mut DomainCheck> {
    domain.checks.iter_mut().find(|check| check.name == *name).ok_or(Refused)
}

/// Adds a CHECK to a domain; its name is made up as `d_check`, `d_check1` ...
fn add_domain_check(domain: &mut Domain, name: &Name, constraint: &Constraint, creating: bool) -> Applied {
    let ConstraintKind::Check(expr) = &constraint.kind else {
        return Ok(());
    };
    let taken = |name: &str| domain.checks.iter().any(|check| check.name == name);
    let name = match &constraint.name {
        Some(written) if taken(&written.name) => return Err(Refused),
        Some(written) => stored(&written.name),
        None => crate::catalog::names::numbered(name, None, "check", |name| !taken(name)),
    };
    domain.checks.push(DomainCheck { name, expr: expr.clone(), valid: creating || !constraint.not_valid });
    Ok(())
}
