//! What other programs read: each format is read back by a parser of its own kind, and tells the same findings at the same places.

mod scene;

use insta::assert_snapshot;
use scene::{Scene, index_build, odd_text, play};
use serde_json::Value;
use shipworthy::base::{Base, Revision};
use shipworthy::check::{Counts, Outcome};
use shipworthy::diagnostic::{Diagnostic, Severity};
use shipworthy::fix::{Applicability, Edit, Fix};
use shipworthy::report::{
    checkstyle, concise, gcc, github, gitlab, json, json_lines, junit, markdown, rdjson, sarif, text::Look,
};
use shipworthy::rule::RuleSet;
use shipworthy::settings::Settings;
use shipworthy::source::Span;
use std::io;
use textwrap::core::display_width;

const HOME: Option<&str> = Some("https://example.org/shipworthy");

fn base() -> Base {
    Base { root: "/home/me/shop".into(), folder: "/home/me/shop/api".into() }
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn in_json(report: &str) -> Value {
    serde_json::from_str(report).unwrap_or_else(|error| panic!("{error}: {report}"))
}

fn in_lines(report: &str) -> Vec<Value> {
    assert!(report.is_empty() || report.ends_with('\n'));
    report.lines().map(in_json).collect()
}

fn in_sarif(outcome: &Outcome) -> String {
    let (rules, base) = (RuleSet::builtin(), base());
    let context = sarif::Context { rules: &rules, base: &base, home: HOME, revision: None, category: None };
    text(|out| sarif::write(out, outcome, &context).map(drop))
}

fn in_markdown(outcome: &Outcome, most: usize) -> String {
    let (base, settings) = (base(), Settings::default());
    let files = Some("https://example.org/shop/blob/1234567/");
    let context = markdown::Context { base: &base, settings: &settings, most, category: Some("db"), files };
    text(|out| markdown::write(out, outcome, &context))
}

/// A finding as a format tells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    rule: String,
    path: String,
    line: u64,
    column: u64,
}

fn told(rule: &Value, path: &Value, line: &Value, column: &Value) -> Told {
    let word = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{value}"));
    Told { rule: word(rule), path: word(path), line: number(line), column: number(column) }
}

/// What a column counts, worked out from the text of the line and by nothing of the program.
#[derive(Clone, Copy, Debug)]
enum Unit {
    Characters,
    Utf16,
    Bytes,
    Screen,
}

fn expected(found: &Diagnostic, outcome: &Outcome, unit: Unit, from_root: bool) -> Told {
    let source = outcome.sources.get(found.at.source);
    let before = &source.text()[..found.at.span.start as usize];
    let ends = before.replace("\r\n", "\n").replace('\r', "\n");
    let last = before.rsplit(['\n', '\r']).next().unwrap();
    let shown = last.trim_start_matches('\u{feff}');
    let column = match unit {
        Unit::Characters => shown.chars().count(),
        Unit::Utf16 => shown.encode_utf16().count(),
        Unit::Bytes => last.len(),
        Unit::Screen => shown.chars().fold(0, |column, character| match character {
            '\t' => (column / 8 + 1) * 8,
            // A byte that is not UTF-8.
            '\u{1a}' => column + 1,
            _ => column + display_width(&character.to_string()),
        }),
    };
    Told {
        rule: found.rule.to_string(),
        path: if from_root { base().from_root(source.path()) } else { source.path().to_owned() },
        line: ends.matches('\n').count() as u64 + 1,
        column: column as u64 + 1,
    }
}

