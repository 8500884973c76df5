//! The keys of a configuration: what each means, for the reader, for `shipworthy config` and for editors (JSON Schema).

use super::Level;
use crate::diagnostic::Severity;
use crate::dialect::{Dialect, Version};
use crate::tool::Tool;
use serde_json::{Map, Value, json};

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What it means: one sentence.
    pub doc: &'static str,
}

/// The keys of one table.
pub type Table = &'static [Key];

/// What a key's value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A server's major version.
    Major,
    /// A text.
    Text,
    /// A migration tool's name; where versions matter, with one: `prisma@7.3`.
    Tool,
    /// A server's name.
    Dialect,
    /// A text, or a list of texts.
    Texts,
    /// True or false.
    Flag,
    /// A severity, or `never`.
    FailOn,
    /// A length of time, as PostgreSQL writes it.
    Duration,
    /// A table of rules and categories, each with a [`Level`].
    Severities,
    /// A table of tables, each with its size.
    Sizes,
    /// A table with keys of its own.
    Table(Table),
    /// A list of such tables.
    Tables(Table),
}

/// The keys at the top.
pub const TOP: Table = &[
    Key {
        name: "postgres",
        kind: Kind::Major,
        doc: "The server's major version. Without it the newest known is assumed.",
    },
    Key {
        name: "tool",
        kind: Kind::Tool,
        doc: "The migration tool that runs the files, whatever they look like. Without it, it is recognised.",
    },
    Key {
        name: "dialect",
        kind: Kind::Dialect,
        doc: "The server that the files are for. Without it, it is recognised.",
    },
    Key {
        name: "in-transaction",
        kind: Kind::Flag,
        doc: "Where no migration tool is recognised, each file runs in a transaction.",
    },
    Key {
        name: "paths",
        kind: Kind::Texts,
        doc: "Files and folders to look at where the command line names none, from this file's folder.",
    },
    Key {
        name: "exclude",
        kind: Kind::Texts,
        doc: "Patterns of files that are not looked at; a folder stands for everything below it.",
    },
    Key {
        name: "rules",
        kind: Kind::Texts,
        doc: "Folders with rule documents of your own: <category>/<rule>.md. One of a built-in rule's name takes its place.",
    },
    Key { name: "fail-on", kind: Kind::FailOn, doc: "The least severity that makes the exit status 1." },
    Key {
        name: "baseline",
        kind: Kind::Text,
        doc: "The file with findings that are accepted as they are; `shipworthy baseline` writes it.",
    },
    Key {
        name: "after",
        kind: Kind::Text,
        doc: "Only migrations behind this version are judged; those up to it are deployed.",
    },
    Key {
        name: "surroundings",
        kind: Kind::Flag,
        doc: "Look at what stands around the migrations (scripts, workflows, configuration). Without it: where a project's own folder is looked at.",
    },
    Key { name: "require-reasons", kind: Kind::Flag, doc: "A comment that allows something has to say why." },
    Key {
        name: "timeouts",
        kind: Kind::Table(TIMEOUTS),
        doc: "What the connection that runs the migrations sets by itself.",
    },
    Key {
        name: "tables",
        kind: Kind::Sizes,
        doc: "How large tables are, by name or pattern: \"small\", \"large\" or about how many rows, as in \"400M\".",
    },
    Key {
        name: "exposed-schemas",
        kind: Kind::Texts,
        doc: "The schemas that an API serves to clients. Without it, `public` of a Supabase project.",
    },
    Key {
        name: "severity",
        kind: Kind::Severities,
        doc: "How bad the findings of a rule, or of a whole category, are.",
    },
    Key {
        name: "override",
        kind: Kind::Tables(OVERRIDE),
        doc: "What is otherwise for some files; a later one goes before an earlier.",
    },
];

/// The keys of `[timeouts]`.
pub const TIMEOUTS: Table = &[
    Key {
        name: "lock",
        kind: Kind::Duration,
        doc: "lock_timeout: how long a statement waits for a lock before it gives up.",
    },
    Key { name: "statement", kind: Kind::Duration, doc: "statement_timeout: how long a statement may take." },
];

