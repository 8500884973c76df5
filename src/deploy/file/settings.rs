//! Settings that make a program change the schema whenever it starts: Hibernate's `ddl-auto`, TypeORM's `synchronize`.

use super::own;
use crate::deploy::place::{self, Told};
use crate::deploy::tree::{self, Node};
use crate::deploy::unit::{Own, Page, Setting};
use crate::effect::{CommandDeed, CommandPlace, LossWord};
use crate::source::Span;

/// `application.yml`, `application-prod.properties`.
pub(super) fn spring(path: &str, text: &str) -> Page {
    if path.ends_with(".properties") { properties(path, text) } else { spring_yaml(path, text) }
}

/// A key and value wherever they are written: `spring.jpa.hibernate.ddl-auto`.
struct Entry<'a> {
    key: String,
    value: &'a str,
    at: Span,
}

/// What such a file says for all profiles: its keys in small letters, without the dashes and underscores that Spring does not tell apart,
/// and their values. A list is one entry for each of its items.
pub(in super::super) fn plain(path: &str, text: &str) -> Vec<(String, String)> {
    let told = |entries: &[Entry<'_>]| -> Vec<(String, String)> {
        let is_profile = |key: &str| key.ends_with("activate.onprofile") || key == "spring.profiles";
        let told: Vec<_> = entries.iter().map(|entry| (relaxed(&entry.key), entry.value.to_owned())).collect();
        if told.iter().any(|(key, _)| is_profile(key)) { Vec::new() } else { told }
    };
    if path.ends_with(".properties") {
        return told(&property_entries(text, &mut Vec::new()));
    }
    let of_document = |document: &Node| {
        let mut entries = Vec::new();
        flatten(document, "", &mut entries);
        told(&entries)
    };
    tree::yaml(text).0.iter().flat_map(of_document).collect()
}

/// Spring tells `ddl-auto`, `ddlAuto` and `ddl_auto` not apart.
fn relaxed(key: &str) -> String {
    key.to_ascii_lowercase().replace(['-', '_'], "")
}

fn spring_yaml(path: &str, text: &str) -> Page {
    let (documents, comments) = tree::yaml(text);
    let mut page = Page { comments, ..Page::default() };
    for document in &documents {
        let mut entries = Vec::new();
        flatten(document, "", &mut entries);
        judge(path, &entries, &mut page);
    }
    page
}

/// The tree's depth is bounded where it is read.
fn flatten<'a>(node: &'a Node, prefix: &str, entries: &mut Vec<Entry<'a>>) {
    for (key, value) in node.entries() {
        let name = if prefix.is_empty() { key.name.clone() } else { format!("{prefix}.{}", key.name) };
        match value.str() {
            Some(text) => entries.push(Entry { key: name, value: text, at: key.at.to(value.at) }),
            None => {
                let items = value.items().iter();
                entries.extend(
                    items.filter_map(|item| {
                        Some(Entry { key: name.clone(), value: item.str()?, at: key.at.to(item.at) })
                    }),
                );
                flatten(value, &name, entries);
            }
        }
    }
}

fn properties(path: &str, text: &str) -> Page {
    let mut page = Page::default();
    let entries = property_entries(text, &mut page.comments);
    judge(path, &entries, &mut page);
    page
}

fn property_entries<'a>(text: &'a str, comments: &mut Vec<Span>) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = (at + line.len() - line.trim_start().len()) as u32;
        let bare = line.trim();
        at += line.len();
        let span = Span::new(start, start + bare.len() as u32);
        if bare.starts_with(['#', '!']) {
            comments.push(span);
        } else if let Some((key, value)) = bare.split_once(['=', ':']) {
            entries.push(Entry { key: key.trim().to_owned(), value: value.trim(), at: span });
        }
    }
    entries
}

