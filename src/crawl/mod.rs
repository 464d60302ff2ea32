//! Fetching like a good guest: when (schedule, pure), how (http, robots), and what came of it (visit).

pub mod addresses;
pub mod discover;
pub mod edited;
pub mod headers;
pub mod health;
mod hosts;
pub mod http;
mod moves;
pub mod owed;
mod parsers;
mod permission;
mod remember;
pub mod robots;
pub mod round;
pub mod schedule;
pub mod skipped;
pub mod terms;
pub mod visit;
pub mod waiting;