/// What a service makes of a URI reference.
fn decoded(uri: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = uri.as_bytes();
    while let [first, more @ ..] = rest {
        match (first, more) {
            (b'%', [high, low, more @ ..]) => {
                let digits = String::from_utf8(vec![*high, *low]).unwrap();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                rest = more;
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Names and values.
type Properties = Vec<(String, String)>;

/// A workflow command as the runner reads it (`ActionCommand.TryParseV2`): its name, properties and message.
fn command(line: &str) -> Option<(String, Properties, String)> {
    let (head, data) = line.trim_start().strip_prefix("::")?.split_once("::")?;
    let unescape = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let property = |pair: &str| {
        let (key, value) = pair.split_once('=').unwrap();
        (key.to_owned(), unescape(&value.replace("%3A", ":").replace("%2C", ",")))
    };
    let properties = properties.split(',').filter(|pair| !pair.is_empty()).map(property).collect();
    Some((name.to_owned(), properties, unescape(data)))
}

fn from_github(report: &str) -> Vec<Told> {
    let mut all = Vec::new();
    for line in report.lines() {
        match command(line) {
            Some((name, properties, _)) if ["error", "warning", "notice"].contains(&name.as_str()) => {
                let get = |key: &str| properties.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
                let Some(path) = get("file") else { continue };
                let number = |key: &str| get(key).unwrap().parse().unwrap();
                assert_eq!(get("line"), get("endLine"), "the runner drops columns of several lines");
                all.push(Told { rule: get("title").unwrap(), path, line: number("line"), column: number("col") });
            }
            Some((name, ..)) => assert!(["group", "endgroup"].contains(&name.as_str()), "{line}"),
            None => all.push(from_line(line, "[", "] ")),
        }
    }
    all
}

/// `path:line:column: ...` with the rule between two marks.
fn from_line(line: &str, before: &str, behind: &str) -> Told {
    let mut parts = line.splitn(4, ':');
    let mut part = || parts.next().unwrap().to_owned();
    let (path, row, column, rest) = (part(), part(), part(), part());
    let (_, rule) = if behind.is_empty() { rest.rsplit_once(before) } else { rest.split_once(before) }.unwrap();
    let end = if behind.is_empty() { rule.find(']') } else { rule.find(behind) };
    let rule = rule[..end.unwrap()].to_owned();
    Told { rule, path, line: row.parse().unwrap(), column: column.parse().unwrap() }
}

fn from_checkstyle(report: &str) -> Vec<Told> {
    let document = roxmltree::Document::parse(report).unwrap();
    let errors = document.descendants().filter(|node| node.has_tag_name("error"));
    let told = |node: roxmltree::Node<'_, '_>| Told {
        rule: node.attribute("source").unwrap().rsplit_once('.').unwrap().1.to_owned(),
        path: node.parent().unwrap().attribute("name").unwrap().to_owned(),
        line: node.attribute("line").unwrap().parse().unwrap(),
        column: node.attribute("column").unwrap().parse().unwrap(),
    };
    errors.map(told).collect()
}

fn from_junit(report: &str) -> Vec<Told> {
    let document = roxmltree::Document::parse(report).unwrap();
    let failures = document.descendants().filter(|node| node.has_tag_name("failure"));
    let told = |node: roxmltree::Node<'_, '_>| {
        let (case, path) = (node.parent().unwrap(), node.parent().unwrap().attribute("classname").unwrap());
        // The place is not told but in the text.
        let place = node.text().unwrap().lines().next().unwrap();
        let place = from_line(
            place.strip_prefix(path).map(|rest| format!("file{rest}")).as_deref().unwrap_or(place),
            "[",
            "] ",
        );
        let rule = case.attribute("name").unwrap().split_once(": ").unwrap().0.to_owned();
        assert_eq!(rule, place.rule);
        assert_eq!(case.parent().unwrap().attribute("name").unwrap(), path);
        Told { path: path.to_owned(), ..place }
    };
    failures.map(told).collect()
}

/// What each format tells, with how it counts and whether its paths are from the root.
fn all(outcome: &Outcome) -> Vec<(&'static str, Vec<Told>, Unit, bool)> {
    let base = base();
    let of_json = |found: &Value| {
        told(&found["rule"], &found["path"], &found["range"]["start"]["line"], &found["range"]["start"]["column"])
    };
    let report = in_json(&text(|out| json::write(out, outcome, &Settings::default())));
    let json = report["diagnostics"].as_array().unwrap().iter().map(of_json).collect();
    let json_lines = in_lines(&text(|out| json_lines::write(out, outcome))).iter().map(of_json).collect();

    let log = in_json(&in_sarif(outcome));
    let of_sarif = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let uri = decoded(place["artifactLocation"]["uri"].as_str().unwrap()).into();
        told(&result["ruleId"], &uri, &place["region"]["startLine"], &place["region"]["startColumn"])
    };
    let sarif = log["runs"][0]["results"].as_array().unwrap().iter().map(of_sarif).collect();

    let report = in_json(&text(|out| gitlab::write(out, outcome, &base)));
    let of_gitlab = |entry: &Value| {
        let place = &entry["location"];
        let begin = &place["positions"]["begin"];
        assert_eq!(place["lines"]["begin"], begin["line"]);
        told(&entry["check_name"], &place["path"], &begin["line"], &begin["column"])
    };
    let gitlab = report.as_array().unwrap().iter().map(of_gitlab).collect();

    let of_rdjson = |found: &Value| {
        let start = &found["location"]["range"]["start"];
        told(&found["code"]["value"], &found["location"]["path"], &start["line"], &start["column"])
    };
    let report = in_json(&text(|out| rdjson::write(out, outcome, HOME)));
    let rdjson = report["diagnostics"].as_array().unwrap().iter().map(of_rdjson).collect();
    let rdjsonl = in_lines(&text(|out| rdjson::write_lines(out, outcome, HOME))).iter().map(of_rdjson).collect();

    let lines = |report: String, before, behind| report.lines().map(|line| from_line(line, before, behind)).collect();
    vec![
        ("json", json, Unit::Characters, false),
        ("json-lines", json_lines, Unit::Characters, false),
        ("sarif", sarif, Unit::Utf16, true),
        ("github", from_github(&text(|out| github::write(out, outcome, &base))), Unit::Characters, true),
        ("gitlab", gitlab, Unit::Characters, true),
        ("junit", from_junit(&text(|out| junit::write(out, outcome))), Unit::Characters, false),
        ("checkstyle", from_checkstyle(&text(|out| checkstyle::write(out, outcome))), Unit::Characters, false),
        ("rdjson", rdjson, Unit::Bytes, false),
        ("rdjsonl", rdjsonl, Unit::Bytes, false),
        ("gcc", lines(text(|out| gcc::write(out, outcome)), " [", ""), Unit::Screen, false),
        ("concise", lines(text(|out| concise::write(out, outcome)), "[", "] "), Unit::Characters, false),
    ]
}

#[track_caller]
fn tell_the_same(outcome: &Outcome) {
    for (format, mut found, unit, from_root) in all(outcome) {
        let expected = outcome.diagnostics.iter().map(|found| expected(found, outcome, unit, from_root));
        let mut expected: Vec<Told> = expected.collect();
        // Annotations come worst first, and XML file by file.
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{format}");
    }
}

/// Findings behind all that is counted differently.
fn behind_odd_text() -> Scene {
    let mut scene = Scene::new();
    let texts: [(&str, &[u8]); 7] = [
        ("emoji.sql", "/* 👩‍👧🙂 */ DROP TABLE t;".as_bytes()),
        ("combining.sql", "/* e\u{301}te\u{301} */\tDROP TABLE t;".as_bytes()),
        ("bom.sql", "\u{feff}/* 注 */ DROP TABLE t;\r\n".as_bytes()),
        ("bom-first.sql", "\u{feff}DROP TABLE t;\r\n".as_bytes()),
        ("crlf.sql", b"SELECT 1;\r\n\r\n\t \tDROP TABLE t;\r\n"),
        ("latin-1.sql", b"/* caf\xe9 \xff\xfe */ DROP TABLE t;"),
        ("deploy/Dockerfile", "# é\nRUN psql -c 'DROP TABLE t'\n".as_bytes()),
    ];
    for (path, bytes) in texts {
        let file = scene.bytes(path, bytes);
        scene.find(file, "DROP TABLE t", Severity::Error, "table-dropped", "dropping `t` loses it");
        scene.label(file, "t", "`t` is lost");
    }
    // A file about which nothing can be told but that it is there.
    let empty = scene.file("empty.sql", "");
    scene.find(empty, "", Severity::Error, "unreadable-file", "the file cannot be read").statement = None;
    scene
}

#[test]
fn every_machine_format_tells_the_same_findings() {
    for scene in [index_build, odd_text, behind_odd_text] {
        let outcome = scene().outcome();
        assert!(!outcome.diagnostics.is_empty());
        tell_the_same(&outcome);
    }
}

#[test]
fn also_where_there_are_many() {
    let mut scene = Scene::new();
    let text = "DROP TABLE t;\n".repeat(100);
    let files = ["1.sql", "2.sql", "3.sql"].map(|path| scene.file(path, &text));
    for n in 0..300_u32 {
        let severity = Severity::ALL[(n % 7 % 3) as usize];
        let found = scene.find(files[(n / 100) as usize], "DROP TABLE t", severity, "table-dropped", "a sentence");
        found.at.span = Span::new(n % 100 * 14, n % 100 * 14 + 12);
    }
    tell_the_same(&scene.outcome());
}

#[test]
fn nothing_found_is_a_whole_report() {
    let mut scene = Scene::new();
    scene.file("a.sql", "SELECT 1;");
    let outcome = scene.outcome();
    tell_the_same(&outcome);
    assert_eq!(text(|out| gitlab::write(out, &outcome, &base())), "[]\n");
    assert_eq!(text(|out| github::write(out, &outcome, &base())), "");
    assert!(in_markdown(&outcome, markdown::SUMMARY).contains("## shipworthy (db): No findings"));
}

/// Who wrote the names in a file, and the file's own, does not get a word into a report.
fn hostile() -> Scene {
    let mut scene = Scene::new();
    let name = "\"a`|b\n::error::x ##[error] <script>alert(1)</script> ]]>&\u{1b}[31m'%0A-->@octocat #1 [x](y)\"";
    let sql = format!("DROP TABLE {name}");
    let file = scene.file("../\"a b\" <c>&'`|\n::x,:%25\\d\u{202e}\u{1}.sql", &format!("{sql};\n"));
    let message = format!("dropping {name} loses it");
    let found = scene.find(file, &sql, Severity::Error, "table-dropped", &message);
    found.help = vec![message.clone(), "`a\0b` ``".into()];
    found.notes = vec!["@octocat, see #12 and <img src=x>".into()];
    let edits = vec![Edit { span: Span::new(0, 4), insert: "\"]]>\u{1b}</x>\n```".into() }];
    found.fix = Some(Fix { applicability: Applicability::Unsafe, edits });
    scene.label(file, "TABLE", &message);
    scene
}

#[test]
fn hostile_names_in_json() {
    let outcome = hostile().outcome();
    let one = text(|out| json_lines::write(out, &outcome));
    assert_eq!(one.lines().count(), 1);
    let found = in_json(&one);
    assert_eq!(found["message"].as_str(), Some(outcome.diagnostics[0].message.as_str()));
    let all = in_json(&text(|out| json::write(out, &outcome, &Settings::default())));
    assert_eq!(all["diagnostics"][0], found);
}

#[test]
fn hostile_names_in_rdjson() {
    let outcome = hostile().outcome();
    let path = outcome.sources.get(outcome.diagnostics[0].at.source).path();
    let report = in_json(&text(|out| rdjson::write(out, &outcome, HOME)));
    assert_eq!(report["diagnostics"][0]["location"]["path"], path);
    let lines = text(|out| rdjson::write_lines(out, &outcome, HOME));
    assert_eq!(lines.lines().count(), 1);
    assert_snapshot!(lines);
}

#[test]
fn hostile_names_in_annotations() {
    let report = text(|out| github::write(out, &hostile().outcome(), &base()));
    assert_eq!(report.lines().count(), 1, "{report}");
    let (name, properties, message) = command(report.trim_end()).unwrap();
    let keys: Vec<_> = properties.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["title", "file", "line", "endLine", "col", "endColumn"]);
    assert_eq!(
        properties[1].1, "\"a b\" <c>&'`|\n::x,:%25\\d\u{202e}\u{1}.sql",
        "from the root, which is one folder up"
    );
    assert!(!message.contains('\u{1b}') && message.contains("help: "), "{message:?}");
    assert_eq!(name, "error");
    assert_snapshot!(report);
}

/// What the runner does not take for an annotation is a line of the log, and must not be one by its own words.
#[test]
fn hostile_names_among_the_many() {
    let mut scene = hostile();
    for _ in 0..20 {
        let mut found = scene.1[0].clone();
        found.message.insert_str(0, "\n::error::y\n");
        scene.1.push(found);
    }
    let report = text(|out| github::write(out, &scene.outcome(), &base()));
    let commands = report.lines().filter_map(command).filter(|(name, ..)| name == "error").count();
    assert_eq!(commands, 10);
    let others: Vec<_> = report.lines().filter(|line| command(line).is_none()).collect();
    assert_eq!(others.len(), 11);
    assert!(others.iter().all(|line| !line.contains("##[")), "{others:?}");
}

#[test]
fn hostile_names_in_gitlab() {
    assert_snapshot!(text(|out| gitlab::write(out, &hostile().outcome(), &base())));
}

#[test]
fn hostile_names_in_checkstyle() {
    let report = text(|out| checkstyle::write(out, &hostile().outcome()));
    let document = roxmltree::Document::parse(&report).unwrap();
    let names: Vec<_> =
        document.descendants().filter(|node| node.is_element()).map(|node| node.tag_name().name()).collect();
    assert_eq!(names, ["checkstyle", "file", "error"]);
    let file = document.root_element().first_element_child().unwrap();
    assert_eq!(file.attribute("name"), Some("../\"a b\" <c>&'`|\n::x,:%25\\d\u{202e}␁.sql"));
    assert_snapshot!(report);
}

#[test]
fn hostile_names_in_junit() {
    let report = text(|out| junit::write(out, &hostile().outcome()));
    let document = roxmltree::Document::parse(&report).unwrap();
    let names: Vec<_> =
        document.descendants().filter(|node| node.is_element()).map(|node| node.tag_name().name()).collect();
    assert_eq!(names, ["testsuites", "testsuite", "testcase", "failure"]);
    assert_snapshot!(report);
}

#[test]
fn hostile_names_in_gcc() {
    let report = text(|out| gcc::write(out, &hostile().outcome()));
    assert_eq!(report.lines().count(), 1);
    assert!(!report.trim_end().contains(|character: char| character.is_control()));
    assert_snapshot!(report);
}

/// As CommonMark reads it: no HTML but our own, no link but our own, and every name in code.
#[test]
fn hostile_names_in_markdown() {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let report = in_markdown(&hostile().outcome(), markdown::SUMMARY);
    for event in Parser::new_ext(&report, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                assert!(html.starts_with("<!-- shipworthy: db -->"), "{html:?}");
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                assert!(dest_url.starts_with("https://example.org/shop/blob/1234567/"), "{dest_url}");
            }
            Event::Start(Tag::Image { .. }) => panic!("an image"),
            Event::Text(text) => assert!(!text.contains("@octocat") && !text.contains("#12"), "{text:?}"),
            _ => {}
        }
    }
    assert_snapshot!(report);
}

