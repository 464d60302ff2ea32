//! Every integration test, in one binary.

mod shipped;
mod social;
