//! Evaluations: how well a part does on real material that others gathered.

pub mod feeds;

mod expectation;
mod gofeed;
mod matching;
//! How good we are, measured on material that others made. Nothing here runs in the service.

pub mod extraction;
//! Evaluations: how well a part does on real material that lies beside the project.

pub mod social;
