//! What a run found, as people and programs read it: one file per format, each with its own serialized structs.
//!
//! A report writes to a sink that it is given; it opens no file and prints nothing. The core's types are not serializable on purpose:
//! what a format says is written down in its own file, and a change of the core changes no format by accident.

pub mod checkstyle;
pub mod columns;
pub mod concise;
pub mod effects_json;
pub mod effects_table;
pub mod effects_words;
mod excerpt;
pub mod full;
pub mod gcc;
pub mod github;
pub mod gitlab;
pub mod grouped;
pub mod json;
pub mod json_lines;
pub mod junit;
pub mod markdown;
pub mod page;
mod place;
mod position;
pub mod rdjson;
pub mod rules_json;
pub mod rules_list;
pub mod sarif;
pub mod statistics;
pub mod summary;
pub mod text;
pub mod uri;
mod xml;
