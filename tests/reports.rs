//! How findings look, over findings that are made by hand: no rule's wording is repeated here.

use insta::assert_snapshot;
use shipworthy::check::{Counts, Outcome, Replayed};
use shipworthy::diagnostic::{Diagnostic, Label, Severity};
use shipworthy::effect::{
    Blocks, BuildReason, Confidence, Effect, EffectKind, FailReason, LockMode, LostObject, Owner, RelationKind, Rows,
    Size, Subject, Timeout,
};
use shipworthy::fix::{Applicability, Edit, Fix};
use shipworthy::migration::{Direction, Role};
use shipworthy::replay::{Replay, Step};
use shipworthy::report::text::Look;
use shipworthy::report::{concise, effects_json, effects_table, effects_words, full, json};
use shipworthy::settings::Settings;
use shipworthy::source::{Location, Source, SourceId, Sources, Span};
use shipworthy::tool::Tool;
use std::sync::Arc;
use std::time::{Duration, Instant};

const WIDE: Look = Look { width: 100, source_width: 100, color: false };
const NARROW: Look = Look { width: 60, source_width: 60, color: false };

/// Files and findings in them.
struct Scene(Sources, Vec<Diagnostic>);

impl Scene {
    fn new() -> Self {
        Self(Sources::default(), Vec::new())
    }

    fn file(&mut self, path: &str, text: &str) -> SourceId {
        self.0.add(Arc::new(Source::new(path, text)))
    }

    fn bytes(&mut self, path: &str, bytes: &[u8]) -> SourceId {
        self.0.add(Arc::new(Source::decode(path, bytes.to_vec()).unwrap()))
    }

    /// The first place where a text stands in a file.
    fn at(&self, file: SourceId, text: &str) -> Location {
        let start = self.0.get(file).text().find(text).unwrap_or_else(|| panic!("no {text:?}")) as u32;
        Location { source: file, span: Span::new(start, start + text.len() as u32) }
    }

    /// A finding about the statement that is `sql`.
    fn find(&mut self, file: SourceId, sql: &str, severity: Severity, rule: &str, message: &str) -> &mut Diagnostic {
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
            fingerprint: format!("{:016x}", self.1.len()),
        });
        self.1.last_mut().unwrap()
    }

    /// Adds a label to the last finding.
    fn label(&mut self, file: SourceId, text: &str, message: &str) {
        let at = self.at(file, text);
        self.1.last_mut().unwrap().labels.push(Label { message: message.to_owned(), at });
    }

    fn outcome(self) -> Outcome {
        let counts = Counts { files: self.0.len(), statements: 61, not_understood: 1, suppressed: 2 };
        Outcome { sources: self.0, projects: Vec::new(), diagnostics: self.1, counts }
    }

    fn full(self, look: Look) -> String {
        let mut out = Vec::new();
        full::write(&mut out, &self.outcome(), &Settings::default(), look, Some(Duration::from_millis(12))).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(look.color || !text.contains('\x1b'), "an escape without colours");
        text
    }
}

