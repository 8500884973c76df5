//! `CREATE TABLE`.

use super::analysis::Analysis;
use crate::statement::CreateTable;

/// `CREATE TABLE` in all its forms.
pub(super) fn create_table(analysis: &mut Analysis<'_>, create: &CreateTable) {
    let _ = (analysis, create);
}