#[test]
fn findings_in_rdjson() {
    assert_snapshot!(text(|out| rdjson::write(out, &index_build().outcome(), HOME)));
}

#[test]
fn findings_in_json_lines() {
    assert_snapshot!(text(|out| json_lines::write(out, &index_build().outcome())));
}

#[test]
fn findings_as_annotations() {
    assert_snapshot!(text(|out| github::write(out, &index_build().outcome(), &base())));
}

#[test]
fn findings_in_gitlab() {
    assert_snapshot!(text(|out| gitlab::write(out, &index_build().outcome(), &base())));
}

#[test]
fn findings_in_checkstyle() {
    assert_snapshot!(text(|out| checkstyle::write(out, &index_build().outcome())));
}

#[test]
fn findings_in_junit() {
    let mut scene = index_build();
    // The same sentence twice.
    let again = scene.1[0].clone();
    scene.1.push(again);
    assert_snapshot!(text(|out| junit::write(out, &scene.outcome())));
}

#[test]
fn findings_in_gcc() {
    assert_snapshot!([index_build(), odd_text()].map(|scene| text(|out| gcc::write(out, &scene.outcome()))).concat());
}

/// Findings beside what the statements do.
fn with_effects() -> Outcome {
    let (sources, projects) = play();
    let mut scene = Scene(sources, Vec::new());
    let file = projects[0].replay.steps[0].source;
    let sql = "CREATE INDEX total ON orders\n  (total)";
    let found =
        scene.find(file, sql, Severity::Warning, "blocking-index-build", "building `total` blocks writes to `orders`");
    found.help = vec!["use CREATE INDEX CONCURRENTLY, outside a transaction".into()];
    scene.label(file, "total", "holds SHARE on `orders`");
    scene.find(file, "ALTER TABLE orders DROP COLUMN", Severity::Error, "column-dropped", "dropping `a` loses it");
    let counts = Counts { files: 1, statements: 6, ..Counts::default() };
    Outcome { sources: scene.0, projects, surroundings: Vec::new(), diagnostics: scene.1, counts }
}

