//! `ALTER TABLE`, and `ALTER` of other relations.

use super::analysis::Analysis;
use crate::statement::AlterRelation;

/// `ALTER TABLE`, `ALTER INDEX`, `ALTER VIEW`, `ALTER SEQUENCE` ...
pub(super) fn alter_relation(analysis: &mut Analysis<'_>, alter: &AlterRelation) {
    let _ = (analysis, alter);
}
