//! Views: a digest → HTML mail, plain text, Markdown, a message of a chat, a page to print.
//!
//! Each takes a digest that is [`Proven`](crate::digest::Proven) to say only what was said, and makes hostile text harmless ([`safe`]).

mod answer;
mod chat;
mod evidence;
mod html;
pub mod links;
mod markdown;
mod page;
mod print;
pub mod report;
pub mod safe;
mod subject;
mod text;

pub use answer::{answer, likeness};
pub use chat::{slack, teams, teams_words};
pub use html::{MAX_BYTES, html};
pub use links::Links;
pub use markdown::markdown;
pub use print::print;
pub use subject::subject;
pub use text::text;

use crate::digest::Proven;

/// One line: what is in a digest.
#[must_use]
pub fn summary(digest: &Proven) -> String {
    page::Page::of(digest.digest(), &Links::none()).summary
}

/// A digest that could not be laid out.
#[derive(Debug, thiserror::Error)]
#[error("the digest could not be laid out: {0}")]
pub struct NotLaidOut(#[from] askama::Error);
