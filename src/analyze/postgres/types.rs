//! Types and domains.

use super::analysis::Analysis;
use crate::statement::{AlterDomain, AlterType, CreateDomain, CreateType};

/// `ALTER TYPE`.
pub(super) fn alter_type(analysis: &mut Analysis<'_>, alter: &AlterType) {
    let _ = (analysis, alter);
}

/// `ALTER DOMAIN`.
pub(super) fn alter_domain(analysis: &mut Analysis<'_>, alter: &AlterDomain) {
    let _ = (analysis, alter);
}

/// `CREATE TYPE`.
pub(super) fn create_type(analysis: &mut Analysis<'_>, create: &CreateType) {
    let _ = (analysis, create);
}

/// `CREATE DOMAIN`.
pub(super) fn create_domain(analysis: &mut Analysis<'_>, create: &CreateDomain) {
    let _ = (analysis, create);
}
