//! Every integration test, in one binary.

mod repository;
mod market;
mod crawl;
mod store;
mod shipped;
mod social;
mod pages;
mod feeds;
mod classify;
mod digest;
