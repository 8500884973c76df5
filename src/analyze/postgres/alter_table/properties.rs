//! The actions of ALTER TABLE that neither read nor write rows, and those that move or copy a table as it is
//! (truth: the groups `table_props` and `default_notnull`).

use super::Alteration;
use super::work::Rewrite;
use crate::analyze::postgres::analysis::Analysis;
use crate::analyze::postgres::constraint::label_of;
use crate::analyze::postgres::default::cannot_be_default;
use crate::analyze::postgres::literal_key;
use crate::catalog::{Attachment, Column, Index, Relation, RelationBody, Table, TableConstraintKind};
use crate::dialect::Version;
use crate::effect::{
    ClientChange, ColumnChange, Confidence, EffectKind, FailReason, LockMode, NothingReason, OpaqueReason,
    ReplicaIdentity, RewriteReason,
};
use crate::source::Span;
use crate::statement::{
    AlterActionKind as Kind, Expr, ExprKind, Ident, Name, ObjectKind, ObjectName, Persistence, RowSecurity,
    StorageOption, Volatility,
};
use smol_str::SmolStr;

impl<'a> Alteration<'a, '_> {
    pub(super) fn set_property(&mut self, analysis: &mut Analysis<'a>, kind: &Kind) {
        let span = self.action;
        match kind {
            Kind::SetDefault { column, default } => self.set_default(analysis, column, default),
            Kind::DropDefault(column) => self.drop_default(analysis, column),
            Kind::SetExpression { column, expr } => self.set_expression(analysis, column, expr),
            Kind::DropExpression(column) => self.drop_expression(analysis, column),
            Kind::AddIdentity(column) => self.add_identity(analysis, column),
            Kind::SetIdentity(column) => self.alter_identity(analysis, column, LockMode::ShareRowExclusive),
            Kind::DropIdentity(column) => self.alter_identity(analysis, column, LockMode::AccessExclusive),
            // Of an index the column may be a number.
            Kind::SetStatistics(column) if self.relation.as_table().is_some() => {
                self.existing_column(analysis, column);
            }
            Kind::SetStatistics(column) => self.set_index_statistics(analysis, column),
            Kind::SetStorage(column) | Kind::SetCompression(column) => {
                self.existing_column(analysis, column);
            }
            Kind::SetColumnOptions { column, .. } => {
                self.existing_column(analysis, column);
            }
            Kind::Trigger { mode, name, internal } => {
                self.switch_trigger(analysis, mode, name.as_ref(), *internal, span);
            }
            Kind::Rule { name, .. } => {
                self.attachment(analysis, ObjectKind::Rule, name);
            }
            Kind::RowSecurity(switch) => self.switch_row_security(analysis, *switch, span),
            Kind::ReplicaIdentity { kind, index } => self.set_replica_identity(analysis, kind, index.as_ref(), span),
            Kind::ClusterOn(index) => self.cluster_on(analysis, index),
            Kind::SetTablespace(tablespace) => self.set_tablespace(analysis, tablespace),
            Kind::SetAccessMethod(method) => self.set_access_method(analysis, method),
            Kind::SetPersistence(persistence) => self.set_persistence(analysis, *persistence, span),
            Kind::SetOptions(options) => {
                super::super::access::set_options(analysis, self.relation, options);
                self.set_options(analysis, options, span);
            }
            Kind::SetWithoutCluster if self.is_partitioned() => {
                analysis.fail(span, FailReason::Partitioned, "0A000", self.relation.display_name());
            }
            Kind::OwnerTo(owner) => self.set_owner(analysis, owner),
            Kind::Inherit(parent) => self.inherit(analysis, parent),
            Kind::NoInherit(parent) => self.no_inherit(analysis, parent),
            Kind::OfType(ty) => {
                if let Some(found) = analysis.resolve(ty) {
                    analysis.lock(found, LockMode::AccessShare, span);
                    self.become_typed(analysis, found, ty.span());
                } else if analysis.context.settings.from_empty {
                    analysis.fail(ty.span(), FailReason::Missing, "42704", smol_str::format_smolstr!("{ty}"));
                }
            }
            Kind::NotOf if self.relation.as_table().is_some_and(|table| table.complete && table.of_type.is_none()) => {
                analysis.fail(span, FailReason::Kind, "42809", self.relation.display_name());
            }
            Kind::Unknown => {
                let kind = EffectKind::CannotBeAnalysed { reason: OpaqueReason::NotUnderstood };
                let effect = analysis.on(self.relation, span, kind);
                effect.confidence = Confidence::Assumed;
            }
            _ => {}
        }
    }

    /// Of an index only expressions have statistics; they go by their number.
    fn set_index_statistics(&self, analysis: &mut Analysis<'a>, column: &Ident) {
        let Some(index) = self.relation.as_index() else {
            return;
        };
        let number: Option<usize> = column.name.parse().ok();
        let Some(key) = number.and_then(|number| index.keys.get(number.checked_sub(1)?)) else {
            return;
        };
        if matches!(key.expr.kind, ExprKind::Column(_)) {
            analysis.fail(column.span, FailReason::Kind, "0A000", column.name.clone());
        }
    }

    fn already_so(&self, analysis: &mut Analysis<'a>, focus: Span, object: impl Into<SmolStr>) {
        let kind = EffectKind::DoesNothing { reason: NothingReason::AlreadySo, object: object.into() };
        analysis.on(self.relation, focus, kind);
    }

    fn set_default(&mut self, analysis: &mut Analysis<'a>, column: &Ident, default: &Expr) {
        let Some(known) = self.existing_column(analysis, column) else {
            return;
        };
        if known.is_some_and(|known| known.identity || known.generated.is_some()) {
            analysis.fail(column.span, FailReason::Kind, "42601", column.name.clone());
            return;
        }
        if let Some((span, sqlstate)) = cannot_be_default(default, analysis.version()) {
            analysis.fail(span, FailReason::Invalid, sqlstate, column.name.clone());
            return;
        }
        let found = analysis.volatility_of(default);
        if let Some(function) = found.missing {
            analysis.fail(default.span, FailReason::Missing, "42883", smol_str::format_smolstr!("{function}"));
            return;
        }
        if let Some(ty) = known.and_then(|known| known.ty.as_ref())
            && analysis.use_of_new_value(ty, default)
        {
            return;
        }
        let known_volatile = found.volatility == Volatility::Volatile && found.assumptions.is_empty();
        let change = if known_volatile { ColumnChange::VolatileDefault } else { ColumnChange::Default };
        self.tell_changed(analysis, known, column, change);
        literal_key::default(analysis, self.relation, &column.name, default);
    }

    /// A change of a column that no row is read for. One that these migrations have just added is nobody's yet.
    pub(super) fn tell_changed(
        &self,
        analysis: &mut Analysis<'a>,
        known: Option<&Column>,
        column: &Ident,
        change: ColumnChange,
    ) {
        let new = analysis.is_new(self.relation) || analysis.made_now(known.and_then(|known| known.origin));
        let kind = EffectKind::ChangesColumn { column: column.name.clone(), change };
        analysis.on_column(self.relation, new, column.span, kind);
    }

    fn drop_default(&mut self, analysis: &mut Analysis<'a>, column: &Ident) {
        let Some(known) = self.existing_column(analysis, column) else {
            return;
        };
        if known.is_some_and(|known| known.identity || known.generated.is_some()) {
            analysis.fail(column.span, FailReason::Kind, "42601", column.name.clone());
            return;
        }
        if known.is_some_and(|known| known.default.is_none() && known.sequence.is_none()) {
            self.already_so(analysis, column.span, column.name.clone());
            return;
        }
        if analysis.catalog().assigns_new(self.relation, &column.name) {
            return;
        }
        // Whoever leaves the column out inserts NULL from now on.
        let required = known.is_some_and(|known| known.not_null);
        let kind = EffectKind::breaks_clients(
            if required { ClientChange::RequiredColumn } else { ClientChange::DropDefault },
            column.name.clone(),
        );
        analysis.on(self.relation, column.span, kind);
    }

    fn drop_expression(&mut self, analysis: &mut Analysis<'a>, column: &Ident) {
        let Some(known) = self.existing_column(analysis, column) else {
            return;
        };
        // Reached from above, a child that has children itself counts as altered alone (`ATPrepDropExpression`).
        let catalog = analysis.catalog();
        let deep = self.first_generation(analysis).iter().any(|child| !catalog.descendants(child.id).is_empty());
        if self.leaves_children_out(analysis) || (!self.statement.only && deep) {
            analysis.fail(column.span, FailReason::Invalid, "0A000", column.name.clone());
            return;
        }
        if known.is_some_and(|known| known.inherited) {
            analysis.fail(column.span, FailReason::Invalid, "42P16", column.name.clone());
            return;
        }
        match known.map(|known| &known.generated) {
            Some(Some(generated)) if !generated.stored => {
                analysis.fail(column.span, FailReason::Kind, "0A000", column.name.clone());
            }
            Some(None) => {}
            _ => self.tell_changed(analysis, known, column, ColumnChange::DropExpression),
        }
    }

    /// An identity of a partitioned table is one of its partitions from 17 on, and altered with theirs; else the statement fails.
    fn identity_is_whole(&self, analysis: &mut Analysis<'a>, column: &Ident) -> bool {
        let of_partition = self.relation.as_table().is_some_and(|table| table.partition.is_some());
        let alone = self.is_partitioned() && self.statement.only;
        let whole = analysis.version() < Version(17) || !(alone || of_partition);
        if !whole {
            analysis.fail(column.span, FailReason::Partitioned, "42P16", column.name.clone());
        }
        whole
    }

    fn add_identity(&mut self, analysis: &mut Analysis<'a>, column: &Ident) {
        if !self.identity_is_whole(analysis, column) {
            return;
        }
        let Some(Some(known)) = self.existing_column(analysis, column) else {
            return;
        };
        let so_far = self.queue.so_far(self.relation.id);
        let not_null = known.not_null || so_far.is_some_and(|so_far| so_far.not_null.contains(&column.name));
        if !not_null || known.identity || known.default.is_some() {
            analysis.fail(column.span, FailReason::Invalid, "55000", column.name.clone());
        }
    }

    fn alter_identity(&mut self, analysis: &mut Analysis<'a>, column: &Ident, lock: LockMode) {
        if !self.identity_is_whole(analysis, column) {
            return;
        }
        let Some(Some(known)) = self.existing_column(analysis, column) else {
            return;
        };
        if !known.identity {
            if lock == LockMode::ShareRowExclusive {
                analysis.fail(column.span, FailReason::Kind, "55000", column.name.clone());
            }
            return;
        }
        if let Some(sequence) = known.sequence.and_then(|id| analysis.catalog().relation(id)) {
            analysis.lock(sequence, lock, column.span);
        }
        if lock == LockMode::AccessExclusive {
            self.tell_changed(analysis, Some(known), column, ColumnChange::DropIdentity);
            self.queue.table(self.relation).so_far.dropped_identities.push(column.name.clone());
        }
    }

    /// A trigger or rule of the relation; where it certainly has none of that name, the statement fails.
    fn attachment(&self, analysis: &mut Analysis<'a>, kind: ObjectKind, name: &Ident) -> Option<&'a Attachment> {
        let found = self.relation.attachments().iter().find(|it| it.kind == kind && it.name == name.name);
        if found.is_none() && self.relation.as_table().is_some_and(Table::knows_attachments) {
            analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
        }
        found
    }

    fn switch_trigger(
        &mut self,
        analysis: &mut Analysis<'a>,
        mode: &str,
        name: Option<&Ident>,
        internal: bool,
        span: Span,
    ) {
        let relation = self.relation;
        if name.is_none() && matches!(mode, "enable replica" | "enable always") {
            analysis.fail(span, FailReason::Invalid, "42601", "ALL");
            return;
        }
        let cloned = match name {
            Some(name) => {
                let Some(trigger) = self.attachment(analysis, ObjectKind::Trigger, name) else {
                    return;
                };
                trigger.for_each_row
            }
            None => {
                // Those of foreign keys know their partitions' since 15 (truth: disable_triggers_of_partitioned).
                let keeps_keys = internal
                    && analysis.version() >= Version(15)
                    && (relation.as_table().is_some_and(|table| table.foreign_keys().next().is_some())
                        || analysis.catalog().foreign_keys_to(relation.id).next().is_some());
                keeps_keys || relation.attachments().iter().any(|it| it.kind == ObjectKind::Trigger && it.for_each_row)
            }
        };
        // A row trigger of a partitioned table is one of each partition, too.
        if cloned && !self.statement.only {
            for partition in analysis.catalog().all_partitions(relation.id) {
                analysis.lock(partition, self.lock, span);
            }
        }
        if mode == "disable" {
            let trigger = name.map(|name| name.name.clone()).unwrap_or_default();
            let has_keys = || {
                let unseen = |table: &Table| !table.complete || table.foreign_keys().next().is_some();
                relation.as_table().is_none_or(unseen)
                    || analysis.catalog().foreign_keys_to(relation.id).next().is_some()
            };
            let kind = EffectKind::DisablesTriggers { trigger, foreign_keys: internal && has_keys() };
            analysis.on(relation, name.map_or(span, |name| name.span), kind);
        }
    }

    fn switch_row_security(&mut self, analysis: &mut Analysis<'a>, switch: RowSecurity, span: Span) {
        super::super::access::row_security(analysis, self.relation, span, switch);
        let Some(table) = self.relation.as_table().filter(|table| table.complete) else {
            return;
        };
        let so = match switch {
            RowSecurity::Enable => table.row_security,
            RowSecurity::Disable => !table.row_security,
            RowSecurity::Force => table.force_row_security,
            RowSecurity::NoForce => !table.force_row_security,
        };
        if so {
            self.already_so(analysis, span, self.relation.display_name());
        }
    }

    /// An index of the relation by name. Where it is certainly none, the statement fails.
    fn index(&self, analysis: &mut Analysis<'a>, name: &Ident) -> Option<(&'a Relation, &'a Index)> {
        let catalog = analysis.catalog();
        let found = catalog.indexes_of(self.relation.id).find(|(index, _)| index.name == name.name);
        let complete = self.relation.as_table().is_some_and(|table| table.complete);
        if found.is_none() && (complete || self.relation.as_view().is_some_and(|view| view.complete)) {
            analysis.fail(name.span, FailReason::Missing, "42704", name.name.clone());
        }
        found
    }

    fn set_replica_identity(&mut self, analysis: &mut Analysis<'a>, kind: &Name, name: Option<&Ident>, span: Span) {
        let identity = match kind.as_str() {
            "full" => ReplicaIdentity::Full,
            "nothing" => ReplicaIdentity::Nothing,
            "index" => ReplicaIdentity::Index,
            _ => ReplicaIdentity::Default,
        };
        analysis.on(self.relation, span, EffectKind::ChangesReplicaIdentity { identity });
        if let Some(name) = name {
            let Some((relation, index)) = self.index(analysis, name) else {
                return;
            };
            let nullable = index.keys.iter().any(|key| {
                let known =
                    key.expr.columns().first().and_then(|column| self.relation.as_table()?.column(&column.name));
                known.is_some_and(|column| !column.not_null)
            });
            let plain = index.keys.iter().all(|key| matches!(key.expr.kind, ExprKind::Column(_)));
            if !index.unique || index.predicate.is_some() || !plain || nullable {
                let label = analysis.created_here(relation);
                analysis.fail(name.span, FailReason::Kind, "42809", relation.display_name()).because.extend(label);
                return;
            }
            analysis.lock(relation, LockMode::Share, name.span);
        } else if self.relation.as_table().is_some_and(|table| {
            table.complete && table.replica_identity.as_deref().unwrap_or("default") == kind.as_str()
        }) {
            self.already_so(analysis, span, self.relation.display_name());
        }
    }

    fn cluster_on(&mut self, analysis: &mut Analysis<'a>, name: &Ident) {
        let Some((relation, index)) = self.index(analysis, name) else {
            return;
        };
        if self.is_partitioned() {
            analysis.fail(name.span, FailReason::Partitioned, "0A000", self.relation.display_name());
            return;
        }
        if index.predicate.is_some() || !matches!(index.method.as_str(), "btree" | "gist") {
            let label = analysis.created_here(relation);
            analysis.fail(name.span, FailReason::Kind, "0A000", relation.display_name()).because.extend(label);
            return;
        }
        analysis.lock(relation, self.lock, name.span);
    }

    fn set_tablespace(&mut self, analysis: &mut Analysis<'a>, tablespace: &Ident) {
        let relation = self.relation;
        if let RelationBody::Index(index) = &relation.body {
            if tablespace.name == "pg_default" && relation.origin.is_some() {
                self.already_so(analysis, tablespace.span, relation.display_name());
            } else if let Some(table) = analysis.catalog().relation(index.table)
                && super::has_storage(table)
            {
                analysis.rebuild_index(relation, table, crate::effect::RebuildReason::Tablespace, tablespace.span);
            }
            return;
        }
        let table = relation.as_table();
        let now = table.and_then(|table| table.tablespace.as_ref()).map_or("pg_default", Name::as_str);
        let known = table.is_some_and(|table| table.complete) || relation.as_view().is_some();
        if known && now == tablespace.name.as_str() {
            self.already_so(analysis, tablespace.span, relation.display_name());
            return;
        }
        let place = self.place(analysis, tablespace.span);
        self.queue.table(relation).copy_files(place);
    }

    fn set_access_method(&mut self, analysis: &mut Analysis<'a>, method: &Ident) {
        let relation = self.relation;
        if self.is_partitioned() {
            if analysis.version() < Version(17) {
                analysis.fail(method.span, FailReason::Partitioned, "42809", relation.display_name());
            }
            return;
        }
        let table = relation.as_table();
        let now = table.and_then(|table| table.access_method.as_ref()).map_or("heap", Name::as_str);
        let wanted = if method.name == "default" { "heap" } else { method.name.as_str() };
        if now == wanted && table.is_none_or(|table| table.complete) {
            self.already_so(analysis, method.span, relation.display_name());
            return;
        }
        self.copy_rows(analysis, RewriteReason::AccessMethod, method.span);
    }

    fn set_persistence(&mut self, analysis: &mut Analysis<'a>, wanted: Persistence, span: Span) {
        let relation = self.relation;
        let catalog = analysis.catalog();
        let Some(table) = relation.as_table() else {
            return;
        };
        if table.persistence == Persistence::Temporary {
            analysis.fail(span, FailReason::Kind, "42P16", relation.display_name());
            return;
        }
        if table.complete && table.persistence == wanted {
            self.already_so(analysis, span, relation.display_name());
            return;
        }
        if self.is_partitioned() {
            return;
        }
        // A logged table may not reference an unlogged one (`ATPrepChangePersistence`).
        let in_the_way = if wanted == Persistence::Unlogged {
            let mut keys = catalog.foreign_keys_to(relation.id);
            keys.find(|(user, _)| {
                let logged = user.as_table().is_some_and(|table| table.persistence == Persistence::Permanent);
                user.id != relation.id && logged
            })
        } else {
            table.foreign_keys().find_map(|constraint| {
                let TableConstraintKind::ForeignKey { references, .. } = constraint.kind else {
                    return None;
                };
                let (referenced, other) = catalog.table(references)?;
                let unlogged = other.persistence == Persistence::Unlogged && references != relation.id;
                unlogged.then_some((referenced, constraint))
            })
        };
        if let Some((other, constraint)) = in_the_way {
            let label = label_of(constraint);
            analysis.fail(span, FailReason::Depended, "42P16", other.display_name()).because.extend(label);
            return;
        }
        // Sequences follow their table from 15 on.
        if analysis.version() >= Version(15) {
            for sequence in catalog.sequences_owned_by(relation.id, None).collect::<Vec<_>>() {
                analysis.lock(sequence, LockMode::AccessExclusive, span);
            }
        }
        self.copy_rows(analysis, RewriteReason::Persistence, span);
    }

    /// Every row is copied to a new file.
    fn copy_rows(&mut self, analysis: &mut Analysis<'a>, reason: RewriteReason, focus: Span) {
        let relation = self.relation;
        if let Some((user, used)) = analysis.catalog().row_type_user(relation) {
            let object = smol_str::format_smolstr!("{}.{}", user.display_name(), used.name);
            analysis.fail(focus, FailReason::Depended, "0A000", object);
            return;
        }
        let place = self.place(analysis, focus);
        self.queue.table(relation).rewrite(Rewrite {
            reason,
            column: SmolStr::default(),
            change: SmolStr::default(),
            instead: SmolStr::default(),
            added_as: SmolStr::default(),
            place,
            because: Vec::new(),
            assumptions: Vec::new(),
        });
    }

    fn set_options(&mut self, analysis: &mut Analysis<'a>, options: &[StorageOption], span: Span) {
        if self.is_partitioned() && !options.is_empty() {
            let sqlstate = if analysis.version() < Version(16) { "22023" } else { "42809" };
            analysis.fail(span, FailReason::Partitioned, sqlstate, self.relation.display_name());
        }
    }

    /// The owner of a table owns its indexes and sequences as well (`ATExecChangeOwner`).
    fn set_owner(&mut self, analysis: &mut Analysis<'a>, owner: &Ident) {
        let catalog = analysis.catalog();
        let relation = self.relation;
        if is_owner(analysis, relation, &owner.name) {
            self.already_so(analysis, owner.span, relation.display_name());
            return;
        }
        let indexes: Vec<_> = catalog.indexes_of(relation.id).map(|(index, _)| index).collect();
        let sequences: Vec<_> = catalog.sequences_owned_by(relation.id, None).collect();
        for part in indexes.into_iter().chain(sequences) {
            analysis.lock(part, self.lock, owner.span);
        }
    }

    /// `OF`: the table has just the attributes of the type, in their order, and no parents (`ATExecAddOf`).
    fn become_typed(&self, analysis: &mut Analysis<'a>, ty: &Relation, focus: Span) {
        let Some(table) = self.relation.as_table().filter(|table| table.complete) else {
            return;
        };
        let RelationBody::Composite(attributes) = &ty.body else {
            if !matches!(ty.body, RelationBody::Unknown) {
                analysis.fail(focus, FailReason::Kind, "42809", ty.display_name());
            }
            return;
        };
        let differs = table.columns.len() != attributes.len()
            || table.columns.iter().zip(attributes).any(|(column, attribute)| {
                let types = column.ty.as_ref().zip(attribute.ty.as_ref());
                column.name != attribute.name || types.is_some_and(|(left, right)| !analysis.same_type(left, right))
            });
        if !table.inherits.is_empty() || table.partition.is_some() {
            analysis.fail(focus, FailReason::Kind, "42809", self.relation.display_name());
        } else if differs {
            analysis.fail(focus, FailReason::Type, "42804", self.relation.display_name());
        }
    }

    fn inherit(&mut self, analysis: &mut Analysis<'a>, name: &ObjectName) {
        let Some(parent) = analysis.named(name) else {
            return;
        };
        let child = self.relation;
        let focus = name.span();
        let partitioning =
            |relation: &Relation| relation.as_table().is_some_and(|it| it.is_partitioned() || it.partition.is_some());
        if partitioning(parent) || partitioning(child) || child.as_table().is_some_and(|table| table.of_type.is_some())
        {
            analysis.fail(focus, FailReason::Kind, "42809", parent.display_name());
            return;
        }
        analysis.lock(parent, LockMode::ShareUpdateExclusive, focus);
        if child.as_table().is_some_and(|table| table.inherits.contains(&parent.id)) {
            analysis.fail(focus, FailReason::Duplicate, "42P07", parent.display_name());
            return;
        }
        // Nothing may come to inherit from itself.
        let descendants = analysis.catalog().descendants(child.id);
        for descendant in &descendants {
            analysis.lock(descendant, LockMode::AccessShare, focus);
        }
        if child.id == parent.id || descendants.iter().any(|descendant| descendant.id == parent.id) {
            analysis.fail(focus, FailReason::Invalid, "42P07", parent.display_name());
            return;
        }
        if let Some(column) = missing_in_child(analysis, parent, child) {
            analysis.fail(focus, FailReason::Type, "42804", column);
        }
    }

    fn no_inherit(&mut self, analysis: &mut Analysis<'a>, name: &ObjectName) {
        if self.relation.as_table().is_some_and(|table| table.partition.is_some()) {
            analysis.fail(name.span(), FailReason::Partitioned, "42809", self.relation.display_name());
            return;
        }
        let Some(parent) = analysis.named(name) else {
            return;
        };
        analysis.lock(parent, LockMode::AccessShare, name.span());
        let table = self.relation.as_table();
        if table.is_some_and(|table| table.complete && !table.inherits.contains(&parent.id)) {
            analysis.fail(name.span(), FailReason::Missing, "42P01", parent.display_name());
        }
    }
}

