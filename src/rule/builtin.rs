//! The rules that come with the program, as `rules/build.rs` wrote them down from their documents.

use super::condition::{Matcher, Test};
use super::definition::{About, Category, Rule, When};
use super::message::{Message, Piece};
use crate::diagnostic::Severity;
use std::borrow::Cow::Borrowed;

include!(concat!(env!("OUT_DIR"), "/builtin_rules.rs"));
