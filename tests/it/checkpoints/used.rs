//! Another encoder in use: the binary judges by it.
