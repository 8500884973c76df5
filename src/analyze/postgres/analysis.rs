//! Where the effects of one statement are collected.

use super::bookkeeping::is_bookkeeping;
use crate::analyze::Context;
use crate::catalog::{
    Catalog, Contents, Origin, Relation, RelationBody, RelationId, Table, is_of_system, made_otherwise,
};
use crate::diagnostic::Label;
use crate::dialect::Version;
use crate::effect::{
    Blocks, Confidence, Effect, EffectKind, FailReason, LockMode, Owner, RelationKind, Rows, Size, Subject, Timeout,
    Work,
};
use crate::session::HeldLock;
use crate::source::{Location, Span};
use crate::statement::{Command, ObjectName, Query, RelationUse, Statement};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// The effects of one statement so far.
pub(super) struct Analysis<'a> {
    /// What the statement meets.
    pub(super) context: Context<'a>,
    /// So far.
    pub(super) effects: Vec<Effect>,
    /// The cause of the effects that are added next: the statement, or one action of it.
    pub(super) cause: Span,
    /// Where in `effects` the lock on a relation is told.
    locked: BTreeMap<RelationId, usize>,
    /// It runs, and is not only planned.
    pub(super) executes: bool,
    /// How deep it runs within bodies of functions, triggers and rules.
    pub(super) depth: u8,
    /// The bodies that ran within the statement at the top.
    pub(super) ran: BTreeSet<SmolStr>,
}

impl<'a> Analysis<'a> {
    pub(super) fn new(context: Context<'a>, statement: &Statement) -> Self {
        Self {
            context,
            effects: Vec::new(),
            cause: statement.span,
            locked: BTreeMap::new(),
            executes: true,
            depth: 0,
            ran: BTreeSet::new(),
        }
    }