#[test]
fn findings_and_locks_in_markdown() {
    assert_snapshot!(in_markdown(&with_effects(), markdown::SUMMARY));
}

/// So many findings, and a table of as many statements.
fn many(count: usize) -> Outcome {
    let mut outcome = with_effects();
    let first = outcome.diagnostics[0].clone();
    outcome.diagnostics = (0..count)
        .map(|n| Diagnostic {
            severity: Severity::ALL[n % 3],
            message: format!("`t{n}` {}", "word ".repeat(20)),
            ..first.clone()
        })
        .collect();
    let project = &mut outcome.projects[0];
    let steps: Vec<_> = project.replay.steps.iter().take(1).cloned().collect();
    project.replay.steps = (0..count).flat_map(|_| steps.clone()).collect();
    outcome
}

#[test]
fn markdown_fits_and_says_what_it_leaves_out() {
    for (count, most) in
        [(10, markdown::COMMENT), (600, markdown::COMMENT), (5_000, markdown::SUMMARY), (5_000, 10_000)]
    {
        let report = in_markdown(&many(count), most);
        assert!(report.len() <= most, "{} of {most}", report.len());
        let items = report.lines().filter(|line| line.starts_with("- **")).count();
        let rows = report.lines().filter(|line| line.starts_with("| [")).count();
        let cut = report.len() > most * 9 / 10;
        assert_eq!(cut, count > 10);
        if !cut {
            assert_eq!((items, rows), (count, count));
            continue;
        }
        assert!(items > 5 && rows > 5, "{items} findings and {rows} rows of {count} in {most}");
        assert!(report.contains(&format!("\n**+{} more** (", count - items)), "{items}");
        assert!(report.contains(&format!("\n**+{} more statements** ", count - rows)), "{rows}");
        let worst = report.lines().filter(|line| line.starts_with("- **error**")).count();
        assert!(worst == items || worst == count / 3, "the worst are first");
    }
}

