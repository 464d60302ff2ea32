//! Evaluations: how well a part does on real material that lies beside the project.

pub mod social;