/// Whether a role owns a relation already, as far as these migrations tell. What they made belongs to the role that runs them:
/// without SET ROLE that is taken to be `postgres`, the role that every server is made with.
fn is_owner(analysis: &Analysis<'_>, relation: &Relation, role: &str) -> bool {
    let session = analysis.context.session;
    let of_session = session.setting("role").or_else(|| session.setting("session authorization"));
    let of_session = of_session.map_or("postgres", Name::as_str);
    let role = if matches!(role, "current_user" | "current_role" | "session_user") { of_session } else { role };
    match &relation.owner {
        Some(owner) => owner == role,
        None => relation.origin.is_some() && role == of_session,
    }
}

/// A column or CHECK of a parent that a child lacks, or has otherwise (`MergeAttributesIntoExisting`, `MergeConstraintsIntoExisting`).
pub(in crate::analyze::postgres) fn missing_in_child(
    analysis: &Analysis<'_>,
    parent: &Relation,
    child: &Relation,
) -> Option<Name> {
    let (Some(parent), Some(child)) = (parent.as_table(), child.as_table()) else {
        return None;
    };
    if !child.complete {
        return None;
    }
    for column in &parent.columns {
        let Some(own) = child.column(&column.name) else {
            return Some(column.name.clone());
        };
        let other_type = match (&column.ty, &own.ty) {
            (Some(left), Some(right)) => !(analysis.same_type(left, right) || left.percent_type || right.percent_type),
            _ => false,
        };
        // Before 16 a child could compute what its parent stores (truth: inherit_generated_child).
        let generated = match (&column.generated, &own.generated) {
            (Some(_), None) => true,
            (None, Some(_)) => analysis.version() >= Version(16),
            _ => false,
        };
        if other_type || (column.not_null && !own.not_null) || generated {
            return Some(column.name.clone());
        }
    }
    let lacks = |name: &Name| {
        let own = child.constraint(name);
        !own.is_some_and(|own| matches!(own.kind, TableConstraintKind::Check { .. }))
    };
    let checks = parent
        .constraints
        .iter()
        .filter(|constraint| matches!(constraint.kind, TableConstraintKind::Check { .. }) && !constraint.no_inherit);
    checks.map(|check| &check.name).find(|name| lacks(name)).cloned()
}