#[test]
fn annotations_are_no_more_than_github_keeps() {
    let counts = |report: &str| {
        let of = |kind: &str| report.lines().filter(|line| line.starts_with(&format!("::{kind} "))).count();
        [of("error"), of("warning"), of("notice")]
    };
    let report = |found: [usize; 3]| {
        let mut scene = Scene::new();
        let file = scene.file("a.sql", "SELECT 1;");
        // The least severe come first in the file.
        for (severity, count) in Severity::ALL.into_iter().zip(found) {
            for _ in 0..count {
                scene.find(file, "SELECT 1", severity, "a-rule", "a sentence");
            }
        }
        text(|out| github::write(out, &scene.outcome(), &base()))
    };
    assert_eq!(counts(&report([10, 10, 10])), [10, 10, 10]);
    assert!(!report([10, 10, 10]).contains("more"));
    assert_eq!(counts(&report([0, 0, 11])), [10, 0, 1]);
    let many = report([20, 15, 30]);
    assert_eq!(counts(&many), [10, 10, 10]);
    assert!(
        many.starts_with("::error ") && many.contains("title=shipworthy::+36 more: 20 errors, 5 warnings, 11 notes.")
    );
    assert_eq!(many.lines().filter(|line| line.starts_with("a")).count() + 29, 65, "the log has them all");
}

