//! The words that the readers ask for. They are told apart once, when a token is cut; every later question compares numbers or
//! words of one spelling.

mod words;

use words::WORDS;

/// A word that the readers ask for, or none of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keyword(u16);

/// What tells words apart: folded first and last bytes, and the length. Of words of up to 16 bytes these are all bytes.
#[derive(Clone, Copy)]
struct Print {
    head: u64,
    tail: u64,
    length: u32,
}

impl Print {
    const NONE: Self = Self { head: 0, tail: 0, length: 0 };

    /// The print of a word of two bytes at least.
    #[inline]
    const fn of(word: &[u8]) -> Option<Self> {
        let length = word.len() as u32;
        // Letters differ from their other case in this bit; other bytes of words that differ in it alone are in no keyword.
        const FOLD: u64 = 0x2020_2020_2020_2020;
        let (head, tail) = match (word.first_chunk::<8>(), word.last_chunk::<8>()) {
            (Some(head), Some(tail)) => (u64::from_le_bytes(*head), u64::from_le_bytes(*tail)),
            _ => match (word.first_chunk::<4>(), word.last_chunk::<4>()) {
                (Some(head), Some(tail)) => (u32::from_le_bytes(*head) as u64, u32::from_le_bytes(*tail) as u64),
                _ => match (word.first_chunk::<2>(), word.last_chunk::<2>()) {
                    (Some(head), Some(tail)) => (u16::from_le_bytes(*head) as u64, u16::from_le_bytes(*tail) as u64),
                    _ => return None,
                },
            },
        };
        Some(Self { head: head | FOLD, tail: tail | FOLD, length })
    }

    /// The slot to look at first, and bits that most other words differ in.
    #[inline]
    const fn hash(self) -> (usize, u16) {
        let mixed = (self.head ^ self.tail.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((mixed >> (64 - SLOT_BITS)) as usize, (mixed >> 32) as u16 & CHECK)
    }
}

const SLOT_BITS: u32 = 11;
const SLOTS: usize = 1 << SLOT_BITS;
/// A slot holds a word's number in its lower bits and a part of its hash in the others; 0 is free.
const NUMBER: u16 = 0x03ff;
const CHECK: u16 = !NUMBER;

/// [`WORDS`] by their prints.
struct Index {
    slots: [u16; SLOTS],
    prints: [Print; WORDS.len()],
}

static INDEX: Index = Index::new();

impl Index {
    const fn new() -> Self {
        assert!(WORDS.len() <= NUMBER as usize);
        let mut index = Self { slots: [0; SLOTS], prints: [Print::NONE; WORDS.len()] };
        let mut number = 1;
        while number < WORDS.len() {
            let Some(print) = Print::of(WORDS[number].as_bytes()) else { panic!() };
            let (mut slot, check) = print.hash();
            while index.slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            index.slots[slot] = number as u16 | check;
            index.prints[number] = print;
            number += 1;
        }
        index
    }
}

impl Keyword {
    /// No word that is asked for.
    pub(crate) const NONE: Self = Self(0);

    /// Which one a word is, in any case.
    #[inline]
    pub(crate) fn of(word: &[u8]) -> Self {
        let Some(print) = Print::of(word) else { return Self::NONE };
        let (mut slot, check) = print.hash();
        loop {
            let entry = INDEX.slots[slot % SLOTS];
            if entry == 0 {
                return Self::NONE;
            }
            if entry & CHECK == check {
                let number = entry & NUMBER;
                let known = INDEX.prints[number as usize];
                if known.head == print.head
                    && known.tail == print.tail
                    && known.length == print.length
                    && (word.len() <= 16 || WORDS[number as usize].as_bytes().eq_ignore_ascii_case(word))
                {
                    return Self(number);
                }
            }
            slot += 1;
        }
    }

    /// The keyword of this spelling; for constants.
    pub(crate) const fn known(word: &str) -> Self {
        let mut number = 1;
        while number < WORDS.len() {
            if same(WORDS[number].as_bytes(), word.as_bytes()) {
                return Self(number as u16);
            }
            number += 1;
        }
        panic!("add the word to WORDS")
    }