fn judge(path: &str, entries: &[Entry<'_>], page: &mut Page) {
    for entry in entries {
        let key = relaxed(&entry.key);
        if !key.ends_with("hibernate.ddlauto") && !key.ends_with("hibernate.hbm2ddl.auto") {
            continue;
        }
        page.passages.push(entry.at);
        let (deed, loss) = match entry.value {
            "create" | "create-drop" => (CommandDeed::Resets, LossWord::Everything),
            "update" => (CommandDeed::Pushes, LossWord::None),
            _ => continue,
        };
        let value = |ends: &str| entries.iter().find(|it| relaxed(&it.key).ends_with(ends)).map(|it| it.value);
        let profile = value("activate.onprofile").or_else(|| value("spring.profiles"));
        let stem = path.rsplit('/').next().unwrap_or_default().rsplit_once('.').map_or("", |(stem, _)| stem);
        let profile = profile.or_else(|| stem.strip_prefix("application-"));
        let place = match (own(path, Own::Else(CommandPlace::Unknown)), profile) {
            (Own::Is(place), _) if place != CommandPlace::Deploy => place,
            (_, Some(profile)) => match place::by_name(profile) {
                Told::Is(place) => place,
                _ => CommandPlace::Unknown,
            },
            // Without a profile it holds for production as well, unless the database is the developer's.
            _ => match value("datasource.url") {
                Some(url) if default_is_remote(url) => CommandPlace::Deploy,
                _ => CommandPlace::Unknown,
            },
        };
        let verb = format!("ddl-auto: {}", entry.value);
        page.settings.push(Setting { tool: "hibernate", verb, deed, loss, place, instead: "", at: entry.at });
    }
}

/// `${DB_URL}` is told from outside; `${DB_URL:jdbc:postgresql://localhost/x}` has a value for the developer.
fn default_is_remote(url: &str) -> bool {
    match url.strip_prefix("${") {
        Some(inner) => !inner.contains(':'),
        None => url.contains("://") && !place::is_local(url.trim_start_matches("jdbc:")),
    }
}

/// `synchronize: true` of a TypeORM data source.
pub(super) fn type_orm(path: &str, text: &str) -> Page {
    let mut page = Page::default();
    let is_configuration = path.contains("ormconfig");
    if !is_configuration && !text.contains("typeorm") {
        return page;
    }
    if path.ends_with(".yml") || path.ends_with(".yaml") {
        page.comments = tree::yaml(text).1;
    }
    let of_file = match own(path, Own::Is(CommandPlace::Deploy)) {
        Own::Is(place) | Own::Else(place) => place,
    };
    let tokens = tokens(text, &mut page.comments);
    for (index, window) in tokens.windows(3).enumerate() {
        let word = |at: usize| text.get(window[at].range()).unwrap_or_default().trim_matches(['"', '\'']);
        if word(0) != "synchronize" || word(1) != ":" {
            continue;
        }
        let behind = tokens.get(index + 3).and_then(|next| text.get(next.range())).unwrap_or(",");
        let at = window[0].to(window[2]);
        page.passages.push(at);
        // `true && x`, `true ? a : b` say something else.
        if word(2) != "true" || !matches!(behind, "," | "}" | "]" | ")" | ";") {
            continue;
        }
        // The object around it may name a database of the developer's.
        let hosts = tokens.windows(3).filter(|it| {
            text.get(it[0].range())
                .is_some_and(|word| matches!(word.trim_matches(['"', '\'']), "host" | "url" | "type" | "NODE_ENV"))
        });
        let local = hosts.clone().any(|it| {
            let value = text.get(it[2].range()).unwrap_or_default().trim_matches(['"', '\'', '`']);
            matches!(value, "localhost" | "127.0.0.1" | "sqljs" | "expo" | "react-native" | "better-sqlite3" | "sqlite")
                || value.contains("@localhost")
        });
        let place = if local && of_file == CommandPlace::Deploy { CommandPlace::Unknown } else { of_file };
        let setting = Setting {
            tool: "typeorm",
            verb: "synchronize: true".to_owned(),
            deed: CommandDeed::Pushes,
            loss: LossWord::Silent,
            place,
            instead: "typeorm migration:run",
            at,
        };
        page.settings.push(setting);
    }
    page.comments.sort();
    page.comments.dedup();
    page
}

/// The words, strings and signs of a program in JavaScript, without its comments.
fn tokens(text: &str, comments: &mut Vec<Span>) -> Vec<Span> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let rest = &text.as_bytes()[at..];
        if byte.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        if rest.starts_with(b"//") || (byte == b'#') {
            at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            if byte != b'#' {
                comments.push(Span::new(start as u32, at as u32));
            }
            continue;
        }
        if rest.starts_with(b"/*") {
            at += memchr::memmem::find(rest, b"*/").map_or(rest.len(), |end| end + 2);
            comments.push(Span::new(start as u32, at as u32));
            continue;
        }
        if matches!(byte, b'"' | b'\'' | b'`') {
            at += 1;
            while let Some(&letter) = bytes.get(at) {
                at += 1 + usize::from(letter == b'\\');
                if letter == byte {
                    break;
                }
            }
            at = at.min(bytes.len());
        } else if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 {
            while bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80) {
                at += 1;
            }
        } else {
            at += 1;
        }
        tokens.push(Span::new(start as u32, at as u32));
    }
    tokens
}