#[test]
fn sarif_says_what_was_looked_at() {
    let (rules, base) = (RuleSet::builtin(), base());
    let revision = Revision {
        repository: Some("https://github.com/octo/shop".into()),
        commit: Some("0123456789012345678901234567890123456789".into()),
        branch: Some("main".into()),
    };
    let log = |revision: &Revision, category| {
        let context = sarif::Context { rules: &rules, base: &base, home: HOME, revision: Some(revision), category };
        in_json(&text(|out| sarif::write(out, &index_build().outcome(), &context).map(drop)))["runs"][0].take()
    };
    let run = log(&revision, Some("apps/api"));
    assert_eq!(run["automationDetails"]["id"], "apps/api/");
    assert_snapshot!(serde_json::to_string_pretty(&run["versionControlProvenance"]).unwrap());
    let unknown = log(&Revision::default(), None);
    assert!(unknown.get("automationDetails").is_none());
    let alone = &unknown["versionControlProvenance"][0];
    assert_eq!(alone["repositoryUri"], "file:///home/me/shop/", "nobody else knows it");
    assert!(alone.get("revisionId").is_none());
}

/// GitHub refuses what is larger than 10 MB when it is packed: the least severe go.
#[test]
fn sarif_is_no_larger_than_services_take() {
    let mut scene = Scene::new();
    let file = scene.file("a.sql", "SELECT 1;");
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    };
    for n in 0..1500 {
        let severity = if n < 1400 { Severity::Note } else { Severity::Error };
        let message: String = (0..1000).map(|_| noise()).collect();
        scene.find(file, "SELECT 1", severity, "missing-lock-timeout", &message);
    }
    let outcome = scene.outcome();
    let (rules, base) = (RuleSet::builtin(), base());
    let context = sarif::Context { rules: &rules, base: &base, home: HOME, revision: None, category: None };
    let mut out = Vec::new();
    let left_out = sarif::write(&mut out, &outcome, &context).unwrap();
    let log = in_json(std::str::from_utf8(&out).unwrap());
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(left_out > 0 && results.len() == 1500 - left_out, "{left_out}");
    assert!(results.len() > 700, "not much more than has to go: {}", results.len());
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 100);
    assert_eq!(log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 1);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    io::Write::write_all(&mut packed, &out).unwrap();
    assert!(packed.finish().unwrap().len() < 10_000_000);
}

/// Machine formats are for machines, whatever terminal there is.
#[test]
fn no_colours_in_what_people_may_copy() {
    let mut out = Vec::new();
    shipworthy::report::grouped::write(&mut out, &hostile().outcome(), Look::PLAIN).unwrap();
    assert!(!out.contains(&0x1b));
}
