//! What cannot be told from the text.

use super::analysis::Analysis;
use crate::effect::{EffectKind, OpaqueReason};
use crate::statement::{Do, Meta, Statement, Unknown};

/// `DO`: its statements are analysed one by one by the replay; here is what is not among them.
pub(super) fn do_block(analysis: &mut Analysis<'_>, statement: &Statement, block: &Do) {
    match &block.body {
        None => {
            analysis.add(statement.span, EffectKind::CannotBeAnalysed { reason: OpaqueReason::Language });
        }
        Some(body) => {
            for span in &body.opaque {
                analysis.cause = *span;
                analysis.add(*span, EffectKind::CannotBeAnalysed { reason: OpaqueReason::DynamicSql });
            }
            for span in &body.subtransactions {
                analysis.cause = *span;
                analysis.add(*span, EffectKind::OpensSubtransactions {});
            }
            analysis.cause = statement.span;
        }
    }
}

/// A psql meta-command: of interest is another file that it reads.
pub(super) fn meta(analysis: &mut Analysis<'_>, statement: &Statement, meta: &Meta) {
    if matches!(meta.name.as_str(), "i" | "ir" | "include" | "include_relative") {
        analysis.add(statement.span, EffectKind::CannotBeAnalysed { reason: OpaqueReason::Include });
    }
}

/// A statement that was not understood.
pub(super) fn unknown(analysis: &mut Analysis<'_>, unknown: &Unknown) {
    analysis.add(unknown.at, EffectKind::CannotBeAnalysed { reason: OpaqueReason::NotUnderstood });
}
