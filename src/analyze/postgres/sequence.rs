//! Sequences.

use super::analysis::Analysis;
use crate::statement::CreateSequence;

/// `CREATE SEQUENCE`.
pub(super) fn create_sequence(analysis: &mut Analysis<'_>, create: &CreateSequence) {
    let _ = (analysis, create);
}