/// The keys of `[[override]]`.
pub const OVERRIDE: Table = &[
    Key {
        name: "paths",
        kind: Kind::Texts,
        doc: "Patterns of the files that it is about, from the configuration's folder.",
    },
    Key { name: "severity", kind: Kind::Severities, doc: "How bad rules are there." },
    Key { name: "tool", kind: Kind::Tool, doc: "The migration tool that runs them." },
    Key { name: "dialect", kind: Kind::Dialect, doc: "The server that they are for." },
];

/// What editors offer for a migration tool: their names, and the older versions that run files otherwise.
fn tools() -> Vec<&'static str> {
    let mut names: Vec<_> = Tool::ALL.iter().map(|tool| tool.name).chain(["prisma@7.3", "supabase@2.108"]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The table that a key belongs to, where it is not one of those at the top.
pub(super) fn home_of(name: &str) -> Option<String> {
    TOP.iter().find_map(|key| {
        let (table, written) = match key.kind {
            Kind::Table(table) => (table, format!("[{}]", key.name)),
            Kind::Tables(table) => (table, format!("[[{}]]", key.name)),
            _ => return None,
        };
        table.iter().any(|inner| inner.name == name).then_some(written)
    })
}

/// The JSON Schema of `shipworthy.toml`. `rules` are the names that `[severity]` may use.
pub fn json_schema<'a>(rules: impl Iterator<Item = &'a str>) -> Value {
    let levels: Vec<_> = Level::ALL.into_iter().map(Level::name).collect();
    let names: Map<String, Value> =
        rules.map(|name| (name.to_owned(), json!({ "$ref": "#/definitions/level" }))).collect();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "shipworthy.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": properties(TOP),
        "definitions": {
            "level": { "type": "string", "enum": levels },
            "sizes": {
                "type": "object",
                "additionalProperties": {
                    "anyOf": [
                        { "type": "integer", "minimum": 0 },
                        { "type": "string", "pattern": "^\\s*(small|large|[0-9]+(\\.[0-9]+)?[kKMGB]?)\\s*$" },
                    ],
                },
            },
            "severities": {
                "type": "object",
                "properties": names,
                // Rules of the team's own have names, too.
                "additionalProperties": { "$ref": "#/definitions/level" },
            },
        },
    })
}

fn properties(table: Table) -> Value {
    let property = |key: &Key| {
        let mut value = match key.kind {
            Kind::Major => json!({
                "type": "integer", "minimum": Version::OLDEST_POSTGRES.0, "maximum": Version::NEWEST_POSTGRES.0,
            }),
            Kind::Text => json!({ "type": "string", "minLength": 1 }),
            Kind::Texts => json!({
                "anyOf": [
                    { "type": "string", "minLength": 1 },
                    { "type": "array", "items": { "type": "string", "minLength": 1 } },
                ],
            }),
            Kind::Tool => json!({ "type": "string", "enum": tools() }),
            Kind::Dialect => {
                let names = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite].map(Dialect::name);
                json!({ "type": "string", "enum": names })
            }
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::FailOn => {
                let words: Vec<_> = Severity::ALL.into_iter().map(Severity::name).chain(["never"]).collect();
                json!({ "type": "string", "enum": words })
            }
            Kind::Duration => json!({
                "anyOf": [
                    { "type": "integer", "minimum": 0 },
                    { "type": "string", "pattern": "^\\s*[0-9]+\\s*(us|ms|s|min|h|d)?\\s*$" },
                ],
            }),
            Kind::Sizes => json!({ "allOf": [{ "$ref": "#/definitions/sizes" }] }),
            Kind::Severities => json!({ "allOf": [{ "$ref": "#/definitions/severities" }] }),
            Kind::Table(table) => object(table),
            Kind::Tables(table) => {
                let mut item = object(table);
                item["required"] = json!(["paths"]);
                json!({ "type": "array", "items": item })
            }
        };
        value["description"] = key.doc.into();
        (key.name.to_owned(), value)
    };
    Value::Object(table.iter().map(property).collect())
}

