//! Versions as they stand in the names of migrations.

/// A version: numbers of any length, part by part, by value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(Vec<(usize, String)>);

impl Version {
    /// The version of a migration, by its path: that of the file's name, or of its folder where the tool gives each migration one.
    pub fn of(path: &str) -> Option<Self> {
        let mut parts = path.rsplit(['/', '\\']);
        parts.next().and_then(Self::read).or_else(|| parts.next().and_then(Self::read))
    }

    /// The first number of a text, with those that points join to it; behind Flyway's letters underscores join as well, and in a date
    /// (Diesel's `2026-09-01-100000-0000_name`) hyphens.
    pub fn read(text: &str) -> Option<Self> {
        let start = text.bytes().position(|byte| byte.is_ascii_digit())?;
        let joins: &[char] = match &text[..start] {
            "V" | "U" | "B" => &['.', '_'],
            _ if begins_with_date(&text[start..]) => &['.', '-'],
            _ => &['.'],
        };
        let mut parts = Vec::new();
        let mut rest = &text[start..];
        loop {
            let end = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
            if end == 0 {
                break;
            }
            parts.push(part(&rest[..end]));
            match rest[end..].strip_prefix(joins) {
                Some(next) => rest = next,
                None => break,
            }
        }
        Some(Self(parts))
    }

    /// Whether it comes after another: by time where both begin with a day, however they write it (`20260901100000`, `20260901`,
    /// `2026-09-01-100000`), else by value.
    pub fn is_after(&self, other: &Self) -> bool {
        match (self.moment(), other.moment()) {
            (Some(own), Some(other)) => own > other,
            _ => self > other,
        }
    }

    /// How many digits its first number has, without zeros in front.
    pub fn digits(&self) -> usize {
        self.0.first().map_or(0, |(digits, _)| *digits)
    }

    /// Whether it is one number of 14 digits that begins with a day, as 20260131093000. What follows may be no time: many count seconds on to
    /// 99, and it sorts all the same.
    pub fn is_time(&self) -> bool {
        matches!(self.0.as_slice(), [(14, _)]) && self.moment().is_some()
    }

    /// Year, month, day and what follows, where it begins with a day of this or the last century.
    fn moment(&self) -> Option<Vec<(usize, String)>> {
        let parts = match self.0.as_slice() {
            [(4, _), _, _, ..] => self.0.clone(),
            [(8 | 12 | 14 | 17 | 18, number), rest @ ..] => {
                let (year, month, day) = (number.get(..4)?, number.get(4..6)?, number.get(6..8)?);
                let time = number.get(8..).filter(|time| !time.is_empty());
                let first = [year, month, day].into_iter().chain(time).map(part);
                first.chain(rest.iter().cloned()).collect()
            }
            _ => return None,
        };
        let within = |at: usize, most: u8| {
            let value: Option<u8> = parts.get(at).and_then(|(_, digits)| digits.parse().ok());
            value.is_some_and(|value| (1..=most).contains(&value))
        };
        let century = parts.first().is_some_and(|(_, year)| year.starts_with("19") || year.starts_with("20"));
        (century && within(1, 12) && within(2, 31)).then_some(parts)
    }
}

/// A number that is compared by its value: how many digits, and which.
fn part(digits: &str) -> (usize, String) {
    let digits = digits.trim_start_matches('0');
    (digits.len(), digits.to_owned())
}

/// Whether a text begins as ISO 8601 writes a day.
fn begins_with_date(text: &str) -> bool {
    let pattern = b"0000-00-00";
    let fits = |(byte, wanted): (u8, &u8)| if *wanted == b'-' { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() >= pattern.len() && text.bytes().zip(pattern).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_names_first_number() {
        let is = |path: &str, like: &str| assert_eq!(Version::of(path), Version::read(like), "{path}");
        is("db/0012_add_2fa.sql", "12");
        is("db/V1_2__x.sql", "1.2");
        is("db/V1.10__x.sql", "1.10");
        is("db/1.2.3.sql", "1.2.3");
        is("prisma/migrations/20260101_init/migration.sql", "20260101");
        assert_eq!(Version::of("db/R__views.sql"), None);
        let later = |left: &str, right: &str| {
            let is_after =
                |left: &str, right: &str| Version::read(left).zip(Version::read(right)).map(|(l, r)| l.is_after(&r));
            assert_eq!((is_after(left, right), is_after(right, left)), (Some(true), Some(false)), "{left} {right}");
        };
        later("2017-08-31-230457_x", "20170820180453_y");
        later("20250625_x", "20250604085536_y");
        // No such day: a number like any other.
        later("20200317160354_x", "20191100000012_y");
        later("10_x", "9_y");
        assert_eq!(Version::of(""), None);
    }

    #[test]
    fn a_time_has_14_digits() {
        let is_time = |text: &str| Version::read(text).is_some_and(|version| version.is_time());
        assert!(is_time("20260131235999_x") && is_time("V20260131093000__x"));
        for text in
            ["20260131_x", "202601310930_x", "20261331093000_x", "20263101240000_x", "2026-01-31-093000_x", "7_x"]
        {
            assert!(!is_time(text), "{text}");
        }
    }

    #[test]
    fn versions_compare_by_value() {
        let before = |left: &str, right: &str| assert!(Version::read(left) < Version::read(right), "{left} {right}");
        before("9", "10");
        before("0009", "10");
        before("1.9", "1.10");
        before("1", "1.0");
        before("2026-07-27-143313-0000_a", "2026-09-01-100000-0000_a");
        before("2019-01-01-000000_a", "2019-01-01-000001_a");
        assert_eq!(Version::read("2026-07-27-143313_a"), Version::read("2026-07-27-143313_b-2"));
        assert_eq!(Version::read("1-2_a"), Version::read("1"));
        before("99999999999999999999999", "100000000000000000000000");
        assert_eq!(Version::read("007"), Version::read("7"));
    }
}