    /// Its spelling in capitals; empty for none.
    #[inline]
    pub(crate) fn as_str(self) -> &'static str {
        WORDS[self.0 as usize]
    }

    /// Whether it is this one, which must be in [`WORDS`].
    #[inline]
    pub(crate) fn is(self, word: &str) -> bool {
        debug_assert!(word.as_bytes().first().is_some_and(u8::is_ascii_uppercase), "{word} is written in capitals");
        self.as_str() == word
    }

    /// Whether it is any at all.
    #[inline]
    pub(crate) fn is_some(self) -> bool {
        self != Self::NONE
    }
}

impl std::fmt::Debug for Keyword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// A set of keywords, to ask for many at once.
#[derive(Clone, Copy)]
pub(crate) struct KeywordSet([u64; WORDS.len().div_ceil(64)]);

impl KeywordSet {
    /// The set of these words, each of which must be in [`WORDS`].
    pub(crate) const fn of(words: &[&str]) -> Self {
        Self([0; WORDS.len().div_ceil(64)]).and(words)
    }

    /// The set with these words as well.
    pub(crate) const fn and(mut self, words: &[&str]) -> Self {
        let mut at = 0;
        while at < words.len() {
            let number = Keyword::known(words[at]).0 as usize;
            self.0[number / 64] |= 1 << (number % 64);
            at += 1;
        }
        self
    }

    /// The set without these words.
    pub(crate) const fn without(mut self, words: &[&str]) -> Self {
        let mut at = 0;
        while at < words.len() {
            let number = Keyword::known(words[at]).0 as usize;
            self.0[number / 64] &= !(1 << (number % 64));
            at += 1;
        }
        self
    }

    /// Whether a keyword is one of them.
    #[inline]
    pub(crate) fn has(&self, keyword: Keyword) -> bool {
        let number = keyword.0 as usize;
        self.0[number / 64] >> (number % 64) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn words_are_found_in_any_case_and_nothing_else_is() {
        assert!(WORDS.is_sorted());
        for word in &WORDS[1..] {
            assert_eq!(Keyword::of(word.as_bytes()).as_str(), *word);
            assert_eq!(Keyword::of(word.to_ascii_lowercase().as_bytes()).as_str(), *word);
            for other in
                [format!("{word}x"), format!("x{word}"), word.replacen(|_| true, "ä", 1), word.replace('_', "?")]
            {
                let listed = WORDS.iter().any(|known| known.eq_ignore_ascii_case(&other));
                assert_eq!(Keyword::of(other.as_bytes()).is_some(), listed, "{other}");
            }
        }
        assert_eq!(Keyword::of(b"a"), Keyword::NONE);
        assert_eq!(Keyword::of(b""), Keyword::NONE);
        // The same first and last eight bytes.
        assert_eq!(Keyword::of(b"CURRENT_XIMESTAMP"), Keyword::NONE);
    }

    #[test]
    fn sets_hold_their_words() {
        const SET: KeywordSet = KeywordSet::of(&["ALL", "ZONE"]).and(&["NOT"]);
        assert!(SET.has(Keyword::of(b"all")) && SET.has(Keyword::of(b"zone")) && SET.has(Keyword::of(b"not")));
        assert!(!SET.has(Keyword::of(b"and")) && !SET.has(Keyword::NONE));
    }

    /// A word that is asked for but not listed would never be found.
    #[test]
    fn every_word_that_the_readers_name_is_listed() {
        let mut missing = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/parse")];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                if path.file_name().is_some_and(|name| name == "tests.rs") || path.ends_with("tests/outline.rs") {
                    continue;
                }
                files += 1;
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                for word in code.split('"').skip(1).step_by(2) {
                    let spelt = word.len() > 1
                        && word.starts_with(|first: char| first.is_ascii_uppercase())
                        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
                    if spelt && !WORDS.contains(&word) {
                        missing.push(format!("{word} ({})", path.display()));
                    }
                }
            }
        }
        assert!(files > 30, "{files} files");
        assert_eq!(missing, [""; 0], "add them to WORDS");
    }
}
