//! Every integration test, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod accounts;
mod calendar;
#[cfg(feature = "rust-bert")]
mod checkpoints;
mod classify;
mod cli;
mod cli_ask;
mod cli_check;
mod cli_compact;
mod cli_erase;
mod cli_lists;
mod cli_run;
mod cli_serve;
mod cli_sources;
mod cli_teach;
mod crawl;
mod deliver;
mod digest;
#[cfg(any(feature = "rust-bert", feature = "light"))]
mod encoders;
mod feed_content;
mod feeds;
mod golden;
mod hostile;
mod lists;
mod market;
mod meaning;
mod pages;
mod pipeline;
mod provenance;
mod repository;
mod search;
mod selfcheck;
mod shipped;
mod site;
mod social;
mod store;
mod taps;