    pub(super) fn catalog(&self) -> &'a Catalog {
        self.context.catalog
    }

    pub(super) fn version(&self) -> Version {
        self.context.settings.version
    }

    pub(super) fn at(&self, span: Span) -> Location {
        Location { source: self.context.source_id, span }
    }

    /// The relation of a name, along the session's search path.
    pub(super) fn resolve(&self, name: &ObjectName) -> Option<&'a Relation> {
        let id = self.catalog().resolve(name, &self.context.session.search_path())?;
        self.catalog().relation(id)
    }

    /// The relation that a statement names and needs; where there is none, the statement fails.
    pub(super) fn named(&mut self, name: &ObjectName) -> Option<&'a Relation> {
        let relation = self.resolve(name);
        // The server's own tables are in no migration.
        if relation.is_none() && !is_of_system(name) {
            self.fail(name.span(), FailReason::Missing, "42P01", smol_str::format_smolstr!("{name}"));
        }
        relation
    }

    /// Fails the statement where the relation is not of the kind that it needs. Returns whether it is.
    pub(super) fn require_kind(&mut self, relation: &Relation, focus: Span, fits: bool) -> bool {
        if !fits {
            self.fail(focus, FailReason::Kind, "42809", relation.display_name());
        }
        fits
    }

    /// The text of a span of the file.
    pub(super) fn text(&self, span: Span) -> &'a str {
        self.context.source.text().get(span.range()).unwrap_or_default()
    }

    /// Where a keyword first stands in a statement, outside comments and quotes; `keyword` in upper case.
    pub(super) fn keyword(&self, statement: Span, keyword: &str) -> Option<Span> {
        let text = self.text(statement);
        let bytes = text.as_bytes();
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let rest = text.get(at..).unwrap_or_default();
            if rest.starts_with("--") {
                at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if byte == b'\'' || byte == b'"' {
                at += 2 + bytes.iter().skip(at + 1).take_while(|&&other| other != byte).count();
            } else if is_word(byte) {
                let length = bytes.iter().skip(at).take_while(|&&byte| is_word(byte)).count();
                if text.get(at..at + length).is_some_and(|word| word.eq_ignore_ascii_case(keyword)) {
                    let start = statement.start + at as u32;
                    return Some(Span::new(start, start + length as u32));
                }
                at += length;
            } else {
                at += 1;
            }
        }
        None
    }

    /// The name of a relation when the open transaction began: who gives it another one locks it, under the old one.
    pub(super) fn name_before(&self, relation: &Relation) -> SmolStr {
        self.held_lock(relation.id).map_or_else(|| relation.display_name(), |held| held.name.clone())
    }

    /// The name by which programs know a relation: that before the transaction or, outside of one, when the file began.
    fn known_as(&self, relation: &Relation) -> SmolStr {
        let outside = self.context.session.transaction.is_none();
        let in_file = relation.renamed_from.as_ref().filter(|(_, at)| outside && at.source == self.context.source_id);
        in_file.map_or_else(|| self.name_before(relation), |(name, _)| name.clone())
    }

    /// A relation as effects tell of it.
    pub(super) fn subject(&self, relation: &Relation) -> Subject {
        Subject {
            id: Some(relation.id),
            relation: relation.display_name(),
            before: self.name_before(relation),
            known_as: self.known_as(relation),
            relation_kind: kind_of(relation),
            held: self.held(relation.id),
            new: self.is_new(relation),
            perhaps_new: self.made_now(relation.perhaps),
            existed: self.existed(relation),
            rows: rows_of(relation),
            size: if is_bookkeeping(&relation.name) { Size::Small } else { Size::Unknown },
        }
    }

    /// Nobody else uses it yet: temporary, or created earlier in the same transaction or deployment.
    pub(super) fn is_new(&self, relation: &Relation) -> bool {
        relation.is_temporary() || self.made_now(relation.origin)
    }

    /// Made earlier in the same transaction or deployment.
    pub(super) fn made_now(&self, origin: Option<Origin>) -> bool {
        let session = self.context.session;
        origin.is_some_and(|origin| {
            origin.deployment == session.deployment || origin.transaction == session.transaction_serial
        })
    }

    /// It was there before the open transaction; outside one, before the statement.
    pub(super) fn existed(&self, relation: &Relation) -> bool {
        relation.origin.is_none_or(|origin| origin.transaction != self.context.session.transaction_serial)
    }

    /// Adds an effect on a relation, and returns it for more to be said.
    pub(super) fn on(&mut self, relation: &Relation, focus: Span, kind: EffectKind) -> &mut Effect {
        let subject = self.subject(relation);
        self.push(Some(subject), focus, kind)
    }

    /// Adds an effect on a relation that the statement is about to make.
    pub(super) fn on_new(&mut self, subject: Subject, focus: Span, kind: EffectKind) -> &mut Effect {
        self.push(Some(subject), focus, kind)
    }

    /// Whether a partitioned table that is in use has no partition that these files made: then something else makes them, such as a
    /// scheduled job, and the rows are there. With the whole schema in the files there are none.
    pub(super) fn has_unseen_partitions(&self, relation: &Relation) -> bool {
        relation.as_table().is_some_and(Table::is_partitioned)
            && !self.context.settings.from_empty
            && !self.is_new(relation)
            && self.catalog().partitions_of(relation.id).next().is_none()
    }

    /// Whether a table was made in the same deployment and never filled, or the open transaction has deleted all of its rows: none of it
    /// can fail a check.
    pub(super) fn subject_is_empty(&self, relation: &Relation) -> bool {
        (self.is_new(relation) && rows_of(relation) == Rows::None)
            || self.is_cleared(relation)
            || self.shown_empty(relation).is_some()
    }

    /// What has shown in the open transaction that a table is empty.
    pub(super) fn shown_empty(&self, relation: &Relation) -> Option<Origin> {
        let shown = relation.as_table().and_then(|table| table.shown_empty);
        shown.filter(|shown| shown.transaction == self.context.session.transaction_serial)
    }

    /// What has shown in the open transaction that a column has no value in any row.
    pub(super) fn shown_null(&self, relation: &Relation, column: &str) -> Option<Origin> {
        let shown = relation.as_table().and_then(|table| table.shown_null.iter().find(|(name, _)| name == column));
        let shown = shown.map(|(_, shown)| *shown);
        shown.filter(|shown| shown.transaction == self.context.session.transaction_serial)
    }

    /// Whether the open transaction has deleted all rows of a table.
    pub(super) fn is_cleared(&self, relation: &Relation) -> bool {
        let cleared = relation.as_table().and_then(|table| table.cleared);
        cleared == Some(self.context.session.transaction_serial)
    }

    /// Adds an effect on a column, which may be new where its table is not.
    pub(super) fn on_column(&mut self, relation: &Relation, new: bool, focus: Span, kind: EffectKind) -> &mut Effect {
        let subject = Subject { new, ..self.subject(relation) };
        self.push(Some(subject), focus, kind)
    }

    /// Adds an effect on no relation.
    pub(super) fn add(&mut self, focus: Span, kind: EffectKind) -> &mut Effect {
        self.push(None, focus, kind)
    }

    fn push(&mut self, subject: Option<Subject>, focus: Span, kind: EffectKind) -> &mut Effect {
        let cause = self.at(self.cause);
        let mut subject = subject;
        if let Some(subject) = subject.as_mut().filter(|subject| is_work(&kind) && self.is_emptied(subject.id)) {
            (subject.new, subject.rows) = (true, Rows::None);
        }
        self.effects.push(Effect { focus, ..Effect::new(kind, subject, cause) });
        let last = self.effects.len() - 1;
        &mut self.effects[last]
    }

    /// Whether the open transaction has truncated a table, which nobody has filled since.
    fn is_emptied(&self, table: Option<RelationId>) -> bool {
        let emptied = table.and_then(|id| self.catalog().table(id)).and_then(|(_, table)| table.emptied);
        emptied == Some(self.context.session.transaction_serial)
    }

    /// The statement takes a lock. Of several on one relation the strongest is told, at its own place.
    pub(super) fn lock(&mut self, relation: &Relation, lock: LockMode, focus: Span) {
        let timeout = self.timeout();
        let held = self.context.session.locks().of(relation.id).is_some_and(|held| held.mode >= lock);
        let limited = ["statement_timeout", "transaction_timeout"].iter().any(|name| {
            let setting = self.context.session.settings.get(*name);
            setting.is_some_and(|it| {
                it.unknown || it.values.first().and_then(|it| milliseconds(it)).is_some_and(|it| it > 0)
            })
        });
        let kind = EffectKind::TakesLock { lock, blocks: lock.blocks(), timeout, limited, explicit: false, held };
        if let Some(told) = self.locked.get(&relation.id).and_then(|&at| self.effects.get_mut(at)) {
            if matches!(told.kind, EffectKind::TakesLock { lock: before, .. } if before < lock) {
                told.kind = kind;
                told.focus = focus;
                told.cause.span = self.cause;
            }
            return;
        }
        self.locked.insert(relation.id, self.effects.len());
        self.on(relation, focus, kind);
    }

    /// The relations that the statement locks so far, with the modes, in the order of their ids.
    pub(super) fn locks(&self) -> impl Iterator<Item = (RelationId, LockMode)> {
        self.locked.iter().filter_map(|(&id, &at)| match self.effects.get(at)?.kind {
            EffectKind::TakesLock { lock, .. } => Some((id, lock)),
            _ => None,
        })
    }

    /// The lock that the open transaction holds on a relation from an earlier statement.
    pub(super) fn held(&self, relation: RelationId) -> Option<LockMode> {
        self.held_lock(relation).map(|held| held.mode)
    }

    fn held_lock(&self, relation: RelationId) -> Option<&HeldLock> {
        self.context.session.transaction.as_ref()?.locks.of(relation)
    }

    /// The strongest of what the open transaction and this statement so far block on a relation, by their locks on it.
    pub(super) fn blocked(&self, relation: RelationId) -> Blocks {
        let taken = self.locked.get(&relation).and_then(|&at| match self.effects.get(at)?.kind {
            EffectKind::TakesLock { lock, .. } => Some(lock),
            _ => None,
        });
        taken.max(self.held(relation)).map_or(Blocks::Nothing, LockMode::blocks)
    }

    /// Whether waiting for a lock is bounded by `lock_timeout`.
    pub(super) fn timeout(&self) -> Timeout {
        let configured = self.context.settings.timeouts.lock.as_deref();
        let value = match self.context.session.settings.get("lock_timeout") {
            Some(setting) if setting.unknown => return Timeout::Set,
            Some(setting) => setting.values.first().map(|value| value.as_str()).or(configured),
            None => configured,
        };
        match value.and_then(milliseconds) {
            None | Some(0) => Timeout::Unset,
            Some(time) if time > A_MINUTE => Timeout::Long,
            Some(_) => Timeout::Set,
        }
    }

    /// Whether every overload of a function of these migrations reads tables.
    pub(super) fn reads_tables(&self, name: &ObjectName) -> bool {
        let function = self.catalog().function(name, &self.context.session.search_path());
        function.is_some_and(|function| {
            function.overloads.iter().all(|overload| {
                let statements = overload.body.iter().flat_map(|body| &body.statements);
                statements.into_iter().any(|statement| match &statement.command {
                    Command::Query(query) => !query.reads.is_empty(),
                    _ => false,
                })
            })
        })
    }

    /// Tells of a query that fills a new relation from tables that were there before.
    pub(super) fn tell_query(&mut self, query: &Query, focus: Span, object: &'static str, name: SmolStr) {
        let old = |read: &RelationUse| self.resolve(&read.name).is_some_and(|relation| !self.is_new(relation));
        if query.reads.iter().any(old) {
            self.add(focus, EffectKind::RunsQuery { object: SmolStr::new_static(object), name });
        }
    }

    /// Tells of long work that `statement_timeout` cancels, where the file has set one.
    pub(super) fn run_under_timeout(&mut self, relation: &Relation, focus: Span, work: Work) {
        const SETTING: &str = "statement_timeout";
        let Some(setting) = self.context.session.settings.get(SETTING).filter(|setting| !setting.unknown) else {
            return;
        };
        let Some(value) = setting.values.first().cloned() else {
            return;
        };
        let number = value.trim_end_matches(|c: char| c.is_alphabetic() || c == ' ');
        if number.parse::<f64>().is_ok_and(|number| number > 0.0) {
            let label = Label { message: format!("`{SETTING}` is set here"), at: setting.at };
            let kind = EffectKind::RunsUnderTimeout { work, setting: SmolStr::new_static(SETTING), value };
            self.on(relation, focus, kind).because.push(label);
        }
    }

    /// The server refuses the statement, for certain.
    pub(super) fn fail(
        &mut self,
        focus: Span,
        reason: FailReason,
        sqlstate: &'static str,
        object: impl Into<SmolStr>,
    ) -> &mut Effect {
        let owner = match &self.context.session.transaction {
            Some(transaction) if reason == FailReason::InTransaction => transaction.owner,
            _ => Owner::File,
        };
        let object = object.into();
        // One that is called so in a schema that is not looked into: the name lacks its schema.
        let elsewhere = match (reason, sqlstate) {
            (FailReason::Missing, "42P01") => self.catalog().relations().find(|relation| relation.name == object),
            _ => None,
        };
        let label = elsewhere.and_then(|relation| {
            let message =
                format!("`{}.{}` is made here: its schema is not on the search_path", relation.schema, relation.name);
            Some(Label { message, at: relation.origin?.at })
        });
        let kind = EffectKind::Fails { reason, sqlstate: SmolStr::new_static(sqlstate), object, owner };
        let effect = self.add(focus, kind);
        effect.because.extend(label);
        effect
    }

    /// The name of a new relation is taken. Where nothing shows that the other one was made, it is only used by earlier statements:
    /// one of the two is wrong.
    pub(super) fn fail_taken(&mut self, focus: Span, existing: &Relation) {
        let label = self.created_here(existing);
        let object = existing.display_name();
        let effect = self.fail(focus, FailReason::Duplicate, "42P07", object.clone());
        effect.because.extend(label);
        if existing.origin.is_none() {
            effect.confidence = Confidence::Assumed;
            effect.assumptions.push(format!("`{object}` exists, as earlier statements use it"));
            let message = format!("`{object}` is used here already");
            effect.because.extend(existing.named.map(|at| Label { message, at }));
        }
    }

    /// A label that says where a relation was made, for the last effect's `because`.
    pub(super) fn created_here(&self, relation: &Relation) -> Option<Label> {
        let origin = relation.origin?;
        let name = self.name_before(relation);
        let otherwise = made_otherwise(relation.made_as.as_ref(), &name);
        Some(Label { message: format!("`{name}` is created here{otherwise}"), at: origin.at })
    }
}

