//! `shipworthy explain`: the manual page of a rule.

use super::config::{self, Wish};
use super::{Failure, Verdict, pager};
use crate::report::page;
use crate::report::text::Look;

/// Runs the subcommand.
pub(super) fn run(name: &str, wish: &Wish, look: Look) -> Result<Verdict, Failure> {
    let rules = config::told(config::here(wish)?.rules())?;
    let Some(entry) = rules.get(name) else {
        let hint = match rules.nearest(name) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`shipworthy rules list` lists them".to_owned(),
        };
        return Err(Failure(format!("there is no rule `{name}`; {hint}")));
    };
    pager::print(|out| page::write(out, entry, look))?;
    Ok(Verdict::Worthy)
}
