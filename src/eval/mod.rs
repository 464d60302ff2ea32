//! Evaluations: how well a part does on real material that others gathered.

pub mod feeds;

mod expectation;
mod gofeed;
mod matching;