fn object(table: Table) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties(table) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::document::{Place, read};

    /// A value that a schema takes, as TOML, and some that it does not.
    fn samples(schema: &Value) -> (Vec<String>, Vec<String>) {
        let any = schema["anyOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        let mut good = Vec::new();
        for one in &any {
            match one["type"].as_str() {
                Some("integer") => {
                    let least = one["minimum"].as_i64().unwrap();
                    good.push(one["maximum"].as_i64().unwrap_or(least).to_string());
                    good.push(least.to_string());
                }
                Some("string") => match one["enum"].as_array() {
                    Some(words) => good.extend(words.iter().map(Value::to_string)),
                    None => good.push("\"5s\"".to_owned()),
                },
                Some("boolean") => good.push("true".to_owned()),
                Some("array") if one["items"]["type"] == "string" => good.push("[\"a\", \"b\"]".to_owned()),
                Some("array") => good.push("[{ paths = \"a\", severity = { style = \"off\" } }]".to_owned()),
                _ => good.push("{}".to_owned()),
            }
        }
        let takes = |kind: &str| any.iter().any(|one| one["type"] == kind);
        let mut bad = vec!["1979-05-27".to_owned()];
        // A table of the file's own names says in `definitions` what their values are; none is a list.
        let table = if schema["allOf"].is_array() { "{ x = [] }" } else { "{ x = 1 }" };
        for (kind, value) in [("integer", "7000000"), ("boolean", "false"), ("object", table), ("string", "\"\"")] {
            if !takes(kind) {
                bad.push(value.to_owned());
            }
        }
        (good, bad)
    }

    fn check_object(schema: &Value, wrap: &dyn Fn(String) -> String) {
        for (name, property) in schema["properties"].as_object().unwrap() {
            let accepted = |value: &str| read(&wrap(format!("{name} = {value}")), Place::Own).1;
            let (good, bad) = samples(property);
            for value in good {
                assert_eq!(accepted(&value), [], "{name} = {value}");
            }
            for value in bad {
                assert!(!accepted(&value).is_empty(), "{name} = {value}");
            }
            if property["type"] == "object" {
                check_object(property, &|inner| wrap(format!("{name} = {{ {inner} }}")));
            }
            if property["items"]["type"] == "object" {
                let list = |inner| wrap(format!("{name} = [{{ paths = \"p\", {inner} }}]"));
                for (inner, _) in property["items"]["properties"].as_object().unwrap() {
                    assert!(!read(&list(format!("{inner} = 1979-05-27")), Place::Own).1.is_empty(), "{inner}");
                }
            }
        }
        assert_eq!(schema["additionalProperties"], false);
        assert!(!read(&wrap("no-such-key = 1".to_owned()), Place::Own).1.is_empty());
    }

    #[test]
    fn the_json_schema_takes_what_the_reader_takes() {
        let schema = json_schema(["blocking-check"].into_iter());
        check_object(&schema, &|text| text);
        let levels = schema["definitions"]["level"]["enum"].as_array().unwrap();
        for level in levels {
            assert_eq!(read(&format!("severity = {{ x = {level} }}"), Place::Own).1, []);
        }
        assert!(!read("severity = { x = \"loud\" }", Place::Own).1.is_empty());
        let sizes = &schema["definitions"]["sizes"]["additionalProperties"]["anyOf"];
        assert_eq!((&sizes[0]["type"], &sizes[1]["type"]), (&json!("integer"), &json!("string")));
        for size in ["5", "\"5\"", "\"5k\"", "\"1.5B\"", "\"small\"", "\"large\""] {
            assert_eq!(read(&format!("tables = {{ x = {size} }}"), Place::Own).1, [], "{size}");
        }
    }
}
