//! Files, findings and effects that are made by hand, for the tests of reports.

// Each test program uses some of it.
#![allow(dead_code)]

use shipworthy::check::{Counts, Outcome, Replayed};
use shipworthy::diagnostic::{Diagnostic, Label, Severity};
use shipworthy::dialect::Dialect;
use shipworthy::effect::{
    Blocks, BuildReason, Effect, EffectKind, FailReason, LockMode, LostObject, Owner, RelationKind, Subject, Timeout,
};
use shipworthy::fix::{Applicability, Edit, Fix};
use shipworthy::migration::{Direction, Role};
use shipworthy::replay::{Replay, Step};
use shipworthy::source::{Location, Source, SourceId, Sources, Span};
use shipworthy::tool::Tool;
use std::sync::Arc;

/// Files and findings in them.
pub(crate) struct Scene(pub Sources, pub Vec<Diagnostic>);

impl Scene {
    pub(crate) fn new() -> Self {
        Self(Sources::default(), Vec::new())
    }

    pub(crate) fn file(&mut self, path: &str, text: &str) -> SourceId {
        self.0.add(Arc::new(Source::new(path, text)))
    }

    pub(crate) fn bytes(&mut self, path: &str, bytes: &[u8]) -> SourceId {
        self.0.add(Arc::new(Source::decode(path, bytes.to_vec()).unwrap()))
    }

    /// The first place where a text stands in a file.
    pub(crate) fn at(&self, file: SourceId, text: &str) -> Location {
        let start = self.0.get(file).text().find(text).unwrap_or_else(|| panic!("no {text:?}")) as u32;
        Location { source: file, span: Span::new(start, start + text.len() as u32) }
    }

    /// A finding about the statement that is `sql`.
    pub(crate) fn find(
        &mut self,
        file: SourceId,
        sql: &str,
        severity: Severity,
        rule: &str,
        message: &str,
    ) -> &mut Diagnostic {
        let at = self.at(file, sql);
        self.1.push(Diagnostic {
            rule: rule.into(),
            category: "locking".into(),
            severity,
            message: message.to_owned(),
            at,
            statement: Some(0),
            labels: Vec::new(),
            help: Vec::new(),
            notes: Vec::new(),
            fix: None,
            also: Vec::new(),
            allow: None,
            fingerprint: format!("{:016x}", self.1.len()),
        });
        self.1.last_mut().unwrap()
    }

    /// Adds a label to the last finding.
    pub(crate) fn label(&mut self, file: SourceId, text: &str, message: &str) {
        let at = self.at(file, text);
        self.1.last_mut().unwrap().labels.push(Label { message: message.to_owned(), at });
    }

    pub(crate) fn outcome(self) -> Outcome {
        let counts =
            Counts { files: self.0.len(), statements: 61, not_understood: 1, suppressed: 2, ..Counts::default() };
        Outcome { sources: self.0, projects: Vec::new(), surroundings: Vec::new(), diagnostics: self.1, counts }
    }
}

/// Two files, labels in both, help, notes.
pub(crate) fn index_build() -> Scene {
    let mut scene = Scene::new();
    let init =
        scene.file("db/0001_init.sql", "BEGIN;\n\nCREATE TABLE orders (id bigint PRIMARY KEY, total numeric);\n");
    let add = scene.file(
        "db/0002_add.sql",
        "SET lock_timeout = '2s';\nCREATE INDEX orders_total\n    ON orders (total);\nALTER TABLE orders ADD COLUMN note text;\n",
    );
    let sql = "CREATE INDEX orders_total\n    ON orders (total)";
    let finding = scene.find(
        add,
        sql,
        Severity::Error,
        "blocking-index-build",
        "building `orders_total` blocks writes to `orders`",
    );
    finding.help = vec![
        "use CREATE INDEX CONCURRENTLY, outside a transaction".into(),
        "with Prisma: put the statement into a migration of its own, because every other statement of the file would make it one transaction"
            .into(),
    ];
    finding.notes = vec!["assumed that `orders` has rows: these files fill it".into()];
    finding.fix = Some(Fix {
        applicability: Applicability::Safe,
        edits: vec![Edit { span: Span::empty(37), insert: " CONCURRENTLY".into() }],
    });
    scene.label(add, "orders_total", "holds SHARE on `orders` for the whole build");
    scene.label(init, "orders", "`orders` is created here");
    scene.find(
        add,
        "ALTER TABLE orders ADD COLUMN note text",
        Severity::Warning,
        "missing-lock-timeout",
        "a short sentence",
    );
    scene.label(add, "ALTER TABLE orders", "waits here");
    scene.label(add, "note text", "for this");
    scene
}

