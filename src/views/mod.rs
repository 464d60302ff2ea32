//! Views: a digest → HTML mail, plain text, Markdown.
