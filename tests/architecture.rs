//! Who may depend on whom, who may touch files, who may print: read from the source itself.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers, lowest first; a module uses its own layer and those below. Modules of one layer may use each other.
const LAYERS: [&[&str]; 18] = [
    &["source", "base", "pattern"],
    &["diagnostic", "fix"],
    &["dialect", "tool"],
    &["settings"],
    &["statement", "migration", "history"],
    &["parse"],
    &["declared"],
    // They name each other's ids: the one knot that is accepted.
    &["catalog", "session", "effect", "surrounding"],
    &["analyze", "deploy"],
    &["replay"],
    &["drift"],
    &["rule"],
    &["suppress", "baseline"],
    &["check"],
    &["verify"],
    &["report"],
    &["git", "discover", "config"],
    &["cli"],
];

/// What a file of `src` does that it may not: a line number and a sentence each. `path` is below `src`.
fn breaches(path: &str, text: &str) -> Vec<(usize, String)> {
    let module = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    // The map of the crate, and the program that hands over to `cli`.
    if matches!(path, "lib.rs" | "main.rs") {
        return Vec::new();
    }
    let Some(layer) = layer_of(module) else {
        return vec![(1, format!("`{module}` has no layer; give it one in tests/architecture.rs"))];
    };
    let mut found = Vec::new();
    for (number, line) in code(text) {
        let mut breach = |sentence: String| found.push((number, sentence));
        for used in modules_used(line) {
            match layer_of(used) {
                Some(other) if other > layer || (used == "cli" && module != "cli") => {
                    breach(format!("`{module}` uses `{used}`, which stands above it"));
                }
                _ => {}
            }
        }
        if line.contains("sqlparser") && module != "parse" {
            breach("sqlparser is known in src/parse/ only".to_owned());
        }
        let files = ["std::fs", "fs::", "File::", "walkdir", "std::env", "std::net", "std::process"];
        let touched = files.iter().find(|name| word_begins(line, name));
        if let Some(name) = touched.filter(|_| !matches!(module, "git" | "discover" | "config" | "cli")) {
            breach(format!("`{name}`: the world outside is touched in `git`, `discover`, `config` and `cli` only"));
        }
        let printing = ["print!", "println!", "eprint!", "eprintln!", "stdout()", "stderr()", "stdin()"];
        let printed = printing.iter().find(|name| word_begins(line, name));
        if let Some(name) = printed.filter(|_| module != "cli") {
            breach(format!("`{name}`: `cli` alone prints and reads standard input"));
        }
    }
    found
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The lines of a file that are code of the program: no comments, and nothing that is compiled for tests only.
fn code(text: &str) -> Vec<(usize, &str)> {
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut code = Vec::new();
    while let Some((number, line)) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            let indent = &line[..line.len() - line.trim_start().len()];
            let end = format!("{indent}}}");
            // The item ends with its line, or where a brace closes at its own depth.
            for (_, line) in lines.by_ref() {
                if line == end
                    || (line.starts_with(indent) && line.ends_with(';') && !line[indent.len()..].starts_with(' '))
                {
                    break;
                }
            }
        } else if !line.trim_start().starts_with("//") {
            code.push((number, line));
        }
    }
    code
}

/// The files and folders below `src` that a file declares for tests only, without their ending.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let folder = path.trim_end_matches(".rs");
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let declared = lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]").filter_map(|pair| {
        let (_, name) = pair[1].strip_suffix(';')?.rsplit_once("mod ")?;
        Some(format!("{folder}/{name}"))
    });
    declared.collect()
}

/// The modules of the crate that a line names: `crate::x::...` and `use crate::{x, y::z}`.
fn modules_used(line: &str) -> Vec<&str> {
    let mut used = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => used.push(word(rest)),
            // rustfmt writes one level of braces here; deeper ones hold what the modules hold.
            Some(list) => {
                let mut depth = 0;
                let top = list.split(|c: char| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0
                });
                used.extend(top.map(|item| word(item.trim())));
            }
        }
    }
    used.retain(|name| !name.is_empty());
    used
}

