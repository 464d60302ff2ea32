//! Finding: indexes over what the store holds, always rebuildable from it.

pub mod meaning;
