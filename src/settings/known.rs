//! What the team knows of its database, and no migration says.

use crate::pattern;
use std::collections::BTreeMap;

/// Rows up to which a table is small: work on it is over before anybody notices.
const SMALL: u64 = 10_000;
/// Rows from which on a table is large: work on it takes minutes.
const LARGE: u64 = 1_000_000;

/// How large a table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// At most 10,000 rows.
    Small,
    /// Between the two.
    Medium,
    /// At least 1,000,000 rows.
    Large,
}

/// What is said of a table's size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// How large it is.
    pub extent: Extent,
    /// As a clause in brackets says it: `400M rows`, `small`.
    pub told: String,
}

impl TableSize {
    /// Reads `small`, `large` or a number of rows: `250`, `12k`, `400M`, `1.5B`. `None` where it is none of these.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let word = |extent| Some(Self { extent, told: text.to_owned() });
        match text {
            "small" => return word(Extent::Small),
            "large" => return word(Extent::Large),
            _ => {}
        }
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(part) || digits.ends_with('.') {
            return None;
        }
        let unit = match &text[digits.len()..] {
            "" => 1.0,
            "k" | "K" => 1e3,
            "M" => 1e6,
            "G" | "B" => 1e9,
            _ => return None,
        };
        let rows = (digits.parse::<f64>().ok()? * unit) as u64;
        let extent = match rows {
            ..=SMALL => Extent::Small,
            LARGE.. => Extent::Large,
            _ => Extent::Medium,
        };
        Some(Self { extent, told: format!("{text} rows") })
    }
}

/// What the team knows of its database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// By name.
    tables: BTreeMap<String, TableSize>,
    /// By pattern, the longest first: it says the most.
    patterns: Vec<(String, TableSize)>,
    /// The schemas that an API serves to clients; `None`: what the tool is known for.
    pub exposed_schemas: Option<Vec<String>>,
}

impl Known {
    /// Says how large the tables of a name or pattern are. `*` stands for any run of characters; `public` may be left out.
    pub fn add(&mut self, name: &str, size: TableSize) {
        let name = name.strip_prefix("public.").unwrap_or(name);
        if !name.contains('*') {
            self.tables.insert(name.to_owned(), size);
            return;
        }
        let at = self.patterns.partition_point(|(other, _)| (other.len(), name) >= (name.len(), other.as_str()));
        self.patterns.insert(at, (name.to_owned(), size));
    }

    /// What is said of a relation's size; its name is qualified where its schema is not `public`.
    pub fn size_of(&self, relation: &str) -> Option<&TableSize> {
        let by_pattern = || self.patterns.iter().find(|(pattern, _)| pattern::matches(pattern, relation));
        self.tables.get(relation).or_else(|| by_pattern().map(|(_, size)| size))
    }

    /// Whether anything is said of sizes.
    pub fn sizes_are_known(&self) -> bool {
        !self.tables.is_empty() || !self.patterns.is_empty()
    }

    /// Whether an API serves a relation to clients: as the team says, else as the tool is configured, else what its projects begin with:
    /// Supabase serves `public` (`[api] schemas` in what `supabase init` writes).
    pub fn exposes(&self, relation: &str, tool: &str, served: Option<&[String]>) -> bool {
        let schema = relation.split_once('.').map_or("public", |(schema, _)| schema);
        match self.exposed_schemas.as_deref().or(served) {
            Some(schemas) => schemas.iter().any(|exposed| exposed == schema),
            None => tool == "supabase" && schema == "public",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_word_or_a_number_of_rows() {
        let extent = |text: &str| TableSize::read(text).map(|size| size.extent);
        assert_eq!(extent("small"), Some(Extent::Small));
        assert_eq!(extent("large"), Some(Extent::Large));
        assert_eq!(extent("10000"), Some(Extent::Small));
        assert_eq!(extent("10001"), Some(Extent::Medium));
        assert_eq!(extent("999k"), Some(Extent::Medium));
        assert_eq!(extent("1M"), Some(Extent::Large));
        assert_eq!(extent("1.5B"), Some(Extent::Large));
        assert_eq!(extent("0.5k"), Some(Extent::Small));
        for none in ["", "big", "M", "-1", "1.", ".5", "1 M rows", "1m", "1e6"] {
            assert_eq!(extent(none), None, "{none}");
        }
        assert_eq!(TableSize::read("400M").unwrap().told, "400M rows");
    }

    #[test]
    fn a_name_goes_before_a_pattern_and_a_longer_pattern_before_a_shorter() {
        let mut known = Known::default();
        for (name, size) in
            [("*", "5k"), ("audit_*", "large"), ("audit_log", "small"), ("app.*", "2M"), ("public.t", "7")]
        {
            known.add(name, TableSize::read(size).unwrap());
        }
        let told = |name: &str| known.size_of(name).map(|size| size.told.as_str());
        assert_eq!(told("audit_log"), Some("small"));
        assert_eq!(told("audit_2024"), Some("large"));
        assert_eq!(told("app.orders"), Some("2M rows"));
        assert_eq!(told("t"), Some("7 rows"));
        assert_eq!(told("else"), Some("5k rows"));
        assert_eq!(Known::default().size_of("t"), None);
    }

    #[test]
    fn what_an_api_serves_is_said_or_known_of_the_tool() {
        let silent = Known::default();
        assert!(silent.exposes("orders", "supabase", None));
        assert!(!silent.exposes("app.orders", "supabase", None));
        assert!(silent.exposes("app.orders", "supabase", Some(&["app".to_owned()])));
        assert!(!silent.exposes("orders", "supabase", Some(&[])));
        assert!(!silent.exposes("orders", "goose", None));
        let said = Known { exposed_schemas: Some(vec!["api".into()]), ..Known::default() };
        assert!(said.exposes("api.orders", "goose", None));
        assert!(!said.exposes("orders", "supabase", Some(&["public".to_owned()])));
    }
}
