//! HTML → clean text, safe HTML, plain titles.
//!
//! Text is read off the tokens, not off a tree: a tokenizer's work is linear in its input once no tag
//! has too many attributes (`tame`), while a tree builder's is not on hostile nesting. What a tree is
//! needed for, to sanitise and to find an article, is shown to a tree builder that keeps nothing
//! first (`tree`).

mod lines;
mod reading;
mod safe;
mod tags;
mod tame;
mod titles;
mod tree;
mod writing;

pub use self::lines::{escape, fold, paragraphs, plain};
pub use self::reading::to_text;
pub use self::safe::{Cut, LONGEST_BASE, LONGEST_READ, LONGEST_SAFE, cut, for_a_tree, sanitise};
pub use self::tags::{StartTag, start_tags};