/// Tabs, all line ends, wide and combining characters, a byte order mark.
pub(crate) fn odd_text() -> Scene {
    let mut scene = Scene::new();
    let marked = scene.file("bom.sql", "\u{feff}DROP TABLE \"👩‍👧\", old;\r\n");
    scene.find(marked, "DROP TABLE \"👩‍👧\", old", Severity::Error, "bom", "a byte order mark is no column");
    scene.label(marked, "old", "behind one character of three");
    let tabs = scene.file("tabs.sql", "ALTER TABLE\torders\r\n\tADD COLUMN\tnote\ttext,\r\n\tDROP COLUMN old;\r\n");
    let sql = "ALTER TABLE\torders\r\n\tADD COLUMN\tnote\ttext,\r\n\tDROP COLUMN old";
    scene.find(tabs, sql, Severity::Error, "tabs", "tabs are shown as spaces");
    scene.label(tabs, "note\ttext", "a tab within");
    scene.label(tabs, "old", "behind a tab");
    let wide = scene.file("wide.sql", "CREATE TABLE \"注文\" (\"e\u{301}te\u{301}\" int, name text); -- 🙂\n");
    scene.find(
        wide,
        "CREATE TABLE \"注文\" (\"e\u{301}te\u{301}\" int, name text)",
        Severity::Warning,
        "wide",
        "wide: `注文`",
    );
    scene.label(wide, "\"注文\"", "two columns a character");
    scene.label(wide, "\"e\u{301}te\u{301}\"", "accents take none");
    scene.label(wide, "name", "still in place");
    let old = scene.file("mac.sql", "SELECT 1;\rSELECT 2;\rDROP TABLE t");
    scene.find(old, "DROP TABLE t", Severity::Note, "mac", "lines that end with a lone CR");
    scene.label(old, "t", "`t`");
    scene
}

/// Steps whose effects are made by hand, in the order of a file.
pub(crate) struct Play {
    pub scene: Scene,
    pub file: SourceId,
    pub steps: Vec<Step>,
}

impl Play {
    pub(crate) fn step(
        &mut self,
        sql: &str,
        in_transaction: bool,
        effects: Vec<(Option<&str>, EffectKind)>,
    ) -> &mut Step {
        let at = self.scene.at(self.file, sql);
        let subject = |relation: &str| {
            let index = relation.ends_with("_pkey");
            Subject::named(relation, if index { RelationKind::Index } else { RelationKind::Table })
        };
        let effects = effects.into_iter().map(|(relation, kind)| Effect::new(kind, relation.map(subject), at));
        self.steps.push(Step {
            source: self.file,
            statement: self.steps.len(),
            at,
            in_transaction,
            direction: Direction::Up,
            role: Role::Migration,
            undone: false,
            judged: true,
            effects: effects.collect(),
        });
        self.steps.last_mut().unwrap()
    }

    pub(crate) fn end(self) -> (Sources, Vec<Replayed>) {
        let replay = Replay { steps: self.steps, ..Replay::default() };
        let replayed = Replayed {
            root: "db".into(),
            tool: Tool::FLYWAY,
            tool_from: "by flyway.conf".into(),
            dialect: Dialect::Postgres,
            dialect_from: String::new(),
            assumption: None,
            served: None,
            migrations: Vec::new(),
            replay,
        };
        (self.scene.0, vec![replayed])
    }
}

pub(crate) fn lock(lock: LockMode) -> EffectKind {
    EffectKind::TakesLock {
        lock,
        blocks: lock.blocks(),
        timeout: Timeout::Unset,
        limited: false,
        explicit: false,
        held: false,
    }
}

/// `CREATE INDEX total ON orders (total)`.
pub(crate) fn builds_total(blocks: Blocks) -> EffectKind {
    EffectKind::BuildsIndex {
        index: "total".into(),
        unique: false,
        concurrently: false,
        columns: "total".into(),
        keys: 1,
        computed: false,
        reason: BuildReason::Statement,
        awaits: "".into(),
        built_on: "".into(),
        built_over: "".into(),
        nullable: "".into(),
        beforehand: "".into(),
        clause: "".into(),
        unnamed: false,
        replaces: false,
        others: 0,
        blocks,
    }
}

pub(crate) fn play() -> (Sources, Vec<Replayed>) {
    let mut scene = Scene::new();
    let text = "CREATE INDEX total ON orders\n  (total);\nBEGIN;\nALTER TABLE orders DROP COLUMN \"a\x1b[2J\", ADD COLUMN a_rather_long_name numeric(10, 2);\n\
        REINDEX TABLE CONCURRENTLY orders;\nCOMMIT;\nSELECT 1;\n";
    let file = scene.file("db/V1__orders.sql", text);
    let mut play = Play { scene, file, steps: Vec::new() };
    let build = builds_total(Blocks::Writes);
    play.step(
        "CREATE INDEX total ON orders\n  (total)",
        false,
        vec![(Some("orders"), lock(LockMode::Share)), (Some("orders"), build)],
    );
    play.step("BEGIN", false, vec![(None, EffectKind::OpensTransaction { nested: false, owner: Owner::File })]);
    let lost = EffectKind::LosesData {
        object: LostObject::Column,
        name: "a\x1b[2J".into(),
        cascade: false,
        generated: false,
        dependents: 0,
        copied_to: "".into(),
        guarded: false,
    };
    play.step(
        "ALTER TABLE orders DROP COLUMN \"a\x1b[2J\", ADD COLUMN a_rather_long_name numeric(10, 2)",
        true,
        vec![
            (Some("orders"), lock(LockMode::AccessExclusive)),
            (Some("a_pkey"), lock(LockMode::AccessExclusive)),
            (Some("orders"), lost),
        ],
    );
    let (reason, owner) = (FailReason::InTransaction, Owner::File);
    play.step(
        "REINDEX TABLE CONCURRENTLY orders",
        true,
        vec![(None, EffectKind::Fails { reason, sqlstate: "25001".into(), object: "orders".into(), owner })],
    )
    .undone = true;
    let ends = EffectKind::EndsTransaction { rollback: false, stray: false, owner: Owner::File, after_begin: false };
    play.step("COMMIT", true, vec![(None, ends)]);
    play.step("SELECT 1", false, vec![(Some("orders"), lock(LockMode::AccessShare))]);
    play.end()
}
