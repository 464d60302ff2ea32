//! Every integration test, in one binary.

mod classify;
mod crawl;
mod digest;
mod feeds;
mod market;
mod pages;
mod repository;
mod shipped;
mod social;
mod store;
