//! Text: clean words from markup, sentences, words, URLs.

pub mod html;
pub mod sentences;
pub mod urls;
pub mod words;