fn word(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default()
}

/// Whether a name stands in a line, not as the end of a longer word.
fn word_begins(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"'))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn modules_use_only_what_stands_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    assert!(files.len() > 40, "src has {} files: is this the right folder?", files.len());
    let below = |file: &PathBuf| file.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
    let files: Vec<_> = files.iter().map(|file| (below(file), fs::read_to_string(file).unwrap())).collect();
    let tests: Vec<_> = files.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let is_test = |path: &str| {
        tests.iter().any(|test| path.strip_prefix(test).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
    };
    let mut report = String::new();
    for (path, text) in files.iter().filter(|(path, _)| !is_test(path)) {
        for (line, sentence) in breaches(path, text) {
            report += &format!("src/{path}:{line}: {sentence}\n");
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_layer_is_there() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for module in LAYERS.concat() {
        assert!(src.join(format!("{module}.rs")).is_file(), "`{module}` has a layer but no file");
    }
}

#[test]
fn a_breach_is_seen() {
    let sentence = |path: &str, text: &str| {
        let mut found: Vec<_> = breaches(path, text).into_iter().map(|(_, sentence)| sentence).collect();
        found.pop().unwrap_or_default()
    };
    assert_eq!(
        sentence("parse/lex.rs", "use crate::catalog::Catalog;"),
        "`parse` uses `catalog`, which stands above it"
    );
    assert_eq!(
        sentence("tool.rs", "use crate::{source::{Span, Source}, rule::Rule};"),
        "`tool` uses `rule`, which stands above it"
    );
    assert_eq!(sentence("rule.rs", "    let x = crate::check::check();"), "`rule` uses `check`, which stands above it");
    assert_eq!(sentence("discover/view.rs", "use crate::cli::run;"), "`discover` uses `cli`, which stands above it");
    assert_eq!(sentence("analyze.rs", "use sqlparser::ast;"), "sqlparser is known in src/parse/ only");
    assert!(sentence("check.rs", "let text = std::fs::read(path);").starts_with("`std::fs`"));
    assert!(sentence("report/full.rs", "    println!(\"x\");").starts_with("`println!`"));
    assert!(sentence("utils.rs", "").contains("has no layer"));
}

#[test]
fn what_is_allowed_is_no_breach() {
    let all = |path: &str, text: &str| breaches(path, text).len();
    assert_eq!(all("catalog.rs", "use crate::effect::Confidence;\nuse crate::source::Span;"), 0);
    assert_eq!(all("parse/detail.rs", "use sqlparser::ast;"), 0);
    assert_eq!(all("cli/check.rs", "println!(\"x\"); std::fs::read(p);"), 0);
    assert_eq!(all("source.rs", "//! [`crate::cli`] prints with println!\n// crate::rule"), 0);
    assert_eq!(all("replay.rs", "#[cfg(test)]\nmod tests {\n use crate::check::check;\n}"), 0);
    assert_eq!(all("statement.rs", "let offs::x = reprint!();"), 0);
}

#[test]
fn only_what_is_for_tests_is_left_out() {
    let text = "#[cfg(test)]\nmod testing;\nfn f() {\n    #[cfg(test)]\n    {\n        crate::cli::run();\n    }\n}\nuse crate::cli::a;\n\
                #[cfg(test)]\nmod tests {\n    use crate::cli::b;\n}\nuse crate::cli::c;";
    let lines: Vec<_> = breaches("source.rs", text).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [9, 14]);
    assert_eq!(test_modules("analyze/postgres.rs", text), ["analyze/postgres/testing"]);
}

#[test]
fn lines_are_counted() {
    assert_eq!(breaches("source.rs", "// a\n\nuse crate::cli;")[0].0, 3);
    assert_eq!(modules_used("use crate::{a::{b, c}, d}; crate::e::f"), ["a", "d", "e"]);
}
