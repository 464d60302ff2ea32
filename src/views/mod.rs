//! Views: a digest → HTML mail, plain text, Markdown.
//!
//! Each takes a digest that is [`Proven`](crate::digest::Proven) to say only what was said, and makes hostile text harmless ([`safe`]).

mod answer;
mod evidence;
mod html;
pub mod links;
mod markdown;
mod page;
pub mod report;
pub mod safe;
mod text;

pub use answer::{answer, likeness};
pub use html::{MAX_BYTES, html};
pub use links::Links;
pub use markdown::markdown;
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
