//! Measurements on real material that lies beside the project, each by one command.

pub mod dedupe;