/// Two files, labels in both, help, notes.
fn index_build() -> Scene {
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

#[test]
fn a_finding_with_its_labels_at_100_columns() {
    assert_snapshot!(index_build().full(WIDE));
}

#[test]
fn a_finding_with_its_labels_at_60_columns() {
    assert_snapshot!(index_build().full(NARROW));
}

#[test]
fn colours_are_escapes_and_nothing_else() {
    let coloured = index_build().full(Look { color: true, ..WIDE });
    assert!(coloured.contains('\x1b'));
    let mut plain = String::new();
    let mut escaped = false;
    for character in coloured.chars() {
        match character {
            '\x1b' => escaped = true,
            'm' if escaped => escaped = false,
            _ if escaped => {}
            _ => plain.push(character),
        }
    }
    assert_eq!(plain, index_build().full(WIDE));
}

#[test]
fn concise_lines() {
    let mut out = Vec::new();
    concise::write(&mut out, &index_build().outcome()).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
}

#[test]
fn the_machine_contract() {
    let mut out = Vec::new();
    json::write(&mut out, &index_build().outcome(), &Settings::default()).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
}

/// Underlines must stand below their tokens whatever stands before them.
#[test]
fn tabs_crlf_wide_and_combining_characters() {
    let mut scene = Scene::new();
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
    assert_snapshot!(scene.full(WIDE));
}

/// SQL is written by strangers: nothing in it may act on the terminal.
#[test]
fn control_characters_and_bytes_that_are_not_utf8() {
    let mut scene = Scene::new();
    let file = scene.bytes("escape\x1b[31m.sql", b"\xef\xbb\xbfDROP TABLE \"a\x1b[2Jb\x07\xe2\x80\xae\"; -- caf\xe9\n");
    let sql = "DROP TABLE \"a\x1b[2Jb\x07\u{202e}\"";
    scene.find(file, sql, Severity::Error, "escape", "dropping `a\x1b[2Jb\n` loses it");
    scene.label(file, "\"a\x1b[2Jb\x07\u{202e}\"", "a name with \x1b[2J in it");
    scene.1[0].help.push("rename it\x1b[5m".into());
    scene.find(file, "\u{1a}", Severity::Error, "not-utf8", "1 byte is not UTF-8");
    assert_snapshot!(scene.full(WIDE));
}

#[test]
fn a_long_line_is_cut_around_its_labels() {
    let mut scene = Scene::new();
    let values = "(1, 'abc'), ".repeat(40);
    let text = format!("INSERT INTO orders VALUES {values}(2, 'THERE'), {values}(3, 'FAR');\nSELECT 1;\n");
    let file = scene.file("long.sql", &text);
    let sql = text.lines().next().unwrap().trim_end_matches(';');
    scene.find(file, sql, Severity::Error, "long", "the middle of a long line");
    scene.label(file, "'THERE'", "here");
    scene.label(file, "'FAR'", "too far away to be drawn");
    scene.find(file, sql, Severity::Error, "long-start", "its beginning");
    scene.label(
        file,
        "orders",
        "a sentence that is longer than what is left of the line, so that it has to be wrapped, and once more",
    );
    scene.find(file, sql, Severity::Error, "long-end", "its end");
    scene.label(file, "'FAR'", "at the end");
    scene.find(file, sql, Severity::Error, "long-whole", "all of it");
    assert_snapshot!(scene.full(NARROW));
}

#[test]
fn labels_that_touch_nest_or_stand_far_apart() {
    let mut scene = Scene::new();
    let lines: String = (1..=30).map(|n| format!("    c{n} int NOT NULL,\n")).collect();
    let sql = format!("CREATE TABLE t (\n{lines}    z uuid DEFAULT gen_random_uuid()\n)");
    let file = scene.file("apart.sql", &format!("-- a comment\n{sql};\n"));
    scene.find(file, &sql, Severity::Error, "apart", "labels at both ends of a long statement");
    scene.label(file, "z uuid DEFAULT gen_random_uuid()", "this column");
    scene.label(file, "gen_random_uuid()", "is volatile");
    scene.label(file, "z uuid DEFAULT gen_random_uuid()", "and once more at the same place");
    scene.label(file, "CREATE TABLE t (\n    c1 int NOT NULL,\n", "spans lines");
    scene.label(file, "c12 int NOT NULL,", "in the middle");
    scene.label(file, "c14 int", "two lines below");
    scene.label(file, "-- a comment", "outside the statement");
    assert_snapshot!(scene.full(WIDE));
}

#[test]
fn a_finding_about_a_file_without_text() {
    let mut scene = Scene::new();
    let file = scene.file("empty.sql", "");
    scene.find(file, "", Severity::Error, "unreadable-file", "the file cannot be read: permission denied");
    let blank = scene.file("blank.sql", "\n\n");
    scene.find(blank, "\n", Severity::Note, "blank", "a finding on an empty line");
    assert_snapshot!(scene.full(WIDE));
}

#[test]
fn many_labels_are_counted_not_listed() {
    let mut scene = Scene::new();
    let other = scene.file("views.sql", &(0..40).map(|n| format!("CREATE VIEW v{n};\n")).collect::<String>());
    let file = scene.file("drop.sql", "DROP TABLE t CASCADE;");
    scene.find(file, "DROP TABLE t CASCADE", Severity::Error, "many", "dropping `t` drops 40 views");
    for n in 0..40 {
        scene.label(other, &format!("CREATE VIEW v{n}"), &format!("`v{n}` goes with it"));
    }
    assert_snapshot!(scene.full(WIDE));
}

#[test]
fn nothing_found() {
    let mut scene = Scene::new();
    scene.file("a.sql", "SELECT 1;");
    assert_snapshot!(scene.full(WIDE));
}

/// A line of 5 MB with 2,000 findings: drawing looks at the surroundings of each and at nothing else.
#[test]
fn drawing_does_not_depend_on_the_size_of_the_source() {
    let mut scene = Scene::new();
    let text = "(1, 'abc'), ".repeat(5_000_000 / 12);
    let file = scene.file("huge.sql", &text);
    for n in 0..2000 {
        scene.find(file, "(", Severity::Error, "huge", "somewhere");
        let start = n * 2400;
        scene.1[n as usize].at.span = Span::new(start, start + 10);
    }
    let began = Instant::now();
    let drawn = scene.full(WIDE);
    assert!(began.elapsed() < Duration::from_secs(20), "took {:?}", began.elapsed());
    assert!(drawn.len() < 2000 * 1000);
}

/// Steps whose effects are made by hand, in the order of a file.
struct Play {
    scene: Scene,
    file: SourceId,
    steps: Vec<Step>,
}

impl Play {
    fn step(&mut self, sql: &str, in_transaction: bool, effects: Vec<(Option<&str>, EffectKind)>) -> &mut Step {
        let at = self.scene.at(self.file, sql);
        let effects = effects.into_iter().map(|(relation, kind)| Effect {
            kind,
            subject: relation.map(|relation| Subject {
                id: None,
                relation: relation.into(),
                before: relation.into(),
                relation_kind: if relation.ends_with("_pkey") { RelationKind::Index } else { RelationKind::Table },
                new: false,
                existed: true,
                rows: Rows::Unknown,
                size: Size::Unknown,
            }),
            cause: at,
            focus: at.span,
            confidence: Confidence::Certain,
            because: Vec::new(),
            assumptions: Vec::new(),
            fix: None,
        });
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

    fn end(self) -> (Sources, Vec<Replayed>) {
        let replay = Replay { steps: self.steps, at_end: Vec::new() };
        let replayed = Replayed {
            root: "db".into(),
            tool: Tool::FLYWAY,
            tool_from: "by flyway.conf".into(),
            migrations: Vec::new(),
            replay,
        };
        (self.scene.0, vec![replayed])
    }
}

fn lock(lock: LockMode) -> EffectKind {
    EffectKind::TakesLock { lock, blocks: lock.blocks(), timeout: Timeout::Unset, explicit: false }
}

fn play() -> (Sources, Vec<Replayed>) {
    let mut scene = Scene::new();
    let text = "CREATE INDEX total ON orders\n  (total);\nBEGIN;\nALTER TABLE orders DROP COLUMN \"a\x1b[2J\", ADD COLUMN a_rather_long_name numeric(10, 2);\n\
        REINDEX TABLE CONCURRENTLY orders;\nCOMMIT;\nSELECT 1;\n";
    let file = scene.file("db/V1__orders.sql", text);
    let mut play = Play { scene, file, steps: Vec::new() };
    let build = EffectKind::BuildsIndex {
        index: "total".into(),
        unique: false,
        concurrently: false,
        columns: "total".into(),
        reason: BuildReason::Statement,
        blocks: Blocks::Writes,
    };
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
    let ends = EffectKind::EndsTransaction { rollback: false, stray: false, owner: Owner::File };
    play.step("COMMIT", true, vec![(None, ends)]);
    play.step("SELECT 1", false, vec![(Some("orders"), lock(LockMode::AccessShare))]);
    play.end()
}

fn effects(look: Look) -> String {
    let (sources, projects) = play();
    let mut out = Vec::new();
    effects_table::write(&mut out, &projects, &sources, &Settings::default(), look, None).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_table_of_effects_at_100_columns() {
    assert_snapshot!(effects(WIDE));
}

#[test]
fn the_table_of_effects_at_60_columns() {
    assert_snapshot!(effects(NARROW));
}

#[test]
fn the_machine_contract_of_effects() {
    let (sources, projects) = play();
    let mut out = Vec::new();
    effects_json::write(&mut out, &projects, &sources, &Settings::default()).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&report["steps"][2]).unwrap());
}

#[test]
fn effects_in_the_words_of_rules() {
    let (sources, projects) = play();
    let mut out = Vec::new();
    effects_words::write(&mut out, &projects, &sources, WIDE).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
}

/// Whatever the text and the places: it is drawn, and nothing in it acts on the terminal.
#[test]
fn anything_can_be_drawn() {
    let pieces = [
        "a",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "é",
        "表",
        "e\u{301}",
        "🙂",
        "\u{1a}",
        "\x1b",
        "\u{feff}",
        "long_word_",
        "\u{200d}",
        "\0",
    ];
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..3000 {
        let mut scene = Scene::new();
        let length = random(200);
        let text: String = (0..length).map(|_| pieces[random(pieces.len())]).collect();
        let file = scene.file("any.sql", &text);
        let mut span = || {
            let start = random(text.len() + 1);
            let end = start + random((text.len() - start + 1).min(40));
            Location { source: file, span: Span::new(start as u32, end as u32) }
        };
        let at = span();
        let labels: Vec<_> = (0..round % 6).map(|n| Label { message: "word ".repeat(n * 3), at: span() }).collect();
        let found = scene.find(file, "", Severity::Error, "any", "anything");
        found.at = at;
        found.labels = labels;
        let drawn = scene.full(Look::terminal(20 + round % 90, round % 2 == 0));
        assert!(!drawn.contains("Failed to read") && drawn.contains("any.sql"), "{text:?}\n{drawn}");
        let acts = drawn.replace("\x1b[", "").contains(|character: char| character.is_control() && character != '\n');
        assert!(!acts, "{text:?}\n{drawn:?}");
    }
}
