//! What each action of an ALTER TABLE asks for: a lock (`AlterTableGetLockLevel`), a kind of relation (`ATSimplePermissions`), the
//! children as well (`ATPrepCmd`), and its pass.

use super::not_null::not_valid_not_null;
use crate::catalog::{Relation, RelationBody};
use crate::dialect::Version;
use crate::effect::LockMode;
use crate::statement::{AlterActionKind as Kind, ConstraintKind, Ident, Persistence, StorageOption};

/// The lock that an action needs on the relation.
pub(super) fn of(kind: &Kind) -> LockMode {
    match kind {
        Kind::AddConstraint(constraint) if matches!(constraint.kind, ConstraintKind::ForeignKey(_)) => {
            LockMode::ShareRowExclusive
        }
        Kind::Trigger { .. } => LockMode::ShareRowExclusive,
        Kind::SetStatistics(_)
        | Kind::SetColumnOptions { .. }
        | Kind::ClusterOn(_)
        | Kind::SetWithoutCluster
        | Kind::ValidateConstraint(_) => LockMode::ShareUpdateExclusive,
        Kind::SetOptions(options) | Kind::ResetOptions(options) => {
            options.iter().map(of_option).max().unwrap_or(LockMode::AccessExclusive)
        }
        _ => LockMode::AccessExclusive,
    }
}

/// The lock that a storage parameter needs (`AlterTableGetRelOptionsLockLevel`; `reloptions.c`).
fn of_option(option: &StorageOption) -> LockMode {
    let name = option.name.strip_prefix("toast.").unwrap_or(&option.name);
    let light = name.starts_with("autovacuum_")
        || name.starts_with("vacuum_")
        || matches!(
            name,
            "fillfactor"
                | "parallel_workers"
                | "toast_tuple_target"
                | "log_autovacuum_min_duration"
                | "deduplicate_items"
        );
    if light { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive }
}

/// In which order actions run: drops, changes of type, new columns, new expressions, NOT NULL, constraints, the rest.
pub(super) fn pass(kind: &Kind) -> u8 {
    match kind {
        Kind::DropColumn { .. }
        | Kind::DropConstraint { .. }
        | Kind::DropDefault(_)
        | Kind::DropNotNull(_)
        | Kind::DropExpression(_)
        | Kind::DropIdentity(_) => 0,
        Kind::SetType { .. } => 1,
        Kind::AddColumn { .. } => 2,
        Kind::SetExpression { .. } => 3,
        Kind::SetNotNull(_) => 4,
        Kind::AddConstraint(constraint) => match constraint.kind {
            ConstraintKind::ForeignKey(_) => 6,
            _ => 5,
        },
        _ => 7,
    }
}

/// Whether an action takes the relation's children along at once.
pub(super) fn reaches_children(kind: &Kind, relation: &Relation, version: Version) -> bool {
    let partitioned = relation.as_table().is_some_and(|table| table.is_partitioned());
    let complete = relation.as_table().is_some_and(|table| table.complete);
    let column = |name: &Ident| relation.as_table().and_then(|table| table.column(&name.name));
    let refuses_null = |name: &Ident| column(name).is_some_and(|column| column.not_null);
    match kind {
        // What there is nothing to do for is found out before the children are reached.
        Kind::AddColumn { if_not_exists: true, column: new } => column(&new.name).is_none(),
        Kind::DropColumn { if_exists: true, column: old, .. } => column(old).is_some() || !complete,
        // Of partitioned tables since 12, of all since 18 (truth: set_not_null_already).
        Kind::SetNotNull(name) if version >= Version(if partitioned { 12 } else { 18 }) => {
            !refuses_null(name) || not_valid_not_null(relation.as_table(), &name.name).is_some()
        }
        Kind::DropNotNull(name) if version >= Version(18) => refuses_null(name) || !complete,
        Kind::AddColumn { .. }
        | Kind::DropColumn { .. }
        | Kind::SetType { .. }
        | Kind::SetDefault { .. }
        | Kind::DropDefault(_)
        | Kind::SetNotNull(_)
        | Kind::DropNotNull(_)
        | Kind::SetExpression { .. }
        | Kind::DropExpression(_)
        | Kind::SetStatistics(_)
        | Kind::SetStorage(_) => true,
        // Identity columns of partitioned tables are the partitions' as well from 17.
        Kind::DropIdentity(name) => {
            partitioned && version >= Version(17) && column(name).is_none_or(|column| column.identity)
        }
        Kind::AddIdentity(_) | Kind::SetIdentity(_) => partitioned && version >= Version(17),
        Kind::AddConstraint(constraint) => match &constraint.kind {
            // One that comes from a parent is merged, and goes no further before 18.
            ConstraintKind::Check(_)
                if version < Version(18)
                    && constraint.name.as_ref().is_some_and(|name| {
                        let known = relation.as_table().and_then(|table| table.constraint(&name.name));
                        known.is_some_and(|known| known.inherited)
                    }) =>
            {
                false
            }
            ConstraintKind::Check(_) | ConstraintKind::NotNull(_) => !constraint.no_inherit || version >= Version(18),
            // NOT NULL reaches the children; from 18 every new constraint locks them (observed).
            ConstraintKind::PrimaryKey(_) if version < Version(12) => false,
            ConstraintKind::PrimaryKey(_) => !partitioned || version >= Version(18),
            ConstraintKind::ForeignKey(_) => partitioned || version >= Version(18),
            _ => version >= Version(18),
        },
        _ => false,
    }
}

