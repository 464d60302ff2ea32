//! Text: clean words from markup, sentences, words.
