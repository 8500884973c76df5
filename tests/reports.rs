//! How findings look, over findings that are made by hand: no rule's wording is repeated here.

mod scene;

use insta::assert_snapshot;
use scene::{Play, Scene, builds_total, index_build, lock, odd_text, play};
use shipworthy::check::Outcome;
use shipworthy::diagnostic::{Label, Severity};
use shipworthy::effect::{Blocks, EffectKind, LockMode, Owner, Proof, RewriteReason, ScanReason, Through};
use shipworthy::report::text::Look;
use shipworthy::report::uri::Base;
use shipworthy::report::{concise, effects_json, effects_table, effects_words, full, grouped, json, sarif};
use shipworthy::rule::RuleSet;
use shipworthy::settings::Settings;
use shipworthy::source::{Location, SourceId, Span};
use std::time::{Duration, Instant};

const WIDE: Look = Look { width: 100, source_width: 100, color: false, home: None };
const NARROW: Look = Look { width: 60, source_width: 60, color: false, home: None };

trait Drawn {
    fn full(self, look: Look) -> String;
}

impl Drawn for Scene {
    fn full(self, look: Look) -> String {
        let mut out = Vec::new();
        full::write(&mut out, &self.outcome(), &Settings::default(), look, Some(Duration::from_millis(12))).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(look.color || !text.contains('\x1b'), "an escape without colours");
        text
    }
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
fn findings_grouped_by_file() {
    let grouped = |scene: Scene, look| {
        let mut out = Vec::new();
        grouped::write(&mut out, &scene.outcome(), look).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_snapshot!([grouped(index_build(), NARROW), grouped(odd_text(), WIDE)].concat());
}

/// A terminal that knows links shows nothing of the escapes; a rule of one's own is explained elsewhere.
#[test]
fn a_rules_name_is_a_link_to_its_document() {
    let linked = Look { home: Some("https://example.org"), ..WIDE };
    let mut out = Vec::new();
    full::write(&mut out, &index_build().outcome(), &Settings::default(), linked, None).unwrap();
    let text = String::from_utf8(out).unwrap();
    let link = "error[\x1b]8;;https://example.org/blob/HEAD/rules/locking/blocking-index-build.md\x1b\\blocking-index-build\x1b]8;;\x1b\\]: ";
    assert!(text.starts_with(link), "{text:?}");
    let mut scene = index_build();
    scene.1[0].category = "rules".into();
    let own = full::finding(&scene.1[0], scene.1[0].at.span, &scene.0, linked);
    assert!(own.starts_with("error[blocking-index-build]: "), "{own:?}");
}

#[test]
fn many_findings_are_counted_rule_by_rule() {
    let mut scene = Scene::new();
    let file = scene.file("a.sql", "SELECT 1;");
    for n in 0..30 {
        let severity = if n % 3 == 0 { Severity::Error } else { Severity::Note };
        scene.find(file, "SELECT 1", severity, &format!("rule-{}", n % 18), "a sentence");
    }
    let text = scene.full(WIDE);
    assert_snapshot!(text.rsplit_once("╰────\n").unwrap().1);
}

fn sarif(outcome: &Outcome) -> serde_json::Value {
    let base = Base { root: "/home/me/shop".into(), folder: "/home/me/shop/api".into() };
    let rules = RuleSet::builtin();
    let home = Some("https://example.org");
    let context = sarif::Context { rules: &rules, base: &base, home, revision: None, category: None };
    let mut out = Vec::new();
    sarif::write(&mut out, outcome, &context).unwrap();
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn a_finding_in_sarif() {
    let mut log = sarif(&index_build().outcome());
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap();
    assert_eq!(rules.len(), RuleSet::builtin().entries().len(), "also those that found nothing");
    rules.retain(|rule| rule["id"] == "blocking-index-build");
    let help = rules[0]["help"].take();
    // The page is the document's; other tests read it.
    assert!(
        help["markdown"].as_str().unwrap().contains("\n## Why\n") && !help["text"].as_str().unwrap().contains("##")
    );
    let number = log["runs"][0]["results"][0]["ruleIndex"].take().as_u64().unwrap() as usize;
    assert_eq!(RuleSet::builtin().entries()[number].name(), "blocking-index-build");
    log["runs"][0]["results"].as_array_mut().unwrap().truncate(1);
    let driver = &mut log["runs"][0]["tool"]["driver"];
    for key in ["version", "semanticVersion", "fullName"] {
        assert!(driver[key].take().as_str().unwrap().contains(env!("CARGO_PKG_VERSION")));
    }
    for text in [&["shortDescription", "text"], &["fullDescription", "text"]] {
        let rule = &mut driver["rules"][0];
        assert!(rule[text[0]][text[1]].take().as_str().unwrap().ends_with('.'));
    }
    assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
}

/// Columns are UTF-16 units, as editors and services count them, and what a region holds is what its snippet says.
#[test]
fn regions_of_sarif_are_in_place_whatever_the_text() {
    let outcome = odd_text().outcome();
    let log = sarif(&outcome);
    let mut places = String::new();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let related = result["relatedLocations"].as_array().into_iter().flatten();
        for place in related.chain([&result["locations"][0]]) {
            let place = &place["physicalLocation"];
            let path = place["artifactLocation"]["uri"].as_str().unwrap().strip_prefix("api/").unwrap();
            let source = (0..outcome.sources.len() as u32).map(|id| outcome.sources.get(SourceId(id)));
            let source = source.into_iter().find(|source| source.path() == path).unwrap();
            let number = |key: &str| place["region"][key].as_u64().unwrap() as usize;
            assert_eq!(number("startLine"), number("endLine"), "a region is one line");
            // Another way to count: the line's UTF-16 itself.
            let text = source.text().trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
            let line: Vec<u16> = text.split('\n').nth(number("startLine") - 1).unwrap().encode_utf16().collect();
            let held = String::from_utf16(&line[number("startColumn") - 1..number("endColumn") - 1]).unwrap();
            assert_eq!(place["region"]["snippet"]["text"], held);
            places += &format!("{path}:{}:{}: {held}\n", number("startLine"), number("startColumn"));
        }
    }
    assert_snapshot!(places);
}

/// Names come from the files: nothing in them becomes a link, breaks the JSON or a URI.
#[test]
fn hostile_names_in_sarif() {
    let mut scene = Scene::new();
    let file = scene.bytes("a b\u{202e}#%?[1]\"\n.sql", b"DROP TABLE \"x](1)\x00\xff\";");
    let message = "dropping `x](1)\\\u{0}` loses [it](https://example.org)";
    scene.find(file, "DROP TABLE", Severity::Error, "no-such-rule", message);
    scene.label(file, "\"x](1)\u{0}\u{1a}\"", "[a](2)");
    let log = sarif(&scene.outcome());
    let result = &log["runs"][0]["results"][0];
    assert_snapshot!(serde_json::to_string_pretty(result).unwrap());
}

/// A service that refuses long reports must get the most severe findings, and whoever reads the report must know.
#[test]
fn sarif_has_no_more_results_than_services_take() {
    let mut scene = Scene::new();
    let file = scene.file("a.sql", "SELECT 1;");
    for n in 0..25_010 {
        let severity = if n >= 25_000 { Severity::Error } else { Severity::Note };
        scene.find(file, "SELECT 1", severity, "missing-lock-timeout", "a sentence");
    }
    let log = sarif(&scene.outcome());
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 10);
    let told = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().unwrap().starts_with("10 findings were left out"), "{told}");
}