/// How the server refuses an action that this kind of relation does not take.
pub(super) fn refusal(kind: &Kind, relation: &Relation, version: Version) -> &'static str {
    let foreign = relation.as_table().is_some_and(|table| table.foreign);
    match kind {
        // Constraints of foreign tables are looked at before the kind of table since 13 (`transformTableConstraint`).
        Kind::AddConstraint(_) | Kind::AddColumn { .. } if foreign && version >= Version(13) => "0A000",
        _ => "42809",
    }
}

/// Whether an action can be done to this kind of relation at all.
pub(super) fn allows(kind: &Kind, relation: &Relation, version: Version) -> bool {
    let (table, foreign, view, materialized, index, sequence) = match &relation.body {
        RelationBody::Unknown | RelationBody::Composite(_) => return true,
        RelationBody::Table(table) if table.foreign => (false, true, false, false, false, false),
        RelationBody::Table(_) => (true, false, false, false, false, false),
        RelationBody::View(view) if view.materialized => (false, false, false, true, false, false),
        RelationBody::View(_) => (false, false, true, false, false, false),
        RelationBody::Index(_) => (false, false, false, false, true, false),
        RelationBody::Sequence(_) => (false, false, false, false, false, true),
    };
    match kind {
        Kind::SetDefault { .. } | Kind::DropDefault(_) => table || foreign || view,
        Kind::SetStatistics(_) => table || foreign || materialized || index,
        Kind::SetStorage(_) => table || foreign || materialized,
        Kind::SetColumnOptions { .. } => table || foreign || materialized || (index && version < Version(13)),
        Kind::SetCompression(_) | Kind::ClusterOn(_) | Kind::SetWithoutCluster | Kind::SetAccessMethod(_) => {
            table || materialized
        }
        Kind::SetTablespace(_) => table || materialized || index,
        Kind::ReplicaIdentity { .. } => table || materialized,
        Kind::SetOptions(_) | Kind::ResetOptions(_) => !foreign && !sequence,
        Kind::OwnerTo(_) | Kind::DependsOnExtension | Kind::Unknown => true,
        Kind::SetPersistence(persistence) => match persistence {
            Persistence::Temporary => true,
            Persistence::Permanent | Persistence::Unlogged => {
                let partitioned = relation.as_table().is_some_and(|table| table.is_partitioned());
                (table && !(partitioned && version >= Version(18))) || (sequence && version >= Version(15))
            }
        },
        Kind::AttachPartition { .. } | Kind::DetachPartition { .. } => table || index,
        Kind::SequenceOptions { .. } => sequence,
        Kind::ForeignOptions => foreign,
        Kind::Trigger { .. } | Kind::Inherit(_) | Kind::NoInherit(_) | Kind::DropConstraint { .. } => table || foreign,
        Kind::AddColumn { column, .. } if foreign => column.constraints.iter().all(|constraint| {
            matches!(constraint.kind, ConstraintKind::Check(_) | ConstraintKind::NotNull(_) | ConstraintKind::Null(_))
        }),
        // Nobody could compute the new values.
        Kind::SetType { using: Some(_), .. } => table,
        Kind::AddColumn { .. }
        | Kind::DropColumn { .. }
        | Kind::SetType { .. }
        | Kind::SetNotNull(_)
        | Kind::DropNotNull(_)
        | Kind::AddIdentity(_)
        | Kind::SetIdentity(_)
        | Kind::DropIdentity(_)
        | Kind::SetExpression { .. }
        | Kind::DropExpression(_)
        | Kind::ValidateConstraint(_) => table || foreign,
        Kind::AddConstraint(constraint) => match constraint.kind {
            ConstraintKind::Check(_) | ConstraintKind::NotNull(_) | ConstraintKind::Null(_) => table || foreign,
            _ => table,
        },
        Kind::AlterConstraint { .. }
        | Kind::OfType(_)
        | Kind::NotOf
        | Kind::Rule { .. }
        | Kind::RowSecurity(_)
        | Kind::SetWithoutOids => table || (foreign && matches!(kind, Kind::SetWithoutOids)),
        Kind::RenameTo(_) | Kind::RenameColumn { .. } | Kind::RenameConstraint { .. } | Kind::SetSchema(_) => true,
    }
}
