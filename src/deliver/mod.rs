//! Delivery: where a rendered digest goes.

pub mod folder;
