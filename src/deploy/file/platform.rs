//! package.json and the files of platforms: fly.toml, railway.toml, render.yaml, vercel.json, netlify.toml, heroku.yml.

use super::{nobody, own, own_of_part};
use crate::deploy::place::{self, Told};
use crate::deploy::tree::{self, Node};
use crate::deploy::unit::{Name, Own, Page, Unit};
use crate::effect::CommandPlace;

/// Scripts that platforms run by their names.
const RUN_BY_PLATFORMS: [&str; 13] = [
    "start",
    "prestart",
    "poststart",
    "build",
    "prebuild",
    "postbuild",
    "heroku-postbuild",
    "heroku-prebuild",
    "vercel-build",
    "now-build",
    "render-build",
    "railway-build",
    "gcp-build",
];

/// The scripts of a package.json.
pub(super) fn package(path: &str, text: &str) -> Page {
    let mut page = Page::default();
    let Some(document) = tree::json(text) else { return page };
    for (key, script) in document.get("scripts").map_or(&[][..], Node::entries) {
        let Some(text) = script.text() else { continue };
        let name = key.name.as_str();
        let by_platform = RUN_BY_PLATFORMS.contains(&name);
        let otherwise = if by_platform { Own::Is(CommandPlace::Deploy) } else { Own::Else(CommandPlace::Unknown) };
        let own = match own(path, otherwise) {
            Own::Is(place) if place != CommandPlace::Deploy => Own::Is(place),
            _ if by_platform => otherwise,
            _ => match place::by_name(name) {
                Told::Is(place) => Own::Is(place),
                Told::ByHand => Own::Else(CommandPlace::Dev),
                Told::Nothing => Own::Else(CommandPlace::Unknown),
            },
        };
        let unit = Unit::new(Name::Script(name.to_owned()), own, format!("when the script `{name}` is run"), path);
        let index = page.script(unit, text);
        // JSON has no comments; the shell's are nobody's.
        page.comments.clear();
        // A script and its name are one passage.
        for run in &mut page.units[index].runs {
            run.passage = key.at.to(script.at);
        }
    }
    page
}

/// The keys under which platforms keep commands, and when they run them.
const COMMANDS: [(&str, &str); 16] = [
    ("release_command", "before each release"),
    ("preDeployCommand", "before each release"),
    ("pre_deploy_command", "before each release"),
    ("initialDeployHook", "in the first release"),
    ("startCommand", "when the program starts"),
    ("start_command", "when the program starts"),
    ("run_command", "when the program starts"),
    ("dockerCommand", "when the container starts"),
    ("buildCommand", "when the platform builds"),
    ("build_command", "when the platform builds"),
    ("installCommand", "when the platform builds"),
    ("command", "when the platform builds"),
    ("cmd", "when the program starts"),
    ("cmds", "when the platform builds"),
    ("release", "before each release"),
    ("processes", "when the program starts"),
];

/// Reads the file of a platform.
pub(super) fn read(path: &str, text: &str) -> Page {
    let (documents, comments) = match path.rsplit('.').next() {
        Some("toml") => (Vec::from_iter(tree::toml(text)), toml_comments(text)),
        Some("json") => (Vec::from_iter(tree::json(text)), Vec::new()),
        _ => tree::yaml(text),
    };
    let mut page = Page { comments, ..Page::default() };
    for document in &documents {
        walk(path, document, "", None, &mut page);
    }
    page.comments.sort();
    page
}

/// The tree's depth is bounded where it is read.
fn walk(path: &str, node: &Node, name: &str, occasion: Option<&'static str>, page: &mut Page) {
    match (occasion, node.text()) {
        (Some(occasion), Some(text)) => {
            let own = own_of_part(path, name, own(path, Own::Is(CommandPlace::Deploy)));
            page.script(nobody(path, own, occasion), text);
        }
        _ => {
            node.items().iter().for_each(|item| walk(path, item, name, occasion, page));
            let own_name = node.get("name").and_then(Node::str).unwrap_or(name);
            for (key, value) in node.entries() {
                let known = COMMANDS.iter().find(|(command, _)| *command == key.name).map(|(_, occasion)| *occasion);
                // Below `processes` each name has a command, below `release` some have.
                let occasion = known.or(occasion.filter(|_| value.text().is_some() && name != "release"));
                let below = if key.name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
                    key.name.as_str()
                } else {
                    own_name
                };
                let below = if known.is_some() { own_name } else { below };
                walk(path, value, below, occasion, page);
            }
        }
    }
}

/// Lines that begin with `#`, and what stands behind `#` outside quotes.
pub(super) fn toml_comments(text: &str) -> Vec<crate::source::Span> {
    let mut comments = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mut quote = None;
        for (index, letter) in line.char_indices() {
            match (quote, letter) {
                (None, '"' | '\'') => quote = Some(letter),
                (Some(open), _) if open == letter => quote = None,
                (None, '#') => {
                    comments.push(crate::source::Span::new((at + index) as u32, (at + line.trim_end().len()) as u32));
                    break;
                }
                _ => {}
            }
        }
        at += line.len();
    }
    comments
}