/// Whatever the format: the same findings at the same places.
#[test]
fn every_format_tells_the_same_findings() {
    for scene in [index_build, odd_text] {
        let outcome = scene().outcome();
        let written = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            String::from_utf8(out).unwrap()
        };
        let concise = written(&|out| concise::write(out, &outcome).unwrap());
        let json = written(&|out| json::write(out, &outcome, &Settings::default()).unwrap());
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        let grouped = written(&|out| grouped::write(out, &outcome, WIDE).unwrap());
        let full = written(&|out| full::write(out, &outcome, &Settings::default(), WIDE, None).unwrap());
        let log = sarif(&outcome);
        let (json, results) = (json["diagnostics"].as_array().unwrap(), log["runs"][0]["results"].as_array().unwrap());
        let counts = [concise.lines().count(), json.len(), results.len(), full.matches("╭─[").count()];
        assert_eq!(counts, [outcome.diagnostics.len(); 4]);
        for (at, found) in outcome.diagnostics.iter().enumerate() {
            let (path, line) = (outcome.sources.get(found.at.source).path(), &json[at]["range"]["start"]["line"]);
            let column = &json[at]["range"]["start"]["column"];
            let (rule, place) = (found.rule.as_str(), format!("{path}:{line}:{column}"));
            assert_eq!((json[at]["rule"].as_str(), json[at]["path"].as_str()), (Some(rule), Some(path)));
            assert!(concise.lines().nth(at).unwrap().starts_with(&format!("{place}: ")), "{concise}");
            assert!(full.contains(&format!("[{place}]")) && full.contains(&format!("[{rule}]: ")), "{full}");
            assert!(grouped.contains(&format!(" {line}:{column} ")) && grouped.contains(path), "{grouped}");
            assert_eq!(results[at]["ruleId"], rule);
            let uri = &results[at]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            assert_eq!(*uri, format!("api/{path}"));
            let fingerprint = &results[at]["partialFingerprints"]["shipworthyFinding/v1"];
            assert_eq!(*fingerprint, json[at]["fingerprint"]);
        }
    }
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
    assert_snapshot!(odd_text().full(WIDE));
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
    scene.label(file, "'FAR'", "`orders` is locked since here");
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

