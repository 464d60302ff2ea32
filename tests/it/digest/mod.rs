//! From what was heard to a digest, and what it looks like.

mod evidence;
mod market;
mod views;
