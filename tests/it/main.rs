//! Every integration test, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod classify;
mod cli;
mod crawl;
mod digest;
mod feed_content;
mod feeds;
mod hostile;
mod market;
mod pages;
mod repository;
mod shipped;
mod social;
mod store;
