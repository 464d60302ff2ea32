//! Text: clean words from markup, sentences, words.

pub mod html;
pub mod urls;
pub mod sentences;
pub mod words;
