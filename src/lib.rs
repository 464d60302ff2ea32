//! Overheard: what a market says, with the evidence, every morning.
//!
//! `ARCHITECTURE.md` has the map, the invariants, and the walk of one post and one digest.

pub mod account;
pub mod adapters;
pub mod classify;
pub mod clock;
pub mod crawl;
pub mod digest;
pub mod eval;
pub mod post;
pub mod reader;
pub mod source;
pub mod store;
pub mod story;
pub mod text;
pub mod topic;
pub mod verdict;
pub mod views;
pub mod visit;
