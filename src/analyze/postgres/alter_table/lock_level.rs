//! What each action of an ALTER TABLE asks for: a lock (`AlterTableGetLockLevel`), a kind of relation (`ATSimplePermissions`), the
//! children as well (`ATPrepCmd`), and its pass.

use crate::catalog::{Relation, RelationBody};
use crate::dialect::Version;
use crate::effect::LockMode;
use crate::statement::{AlterActionKind as Kind, ConstraintKind, Persistence, StorageOption};

/// The lock that an action needs on the relation.
pub(super) fn of(kind: &Kind, relation: &Relation) -> LockMode {
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
            options.iter().map(|option| of_option(option, relation)).max().unwrap_or(LockMode::AccessExclusive)
        }
        _ => LockMode::AccessExclusive,
    }
}

/// The lock that a storage parameter needs (`AlterTableGetRelOptionsLockLevel`; `reloptions.c`).
fn of_option(option: &StorageOption, relation: &Relation) -> LockMode {
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
    // A view's options change what its query means.
    let plain_view = relation.as_view().is_some_and(|view| !view.materialized);
    if light && !plain_view { LockMode::ShareUpdateExclusive } else { LockMode::AccessExclusive }
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
    match kind {
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
        Kind::AddIdentity(_) | Kind::SetIdentity(_) | Kind::DropIdentity(_) => partitioned && version >= Version(17),
        Kind::AddConstraint(constraint) => match &constraint.kind {
            ConstraintKind::Check(_) | ConstraintKind::NotNull(_) => !constraint.no_inherit || version >= Version(18),
            // NOT NULL reaches the children; from 18 every new constraint locks them (observed).
            ConstraintKind::PrimaryKey(_) => !partitioned || version >= Version(18),
            ConstraintKind::ForeignKey(_) => partitioned || version >= Version(18),
            _ => version >= Version(18),
        },
        _ => false,
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
