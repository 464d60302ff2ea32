//! How good we are, measured on material that others made. Nothing here runs in the service.

pub mod extraction;
