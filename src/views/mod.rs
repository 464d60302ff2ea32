//! Views: a digest → HTML mail, plain text, Markdown.
//!
//! Each refuses a digest that says what nobody said, and makes hostile text harmless ([`safe`]).

mod evidence;
mod html;
mod markdown;
mod page;
pub mod safe;
mod text;

pub use html::{MAX_BYTES, html};
pub use markdown::markdown;
pub use text::text;

use crate::digest::Unsaid;

/// A digest that is not shown.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It says what nobody said.
    #[error(transparent)]
    Unsaid(#[from] Unsaid),
    /// The template failed.
    #[error("the digest could not be laid out: {0}")]
    Template(#[from] askama::Error),
}
