//! From what was heard to a digest, and what it looks like.
#![expect(clippy::unwrap_used, reason = "clippy knows tests by their attribute, not their helpers")]

mod evidence;
mod market;
mod views;