/// Locks stay to the end of the transaction: what runs after one was taken is what others wait for.
#[test]
fn a_transaction_adds_up() {
    let mut scene = Scene::new();
    let text = "BEGIN;\nALTER TABLE orders ADD note text;\nCREATE INDEX total ON orders (total);\nALTER TABLE items ADD CHECK (a > 0);\n\
        ALTER TABLE items ALTER a TYPE text;\nSELECT 1;\nCOMMIT;\n";
    let file = scene.file("db/V2__many.sql", text);
    let mut play = Play { scene, file, steps: Vec::new() };
    let exclusive = || lock(LockMode::AccessExclusive);
    let wait = EffectKind::MakesWait { blocks: Blocks::Writes, through: Through::ForeignKey };
    let build = builds_total(Blocks::Reads);
    let scan = EffectKind::ScansTable {
        reason: ScanReason::Check,
        object: "items_a_check".into(),
        blocks: Blocks::Reads,
        proof: Proof::None,
        constraint: "".into(),
        dropped_again: Default::default(),
    };
    let (reason, change) = (RewriteReason::TypeChange, "integer -> text".into());
    let rewrite = EffectKind::RewritesTable {
        reason,
        column: "a".into(),
        change,
        instead: "".into(),
        added_as: "".into(),
        kept_by: "".into(),
        blocks: Blocks::Reads,
    };
    let begins = EffectKind::OpensTransaction { nested: false, owner: Owner::File };
    let ends = EffectKind::EndsTransaction { rollback: false, stray: false, after_begin: true, owner: Owner::File };
    play.step("BEGIN", false, vec![(None, begins)]);
    play.step("ALTER TABLE orders ADD note text", true, vec![(Some("orders"), exclusive()), (Some("customers"), wait)]);
    play.step(
        "CREATE INDEX total ON orders (total)",
        true,
        vec![(Some("orders"), lock(LockMode::Share)), (Some("orders"), build)],
    );
    play.step("ALTER TABLE items ADD CHECK (a > 0)", true, vec![(Some("items"), exclusive()), (Some("items"), scan)]);
    play.step(
        "ALTER TABLE items ALTER a TYPE text",
        true,
        vec![(Some("items"), exclusive()), (Some("items"), rewrite)],
    );
    play.step("SELECT 1", true, vec![(Some("orders"), lock(LockMode::AccessShare))]);
    play.step("COMMIT", true, vec![(None, ends)]);
    let (sources, projects) = play.end();
    let mut out = Vec::new();
    effects_table::write(&mut out, &projects, &sources, &Settings::default(), WIDE, None).unwrap();
    assert_snapshot!(String::from_utf8(out).unwrap());
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
