//! Overheard: what a market says, with the evidence, every morning.
//!
//! `ARCHITECTURE.md` has the map, the invariants, and the walk of one post and one digest.

pub mod account;
pub mod adapters;
pub mod app;
pub mod calendar;
pub mod channel;
pub mod classify;
pub mod cli;
pub mod clock;
pub mod config;
pub mod crawl;
pub mod deliver;
pub mod delivery;
pub mod digest;
pub mod eval;
pub mod feedback;
pub mod host;
pub mod label;
pub mod month;
pub mod pipeline;
pub mod post;
pub mod reader;
pub mod retention;
pub mod search;
pub mod selfcheck;
mod side_by_side;
pub mod source;
pub mod store;
pub mod story;
pub mod text;
pub mod topic;
pub mod verdict;
pub mod views;
pub mod visit;
pub mod web;
