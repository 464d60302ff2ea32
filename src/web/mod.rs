//! What we serve over HTTP. Nothing else knows axum.

pub mod market;
pub mod mirror;
pub mod pages;
