//! What we serve: the readers' pages, the sample market, and a mirror for tests of our manners.

pub mod market;
pub mod mirror;
pub mod pages;