const A_MINUTE: u64 = 60_000;

/// A time as settings such as `lock_timeout` take it, in milliseconds: `2s`, `2000`, `1.5 min`; `None` where it is none, or negative.
/// Manual, "Parameter Names and Values".
fn milliseconds(value: &str) -> Option<u64> {
    let value = value.trim();
    let digits = value.find(|letter: char| !(letter.is_ascii_digit() || letter == '.')).unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let number: f64 = number.parse().ok()?;
    let unit = match unit.trim() {
        "us" => 0.001,
        "" | "ms" => 1.0,
        "s" => 1_000.0,
        "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    Some((number * unit).round() as u64)
}

/// What kind of relation it is.
pub(super) fn kind_of(relation: &Relation) -> RelationKind {
    match &relation.body {
        RelationBody::Table(_) if relation.is_temporary() => RelationKind::TemporaryTable,
        RelationBody::Table(table) if table.foreign => RelationKind::ForeignTable,
        RelationBody::Table(table) if table.is_partitioned() => RelationKind::PartitionedTable,
        RelationBody::Table(table) if table.partition.is_some() => RelationKind::Partition,
        RelationBody::Table(table) if !table.complete => RelationKind::Unknown,
        RelationBody::Table(_) => RelationKind::Table,
        RelationBody::Index(_) => RelationKind::Index,
        RelationBody::View(view) if view.materialized => RelationKind::MaterializedView,
        RelationBody::View(_) => RelationKind::View,
        RelationBody::Sequence(_) => RelationKind::Sequence,
        RelationBody::Composite(_) => RelationKind::Composite,
        RelationBody::Unknown => RelationKind::Unknown,
    }
}

/// Whether an effect is about the rows that a table has: where there are none, it takes no time and cannot fail.
fn is_work(kind: &EffectKind) -> bool {
    matches!(
        kind,
        EffectKind::ScansTable { .. }
            | EffectKind::RewritesTable { .. }
            | EffectKind::BuildsIndex { .. }
            | EffectKind::RebuildsIndex { .. }
            | EffectKind::MayFail { .. }
    )
}

/// What is known of its rows.
pub(super) fn rows_of(relation: &Relation) -> Rows {
    match relation.as_table().map(|table| &table.contents) {
        Some(Contents::Empty) => Rows::None,
        Some(Contents::Known) => Rows::TheseMigrations,
        Some(Contents::Unknown) | None => Rows::Unknown,
    }
}
